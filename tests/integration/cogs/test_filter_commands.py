"""/moderate filter: words and phrases of a server, with the real services behind it."""

from __future__ import annotations

import discord
import pytest
import simcord

from klapper.jobs.job import JobStatus
from klapper.moderation.term_lists import read_terms
from tests.integration.cogs.house_bot import words
from tests.integration.cogs.real_house import Town, open_town
from tests.integration.cogs.real_panel import said

town = pytest.fixture(open_town)


@pytest.fixture
def max_(town: Town) -> simcord.MemberActor:
    """A moderator."""
    moderators = town.guild.create_role("Moderators", permissions=discord.Permissions(moderate_members=True))
    return town.guild.add_member(town.env.create_user("Max"), roles=[moderators])


async def moderate(town: Town, by: simcord.MemberActor, command: str, **options: object) -> str:
    """What the moderator reads."""
    return said(await by.slash(town.channel, f"moderate filter {command}", **options)).strip()


async def test_a_term_is_added_found_and_removed(town: Town, max_: simcord.MemberActor) -> None:
    assert await moderate(town, max_, "add", term="Big  Foo") == "A request with “big foo” is refused."
    assert "the words “big foo”" in said(await town.video("a big foo"))
    assert await moderate(town, max_, "remove", term="big foo") == "“big foo” is not looked for any more."
    await town.video("a big foo")
    assert len(await town.jobs()) == 1
    assert "no such term" in await moderate(town, max_, "remove", term="big foo")


async def test_a_term_may_only_want_a_moderator(town: Town, max_: simcord.MemberActor) -> None:
    answer = await moderate(town, max_, "add", term="peg", action="review", inflected=True, note="ask")
    assert answer == "A request with “peg” waits for a moderator."
    await town.video("two pegs")
    (job,) = await town.jobs()
    assert job.status is JobStatus.IN_REVIEW


async def test_who_sets_a_term_anew_reads_what_was_done_about_it(town: Town, max_: simcord.MemberActor) -> None:
    await moderate(town, max_, "add", term="peg")
    answer = await moderate(town, max_, "add", term="peg", action="review")
    assert answer == "A request with “peg” waits for a moderator. Before, a request with it was refused."
    assert (await moderate(town, max_, "add", term="peg", action="review")).endswith("It was so before.")
    assert "no term counts within it. Before, a request with it waited" in await moderate(
        town, max_, "add", term="peg", action="allow"
    )


async def test_a_phrase_that_shields_has_no_category(town: Town, max_: simcord.MemberActor) -> None:
    assert "has no category" in await moderate(town, max_, "add", term="peg leg", action="allow", category="wood")
    assert await town.klapper.filter_desk.terms(town.guild.id) == []


async def test_a_trial_says_in_which_word_a_term_stands(town: Town, max_: simcord.MemberActor) -> None:
    await moderate(town, max_, "add", term="kill", inflected=True)
    assert "- “kill” (block): found in “Kills”, read as it is written." in await moderate(
        town, max_, "test", text="it Kills time"
    )
    assert "- “kill” (block): read as it is written." in await moderate(town, max_, "test", text="to Kill time")


async def test_a_term_that_may_surprise_is_warned_about_and_a_useless_one_refused(
    town: Town, max_: simcord.MemberActor
) -> None:
    assert "⚠ “gün” is an ordinary word in another language" in await moderate(town, max_, "add", term="gün")
    assert "stands in nearly every text" in await moderate(town, max_, "add", term="the")
    assert "empty once it is read" in await moderate(town, max_, "add", term="\u200b\u200d")


async def test_the_list_shows_every_term_and_how_often_it_was_wrong(town: Town, max_: simcord.MemberActor) -> None:
    assert "no term" in await moderate(town, max_, "list")
    await moderate(town, max_, "add", term="peg", category="wood", inflected=True, note="ask *first*")
    await moderate(town, max_, "add", term="peg leg", action="allow")
    async with town.klapper.database.write() as tx:
        await town.klapper.guild_rules.call_wrong(tx, town.guild.id, "peg")
    assert (await moderate(town, max_, "list")).splitlines() == [
        "The filter has 2 terms of this server.",
        "- “peg” (block, wood, inflected, 1 called wrong): ask \\*first\\*",
        "- “peg leg” (allow)",
    ]


async def test_a_long_list_is_a_file(town: Town, max_: simcord.MemberActor) -> None:
    lines = "\n".join(f"a rather long term number {n}" for n in range(200))
    await moderate(town, max_, "import", file=("terms.txt", lines.encode()))
    answer = await max_.slash(town.channel, "moderate filter list")
    assert "The filter has 200 terms of this server. They are in the file." in said(answer)
    assert len(attached(town, answer).splitlines()) == 200


async def test_a_text_is_tried_out_and_its_reading_told(town: Town, max_: simcord.MemberActor) -> None:
    await moderate(town, max_, "add", term="peg", category="wood", note="ask first")
    answer = await moderate(town, max_, "test", text="a p3g in the wall")
    assert answer.splitlines() == [
        "Asked for here by a member without any role, this would be refused.",
        "They would read: This server does not allow the word “peg” in requests: change the text and ask again.",
        "- “peg” (block, category `wood`, note: ask first): found in “p3g”, "
        "read with digits and signs taken for letters.",
    ]
    assert "would be made" in await moderate(town, max_, "test", text="a pegboard")
    await town.olga.slash(town.channel, "manage mode", mode="review", channel=town.channel)
    answer = await moderate(town, max_, "test", text="a pegboard")
    assert "would wait for a moderator" in answer
    assert "`review_mode`" in answer
    assert await town.jobs() == []


async def test_a_file_is_imported_and_comes_back(town: Town, max_: simcord.MemberActor) -> None:
    text = "violence\tkill\tinflected\nallowed\tkill time\n"
    answer = await moderate(town, max_, "import", file=("terms.txt", text.encode()))
    assert answer == "2 terms added and 0 changed: the filter has 2 terms now."
    exported = await max_.slash(town.channel, "moderate filter export")
    assert read_terms(attached(town, exported)) == read_terms(text)


async def test_a_file_that_cannot_be_taken_is_refused_whole(town: Town, max_: simcord.MemberActor) -> None:
    answer = await moderate(town, max_, "import", file=("terms.txt", b"fine\nthe\n"))
    assert "- line 2: “the” stands in nearly every text" in answer
    answer = await moderate(town, max_, "import", file=("terms.csv", b"violence,kill\n"))
    assert "- line 1: Parts are parted by tabs" in answer
    assert await moderate(town, max_, "import", file=("terms.txt", b"# none\n")) == (
        "Nothing was imported. There is no term in this file."
    )
    assert "no text file" in await moderate(town, max_, "import", file=("x.png", b"\x89PNG\xff\xfe"))
    assert "too large" in await moderate(town, max_, "import", file=("x.txt", b"x" * 1_000_001))
    assert await town.klapper.filter_desk.terms(town.guild.id) == []


async def test_only_moderators_find_the_command(town: Town, max_: simcord.MemberActor) -> None:
    assert any(name.startswith("moderate") for name in max_.available_commands(town.channel))
    assert not any(name.startswith("moderate") for name in town.mira.available_commands(town.channel))


def attached(town: Town, answer: simcord.InteractionResult) -> str:
    """The text of the file in an answer."""
    message = [answer.response, *answer.followups][-1]
    assert message is not None
    assert words(message)
    (file,) = message.attachments
    data = town.env.backend.cdn.get(file.url)
    assert data is not None
    return data.decode()
