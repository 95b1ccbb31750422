"""/manage rules: what counts, and a form for each thing that can be changed, with the real services behind it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from klapper.ledger.periods import Rhythm
from klapper.messages.quota_panel import REQUESTS, SEVERAL_ROLES
from klapper.quotas.makes import EVERYTHING, Makes
from klapper.quotas.quota import Giving, GuildQuota, Limits, Newcomers, RoleQuota
from tests.integration.cogs.house_bot import words
from tests.integration.cogs.real_house import Town, open_town
from tests.integration.cogs.real_panel import Answer, Panel, filled_in, said

town = pytest.fixture(open_town)


class RulesPanel:
    """The panel in a manager's hands."""

    def __init__(self, town: Town, answer: Answer) -> None:
        self._town = town
        self._panel = Panel(town.env, town.olga, answer, town.guild.id)

    @property
    def says(self) -> str:
        return words(self._panel.message)

    async def open(self, select: str, value: object) -> Answer:
        """Choose something in a select; the answer has the form."""
        return await self._town.olga.select(self._panel.message, [value], custom_id=f"quota:{select}")

    async def set(self, select: str, value: object, **values: Any) -> str:
        """Fill in the form behind it; the private sentence beside the panel, if there is one."""
        shown = await self.open(select, value)
        assert shown.modal is not None
        return said(await self._town.olga.submit_modal(shown, filled_in(shown.modal) | values))


async def rules_panel(town: Town) -> RulesPanel:
    return RulesPanel(town, await town.olga.slash(town.channel, "manage rules"))


async def guild(town: Town) -> GuildQuota:
    return (await town.klapper.quota_desk.of(town.guild.id)).guild


async def test_the_panel_says_all_that_counts_and_whose_word_it_is(town: Town) -> None:
    panel = await rules_panel(town)
    for line in (
        "**Everybody:** 5,000 credits a week, as the operator has it; may make everything",
        "**Renewal:** every Monday at midnight (UTC), as the operator has it; what is left of an allowance then",
        "**At a time:** 2 of a member's jobs may run and 5 of them may wait, as the operator has it",
        "**Prices:** the same in every channel",
        "**Newcomers:** may ask at once",
        "**Giving:** members cannot give each other credits",
        "**Budget of the whole bot:** 100 % of today's is left",
        "**Budget of this server:** the operator has set no limit",
        REQUESTS,
        "Requests on this server are made at once.",
    ):
        assert line in panel.says


async def test_rules_that_leave_nothing_to_make_are_pointed_out_and_stay_set(town: Town) -> None:
    panel, artist = await rules_panel(town), town.guild.create_role("Artist")
    await panel.set("choose", "limits", largest="5")
    assert "⚠ A clip may cost at most 5 credits, and the cheapest costs 28 at the usual price" in panel.says
    await panel.set("role", artist, seconds="1")
    assert f"⚠ Of what <@&{artist.id}> may make (everything up to 1 s) no model makes anything" in panel.says
    await panel.set("role", artist, seconds="5", credits="50")
    await panel.set("choose", "limits", largest="28")
    assert f"⚠ <@&{artist.id}> gives 50, which counts instead of everybody's 5,000." in panel.says
    await panel.set("role", artist, seconds="5", credits="5000")
    assert "⚠" not in panel.says


async def test_everything_is_set_in_a_form_and_stands_in_it_the_next_time(town: Town) -> None:
    panel, artist = await rules_panel(town), town.guild.create_role("Artist")
    await panel.set("choose", "everybody", credits="1,200", models=["v1", "o3"])
    await panel.set("role", artist, credits="3000", models=["v3", "o3", "v1"])
    await panel.set("choose", "periods", length=["month"], zone="berlin")
    await panel.set("choose", "limits", running="1", largest="400")
    await panel.set("choose", "newcomers", account_days="7")
    await panel.set("choose", "giving", state=["on"], per_day="50")
    await panel.set("member", town.mira, credits="90")
    await panel.set("channel", town.channel, percent="150 %")
    found = await guild(town)
    assert found == GuildQuota(
        version=found.version,
        rhythm=Rhythm("month", "Europe/Berlin"),
        roles={
            town.guild.id: RoleQuota(1_200, Makes(models=frozenset({"v1", "o3"}))),
            artist.id: RoleQuota(3_000, EVERYTHING),
        },
        limits=Limits(running_per_member=1, largest_job=400),
        newcomers=Newcomers(account_days=7),
        giving=Giving(is_on=True, per_day=50),
        channels={town.channel.id: 150},
    )
    assert panel.says.strip().startswith(f"**Changed:** <#{town.channel.id}>: 150 % of the price.")
    assert f"**Members:** <@{town.mira.id}> 90 a month: of their own, whatever their roles" in panel.says
    assert f"**<@&{artist.id}>:** 3,000 credits a month; may make everything" in panel.says
    for select, value in (
        ("choose", "everybody"),
        ("role", artist),
        ("choose", "periods"),
        ("choose", "limits"),
        ("choose", "newcomers"),
        ("choose", "giving"),
        ("member", town.mira),
        ("channel", town.channel),
    ):
        await panel.set(select, value)
        assert panel.says.strip().startswith("Nothing changed, it was so already.")  # it was sent as it was shown
    assert (await guild(town)) == found


