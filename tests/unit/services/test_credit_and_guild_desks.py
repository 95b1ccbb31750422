"""What members ask about credits, and what a guild's managers decide."""

from __future__ import annotations

import pytest

from klapper.jobs.job import JobStatus
from klapper.kling.pricing import quote
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import resolve
from klapper.ledger.records import Kind
from klapper.services import refusals
from klapper.services.usual_cost import UsualCost
from klapper.services.views import WaitingFor
from tests.unit.messages.job_views import job_in
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.moved import grant, order, revoke
from tests.unit.services.world import ANN, BOB, GUILD, OTHER_GUILD, PRICE, World

S = JobStatus


# Credits


async def test_somebody_never_seen_has_the_allowance(world: World) -> None:
    balance = await world.balance(BOB)
    assert (balance.allowance, balance.bonus, balance.held, balance.available) == (500, 0, 0, 500)
    assert balance.resets_at_ms > world.clock.now_ms()
    assert await world.rows("SELECT * FROM members") == []


async def test_a_balance_knows_what_clips_usually_cost(world: World) -> None:
    assert (await world.klapper.credits.balance(GUILD, ANN)).usual is None
    for seconds in (5, 10, 5):
        job = await world.submit(duration_s=seconds)
        async with world.database.write() as tx:
            await world.klapper.ledger.settle(tx, job.job_id, world.clock.now_ms())
            await tx.execute("UPDATE jobs SET status = 'succeeded' WHERE job_id = :job_id", job_id=job.job_id)
    assert (await world.klapper.credits.balance(GUILD, ANN)).usual == UsualCost(PRICE, PRICE, 2 * PRICE, 3)


async def test_a_balance_shows_what_is_held(world: World) -> None:
    await world.submit()
    balance = await world.balance()
    assert (balance.available, balance.held) == (500 - PRICE, PRICE)
    assert (await world.balance(ANN, OTHER_GUILD)).held == 0


async def test_the_bonus_pays_what_the_allowance_does_not(open_world: OpenWorld) -> None:
    world = await open_world(credits={"default_allowance": 50})
    await grant(world, 40)
    await world.submit()
    balance = await world.balance()
    assert (balance.allowance, balance.bonus, balance.held) == (0, 6, PRICE)


async def test_the_history_goes_back_page_by_page(world: World) -> None:
    for n in range(10):
        await grant(world, n + 1, interaction_id=n)
    seen: list[int] = []
    while page := await world.klapper.history.page(GUILD, ANN, skip=len(seen), rows=4):
        seen += [line.moved.amount for line in page]
    assert seen == list(range(10, 0, -1))
    assert await world.klapper.history.page(GUILD, 999) == []


async def test_the_history_and_its_file_have_what_managers_wrote(world: World) -> None:
    job = await world.finished()
    await grant(world, 30, interaction_id=1, words="for the contest")
    await revoke(world, 20, interaction_id=2)
    await world.klapper.movements.refund(order(3, words="the clip is empty"), job.job_id)
    expected = {Kind.GRANT: "for the contest", Kind.REVOKE: "a mistake", Kind.REFUND: "the clip is empty"}
    page = await world.klapper.history.page(GUILD, ANN)
    assert {line.moved.kind: line.words for line in page if line.words} == expected
    [lines] = [page async for page in world.klapper.history.of_guild(GUILD, 1)]
    assert {line.kind: lines.words[line.seq] for line in lines.lines if line.seq in lines.words} == expected


async def test_the_price_list_is_what_would_be_charged(open_world: OpenWorld) -> None:
    world = await open_world(credits={"markup": 1.5}, segmind={"prices": {"kling-o3-text2video": {"std/silent": 0.4}}})
    lines = {(line.model_title, line.what): line.credits for line in await world.klapper.credits.prices(GUILD)}
    asked = VideoRequest(prompt="x", model="o3", duration_s=5, mode="std", generate_audio=False)
    resolved = resolve(asked, world.klapper.catalogue)
    price = quote(resolved, world.klapper.tariff).price_credits
    assert lines[resolved.model.title, "5 s, std"] == price == 300
    assert (await world.submit("x", model="o3", duration_s=5, mode="std", generate_audio=False)).price.credits == price


