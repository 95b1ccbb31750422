"""A card that carries its clip keeps it when its words change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import discord
import pytest

from klapper.messages import own_messages
from klapper.services.messenger import ClipFile
from klapper.services.views import Money, MoneyState
from tests.unit.messages.discord_stage import Stage, succeeded


@pytest.fixture
def clip(tmp_path: Path) -> ClipFile:
    path = tmp_path / "x.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + b"\0" * 500)
    return ClipFile(path, "a fox")


async def test_a_refunded_card_says_so_and_names_the_clip_that_it_keeps(stage: Stage, clip: ClipFile) -> None:
    view = stage.view(succeeded("attached"))
    ref = await stage.publisher.post_card(stage.view(), "n1")
    await stage.publisher.edit_card(view, ref, clip)
    before = await stage.see(ref)
    await stage.publisher.edit_card(replace(view, money=Money(MoneyState.REFUNDED, 84)), ref)
    after = await stage.see(ref)
    assert "84 credits given back." in after.text
    assert [file["id"] for file in after.payload["attachments"]] == [
        file["id"] for file in before.payload["attachments"]
    ]


async def test_a_file_that_only_a_component_names_is_found(stage: Stage, clip: ClipFile) -> None:
    """Discord leaves out of a message's attachments what its components show."""
    ref = await stage.publisher.post_card(stage.view(), "n1")
    await stage.publisher.edit_card(stage.view(succeeded("attached")), ref, clip)
    payload = (await stage.see(ref)).payload
    [listed] = payload["attachments"]
    for attachments in ([], [listed]):
        channel = stage.client.get_partial_messageable(ref.channel_id)
        data = {**payload, "attachments": attachments}
        message = discord.Message(state=stage.client._connection, channel=channel, data=data)  # type: ignore[arg-type]
        found = own_messages.attached(message)
        assert [(file.id, file.filename) for file in found] == [(int(listed["id"]), listed["filename"])]
