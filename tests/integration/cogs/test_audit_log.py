"""/moderate log: what was decided and done, by whom and why."""

from __future__ import annotations

import csv
import io

import discord
import pytest
import simcord
from simcord.backend.errors import OptionError

from cogs import audit_query
from klapper.messages.pages import CUSTOM_ID_CHARS, Page, PageButton, PagedList, build_page
from klapper.moderation.audit import Action
from klapper.services.audit_desk import AuditSearch
from klapper.services.audit_lines import AuditLine
from tests.integration.cogs.house_bot import Scene, buttons, forged, words
from tests.integration.cogs.real_house import Town, open_town
from tests.unit.messages.audit_lines import line_of, longest_line

town = pytest.fixture(open_town)

WIDEST = AuditSearch(
    member_id=2**64 - 1,
    moderator_id=2**64 - 1,
    action=max(Action, key=len),
    words="x" * audit_query.WORDS_CHARS,
    days=3_650,
)


def numbered(count: int) -> list[AuditLine]:
    return [line_of(entry_id=number, detail=f"no. {number}") for number in range(count, 0, -1)]


def listed(page: simcord.ResponseMessage) -> list[int]:
    return [int(line.rsplit(" ", 1)[1]) for line in words(page).splitlines() if " no. " in line]


async def opened(scene: Scene, **options: object) -> simcord.ResponseMessage:
    result = await scene.max.slash(scene.channel, "moderate log", **options)
    assert result.ephemeral
    assert result.response is not None
    return result.response


# A list


async def test_the_newest_entries_are_listed_privately(scene: Scene) -> None:
    scene.bot.audit.lines = numbered(3)
    page = await opened(scene)
    assert (listed(page), buttons(page)) == ([3, 2, 1], [])
    assert scene.bot.audit.searches == [(scene.guild.id, AuditSearch())]


async def test_an_empty_audit_says_so(scene: Scene) -> None:
    assert words(await opened(scene)).strip() == "Nothing of that kind is in the audit."


async def test_every_option_narrows_the_search(scene: Scene) -> None:
    wanted = {
        "member": scene.tom,
        "moderator": scene.olga,
        "action": "member_blocked",
        "search": " a  knife",
        "days": 7,
    }
    await opened(scene, **wanted)
    [(_, search)] = scene.bot.audit.searches
    assert search == AuditSearch(
        member_id=scene.tom.id, moderator_id=scene.olga.id, action=Action.MEMBER_BLOCKED, words="a knife", days=7
    )


async def test_klapper_as_the_moderator_is_what_no_person_did(scene: Scene) -> None:
    us = simcord.UserHandle(scene.env, scene.env.backend.bot_user)
    await opened(scene, moderator=us)
    [(_, search)] = scene.bot.audit.searches
    assert (search.by_klapper, search.moderator_id) == (True, None)


async def test_actions_are_suggested_by_their_words(scene: Scene) -> None:
    offered = await scene.max.autocomplete(scene.channel, "moderate log", "action", "refused")
    assert offered == [
        {"name": "Request refused", "value": "request_refused"},
        {"name": "Provider refused", "value": "provider_refused"},
    ]
    assert len(await scene.max.autocomplete(scene.channel, "moderate log", "action", "")) == 25


async def test_an_action_may_be_typed(scene: Scene) -> None:
    await opened(scene, action=" Taken down")
    assert scene.bot.audit.searches[0][1].action is Action.TAKEN_DOWN


async def test_an_action_that_is_none_is_refused(scene: Scene) -> None:
    result = await scene.max.slash(scene.channel, "moderate log", action="sang")
    assert words(result.response).startswith("There is no such action")
    assert scene.refusals() == ["unknown_action"]


async def test_a_search_that_no_button_can_carry_is_not_taken(scene: Scene) -> None:
    with pytest.raises(OptionError):
        await scene.max.slash(scene.channel, "moderate log", search="x" * (audit_query.WORDS_CHARS + 1))


async def test_a_page_of_the_longest_lines_is_one_message(scene: Scene) -> None:
    scene.bot.audit.lines = [longest_line() for _ in range(9)]
    assert len(words(await opened(scene))) <= 4_000  # Discord docs: Component Reference, Text Display


# Its pages


async def test_pages_keep_what_is_looked_for_after_a_restart(scene: Scene) -> None:
    scene.bot.audit.lines = numbered(20)
    page = await opened(scene, search="a: knife", member=scene.tom, days=30)
    assert (listed(page), buttons(page)) == (list(range(20, 12, -1)), ["Older"])
    await scene.restart()
    scene.bot.audit.lines = numbered(20)
    second = await turned(scene, page, "Older")
    assert (listed(second), buttons(second)) == (list(range(12, 4, -1)), ["Newer", "Older"])
    third = await turned(scene, second, "Older")
    assert (listed(third), buttons(third)) == ([4, 3, 2, 1], ["Newer"])
    searched = {search for _, search in scene.bot.audit.searches}
    assert searched == {AuditSearch(member_id=scene.tom.id, words="a: knife", days=30)}


