"""What somebody reads directly when credits of theirs were moved, and that such a message is known again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from klapper.errors import DeliveryError
from klapper.messages import notice_texts
from klapper.messages.own_messages import CLOCK_SET_MS
from klapper.moderation.audit import Action
from klapper.services.notices import Notice, read, written
from tests.unit.messages.audit_lines import HOSTILE
from tests.unit.messages.discord_stage import Stage, a_minute_ago

NOTICE = Notice(4711, 1, 42, Action.CREDITS_GRANTED, 50, "bonus", 77, None, "a prize", 0)
SAID = [
    (NOTICE, "The managers of the server Foxes granted you **50 credits**. They do not expire."),
    (replace(NOTICE, amount=1), "granted you **1 credit**. It does not expire."),
    (replace(NOTICE, action=Action.CREDITS_REVOKED), "took back **50 credits** of yours that do not expire."),
    (
        replace(NOTICE, action=Action.CREDITS_REVOKED, purse="allowance"),
        "took back **50 credits** of your allowance there. Your next one comes as usual.",
    ),
    (
        replace(NOTICE, action=Action.CREDITS_REFUNDED, job_id="abc123"),
        "gave back the **50 credits** that job abc123 cost you.",
    ),
    (replace(NOTICE, action=Action.CREDITS_GIVEN, words=""), "<@77> gave you **50 credits** on the server Foxes."),
    (replace(NOTICE, action=Action.CREDITS_GIVEN, by=None), "A former member gave you"),
]


@pytest.mark.parametrize(("notice", "said"), SAID)
def test_a_notice_says_what_moved_and_why(notice: Notice, said: str) -> None:
    shown = notice_texts.notice(notice, "Foxes")
    assert said in shown
    assert ("They wrote:\n> a prize" in shown) == bool(notice.words)
    assert notice_texts.mark(notice) in shown
    assert "Entry 4711 of the server's audit" in shown  # as the exported audit numbers it


def test_words_cannot_ping_or_pretend() -> None:
    shown = notice_texts.notice(replace(NOTICE, words=HOSTILE), HOSTILE)
    assert "\\@everyone" in shown
    assert len(notice_texts.notice(replace(NOTICE, words="@" * 200), "@" * 100)) < 2_000


@pytest.mark.parametrize("purse", ["bonus", "allowance"])
def test_an_entrys_detail_is_read_as_it_was_written(purse: str) -> None:
    assert read(written(50, purse)) == (50, purse)  # type: ignore[arg-type]


async def test_a_notice_is_a_direct_message_that_is_found_again(stage: Stage) -> None:
    notice = replace(NOTICE, user_id=stage.user_id, guild_id=stage.guild_id, at_ms=a_minute_ago())
    assert not await stage.publisher.was_notified(notice)
    await stage.publisher.notify(notice, "n1")
    await stage.publisher.notify(notice, "n1")
    [message] = await stage.driver.dm_messages("Mira")
    assert "granted you **50 credits**" in message.content
    assert await stage.publisher.was_notified(notice)
    assert not await stage.publisher.was_notified(replace(notice, entry_id=471))
    assert not await stage.publisher.was_notified(replace(notice, at_ms=notice.at_ms + 60_000 + 2 * CLOCK_SET_MS))


async def test_closed_direct_messages_are_said_to_be(stage: Stage) -> None:
    await stage.driver.close_dm("Mira")
    with pytest.raises(DeliveryError) as caught:
        await stage.publisher.notify(replace(NOTICE, user_id=stage.user_id, guild_id=stage.guild_id), "n1")
    assert caught.value.reason == "dm_closed"
