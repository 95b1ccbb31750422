"""How requests are decided, in one form of /manage rules, with the real services behind it."""

from __future__ import annotations

from typing import Any

import discord
import pytest
import simcord

from klapper.jobs.job import JobStatus
from klapper.messages.pages import VIEW_CHARS
from klapper.moderation.rules import GuildRules, Mode, RoleRule
from tests.integration.cogs.house_bot import words
from tests.integration.cogs.real_house import Town, open_town
from tests.integration.cogs.real_panel import Answer, Panel, said

town = pytest.fixture(open_town)

FORM = "quota:requests"


class RequestForm:
    """The panel in a manager's hands, and the form behind its button."""

    def __init__(self, town: Town, answer: Answer) -> None:
        self._town = town
        self._panel = Panel(town.env, town.olga, answer, town.guild.id)
        self.channels: dict[int, simcord.ChannelHandle] = {town.channel.id: town.channel}
        self.roles: dict[int, simcord.RoleHandle] = {}

    @property
    def says(self) -> str:
        return words(self._panel.message)

    def channel(self, name: str) -> simcord.ChannelHandle:
        """One that members do not see, and Klapper does."""
        bot = self._town.env.bot.user
        assert bot is not None
        hidden, seen = discord.PermissionOverwrite(view_channel=False), discord.PermissionOverwrite(view_channel=True)
        made = self._town.guild.create_text_channel(
            name, overwrites={self._town.guild.default_role: hidden, bot: seen, self._town.olga: seen}
        )
        self.channels[made.id] = made
        return made

    def role(self, name: str) -> simcord.RoleHandle:
        made = self._town.guild.create_role(name)
        self.roles[made.id] = made
        return made

    async def open(self) -> Answer:
        return await self._town.olga.click(self._panel.message, custom_id=FORM)

    def shown(self, answer: Answer) -> dict[str, Any]:
        """What an open form says before anybody chooses."""
        assert answer.modal is not None
        things: dict[int, Any] = self.channels | self.roles
        fields = [label["component"] for label in answer.modal["components"]]
        return {
            one["custom_id"]: [option["value"] for option in one["options"] if option.get("default")]
            if "options" in one
            else [things[int(default["id"])] for default in one.get("default_values", [])]
            for one in fields
        }

    async def send(self, answer: Answer, **values: Any) -> str:
        """The private sentence beside the panel, if there is one."""
        return said(await self._town.olga.submit_modal(answer, self.shown(answer) | values))

    async def set(self, **values: Any) -> str:
        return await self.send(await self.open(), **values)


async def request_form(town: Town) -> RequestForm:
    return RequestForm(town, await town.olga.slash(town.channel, "manage rules"))


async def rules(town: Town) -> GuildRules:
    return await town.klapper.rule_desk.of(town.guild.id)


async def test_all_of_it_is_set_at_once_and_stands_in_the_form_the_next_time(town: Town) -> None:
    form = await request_form(town)
    cases, audit = form.channel("cases"), form.channel("audit")
    judges, artists, staff = form.role("Judges"), form.role("Artists"), form.role("Staff")
    await form.set(mode=["review"], review=[cases], deciders=[judges], trusted=[artists, staff], audit=[audit])
    found = await rules(town)
    assert found == GuildRules(
        version=found.version,
        mode=Mode.REVIEW,
        review_channel_id=cases.id,
        audit_channel_id=audit.id,
        roles={
            judges.id: RoleRule(reviews=True),
            artists.id: RoleRule(is_trusted=True),
            staff.id: RoleRule(is_trusted=True),
        },
    )
    assert form.says.strip().startswith(
        f"**Changed:** requests wait for a moderator; review channel: <#{cases.id}>; who decides: <@&{judges.id}>; "
        f"trusted: <@&{artists.id}> and <@&{staff.id}>; audit channel: <#{audit.id}>.\n"
    )
    blind = f"⚠ <@&{judges.id}> does not see the review channel <#{cases.id}>: give View Channel there."
    assert blind in form.says
    assert form.says.count("⚠") == 1
    again = await form.open()
    assert form.shown(again) == {
        "mode": ["review"],
        "review": [cases],
        "deciders": [judges],
        "trusted": [artists, staff],
        "audit": [audit],
    }
    await form.send(again)
    assert form.says.strip().startswith("Nothing changed, it was so already.")
    assert await rules(town) == found


