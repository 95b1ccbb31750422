"""A member with a long past: words of theirs wherever a member can leave any, images, clips, messages."""

from __future__ import annotations

from dataclasses import replace

from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import Changes
from klapper.kling.request import Shot
from klapper.services.asking import Appeal
from klapper.services.drafts import Author
from klapper.services.privacy import KnownAgain
from klapper.services.report_desk import Takedown
from tests.fakes import dm_channel
from tests.unit.services.appealing import block_term, refusal
from tests.unit.services.reported import MAX, delivered, report
from tests.unit.services.turns import kept_image
from tests.unit.services.world import ANN, BOB, CHANNEL, GUILD, World

S = JobStatus
MARK = "qzxmark"  # in everything that Ann writes, and that others write to her about it
LIVING = ("cards", "delivery", "cases", "takedowns", "housekeeping", "forgetting")


async def delete(world: World, user_id: int = ANN) -> KnownAgain:
    return await world.klapper.privacy.delete(GUILD, user_id, dm_channel_id=dm_channel(user_id))


async def ref_of(world: World, user_id: int = ANN, guild_id: int = GUILD) -> int | None:
    async with world.database.read() as tx:
        return await world.klapper.ledger.find_member(tx, guild_id, user_id)


async def a_past(world: World) -> list[Job]:
    """Ann's, nothing of which is open any more; her jobs."""
    await world.start(*LIVING)
    await world.klapper.preferences.notify(GUILD, ANN, "dm")
    image = await kept_image(world, f"a picture {MARK}")
    jobs = [
        await delivered(world, f"a fox {MARK}", start_image=image.sha256, negative_prompt=f"no {MARK}"),
        await delivered(world, "", shots=(Shot(f"one {MARK}", 3), Shot(f"two {MARK}", 2))),
        await delivered(world, f"in private {MARK}", deliver_to="dm"),
    ]
    jobs.append(await _refused_by_segmind(world))
    jobs.append(await _unclear(world))
    jobs.append(await _appealed(world))
    await report(world, await delivered(world, "of somebody else", user_id=BOB), by=ANN, words=f"it is me {MARK}")
    await refusal(world, f"a peg too {MARK}")
    await _draft(world)
    await world.klapper.report_desk.take_down(await report(world, jobs[1]), MAX, Takedown(f"not here {MARK}"))
    await world.advance(60)
    return jobs


async def _refused_by_segmind(world: World) -> Job:
    job = await world.sent(f"a crow {MARK}")
    text = Changes(provider_text=f"the prompt 'a crow {MARK}' is not allowed")
    return await world.move(job, S.REFUSED, changes=text)


async def _unclear(world: World) -> Job:
    """Given up, with what was sent still there."""
    job = await world.submit(f"a bat {MARK}")
    body = Changes(sent=True, posted_at_ms=world.clock.now_ms(), sent_body=f'{{"prompt": "a bat {MARK}"}}')
    return await world.move(await world.move(job, S.SENDING, changes=body), S.UNKNOWN, S.ABANDONED)


async def _appealed(world: World) -> Job:
    """Refused, appealed with words, declined with others and a strike."""
    await block_term(world)
    author = Author(GUILD, CHANNEL, ANN)
    decision_id = await refusal(world, f"a peg {MARK}")
    shown = await world.klapper.appeal_desk.show(decision_id, author)
    brought = Appeal(decision_id, f"of wood {MARK}", shown.price_credits)
    ask = await world.klapper.appeal_desk.ask(brought, author, world.asking().interaction_id)
    job = (await world.submitted(ask)).job
    [(case_id,)] = await world.rows("SELECT case_id FROM cases WHERE job_id = :job_id", job_id=job.job_id)
    await world.klapper.case_desk.reject(case_id, MAX, words=f"not this {MARK}", strike=True)
    return await world.job(job.job_id)


async def _draft(world: World) -> None:
    desk, author = world.klapper.draft_desk, Author(GUILD, CHANNEL, ANN)
    draft = (await desk.storyboard(author)).draft
    await desk.change(
        draft.draft_id, author, lambda one: replace(one, request=replace(one.request, prompt=f"begun {MARK}"))
    )