async def test_every_model_is_in_the_price_list_in_different_lines(world: World) -> None:
    lines = await world.klapper.credits.prices(GUILD)
    titles = {model.title for model in world.klapper.catalogue.models}
    assert {line.model_title for line in lines} == titles
    assert len({(line.model_title, line.what) for line in lines}) == len(lines)
    assert all(line.credits > 0 for line in lines)


async def test_a_model_that_segmind_no_longer_offers_has_no_price(world: World) -> None:
    retired, refused = "kling-o3-text2video", "kling-o3-image2video"
    async with world.database.write() as tx:
        for slug, reason in ((retired, "retired"), (refused, "forbidden")):
            await world.klapper.pauses.pause_provider(tx, slug, reason, world.clock.now_ms())
    titles = {line.model_title for line in await world.klapper.credits.prices(GUILD)}
    gone = {model.title for model in world.klapper.catalogue.models} - titles
    assert gone == {world.klapper.catalogue.model(retired).title}


async def test_a_voice_is_priced_where_a_model_takes_one_openly(world: World) -> None:
    asked = VideoRequest(prompt="<<<voice_1>>>", model="v3", duration_s=5, generate_audio=True, voice_ids=("v",))
    resolved = resolve(asked, world.klapper.catalogue)
    voiced = {
        (line.model_title, line.what): line.credits
        for line in await world.klapper.credits.prices(GUILD)
        if "voice" in line.what
    }
    with_image = "Kling 3.0 Standard image to video"
    assert {title for title, _ in voiced} == {resolved.model.title, with_image}
    assert {what for _, what in voiced} == {"5 s, with a voice", "10 s, with a voice"}
    assert voiced[resolved.model.title, "5 s, with a voice"] == quote(resolved, world.klapper.tariff).price_credits


async def test_other_lengths_are_promised_for_models_that_take_them(world: World) -> None:
    promised = {line.model_title: line.other_lengths for line in await world.klapper.credits.prices(GUILD)}
    assert promised == {
        "Kling 3.0 Standard text to video": True,
        "Kling 3.0 Standard image to video": True,
        "Kling O3 text to video": True,
        "Kling O3 image to video": True,
        "Kling 1 text to video": False,
    }


@pytest.mark.parametrize("status", S)
def test_a_late_cancel_is_refused_in_natural_words(status: JobStatus) -> None:
    refusal = refusals.too_late_to_cancel(job_in(status))
    assert refusal.code == "too_late_to_cancel"
    assert f"it is {status.value}" not in refusal.sentence
    assert ("with Segmind already" in refusal.sentence) == job_in(status).is_open


# Guilds


async def test_a_guild_is_paused_once_and_resumed_once(world: World) -> None:
    guilds = world.klapper.guilds
    assert await guilds.pause(GUILD, BOB)
    assert not await guilds.pause(GUILD, ANN)
    assert await guilds.resume(GUILD, BOB)
    assert not await guilds.resume(GUILD, BOB)
    assert not await guilds.resume(OTHER_GUILD, BOB)


async def test_a_pause_is_on_record_with_who_wanted_it(world: World) -> None:
    await world.klapper.guilds.pause(GUILD, BOB)
    [(paused_by, since_ms)] = await world.rows("SELECT paused_by, since_ms FROM guild_pauses")
    assert paused_by.startswith("member:")
    assert since_ms == world.clock.now_ms()


