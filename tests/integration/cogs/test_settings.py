"""/settings: what members decide for themselves."""

from __future__ import annotations

import pytest

from klapper.choices.choices import MemberChoices
from tests.integration.cogs.house_bot import Scene, words


def chosen(scene: Scene) -> MemberChoices | None:
    return scene.house.choices.get((scene.guild.id, scene.mira.id))


DIRECTLY = "comes as a direct message, if you take any."


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (
            "ping",
            f"a message under its card mentions you. That a moderator declined it or Segmind refused it {DIRECTLY}",
        ),
        ("silent", f"its card changes and no message is sent. Only that a moderator declined it {DIRECTLY}"),
        ("dm", "you get a direct message with the way to its card."),
    ],
)
async def test_the_way_of_the_news_is_kept_and_said(scene: Scene, how: str, said: str) -> None:
    result = await scene.mira.slash(scene.channel, "settings notify", how=how)
    assert result.ephemeral
    assert words(result.response) == f"When a job of yours ends, {said}"
    choices = chosen(scene)
    assert choices is not None
    assert choices.notify == how


async def test_news_by_dm_leave_no_trial_message(scene: Scene) -> None:
    await scene.mira.slash(scene.channel, "settings notify", how="dm")
    assert not scene.mira.user.dm_channel.history()


async def test_news_by_a_closed_dm_are_refused(scene: Scene) -> None:
    dm = scene.mira.user.dm_channel
    scene.env.inject_error("POST", f"/channels/{dm.id}/messages", status=403, code=50007)
    result = await scene.mira.slash(scene.channel, "settings notify", how="dm")
    assert "Klapper may not send you direct messages, so nothing was changed" in words(result.response)
    assert scene.refusals() == ["dm_closed"]
    assert chosen(scene) is None


async def test_defaults_are_kept_and_said(scene: Scene) -> None:
    result = await scene.mira.slash(scene.channel, "settings defaults", model="o3", aspect_ratio="9:16")
    assert result.ephemeral
    assert chosen(scene) == MemberChoices(model="o3", aspect_ratio="9:16")
    said = words(result.response)
    assert "- model: **Kling O3**" in said
    assert "- shape: **9:16**" in said
    assert "- mode: Klapper's default" in said


async def test_a_default_that_is_not_named_stays(scene: Scene) -> None:
    await scene.mira.slash(scene.channel, "settings defaults", model="o3", mode="pro")
    await scene.mira.slash(scene.channel, "settings defaults", aspect_ratio="1:1")
    assert chosen(scene) == MemberChoices(model="o3", aspect_ratio="1:1", mode="pro")


async def test_a_default_can_be_taken_back(scene: Scene) -> None:
    await scene.mira.slash(scene.channel, "settings defaults", model="o3", mode="pro")
    await scene.mira.slash(scene.channel, "settings defaults", model="none")
    assert chosen(scene) == MemberChoices(mode="pro")


async def test_without_an_option_nothing_is_written_and_all_is_shown(scene: Scene) -> None:
    result = await scene.mira.slash(scene.channel, "settings defaults")
    assert chosen(scene) is None
    assert words(result.response).count("Klapper's default") == 3


async def test_the_way_of_the_news_and_the_defaults_do_not_touch_each_other(scene: Scene) -> None:
    await scene.mira.slash(scene.channel, "settings notify", how="silent")
    await scene.mira.slash(scene.channel, "settings defaults", mode="pro")
    assert chosen(scene) == MemberChoices(notify="silent", mode="pro")


async def test_the_choices_are_the_catalogues(scene: Scene) -> None:
    (sent,) = [one for one in scene.env.http_requests if one.path.endswith("/commands") and one.method == "PUT"]
    assert sent.json is not None
    (settings,) = [body for body in sent.json if body["name"] == "settings"]
    (defaults,) = [part for part in settings["options"] if part["name"] == "defaults"]
    choices = {option["name"]: [choice["value"] for choice in option["choices"]] for option in defaults["options"]}
    assert choices == {
        "model": ["v3", "o3", "v1", "none"],
        "aspect_ratio": ["16:9", "9:16", "1:1", "none"],
        "mode": ["std", "pro", "none"],
    }


@pytest.mark.parametrize("command", ["settings notify", "settings defaults"])
async def test_a_server_that_is_not_served_has_no_settings(scene: Scene, command: str) -> None:
    scene.house.served = lambda guild_id: False
    options = {"how": "ping"} if command.endswith("notify") else {}
    result = await scene.mira.slash(scene.channel, command, **options)
    assert "Klapper does not work on this server" in words(result.response)
    assert chosen(scene) is None