async def test_what_was_set_is_taken_back_by_emptying_the_form(town: Town) -> None:
    form = await request_form(town)
    cases, judges = form.channel("cases"), form.role("Judges")
    await form.set(mode=["closed"], review=[cases], deciders=[judges], trusted=[judges], audit=[cases])
    await form.set(mode=["open"], review=[], deciders=[], trusted=[], audit=[])
    found = await rules(town)
    assert found == GuildRules(version=found.version)
    assert form.says.strip().startswith(
        "**Changed:** requests are made at once; review channel: none; who decides: whoever may time members out; "
        "trusted: no role; audit channel: none."
    )


async def test_what_keeps_moderators_from_hearing_of_it_is_said_as_the_commands_say_it(town: Town) -> None:
    form = await request_form(town)
    await form.set(mode=["review"])
    assert "⚠ There is no review channel" in form.says
    await form.set(review=[town.channel])
    assert f"⚠ Everybody can see the review channel <#{town.channel.id}>" in form.says
    shut = town.closed_channel()
    form.channels[shut.id] = shut
    await form.set(review=[shut])
    assert f"⚠ I lack permissions in the review channel <#{shut.id}>: **Attach Files**." in form.says


async def test_a_stricter_mode_takes_what_waits_back_to_review(town: Town) -> None:
    await town.video("a fox")
    form = await request_form(town)
    cases = form.channel("cases")
    await form.set(mode=["review"], review=[cases])
    assert [job.status for job in await town.jobs()] == [JobStatus.IN_REVIEW]
    assert "1 request that waited to be sent goes to review; credits stay reserved." in form.says
    assert "1 request waits already: the card is posted there." in form.says
    await form.set(mode=["closed"])
    assert "1 request in review can still be approved." in form.says


async def test_a_form_that_is_older_than_the_rules_sets_nothing(town: Town) -> None:
    form = await request_form(town)
    artists = form.role("Artists")
    shown = await form.open()
    await form.set(trusted=[artists])
    refused = await form.send(shown, mode=["review"])
    assert "The rules were changed since this form was opened, so nothing was set: open it again" in refused
    found = await rules(town)
    assert (found.mode, set(found.trusted_roles())) == (Mode.OPEN, {artists.id})


async def test_who_no_longer_manages_opens_and_sets_nothing(town: Town) -> None:
    form = await request_form(town)
    shown = await form.open()
    town.env.backend.get_member(town.guild.id, town.olga.id).role_ids.clear()
    assert "Only who manages this server changes its rules" in said(await form.open())
    assert "Only who manages this server changes its rules" in await form.send(shown, mode=["closed"])
    assert await rules(town) == GuildRules()


@pytest.mark.parametrize("field", ["trusted", "deciders"])
async def test_everybody_is_no_role_to_choose_and_then_nothing_is_set(town: Town, field: str) -> None:
    form = await request_form(town)
    refused = await form.set(mode=["review"], **{field: [town.guild.default_role]})
    assert refused == ("@everyone is no role to choose here: nothing was set, so open the form again and leave it out.")
    assert await rules(town) == GuildRules()


async def test_the_button_and_an_open_form_work_after_a_restart(town: Town) -> None:
    form = await request_form(town)
    shown = await form.open()
    await town.restart()
    await form.send(shown, mode=["review"])
    await form.set(mode=["closed"])
    assert (await rules(town)).mode is Mode.CLOSED


async def test_more_roles_than_a_select_takes_stay_as_they_are(town: Town) -> None:
    form = await request_form(town)
    roles = [form.role(f"Role {number}") for number in range(27)]
    async with town.klapper.database.write() as tx:
        for role in roles:
            await town.klapper.guild_rules.set_role(tx, town.guild.id, role.id, RoleRule(is_trusted=True))
    shown = await form.open()
    assert len(form.shown(shown)["trusted"]) == 25
    await form.send(shown)
    assert form.says.strip().startswith("Nothing changed")
    assert len(form.says) <= VIEW_CHARS
    await form.set(trusted=[])
    assert (await rules(town)).trusted_roles() == {role.id for role in roles[25:]}


async def test_a_deleted_channel_is_not_in_the_form_and_goes_when_it_is_sent(town: Town) -> None:
    form = await request_form(town)
    cases = form.channel("cases")
    await form.set(review=[cases])
    town.env.backend.delete_channel(cases.id)
    await town.env.settle()
    shown = await form.open()
    assert form.shown(shown)["review"] == []
    await form.send(shown)
    assert (await rules(town)).review_channel_id is None


@pytest.mark.parametrize("given", [{}, {"mode": ["mad"]}, {"mode": ["open"], "review": ["9" * 5_000]}])
async def test_what_no_form_says_sets_nothing(town: Town, given: dict[str, list[str]]) -> None:
    answer = await town.forger.form(f"{FORM}:v0", by=town.olga, **given)
    assert "There is nothing of that kind to be changed" in said(answer)
    assert await rules(town) == GuildRules()
