"""/credits and /manage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import simcord
from simcord.backend.errors import OptionError

from cogs import credit_texts, manage_texts, quota_texts
from klapper.database.database import DatabaseError
from klapper.ledger.periods import Rhythm
from klapper.ledger.records import Balance
from klapper.quotas.quota import Limits
from klapper.services.credits import Holdings, PriceLine
from klapper.services.guilds import EndedPause
from klapper.services.usual_cost import UsualCost
from tests.integration.cogs.house import NOW_MS
from tests.integration.cogs.house_bot import Scene, words
from tests.quotas import OPERATOR, quota_of

MODERATE_MEMBERS = 1 << 40  # Discord docs: Permissions, as a number
RESETS = NOW_MS // 1000 + 86_400


async def test_balance_says_what_there_is_and_when_it_comes_back(scene: Scene) -> None:
    await scene.video()
    result = await scene.mira.slash(scene.channel, "credits balance")
    assert result.ephemeral
    assert words(result.response) == (
        "You have **416 credits**, of this week's allowance.\n"
        "Besides, 84 credits are reserved for jobs that are not finished.\n"
        f"Your 500 a week are what everybody gets and begin anew <t:{RESETS}:R>; what is left of them then expires."
    )


async def test_balance_does_not_speak_of_an_allowance_that_is_not_given(scene: Scene) -> None:
    scene.house.quota = quota_of(operator=replace(OPERATOR, allowance=0))
    result = await scene.mira.slash(scene.channel, "credits balance")
    assert "begins anew" not in words(result.response)


async def test_history_lists_what_moved(scene: Scene) -> None:
    await scene.video()
    result = await scene.mira.slash(scene.channel, "credits history")
    assert result.ephemeral
    assert words(result.response).strip() == f"<t:{NOW_MS // 1000}:f> **-84** reserved · job `{scene.job_id}`"


async def test_the_first_page_says_what_a_new_period_has_brought(scene: Scene) -> None:
    await scene.video()
    scene.bot.history.left = 16
    said = words((await scene.mira.slash(scene.channel, "credits history")).response)
    assert "You have **416 credits** now" in said


BALANCES = [
    (Balance(416, 0, 0, 500, 0), "You have **416 credits**, of this week's allowance."),
    (Balance(400, 16, 0, 500, 0), "You have **416 credits**: 400 of this week's allowance and 16 that do not expire."),
    (Balance(0, 1, 0, 500, 0), "You have **1 credit**, which does not expire."),
    (Balance(0, 0, 0, 500, 0), "You have **0 credits**."),
]


@pytest.mark.parametrize(("balance", "said"), BALANCES)
def test_a_balance_names_only_what_there_is(balance: Balance, said: str) -> None:
    assert credit_texts.balance(Holdings(balance, quota_of())).splitlines()[0] == said


@pytest.mark.parametrize(
    ("usual", "said"),
    [
        (UsualCost(84, 28, 168, 20), "Your last 20 clips cost 28 to 168 credits each, half of them at most 84."),
        (UsualCost(84, 84, 84, 3), "Each of your last 3 clips cost 84 credits."),
    ],
)
def test_a_balance_says_what_clips_usually_cost(usual: UsualCost, said: str) -> None:
    holdings = Holdings(Balance(1, 0, 0, 500, 0), quota_of(), usual)
    assert credit_texts.balance(holdings).splitlines()[-1] == said


def test_a_balance_says_why_there_is_more_than_a_period_gives() -> None:
    said = credit_texts.balance(Holdings(Balance(528, 0, 0, 500, NOW_MS), quota_of()))
    assert "28 of them were reserved before this week began, and came back." in said
    kept = credit_texts.balance(Holdings(Balance(90, 1, 0, 700, NOW_MS), quota_of()))
    assert f"You were given 700 when more counted for you; what is left of them expires <t:{NOW_MS // 1000}:R>." in kept
    assert "and 1 that does not expire" in kept


def test_prices_say_that_not_all_of_them_are_for_everybody() -> None:
    lines, limits = [PriceLine("One", "5 s", 84)], Limits(largest_job=83)
    assert "-# Not all of it is for you here" in credit_texts.prices(lines, replace(quota_of(), limits=limits))
    assert "-# Not all" not in credit_texts.prices(lines, replace(quota_of(), limits=Limits(largest_job=84)))


def test_a_new_rhythm_begins_when_the_running_period_ends() -> None:
    wednesdays = replace(quota_of(), rhythm=Rhythm("week", "UTC", 2))
    monday_ms = Rhythm("week", "UTC").period(NOW_MS).end_ms
    assert "from then on a new week begins on Wednesday (UTC)" in quota_texts.rhythm(wednesdays, monday_ms)
    wednesday_ms = wednesdays.rhythm.period(NOW_MS).end_ms
    assert quota_texts.rhythm(wednesdays, wednesday_ms).startswith("A new week begins on Wednesday (UTC), the next")


def test_one_reserved_credit_is_singular() -> None:
    assert "1 credit is reserved" in credit_texts.balance(Holdings(Balance(1, 0, 1, 500, 0), quota_of()))


async def test_a_new_member_has_no_history(scene: Scene) -> None:
    result = await scene.mira.slash(scene.channel, "credits history")
    assert words(result.response).strip() == "Nothing has moved on your account here yet."


async def test_prices_are_listed_by_model(scene: Scene) -> None:
    result = await scene.mira.slash(scene.channel, "credits prices")
    assert result.ephemeral
    assert words(result.response).startswith(
        "**Kling 3.0 Standard text to video**\n- 5 s: 84 credits\n- 10 s: 168 credits\n"
        "**Kling 1 text to video**\n- 5 s, std: 28 credits\n"
    )


def test_other_lengths_are_promised_only_where_they_are_taken() -> None:
    free, fixed = PriceLine("Free", "5 s", 1, other_lengths=True), PriceLine("Fixed", "5 s", 1)
    assert "-# Other lengths of Free cost in proportion." in credit_texts.prices([free, fixed], quota_of())
    assert "Other lengths" not in credit_texts.prices([fixed], quota_of())
    both = [free, replace(free, model_title="Open"), replace(free, model_title="Loose")]
    assert "-# Other lengths of Free, Open and Loose cost in proportion." in credit_texts.prices(both, quota_of())


def test_models_that_cost_the_same_stand_together() -> None:
    lines = [PriceLine("One", "5 s", 84), PriceLine("Two", "5 s", 28), PriceLine("Three", "5 s", 84)]
    shown = credit_texts.prices(lines, quota_of())
    assert shown.startswith("**One**, **Three**\n- 5 s: 84 credits\n**Two**\n- 5 s: 28 credits\n")
    assert shown.endswith("only a finished clip is charged.")


async def test_books_that_cannot_be_read_are_said_to_be_so(scene: Scene) -> None:
    scene.bot.credits.error = DatabaseError("disk full")
    result = await scene.mira.slash(scene.channel, "credits balance")
    assert words(result.response) == "Klapper cannot reach its books, and nothing was charged: try again in a minute."
    assert scene.defects()
    scene.log.clear()


async def test_a_manager_grants_credits(scene: Scene) -> None:
    result = await scene.olga.slash(scene.channel, "manage grant", member=scene.tom, amount=100, reason="a prize")
    assert result.ephemeral
    assert words(result.response) == f"<@{scene.tom.id}> got 100 credits and now has 600 credits. {manage_texts.TOLD}"
    assert [order.words for order in scene.bot.movements.orders] == ["a prize"]


async def test_a_replayed_grant_counts_once(scene: Scene) -> None:
    await scene.olga.slash(scene.channel, "manage grant", member=scene.tom, amount=100, reason="a prize")
    events = [payload for _, name, payload in scene.env.backend.transcript if name == "INTERACTION_CREATE"]
    scene.env.backend.emit("INTERACTION_CREATE", events[-1])
    await scene.env.settle()
    assert scene.house.granted == {scene.tom.id: 100}


async def test_a_bad_amount_is_refused(scene: Scene) -> None:
    for amount in (-5, 0, 1_000_001):
        with pytest.raises(OptionError):  # Discord itself does not take it
            await scene.olga.slash(scene.channel, "manage grant", member=scene.tom, amount=amount, reason="a prize")
    assert not scene.house.granted


async def test_a_bot_gets_no_credits(scene: Scene) -> None:
    robot = scene.guild.add_member(scene.env.create_user("Robot", bot=True))
    result = await scene.olga.slash(scene.channel, "manage grant", member=robot, amount=5, reason="a prize")
    assert words(result.response) == "Bots make no clips: choose a person."
    assert scene.refusals() == ["bot_member"]
    assert not scene.house.granted


async def test_pause_and_resume_say_what_they_did(scene: Scene) -> None:
    said = []
    for command in ("pause", "pause", "resume", "resume"):
        result = await scene.olga.slash(scene.channel, f"manage {command}")
        assert result.ephemeral
        said.append(words(result.response).split(":")[0].split(".")[0])
    assert said == [
        "Klapper is paused on this server",
        "Klapper is paused on this server already; `/manage resume` ends it",
        "Klapper goes on",
        "Klapper was not paused on this server, so there is nothing to resume",
    ]


def test_who_resumes_hears_why_klapper_had_paused_itself() -> None:
    assert "Segmind refused 6 requests" in manage_texts.resumed(EndedPause(refusals=6))
    assert "Segmind" not in manage_texts.resumed(EndedPause())


async def test_sharing_is_switched_and_said(scene: Scene) -> None:
    result = await scene.olga.slash(scene.channel, "manage sharing", state="on")
    assert result.ephemeral
    assert "may animate each other's images" in words(result.response)
    assert scene.house.sharing == {scene.guild.id}
    result = await scene.olga.slash(scene.channel, "manage sharing", state="off")
    assert "only images that they posted themselves" in words(result.response)
    assert not scene.house.sharing


async def test_only_managers_see_manage(scene: Scene) -> None:
    assert not [name for name in scene.mira.available_commands(scene.channel) if name.startswith("manage")]
    with pytest.raises(simcord.SetupError):
        await scene.mira.slash(scene.channel, "manage pause")


async def test_no_command_exists_outside_of_servers(scene: Scene) -> None:
    commands = [sent for sent in scene.env.http_requests if sent.path.endswith("/commands") and sent.method == "PUT"]
    (bodies,) = [sent.json for sent in commands]
    assert bodies is not None
    assert all(body["contexts"] == [0] and body["integration_types"] == [0] for body in bodies)
    assert {body["name"] for body in bodies} == {
        "video",
        "storyboard",
        "Animate this image",
        "Block this image",
        "Unblock this image",
        "Report this clip",
        "jobs",
        "credits",
        "settings",
        "privacy",
        "moderate",
        "manage",
        "help",
    }


async def test_discord_takes_every_description(scene: Scene) -> None:
    (sent,) = [one for one in scene.env.http_requests if one.path.endswith("/commands") and one.method == "PUT"]
    described = list(_descriptions(sent.json))
    assert len(described) > 50
    assert [words for words in described if len(words) > 100] == []  # Discord docs: Application Commands


def _descriptions(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for one in part:
            yield from _descriptions(one)
    elif isinstance(part, dict):
        yield part.get("description", "")
        yield from _descriptions(part.get("options", []))


async def test_what_managers_and_moderators_do_asks_for_a_permission(scene: Scene) -> None:
    (sent,) = [one for one in scene.env.http_requests if one.path.endswith("/commands") and one.method == "PUT"]
    assert sent.json is not None
    asked = {body["name"]: body["default_member_permissions"] for body in sent.json}
    assert {name: value for name, value in asked.items() if value is not None} == {
        "manage": 32,
        "moderate": MODERATE_MEMBERS,
        "Block this image": MODERATE_MEMBERS,
        "Unblock this image": MODERATE_MEMBERS,
    }
