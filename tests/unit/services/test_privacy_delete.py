"""What is left of a member who has deleted their data: amounts, verdicts and times, and nothing that they wrote."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from klapper.clock import DAY_MS, MINUTE_MS, SECOND_MS
from klapper.errors import RequestRefused
from klapper.jobs.job import Job, JobStatus
from klapper.moderation.audit import Action
from klapper.services.open_cases import Moderator
from klapper.services.privacy import KnownAgain
from klapper.services.removal import LATE_POST_MS
from tests.fakes import dm_channel
from tests.unit.services.forgotten import LIVING, MARK, a_past, delete, ref_of
from tests.unit.services.moved import grant
from tests.unit.services.reported import REVIEWS, delivered, report
from tests.unit.services.turns import kept_image, with_image
from tests.unit.services.world import ANN, BOB, GUILD, OTHER_GUILD, World

S = JobStatus

# Where a member's words can be, and those that were written to them.
WRITTEN = {
    *("jobs.request", "jobs.provider_text", "jobs.sent_body", "drafts.request", "refused_requests.request"),
    *("reports.words", "cases.words", "cases.note", "audit.words", "audit.searched"),
}
# Every other text: codes, ids, hashes, what guilds and moderators set, likenesses, addresses of files.
NOT_WRITTEN = {
    *("accounts.account_id", "accounts.ledger", "members.returns_as", "reservations.job_id", "reservations.status"),
    *("transfers.transfer_id", "transfers.ledger", "transfers.kind", "transfers.debit_account"),
    *("transfers.credit_account", "transfers.actor", "transfers.reason", "transfers.job_id"),
    *("reservation_legs.job_id", "reservation_legs.account_id"),
    *("decisions.content_hash", "decisions.verdict", "decisions.rule", "decisions.decided_by"),
    *("decisions.reasons", "decisions.detail", "decisions.level"),
    *("blocked_images.likeness", "blocked_images.reason", "blocked_images.note", "blocked_images.blocked_by"),
    *("blocked_members.reason", "blocked_members.blocked_by", "member_pauses.reason", "member_pauses.paused_by"),
    *("jobs.job_id", "jobs.draft_id", "jobs.slug", "jobs.body_hash", "jobs.deliver_to", "jobs.price_version"),
    *("jobs.status", "jobs.reason", "jobs.request_id", "jobs.media_url", "jobs.parent_job_id"),
    *("job_events.job_id", "job_events.from_status", "job_events.to_status", "job_events.reason", "job_events.actor"),
    *("provider_pauses.scope", "provider_pauses.reason", "guild_pauses.paused_by"),
    *("bill_differences.difference", "bill_differences.kind"),
    *("cards.job_id", "cards.shown", "cards.lost", "cards.shown_state", "posts.job_id", "posts.step"),
    *("deliveries.job_id", "deliveries.state", "deliveries.reason", "deliveries.way", "deliveries.media_path"),
    *("deliveries.copy", "images.sha256", "images.media_type", "images.url", "images.likeness"),
    *("job_images.job_id", "job_images.sha256", "drafts.draft_id", "drafts.kind", "drafts.state"),
    *("drafts.deliver_to", "drafts.parent_job_id", "drafts.why", "drafts.repeat_of", "drafts.price_version"),
    *("drafts.replaces", "member_choices.notify", "member_choices.model", "member_choices.aspect_ratio"),
    *("member_choices.mode", "guild_rules.mode", "guild_rules.unsure", "place_rules.kind", "place_rules.mode"),
    *("place_rules.level", "filter_terms.term", "filter_terms.action", "filter_terms.category"),
    *("filter_terms.note", "filter_terms.added_by", "strikes.kind", "strikes.job_id", "strikes.given_by"),
    *("cases.kind", "cases.job_id", "cases.opened_by", "cases.reasons", "cases.outcome", "cases.closed_by"),
    *("cases.lost", "cases.news", "refused_requests.deliver_to", "refused_requests.parent_job_id"),
    *("guild_quotas.period", "guild_quotas.time_zone", "role_quotas.makes", "budgets.set_by"),
    *("refused_requests.replaces", "audit.actor", "audit.action", "audit.job_id", "audit.rule", "audit.detail"),
    *("credit_orders.news",),
}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    sections: dict[str, Any] = {"credits": {"default_allowance": 10_000}, "limits": {"running_per_member": 0}}
    async with World.open(tmp_path / "world", **sections) as world:
        async with world.database.write() as tx:
            await world.klapper.guild_rules.set_channels(tx, GUILD, review=REVIEWS, audit=None)
        yield world
        assert await world.broken_books() == []
    assert world.crashes.seen == []


def columns_with(path: Path, mark: str) -> tuple[set[str], set[str]]:
    """Every column of text there is, and those in which the mark is somewhere."""
    with closing(sqlite3.connect(path)) as plain:
        every = {
            f"{table}.{column}"
            for (table,) in plain.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for _, column, kind, *_ in plain.execute(f"PRAGMA table_xinfo({table})")
            if not table.startswith("sqlite_") and (kind == "TEXT" or column == "searched")
        }
        marked = set()
        for name in every:
            table, column = name.split(".")
            if plain.execute(f"SELECT 1 FROM {table} WHERE INSTR({column}, ?)", (mark,)).fetchone():
                marked.add(name)
    return every, marked


def files_with(folder: Path, mark: bytes) -> list[str]:
    return [file.name for file in folder.rglob("*") if file.is_file() and mark in file.read_bytes()]


async def gone_at_last(world: World) -> None:
    """Live until nothing is left to do about any deletion."""
    await world.advance(LATE_POST_MS / SECOND_MS + 120)
    assert await world.rows("SELECT * FROM forgettings") == []


# What goes


async def test_no_word_of_a_member_is_left_in_any_column_page_or_file(world: World) -> None:
    await a_past(world)
    path = world.settings.database.path
    every, marked = columns_with(path, MARK)
    assert every == WRITTEN | NOT_WRITTEN  # a new column of text is of one or the other kind
    assert marked == WRITTEN
    await delete(world)
    await gone_at_last(world)
    assert columns_with(path, MARK)[1] == set()
    assert files_with(path.parent, MARK.encode()) == []
    assert files_with(path.parent, str(ANN).encode()) == []


async def test_of_every_job_stay_price_model_settings_and_outcome(world: World) -> None:
    jobs = await a_past(world)
    await delete(world)
    for before in jobs:
        after = await world.job(before.job_id)
        assert (after.price, after.slug, after.status) == (before.price, before.slug, before.status)
        assert after.user_id is None
        assert not after.has_words
        view = await world.view(before.job_id)
        assert view.request is not None
        assert view.request.duration_s == 5
        assert view.link is None


async def test_everything_in_discord_goes_and_the_place_is_forgotten(world: World) -> None:
    jobs = await a_past(world)
    posted = [message for job in jobs for message in world.messenger.visible(job.job_id)]
    assert {message.ref.channel_id for message in posted} == {7, dm_channel(ANN)}
    await delete(world)
    await gone_at_last(world)
    assert [message for job in jobs for message in world.messenger.visible(job.job_id)] == []
    assert (
        await world.rows("SELECT 1 FROM cards JOIN jobs USING (job_id) WHERE member_ref = 1 AND message_id > 0") == []
    )
    where = "cards JOIN jobs USING (job_id) WHERE member_ref = :ref AND message_id IS NOT NULL"
    assert await world.rows(f"SELECT 1 FROM {where}", ref=jobs[0].member_ref) == []
    assert await world.rows("SELECT 1 FROM cards WHERE channel_id = :dm", dm=dm_channel(ANN)) == []


async def test_settled_cases_are_shown_anew_without_words_and_name(world: World) -> None:
    own = {job.job_id for job in await a_past(world)}
    cards = [message for message in world.case_messenger.messages if message.view.case.job_id in own]
    assert [card.view.case.note for card in cards] == [f"not this {MARK}", f"not here {MARK}"]
    await delete(world)
    await gone_at_last(world)
    assert [(card.view.case.words, card.view.case.note) for card in cards] == [("", "")] * 2
    assert [card.view.job.job.user_id for card in cards] == [None] * 2
    assert [card.view.case.outcome for card in cards] == ["rejected", "taken_down"]


async def test_a_reported_clip_stays_until_moderators_have_decided(world: World) -> None:
    await world.start(*LIVING)
    job = await delivered(world)
    case_id = await report(world, job)
    await delete(world)
    await gone_at_last(world)
    assert world.klapper.shelf.size_bytes(job.job_id)
    [card] = [message for message in world.case_messenger.messages if message.view.case.case_id == case_id]
    assert not card.view.job.job.has_words
    await world.klapper.report_desk.dismiss(case_id, Moderator(GUILD, 77))
    await world.advance(3_700)
    assert world.klapper.shelf.size_bytes(job.job_id) is None


async def test_an_image_that_somebody_else_is_about_to_use_stays(world: World) -> None:
    shared, own = await kept_image(world, "shared"), await kept_image(world, "own")
    for image in (shared, own):
        await world.move(await world.submit(start_image=image.sha256), S.CANCELLED)
    await with_image(world, image="shared", user_id=BOB)
    await delete(world)
    await world.start("forgetting")
    await world.advance(1)
    assert world.klapper.input_shelf.is_there(shared.sha256)
    assert not world.klapper.input_shelf.is_there(own.sha256)


async def test_the_audit_says_that_it_happened_and_not_of_whom(world: World) -> None:
    await world.move(await world.submit(), S.CANCELLED)
    await delete(world)
    [line] = [one for one in await entries(world) if one.logged.entry.action is Action.MEMBER_FORGOTTEN]
    assert (line.actor_id, line.member_id) == (None, None)


async def entries(world: World):  # type: ignore[no-untyped-def]
    from klapper.services.audit_desk import AuditSearch  # noqa: PLC0415

    return await world.klapper.audit_desk.find(GUILD, AuditSearch(), rows=100)


async def test_others_and_other_guilds_stay(world: World) -> None:
    elsewhere = await world.move(await world.submit("elsewhere", guild_id=OTHER_GUILD), S.CANCELLED)
    of_bob = await world.move(await world.submit("of Bob", user_id=BOB), S.CANCELLED)
    await world.move(await world.submit(), S.CANCELLED)
    await delete(world)
    assert [(await world.job(job.job_id)).user_id for job in (elsewhere, of_bob)] == [ANN, BOB]
    assert [(await world.job(job.job_id)).request for job in (elsewhere, of_bob)] == [elsewhere.request, of_bob.request]


# When it is refused


@pytest.mark.parametrize("path", [(), (S.SENDING,), (S.SENDING, S.UNKNOWN)], ids=["waiting", "sending", "unknown"])
async def test_nothing_is_deleted_while_a_job_is_open(world: World, path: tuple[S, ...]) -> None:
    job = await world.move(await world.submit(), *path)
    await refused_for(world, job)


async def test_nothing_is_deleted_while_a_clip_is_on_its_way(world: World) -> None:
    await refused_for(world, await world.finished())


async def refused_for(world: World, job: Job) -> None:
    for asked in (delete(world), world.klapper.privacy.kept(GUILD, ANN)):
        with pytest.raises(RequestRefused, match=job.job_id) as refused:
            await asked
        assert refused.value.code == "unfinished_jobs"
    assert (await world.job(job.job_id)) == job


async def test_there_is_nothing_to_delete_of_who_was_never_here(world: World) -> None:
    with pytest.raises(RequestRefused) as refused:
        await world.klapper.privacy.kept(GUILD, ANN)
    assert refused.value.code == "nothing_kept"
    assert await delete(world) == KnownAgain()


# Crashes, and twice


async def test_what_a_crash_left_is_taken_away_after_it(world: World) -> None:
    jobs = await a_past(world)
    image = await kept_image(world, f"a picture {MARK}")
    await delete(world)
    await world.kill()
    assert world.klapper.input_shelf.is_there(image.sha256)
    await world.start(*LIVING)
    await gone_at_last(world)
    assert not world.klapper.input_shelf.is_there(image.sha256)
    assert [message for job in jobs for message in world.messenger.visible(job.job_id)] == []
    assert list((world.settings.media.directory / "outputs").glob(f"{jobs[0].job_id}*")) == []


async def test_pressed_twice_it_happens_once(world: World) -> None:
    await world.move(await world.submit(), S.CANCELLED)
    assert await delete(world) == await delete(world)
    assert len([one for one in await entries(world) if one.logged.entry.action is Action.MEMBER_FORGOTTEN]) == 1
    assert (await world.klapper.privacy.kept(GUILD, ANN)).is_forgotten


# Who returns


async def test_who_returns_in_time_has_the_same_credits_and_no_second_allowance(world: World) -> None:
    await grant(world, 50, interaction_id=9)
    await delivered_alone(world)
    before, ref = await world.balance(), await ref_of(world)
    known = await delete(world)
    assert known.period_ends_ms == before.resets_at_ms
    assert await world.balance() == before
    job = await world.submit("back again")
    assert job.member_ref == ref == await ref_of(world)
    assert job.user_id == ANN
    assert (await world.balance()).available == before.available - job.price.credits
    assert await world.rows("SELECT COUNT(*) FROM members WHERE returns_as IS NOT NULL") == [(0,)]


async def delivered_alone(world: World) -> Job:
    job = await world.finished()
    await world.start("cards", "delivery")
    await world.advance(10)
    return job


async def test_a_block_outlives_the_deletion_and_only_moderators_end_it(world: World) -> None:
    await world.move(await world.submit(), S.CANCELLED)
    await world.klapper.members.block(GUILD, ANN, by=77, words="spam")
    assert (await delete(world)).is_blocked
    await world.klapper.retention.marks()
    await world.advance(400 * DAY_MS / SECOND_MS)
    await world.klapper.retention.marks()
    assert (await world.klapper.members.record(GUILD, ANN)).block is not None
    assert await world.klapper.members.unblock(GUILD, ANN, by=77)
    assert await world.rows("SELECT discord_user_id FROM members WHERE member_ref = 1") == [(None,)]
    await world.klapper.retention.marks()
    assert await ref_of(world) is None


@pytest.mark.parametrize("held_by", ["period", "pause", "strike"])
async def test_who_returns_after_the_time_is_new(world: World, held_by: str) -> None:
    job = await world.sent()
    job = await world.move(job, S.REFUSED) if held_by == "strike" else await world.move(job, S.FAILED)
    if held_by == "pause":
        await world.klapper.members.pause(GUILD, ANN, by=77, hours=700, words="enough")
    ref, known = await ref_of(world), await delete(world)
    until_ms = max(filter(None, (known.period_ends_ms, known.paused_until_ms, known.strikes_until_ms)))
    await world.advance((until_ms - world.clock.now_ms() - MINUTE_MS) / SECOND_MS)
    await world.klapper.retention.marks()
    assert await ref_of(world) == ref
    await world.advance(MINUTE_MS / SECOND_MS)
    await world.klapper.retention.marks()
    assert await ref_of(world) is None
    assert (await world.submit("as somebody new")).member_ref != ref


async def test_a_moderator_who_names_a_forgotten_member_brings_nobody_back(world: World) -> None:
    await world.move(await world.submit(), S.CANCELLED)
    await delete(world)
    await world.klapper.members.block(GUILD, ANN, by=77, words="spam")
    assert await world.rows("SELECT discord_user_id FROM members WHERE member_ref = 1") == [(None,)]
    assert (await world.refused(world.asking())).code == "blocked_member"


async def test_who_is_told_that_nothing_knows_them_again_begins_anew_at_once(world: World) -> None:
    await grant(world, 50, interaction_id=9)  # no allowance, block, pause or strike
    ref = await ref_of(world)
    assert await delete(world) == KnownAgain()
    assert await ref_of(world) is None
    assert await world.rows("SELECT returns_as FROM members WHERE member_ref = :ref", ref=ref) == [(None,)]
    assert (await world.balance()).bonus == 0


async def test_nobody_is_known_again_by_another_key(world: World) -> None:
    await world.move(await world.submit(), S.CANCELLED)
    await delete(world)
    key = world.settings.database.path.with_name("klapper.db.key")
    assert key.stat().st_mode & 0o777 == 0o600
    key.unlink()
    await world.kill()
    assert await ref_of(world) is None
    assert (await world.submit("as somebody new")).member_ref != 1