async def test_the_audit_says_who_paused_and_who_resumed_and_nothing_of_repeats(world: World) -> None:
    for user_id in (ANN, BOB):
        await world.klapper.guilds.pause(GUILD, user_id)
    for user_id in (BOB, ANN):
        await world.klapper.guilds.resume(GUILD, user_id)
    refs = await world.rows("SELECT discord_user_id, 'member:' || member_ref FROM members")
    actors = {row[0]: row[1] for row in refs}
    lines = await world.rows("SELECT action, actor, guild_id FROM audit ORDER BY entry_id")
    assert lines == [("guild_paused", actors[ANN], GUILD), ("guild_resumed", actors[BOB], GUILD)]


async def test_grants_and_sharing_are_entries_of_the_audit_once(world: World) -> None:
    for interaction_id in (5, 5, 6):
        await grant(world, 70, interaction_id=interaction_id, by=BOB)
    for sharing in (False, True, True, False):
        await world.klapper.guilds.share_images(GUILD, BOB, sharing=sharing)
    refs = dict(await world.rows("SELECT discord_user_id, member_ref FROM members"))
    lines = await world.rows("SELECT action, member_ref, detail FROM audit ORDER BY entry_id")
    assert lines == [
        ("credits_granted", refs[ANN], "70"),
        ("credits_granted", refs[ANN], "70"),
        ("sharing_changed", None, "on"),
        ("sharing_changed", None, "off"),
    ]
    assert set(await world.rows("SELECT actor FROM audit")) == {(f"member:{refs[BOB]}",)}


async def test_a_pause_lets_running_jobs_finish_and_shows_on_waiting_cards(open_world: OpenWorld) -> None:
    world = await open_world(limits={"undo_s": 0, "running_per_member": 1})
    running, waiting = await world.submit("running"), await world.submit("waiting")
    await world.start()
    await world.advance(10)
    await world.klapper.guilds.pause(GUILD, BOB)
    await world.advance(10)
    [card] = world.messenger.cards(waiting.job_id)
    assert card.view.waiting_for is WaitingFor.GUILD_PAUSED
    await world.advance(120)
    assert await world.status(running.job_id) is S.SUCCEEDED
    assert await world.status(waiting.job_id) is S.WAITING
    await world.klapper.guilds.resume(GUILD, BOB)
    await world.advance(120)
    assert await world.status(waiting.job_id) is S.SUCCEEDED


async def test_a_guild_pause_leaves_segminds_pauses_alone(world: World) -> None:
    await world.execute("INSERT INTO provider_pauses VALUES ('all', 'team_limit', 0)")
    await world.klapper.guilds.pause(GUILD, BOB)
    await world.klapper.guilds.resume(GUILD, BOB)
    assert await world.rows("SELECT scope FROM provider_pauses") == [("all",)]


@pytest.mark.parametrize(("listed", "served"), [((), True), ((GUILD,), True), ((OTHER_GUILD,), False)])
async def test_only_listed_guilds_are_served_where_some_are_listed(
    open_world: OpenWorld, listed: tuple[int, ...], served: bool
) -> None:
    world = await open_world(discord={"guilds": listed})
    assert world.klapper.guilds.serves(GUILD) is served


async def test_the_rules_are_the_operators(open_world: OpenWorld) -> None:
    world = await open_world(limits={"undo_s": 7, "largest_job": 99}, moderation={"blocked_terms": ["a", "b"]})
    rules = world.klapper.guilds.rules()
    assert (rules.undo_s, rules.quotas.limits.largest_job, rules.blocked_terms, rules.quotas.allowance) == (
        7,
        99,
        2,
        500,
    )


async def test_a_job_paid_from_two_accounts_is_one_movement_of_each_kind(open_world: OpenWorld) -> None:
    world = await open_world(credits={"default_allowance": 34})
    await grant(world, 100)
    job = await world.finished()
    page = await world.klapper.history.page(GUILD, ANN)
    moved = [line.moved for line in page if line.moved.job_id == job.job_id]
    assert [(one.kind, one.amount, one.change) for one in moved] == [
        (Kind.SETTLE, PRICE, 0),
        (Kind.RESERVE, PRICE, -PRICE),
    ]
