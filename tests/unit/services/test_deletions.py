"""What Discord has deleted goes out of the rules, with a line of the audit, and lets nothing through on its way."""

from __future__ import annotations

from klapper.jobs.job import JobStatus
from klapper.moderation.rules import GuildRules, Level, Mode
from klapper.services.deletions import Deleted
from klapper.services.rule_desk import Reviewers
from tests.unit.services.ruled import ADULT_PLACES, CATEGORY, OLGA, OTHER, PLACES, ROLE, rules, set_mode
from tests.unit.services.world import CHANNEL, GUILD, OTHER_GUILD, World


async def forget(world: World, deleted: Deleted) -> None:
    await world.klapper.deletions.forget(GUILD, deleted, PLACES, PLACES)


async def audited(world: World) -> list[tuple[str, str]]:
    rows = await world.rows("SELECT actor, detail FROM audit WHERE action = 'deleted_forgotten' ORDER BY entry_id")
    return [(actor, detail) for actor, detail in rows]


async def test_a_deleted_channel_or_role_has_no_rule_any_more(world: World) -> None:
    desk = rules(world)
    await set_mode(world, Mode.CLOSED, channel_id=CHANNEL)
    await desk.set_level(GUILD, OLGA, CHANNEL, level=Level.ADULT, spoiler=True, places=ADULT_PLACES)
    await desk.trust(GUILD, OLGA, ROLE, is_trusted=True)
    await desk.set_reviewers(GUILD, OLGA, Reviewers(role_id=ROLE))
    named = await world.klapper.deletions.named(GUILD)
    assert (set(named.channels), set(named.roles)) == ({CHANNEL}, {ROLE})
    await forget(world, Deleted({CHANNEL: "lounge"}, {ROLE: ""}))
    found = await desk.of(GUILD)
    assert (found.channels, found.reviewer_roles()) == ({}, frozenset())
    assert await audited(world) == [
        ("klapper", "channel lounge (closed, adult, spoiler)"),
        ("klapper", f"role {ROLE} (trusted, reviewers)"),
    ]
    await forget(world, Deleted({CHANNEL: "lounge"}, {ROLE: ""}))
    assert await desk.of(GUILD) == found


async def test_what_has_no_rule_changes_nothing(world: World) -> None:
    await forget(world, Deleted({CHANNEL: "lounge"}, {ROLE: "Mods"}))
    assert await rules(world).of(GUILD) == GuildRules()
    assert await audited(world) == []


async def test_the_chosen_channels_stay_chosen(world: World) -> None:
    await rules(world).set_reviewers(GUILD, OLGA, Reviewers(CHANNEL, OTHER))
    before = await rules(world).of(GUILD)
    await forget(world, Deleted({CHANNEL: "cases", OTHER: "audit"}))
    assert await rules(world).of(GUILD) == before


async def test_what_waits_in_a_category_that_was_open_goes_to_review_with_its_end(world: World) -> None:
    await set_mode(world, Mode.OPEN, channel_id=CATEGORY)
    await set_mode(world, Mode.REVIEW)
    job = await world.submit("a fox")
    await forget(world, Deleted({CATEGORY: "Free"}))
    assert await world.status(job.job_id) is JobStatus.IN_REVIEW


async def test_an_open_case_has_no_card_in_a_deleted_channel(world: World) -> None:
    await rules(world).set_reviewers(GUILD, OLGA, Reviewers(CHANNEL))
    await set_mode(world, Mode.REVIEW)
    await world.submit("a fox")
    await world.start()
    await world.settle()
    assert CHANNEL in (await world.klapper.deletions.named(GUILD)).channels
    assert not (await world.klapper.deletions.named(OTHER_GUILD)).channels
    world.case_messenger.gone.add(CHANNEL)
    await forget(world, Deleted({CHANNEL: "cases"}))
    (view,) = await world.klapper.case_desk.queue(GUILD)
    assert view.case.card.message_id is None
