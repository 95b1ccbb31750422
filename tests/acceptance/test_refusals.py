"""Wrong options, wrong configuration, missing permissions: one clear sentence, nothing charged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.bot_process import BotProcess
from tests.acceptance.town import Town, job_id_of

REFUSED: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"model": "v1", "duration": 7}, ("duration", "5", "10")),
    ({"model": "v1", "audio": True}, ("audio", "Kling")),
    ({"model": "v3", "mode": "pro"}, ("mode",)),
    ({"model": "v3", "camera": "forward_up"}, ("camera",)),
    ({"model": "v1", "camera": "forward_up", "mode": "pro"}, ("camera", "std")),
    ({"model": "v1", "camera": "pan"}, ("camera_amount",)),
    ({"voice_1": "v", "audio": False, "prompt": "<<<voice_1>>> speaks"}, ("audio",)),
    ({"prompt": "a PEG on a table"}, ("peg",)),
    ({"prompt": "a fox", "duration": 15, "model": "o3", "mode": "pro", "audio": True}, ("525", "<t:")),
]


async def test_every_wrong_request_gets_one_sentence_and_holds_nothing(town: Town) -> None:
    await town.open(MODERATION__BLOCKED_TERMS="peg")
    for options, words in REFUSED:
        result = await town.ask(**options)
        assert result.ephemeral, options
        for word in words:
            assert word.lower() in result.text.lower(), (options, result.text)
    assert await town.posts() == 0
    assert (await town.bot.ledger())["held_credits"] == 0
    accepted = await town.video(prompt="a pegboard on a wall")
    await town.clip_on(accepted)


@pytest.mark.parametrize("missing", ["attach_files", "send_messages", "read_message_history"])
async def test_a_missing_permission_is_named_before_anything_is_held(town: Town, missing: str) -> None:
    await town.driver.set_permissions("videos", "Klapper", deny=[missing])
    await town.open()
    result = await town.ask()
    assert result.ephemeral
    assert missing.replace("_", " ") in result.text.lower()
    assert (await town.bot.ledger())["held_credits"] == 0


async def test_a_paused_guild_refuses_and_its_waiting_jobs_keep_their_hold(town: Town) -> None:
    await town.open(LIMITS__UNDO_S="2")
    waiting = await town.video()
    paused = await town.driver.slash("Ada", "videos", "manage pause")
    await paused.wait_response()
    refused = await town.ask(prompt="another one")
    assert refused.ephemeral
    await town.card_with(waiting, "paused")
    assert (await town.bot.ledger())["held_credits"] == 84
    assert await town.posts() == 0
    resumed = await town.driver.slash("Ada", "videos", "manage resume")
    await resumed.wait_response()
    await town.clip_on(waiting)


async def test_somebody_elses_button_and_a_forged_one_do_nothing(town: Town) -> None:
    await town.open(LIMITS__UNDO_S="300")
    card = await town.video()
    for pressed, said in (
        (await town.driver.press("Tom", card, label="Cancel"), "another member's request"),
        (await town.driver.slash("Tom", "videos", "jobs show", job=job_id_of(card)), "another member's request"),
        (await town.driver.slash("Mira", "videos", "jobs show", job="aaaaaaaa"), "no such job"),
    ):
        answer = await pressed.wait_message()
        assert said in answer.text
    assert (await town.bot.ledger())["held_credits"] == 84


CONFIGS: list[tuple[dict[str, str], str, tuple[str, ...]]] = [
    ({"LIMITS__UNDO": "3"}, "", ("KLAPPER_LIMITS__UNDO", "UNDO_S")),
    ({"LIMITS__UNDO_S": "soon"}, "", ("UNDO_S",)),
    ({"DISCORD__TOKEN": ""}, "", ("discord.token",)),
    ({"SEGMIND__API_KEY": ""}, "", ("segmind.api_key",)),
    ({"CREDITS__TIME_ZONE": "Mars/Olympus"}, "", ("TIME_ZONE",)),
    ({}, "[credits]\nmarkupp = 2\n", ("config.toml", "markupp", "markup")),
    ({}, "[credits\n", ("config.toml", "line 1")),
    ({"SEGMIND__PRICES": '{"kling-o3-text2vide": {"std/silent": 1}}'}, "", ("kling-o3-text2video",)),
]


@pytest.mark.parametrize(("settings", "toml", "words"), CONFIGS)
async def test_a_wrong_configuration_is_one_line_and_exit_2(
    tmp_path: Path, settings: dict[str, str], toml: str, words: tuple[str, ...]
) -> None:
    base = {"DISCORD__TOKEN": "x.y.z", "SEGMIND__API_KEY": "SG_0123456789abcdef"}
    if toml:
        (tmp_path / "config.toml").write_text(toml)
    code, output = await BotProcess(tmp_path, {**base, **settings}).command("run")
    assert code == 2, output
    assert len(output.strip().splitlines()) == 1, output
    for word in words:
        assert word in output