async def test_what_was_set_is_taken_back_by_emptying_its_form(town: Town) -> None:
    panel, artist = await rules_panel(town), town.guild.create_role("Artist")
    await panel.set("role", artist, credits="300", seconds="5", modes=["std"])
    await panel.set("member", town.mira, credits="90")
    await panel.set("role", artist, credits="", seconds="", modes=[])
    await panel.set("member", town.mira, credits="")
    assert f"<@{town.mira.id}>: as their roles give." in panel.says
    assert (await guild(town)).roles == {}
    assert await town.klapper.quota_desk.own_allowance(town.guild.id, town.mira.id) is None


@pytest.mark.parametrize(
    ("select", "value", "filled", "sentence"),
    [
        (
            "choose",
            "everybody",
            {"credits": "lots"},
            "Credits: a whole number from 0 on, or leave it empty.",
        ),
        ("choose", "everybody", {"credits": "-5"}, "You wrote:\n\\-5"),
        ("choose", "everybody", {"credits": "99999999"}, "Credits: a whole number up to 1,000,000."),
        ("choose", "limits", {"waiting": "6"}, "Waiting jobs of a member: at most 5, as the operator has it."),
        ("choose", "periods", {"length": ["day"], "zone": "berln"}, "did you mean Europe/Berlin?"),
    ],
)
async def test_what_cannot_be_is_refused_in_words_and_changes_nothing(
    town: Town, select: str, value: object, filled: dict[str, Any], sentence: str
) -> None:
    panel = await rules_panel(town)
    before = panel.says
    assert sentence in await panel.set(select, value, **filled)
    assert panel.says == before
    assert await guild(town) == GuildQuota()


async def test_a_form_that_is_older_than_the_rules_changes_nothing(town: Town) -> None:
    panel = await rules_panel(town)
    shown = await panel.open("choose", "everybody")
    await panel.set("choose", "everybody", credits="700")
    sent = await town.olga.submit_modal(shown, {"seconds": "10"})
    assert "The rules were changed since this form was opened, so nothing was set" in said(sent)
    assert (await guild(town)).roles == {town.guild.id: RoleQuota(700)}


async def test_of_more_rules_than_there_is_room_for_the_panel_says_how_many_are_missing(town: Town) -> None:
    for number in range(8):
        makes = Makes(frozenset({"v3", "o3"}), frozenset({"std"}), 10)
        await town.klapper.quota_desk.set_role(town.guild.id, town.olga.id, 10**18 + number, RoleQuota(10**6, makes))
        await town.klapper.quota_desk.set_channel(town.guild.id, town.olga.id, 10**18 + number, 150)
        await town.klapper.quota_desk.set_member(town.guild.id, town.olga.id, 10**18 + number, 10**6)
    says = (await rules_panel(town)).says
    assert "**Budget of this server:**" in says
    assert SEVERAL_ROLES in says
    assert re.search(r"- and \d lines? more, for which there is no room", says)


async def test_a_bot_has_no_allowance(town: Town) -> None:
    robot = town.guild.add_member(town.env.create_user("Robot", bot=True))
    answer = await (await rules_panel(town)).open("member", robot)
    assert "Bots make no clips" in said(answer)


async def test_who_no_longer_manages_changes_nothing(town: Town) -> None:
    panel = await rules_panel(town)
    shown = await panel.open("choose", "everybody")
    town.env.backend.get_member(town.guild.id, town.olga.id).role_ids.clear()
    answer = await panel.open("choose", "everybody")
    assert "Only who manages this server changes its rules" in said(answer)
    sent = await town.olga.submit_modal(shown, {"credits": "1"})
    assert "Only who manages this server changes its rules" in said(sent)
    assert await guild(town) == GuildQuota()


async def test_a_role_of_everybody_is_everybody(town: Town) -> None:
    panel = await rules_panel(town)
    shown = await panel.open("role", town.guild.default_role)
    assert shown.modal is not None
    assert shown.modal["title"] == "Everybody"


async def test_the_panel_works_after_a_restart(town: Town) -> None:
    panel = await rules_panel(town)
    await town.restart()
    await panel.set("choose", "giving", state=["on"])
    assert (await guild(town)).giving == Giving(is_on=True)


async def test_credits_why_says_which_rule_decides_here(town: Town) -> None:
    panel, artist = await rules_panel(town), town.guild.create_role("Artist")
    await panel.set("role", artist, credits="300", models=["v1"], seconds="5")
    await panel.set("channel", town.channel, percent="50")
    ivy = town.guild.add_member(town.env.create_user("Ivy"), roles=[artist])
    answer = words((await ivy.slash(town.channel, "credits why")).response)
    for sentence in (
        f"**Allowance:** your 300 a week come from the role <@&{artist.id}>; managers can give more.",
        "A new week begins on Monday (UTC), the next one <t:",
        f"**Price:** 50 % less in <#{town.channel.id}>; `/credits prices` has it reckoned in.",
        f"**What:** your role <@&{artist.id}> lets you make Kling 1, up to 5 s.",
        "**Limits:** of your jobs 2 may run and 5 may wait at a time.",
        "**Klapper's budget:** 100 % of it is left",
        "**Here:** your requests in this channel are made at once.",
    ):
        assert sentence in answer
    prices = words((await ivy.slash(town.channel, "credits prices")).response)
    assert "- 5 s, std: 14 credits" in prices
    assert f"Reckoned in: 50 % less in <#{town.channel.id}>." in prices