async def turned(scene: Scene, page: simcord.ResponseMessage, label: str) -> simcord.ResponseMessage:
    result = await scene.max.click(page, label=label)
    assert result.response is not None
    assert result.response.id == page.id
    return result.response


@pytest.mark.parametrize("search", [AuditSearch(), WIDEST, AuditSearch(by_klapper=True, words="a:b::")])
def test_a_button_carries_every_search(search: AuditSearch) -> None:
    query = audit_query.encode(search)
    assert audit_query.decode(query) == search
    view = build_page("x", Page(PagedList.AUDIT, 9_998, has_older=True, query=query))
    ids = [item.custom_id for item in view.walk_children() if isinstance(item, PageButton)]
    assert len(ids) == 2
    assert all(len(one) <= CUSTOM_ID_CHARS for one in ids)


async def test_a_member_who_finds_a_button_reads_nothing(scene: Scene) -> None:
    scene.bot.audit.lines = numbered(3)
    result = await scene.mira.click(forged(scene, "page:audit:1:::::"), label="x")
    assert result.ephemeral
    assert words(result.response).startswith("Only moderators and reviewers of this server may read on")
    assert scene.refusals() == ["not_a_moderator"]
    assert scene.bot.audit.searches == []


async def test_a_reviewer_reads_on(scene: Scene) -> None:
    reviewers = scene.guild.create_role("Reviewers")
    rita = scene.guild.add_member(scene.env.create_user("Rita"), roles=[reviewers])
    scene.bot.audit.reviewer_roles = frozenset({reviewers.id})
    scene.bot.audit.lines = numbered(3)
    result = await rita.click(forged(scene, "page:audit:1:::::"), label="x")
    assert result.ephemeral
    assert " no. 3" in words(result.response)


@pytest.mark.parametrize("query", ["x", "z::::", "::sang::", "::::", ":::99999:"])
async def test_a_button_of_another_version_says_what_to_do(scene: Scene, query: str) -> None:
    result = await scene.max.click(forged(scene, f"page:audit:1:{query}"), label="x")
    expected = "Nothing of that kind" if query == "::::" else "This list is from another version of Klapper"
    assert words(result.response).strip().startswith(expected)


async def test_a_page_beyond_the_last_is_the_first(scene: Scene) -> None:
    scene.bot.audit.lines = numbered(2)
    result = await scene.max.click(forged(scene, "page:audit:9999:::::"), label="x")
    assert result.response is not None
    assert listed(result.response) == [2, 1]


async def test_a_server_that_is_not_served_has_no_audit(scene: Scene) -> None:
    message = forged(scene, "page:audit:1:::::")
    scene.house.served = lambda guild_id: False
    result = await scene.max.click(message, label="x")
    assert "Klapper does not work on this server" in words(result.response)


async def test_an_audit_that_cannot_be_read_says_so(scene: Scene) -> None:
    scene.bot.audit.error = ZeroDivisionError("a defect")
    result = await scene.max.click(forged(scene, "page:audit:1:::::"), label="x")
    assert "Something went wrong inside Klapper." in words(result.response)
    scene.log.clear()


# A file


async def exported(scene: Scene) -> tuple[str, list[list[str]]]:
    """What is said, and the file's rows below the header."""
    page = await opened(scene, export=True)
    [attachment] = page.attachments
    data = scene.env.backend.cdn.get(attachment.url)
    assert data is not None
    return words(page), list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))[1:]


async def test_all_that_is_found_is_a_file(scene: Scene) -> None:
    scene.bot.audit.lines = numbered(20)
    said, rows = await exported(scene)
    assert said.strip() == "Here is what was found: 20 entries."
    assert [row[9] for row in rows] == [f"no. {number}" for number in range(20, 0, -1)]


async def test_a_file_says_how_many_entries_it_leaves_out(scene: Scene) -> None:
    scene.bot.audit.lines, scene.bot.audit.left_out = numbered(1), 1_234
    said, _ = await exported(scene)
    assert said.startswith("Here are the newest 1 entry. **1,234 older ones did not fit in**")


async def test_nothing_makes_no_file(scene: Scene) -> None:
    page = await opened(scene, export=True)
    assert words(page).strip() == "Nothing of that kind is in the audit."
    assert not page.attachments


# With everything that the program is composed of


async def test_what_a_member_asked_is_in_the_audit(town: Town) -> None:
    moderators = town.guild.create_role("Moderators", permissions=discord.Permissions(moderate_members=True))
    max_ = town.guild.add_member(town.env.create_user("Max"), roles=[moderators])
    await town.video("a fox")
    found = await max_.slash(town.channel, "moderate log", member=town.mira, search="no_objection")
    assert f"Klapper let a request of <@{town.mira.id}> pass · " in words(found.response)
    found = await max_.slash(town.channel, "moderate log", member=town.tom)
    assert words(found.response).strip() == "Nothing of that kind is in the audit."
