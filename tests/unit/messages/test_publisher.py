"""Klapper's own messages over unmodified discord.py: what members then see."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from klapper.clock import HOUR_MS, SystemClock
from klapper.errors import DeliveryError
from klapper.jobs.deliveries import CopyState
from klapper.jobs.job import JobStatus
from klapper.messages.job_card import clip_name, fingerprint
from klapper.messages.publisher import DEFAULT_UPLOAD_LIMIT_BYTES, Publisher
from klapper.services.messenger import ClipFile, Messenger
from klapper.services.views import JobView
from tests.unit.messages.audit_lines import HOSTILE, line_of, longest_line
from tests.unit.messages.discord_stage import LINK, Stage, a_minute_ago, succeeded
from tests.unit.messages.job_views import JOB_ID, view_of


@pytest.fixture
def clip(tmp_path: Path) -> ClipFile:
    path = tmp_path / "x.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + b"\0" * 500)
    return ClipFile(path, "a *fox*\nin the snow")


def test_it_is_what_the_services_call(stage: Stage) -> None:
    messenger: Messenger = stage.publisher
    assert messenger.fingerprint(view_of()) == fingerprint(view_of())


async def test_a_card_is_posted_in_the_jobs_channel(stage: Stage) -> None:
    ref = await stage.publisher.post_card(stage.view(), "n1")
    card = await stage.see(ref)
    assert ref.channel_id == stage.channel_id == int(card.channel_id)
    assert card.is_v2
    assert "a fox in the snow" in card.text
    assert card.button("Receipt").custom_id == f"job:{JOB_ID}:receipt"


async def test_a_card_pings_nobody(stage: Stage) -> None:
    card = await stage.see(await stage.publisher.post_card(stage.view(), "n1"))
    versions = await stage.driver.message_versions(card)
    assert [version.pinged for version in versions] == [()]


async def test_the_same_nonce_makes_one_message(stage: Stage) -> None:
    first = await stage.publisher.post_card(stage.view(), "n1")
    assert await stage.publisher.post_card(stage.view(), "n1") == first
    assert len(await stage.driver.messages("videos")) == 1


async def test_a_job_for_the_dm_has_its_card_there(stage: Stage) -> None:
    view = stage.view(deliver_to="dm")
    ref = await stage.publisher.post_card(view, "n1")
    assert [message.id for message in await stage.driver.dm_messages("Mira")] == [str(ref.message_id)]
    assert await stage.publisher.find_card(view) == ref


async def test_a_closed_dm_is_said_to_be_closed(stage: Stage) -> None:
    await stage.driver.close_dm("Mira")
    with pytest.raises(DeliveryError) as caught:
        await stage.publisher.post_card(stage.view(deliver_to="dm"), "n1")
    assert caught.value.reason == "dm_closed"


async def test_a_forgotten_requester_has_no_dm(stage: Stage) -> None:
    with pytest.raises(DeliveryError) as caught:
        await stage.publisher.send_clip(stage.view(succeeded(), user_id=None), None, "n1")
    assert caught.value.reason == "dm_closed"


async def test_an_edit_shows_the_new_state(stage: Stage) -> None:
    ref = await stage.publisher.post_card(stage.view(), "n1")
    await stage.publisher.edit_card(stage.view(view_of(JobStatus.UNKNOWN)), ref)
    assert "Outcome unclear" in (await stage.see(ref)).text


async def test_a_clip_plays_in_the_card_once_however_often_it_is_attached(stage: Stage, clip: ClipFile) -> None:
    ref = await stage.publisher.post_card(stage.view(), "n1")
    for _ in range(2):
        await stage.publisher.edit_card(stage.view(succeeded("attached")), ref, clip)
    (attachment,) = (await stage.see(ref)).attachments
    assert attachment.filename == clip_name(view_of().job)
    assert attachment.description == "a *fox* in the snow"
    assert attachment.size == clip.path.stat().st_size


@pytest.mark.parametrize("way", ["card", "reply", "dm"])
async def test_a_clip_that_discord_does_not_play_is_a_file_to_download(stage: Stage, clip: ClipFile, way: str) -> None:
    view = stage.view(hidden(succeeded("attached", CopyState.FAILED)))
    ref = await stage.publisher.post_card(stage.view(), "n1")
    match way:
        case "card":
            await stage.publisher.edit_card(view, ref, clip)
        case "reply":
            ref = await stage.publisher.reply_with_clip(view, ref, clip, "n2")
        case _:
            ref = await stage.publisher.send_clip(view, clip, "n2")
    message = await stage.see(ref)
    assert len(message.attachments) == 1
    assert message.media == []
    assert "Here is the clip as a file" in message.text
    assert await stage.publisher.clip_on_card(view, ref) == "attached"


def hidden(view: JobView) -> JobView:
    return replace(view, job=replace(view.job, spoiler=True))


@pytest.mark.parametrize("way", ["card", "reply", "dm"])
async def test_a_spoiler_is_a_spoiler_wherever_it_is_posted(stage: Stage, clip: ClipFile, way: str) -> None:
    view = stage.view(hidden(succeeded("attached")))
    ref = await stage.publisher.post_card(stage.view(), "n1")
    match way:
        case "card":
            await stage.publisher.edit_card(view, ref, clip)
        case "reply":
            ref = await stage.publisher.reply_with_clip(view, ref, clip, "n2")
        case _:
            ref = await stage.publisher.send_clip(view, clip, "n2")
    message = await stage.see(ref)
    (attachment,) = message.attachments
    (media,) = message.media
    assert attachment.filename == f"SPOILER_klapper-{JOB_ID}.mp4"
    assert attachment.description == "a *fox* in the snow"
    assert (attachment.spoiler, media.spoiler) == (True, True)
    assert media.url.partition("?")[0] == attachment.url.partition("?")[0]  # signed anew every second


async def test_a_later_edit_keeps_the_clip(stage: Stage, clip: ClipFile) -> None:
    ref = await stage.publisher.post_card(stage.view(), "n1")
    await stage.publisher.edit_card(stage.view(succeeded("attached")), ref, clip)
    await stage.publisher.edit_card(stage.view(succeeded("attached")), ref)
    assert len((await stage.see(ref)).attachments) == 1


async def test_a_reply_carries_the_clip_without_buttons(stage: Stage, clip: ClipFile) -> None:
    card = await stage.publisher.post_card(stage.view(), "n1")
    ref = await stage.publisher.reply_with_clip(stage.view(succeeded()), card, clip, "n2")
    reply = await stage.see(ref)
    assert reply.reply_to == str(card.message_id)
    assert [attachment.filename for attachment in reply.attachments] == [clip_name(view_of().job)]
    assert not reply.buttons
    assert (await stage.driver.message_versions(reply))[0].pinged == ()


async def test_a_reply_without_the_file_has_the_link(stage: Stage) -> None:
    card = await stage.publisher.post_card(stage.view(), "n1")
    ref = await stage.publisher.reply_with_clip(stage.view(succeeded("replied")), card, None, "n2")
    assert f"[Open the clip]({LINK})" in (await stage.see(ref)).text


async def test_a_reply_to_a_deleted_card_says_so(stage: Stage) -> None:
    card = await stage.publisher.post_card(stage.view(), "n1")
    await stage.driver.delete_message(str(card.message_id))
    with pytest.raises(DeliveryError) as caught:
        await stage.publisher.reply_with_clip(stage.view(succeeded()), card, None, "n2")
    assert caught.value.reason == "card_deleted"


async def test_a_clip_reaches_the_requester_directly(stage: Stage, clip: ClipFile) -> None:
    await stage.publisher.send_clip(stage.view(succeeded("dm")), clip, "n1")
    (message,) = await stage.driver.dm_messages("Mira")
    assert [attachment.filename for attachment in message.attachments] == [clip_name(view_of().job)]
    assert f"`{JOB_ID}`" in message.text


@pytest.mark.parametrize(
    ("lost", "why"), [("deleted", "its card was deleted"), ("channel_gone", "its card could not be reached")]
)
async def test_a_clip_that_comes_directly_says_why(stage: Stage, lost: str, why: str) -> None:
    view = stage.view(succeeded("dm"))
    assert view.card is not None
    await stage.publisher.send_clip(replace(view, card=replace(view.card, lost=lost)), None, "n1")
    (message,) = await stage.driver.dm_messages("Mira")
    assert message.text.startswith(f"Your clip comes as a direct message because {why}")


async def test_the_one_ping_reaches_the_requester_and_nobody_else(stage: Stage) -> None:
    card = await stage.publisher.post_card(stage.view(), "n1")
    ref = await stage.publisher.tell(stage.view(succeeded("attached")), card, "n2")
    (version,) = await stage.driver.message_versions(str(ref.message_id))
    assert version.pinged == (str(stage.user_id),)
    assert not version.pinged_everyone
    assert version.reply_to == str(card.message_id)
    assert "Your clip is ready." in version.content


async def test_a_ping_in_the_dm_answers_the_card_there(stage: Stage) -> None:
    view = stage.view(succeeded("attached"), deliver_to="dm")
    card = await stage.publisher.post_card(stage.view(deliver_to="dm"), "n1")
    ref = await stage.publisher.tell(view, card, "n2")
    assert (await stage.see(ref)).reply_to == str(card.message_id)
    _, sent = await stage.driver.requests("POST", f"/channels/{card.channel_id}/messages")
    assert "guild_id" not in sent.body["message_reference"]


async def test_news_can_come_as_a_direct_message_with_the_way_to_the_card(stage: Stage) -> None:
    view = stage.view(succeeded("attached"))
    ref = await stage.publisher.tell_directly(view, "n1")
    assert await stage.publisher.tell_directly(view, "n1") == ref
    (message,) = await stage.driver.dm_messages("Mira")
    assert message.content.startswith("Your clip is ready.")
    assert f"https://discord.com/channels/{stage.guild_id}/" in message.content
    assert await stage.publisher.find_reply(view, None, since_ms=a_minute_ago()) == ref


async def test_news_for_a_closed_dm_are_refused(stage: Stage) -> None:
    await stage.driver.close_dm("Mira")
    with pytest.raises(DeliveryError) as caught:
        await stage.publisher.tell_directly(stage.view(succeeded("attached")), "n1")
    assert caught.value.reason == "dm_closed"


async def test_a_file_above_the_limit_is_too_large(stage: Stage, clip: ClipFile) -> None:
    ref = await stage.publisher.post_card(stage.view(), "n1")
    await stage.driver.set_upload_limit(100)
    with pytest.raises(DeliveryError) as caught:
        await stage.publisher.edit_card(stage.view(succeeded("attached")), ref, clip)
    assert caught.value.reason == "too_large"


async def test_a_clip_that_is_not_on_disk_is_gone(stage: Stage, tmp_path: Path) -> None:
    ref = await stage.publisher.post_card(stage.view(), "n1")
    with pytest.raises(DeliveryError) as caught:
        await stage.publisher.edit_card(stage.view(succeeded("attached")), ref, ClipFile(tmp_path / "no.mp4", ""))
    assert caught.value.reason == "media_gone"


async def test_a_deleted_card_is_said_to_be_deleted(stage: Stage) -> None:
    ref = await stage.publisher.post_card(stage.view(), "n1")
    await stage.driver.delete_message(str(ref.message_id))
    with pytest.raises(DeliveryError) as caught:
        await stage.publisher.edit_card(stage.view(), ref)
    assert caught.value.reason == "card_deleted"


async def test_a_channel_that_is_gone_is_said_to_be_gone(stage: Stage) -> None:
    ref = await stage.publisher.post_card(stage.view(), "n1")
    await stage.driver.delete_channel("videos")
    with pytest.raises(DeliveryError) as caught:
        await stage.publisher.edit_card(stage.view(), ref)
    assert caught.value.reason == "channel_gone"


async def test_a_channel_without_permission_is_forbidden(stage: Stage) -> None:
    await stage.driver.set_permissions("videos", "Klapper", deny=["view_channel"])
    with pytest.raises(DeliveryError) as caught:
        await stage.publisher.post_card(stage.view(), "n1")
    assert caught.value.reason == "forbidden"


async def test_an_old_card_is_said_to_be_too_old(stage: Stage) -> None:
    ref = await stage.publisher.post_card(stage.view(), "n1")
    await stage.driver.age_message(str(ref.message_id), 4000)
    await stage.driver.set_limits(old_edits=0, old_edit_retry_s=0.01)
    with pytest.raises(DeliveryError) as caught:
        await stage.publisher.edit_card(stage.view(), ref)
    assert caught.value.reason == "too_old"


class LaterClock(SystemClock):
    def __init__(self, ahead_ms: int) -> None:
        self._ahead_ms = ahead_ms

    def now_ms(self) -> int:
        return super().now_ms() + self._ahead_ms


@pytest.mark.parametrize(("age_ms", "reason"), [(2 * HOUR_MS, "too_old"), (0, "try_later")])
async def test_a_long_wait_to_edit_an_old_card_means_that_it_is_too_old(stage: Stage, age_ms: int, reason: str) -> None:
    ref = await stage.publisher.post_card(stage.view(), "n1")
    await stage.driver.add_fault("PATCH", "/messages/", status=429, retry_after_s=31, via=True)
    with pytest.raises(DeliveryError) as caught:
        await Publisher(stage.client, clock=LaterClock(age_ms)).edit_card(stage.view(), ref)
    assert caught.value.reason == reason


async def test_a_broken_connection_is_worth_another_try(stage: Stage) -> None:
    await stage.driver.add_fault("POST", "/messages", drop=True)
    with pytest.raises(DeliveryError) as caught:
        await stage.publisher.post_card(stage.view(), "n1")
    assert caught.value.reason == "try_later"
    await stage.publisher.post_card(stage.view(), "n1")
    assert len(await stage.driver.messages("videos")) == 1


async def test_an_answer_that_was_lost_does_not_make_a_second_card(stage: Stage) -> None:
    await stage.driver.add_fault("POST", "/messages", when="after", drop=True)
    with pytest.raises(DeliveryError):
        await stage.publisher.post_card(stage.view(), "n1")
    await stage.publisher.post_card(stage.view(), "n1")
    assert len(await stage.driver.messages("videos")) == 1


async def test_a_call_that_ends_late_is_repeated_without_harm(stage: Stage) -> None:
    await stage.driver.add_fault("POST", "/messages", delay_s=0.2)
    with pytest.raises(DeliveryError) as caught:
        await Publisher(stage.client, call_s=0.02).post_card(stage.view(), "n1")
    assert caught.value.reason == "try_later"
    await stage.publisher.post_card(stage.view(), "n1")
    assert len(await stage.driver.messages("videos")) == 1


async def test_an_edit_that_ends_late_does_not_overwrite_a_newer_one(stage: Stage, clip: ClipFile) -> None:
    publisher = Publisher(stage.client, call_s=0.05)
    ref = await stage.publisher.post_card(stage.view(), "n1")
    await stage.driver.add_fault("PATCH", "/messages/", delay_s=0.3)
    with pytest.raises(DeliveryError):
        await publisher.edit_card(stage.view(view_of(JobStatus.UNKNOWN)), ref)
    await publisher.edit_card(stage.view(succeeded("attached")), ref, clip)
    _, late, newest = await stage.driver.message_versions(str(ref.message_id))
    assert "Outcome unclear" in late.text
    assert newest.attachments


async def test_a_missed_deadline_in_a_global_rate_limit_blocks_nobody_afterwards(stage: Stage) -> None:
    await stage.driver.add_fault("POST", "/messages", status=429, retry_after_s=0.2, global_limit=True)
    with pytest.raises(DeliveryError):
        await Publisher(stage.client, call_s=0.02).post_card(stage.view(), "n1")
    async with asyncio.timeout(5):
        await stage.publisher.post_card(stage.view(job_id="zzzz9999"), "n2")


async def test_a_guild_without_boosts_takes_ten_mebibytes(stage: Stage) -> None:
    assert await stage.publisher.upload_limit_bytes(stage.guild_id) == DEFAULT_UPLOAD_LIMIT_BYTES


# The audit channel


async def test_lines_of_the_audit_are_one_message_that_pings_nobody(stage: Stage) -> None:
    lines = [line_of(member_id=stage.user_id, detail="knife"), line_of(words=HOSTILE, entry_id=2)]
    ref = await stage.publisher.post_audit(stage.channel_id, lines, "n1")
    assert await stage.publisher.post_audit(stage.channel_id, lines, "n1") == ref
    [message] = await stage.driver.messages("videos")
    [version] = await stage.driver.message_versions(message)
    assert (version.pinged, version.pinged_everyone) == ((), False)
    first, second = version.content.splitlines()
    assert f"Klapper refused a request of <@{stage.user_id}> · knife" in first
    assert "\\@everyone" in second


async def test_as_many_lines_as_fit_are_taken(stage: Stage) -> None:
    lines = [longest_line() for _ in range(50)]
    taken = stage.publisher.audit_fit(lines)
    await stage.publisher.post_audit(stage.channel_id, lines[:taken], "n1")
    [message] = await stage.driver.messages("videos")
    assert len(message.content.splitlines()) == taken


async def test_an_audit_channel_that_is_closed_is_said_to_be(stage: Stage) -> None:
    await stage.driver.set_permissions("videos", "Klapper", deny=["send_messages"])
    with pytest.raises(DeliveryError) as caught:
        await stage.publisher.post_audit(stage.channel_id, [line_of()], "n1")
    assert caught.value.reason == "forbidden"


async def test_a_server_error_in_the_audit_channel_is_worth_another_try(stage: Stage) -> None:
    await stage.driver.add_fault("POST", "/messages", when="after", status=503)
    with pytest.raises(DeliveryError) as caught:
        await stage.publisher.post_audit(stage.channel_id, [line_of()], "n1")
    assert caught.value.reason == "try_later"
    await stage.publisher.post_audit(stage.channel_id, [line_of()], "n1")
    assert len(await stage.driver.messages("videos")) == 1
