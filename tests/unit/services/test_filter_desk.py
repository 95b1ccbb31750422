"""A guild's own terms: in force at once, in the audit, tried out, and taken whole from a file or not at all."""

from __future__ import annotations

import pytest

from klapper.errors import RequestRefused
from klapper.moderation.policy import Verdict
from klapper.moderation.rules import NOWHERE, Level, Mode, Place
from klapper.moderation.term_lists import MOST_TERMS, NewTerm
from klapper.services.filter_desk import FilterDesk, Imported
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.ruled import audit
from tests.unit.services.world import CHANNEL, GUILD, OTHER_GUILD, World

MAX = 3001
RESTRICTED = Place((CHANNEL,), is_age_restricted=True)


def desk(world: World) -> FilterDesk:
    return world.klapper.filter_desk


async def refusal(world: World, term: NewTerm) -> str:
    with pytest.raises(RequestRefused) as refused:
        await desk(world).add(GUILD, MAX, term)
    return refused.value.code


async def test_a_term_counts_for_the_next_request_of_its_guild_alone(world: World) -> None:
    await world.submit("a peg")
    added = await desk(world).add(GUILD, MAX, NewTerm(" Peg "))
    assert (added.term.text, added.before, added.doubt) == ("peg", None, "")
    assert (await world.refused(world.asking("a PEG"))).code == "guild_term"
    await world.submit("a peg", guild_id=OTHER_GUILD)
    assert await desk(world).remove(GUILD, MAX, "PEG") == "peg"
    await world.submit("a peg")
    assert await audit(world) == [("term_added", "peg (block)"), ("term_removed", "peg")]


async def test_what_is_said_about_a_term_can_be_changed(world: World) -> None:
    await desk(world).add(GUILD, MAX, NewTerm("peg"))
    again = await desk(world).add(GUILD, MAX, NewTerm("peg", "review", "wood", True, "ask first"))
    assert again.before == NewTerm("peg")
    [kept] = await desk(world).terms(GUILD)
    assert (kept.action, kept.category, kept.inflected, kept.note) == ("review", "wood", True, "ask first")
    assert len(await audit(world)) == 2


async def test_a_term_that_is_there_as_it_is_changes_nothing(world: World) -> None:
    await desk(world).add(GUILD, MAX, NewTerm("peg"))
    await world.execute("UPDATE filter_terms SET wrongs = 3")
    assert (await desk(world).add(GUILD, MAX, NewTerm("PEG"))).before == NewTerm("peg")
    [kept] = await desk(world).terms(GUILD)
    assert (kept.wrongs, len(await audit(world))) == (3, 1)


async def test_an_allowed_phrase_shields_what_stands_in_it(world: World) -> None:
    await desk(world).add(GUILD, MAX, NewTerm("gun"))
    await desk(world).add(GUILD, MAX, NewTerm("glue gun", "allow"))
    await world.submit("a glue gun")
    assert (await world.refused(world.asking("a gun"))).code == "guild_term"


@pytest.mark.parametrize("text", ["", "\u200b", "the", "x", "!?"])
async def test_a_term_that_would_close_the_guild_is_refused(world: World, text: str) -> None:
    assert await refusal(world, NewTerm(text)) == "bad_term"
    assert await audit(world) == []


async def test_a_term_that_may_surprise_is_taken_with_a_doubt(world: World) -> None:
    assert "another language" in (await desk(world).add(GUILD, MAX, NewTerm("gün"))).doubt


async def test_a_term_that_is_not_there_cannot_be_removed(world: World) -> None:
    with pytest.raises(RequestRefused) as refused:
        await desk(world).remove(GUILD, MAX, "peg")
    assert refused.value.code == "no_such_term"


async def test_a_guild_has_no_more_terms_than_it_may(world: World) -> None:
    await desk(world).import_terms(GUILD, MAX, "".join(f"term{n}\n" for n in range(MOST_TERMS)))
    assert await refusal(world, NewTerm("peg")) == "too_many_terms"
    await desk(world).add(GUILD, MAX, NewTerm("term7", "review"))  # no further one
    with pytest.raises(RequestRefused) as refused:
        await desk(world).import_terms(GUILD, MAX, "peg\nterm1\n")
    assert refused.value.code == "too_many_terms"
    assert len(await desk(world).terms(GUILD)) == MOST_TERMS


# Files


async def test_a_file_is_taken_whole_and_comes_back_as_it_was(world: World) -> None:
    text = "violence\tkill\tinflected\n-\tpeg\tinflected review\tlook first\nallowed\tkill time\n"
    assert await desk(world).import_terms(GUILD, MAX, text) == Imported(added=3, changed=0, terms=3)
    exported = await desk(world).export(GUILD)
    assert sorted(line for line in exported.splitlines() if not line.startswith("#")) == sorted(text.splitlines())
    assert await desk(world).import_terms(OTHER_GUILD, MAX, exported) == Imported(3, 0, 3)
    assert await desk(world).import_terms(GUILD, MAX, exported) == Imported(0, 0, 3)
    assert await audit(world) == [("term_added", "3 new and 0 changed terms of a file")] * 2


async def test_a_file_leaves_the_terms_that_it_does_not_name(world: World) -> None:
    await desk(world).add(GUILD, MAX, NewTerm("peg"))
    await desk(world).add(GUILD, MAX, NewTerm("fox"))
    assert await desk(world).import_terms(GUILD, MAX, "-\tfox\treview\nowl") == Imported(1, 1, 3)


async def test_a_file_with_a_wrong_line_changes_nothing_and_names_it(world: World) -> None:
    with pytest.raises(RequestRefused) as refused:
        await desk(world).import_terms(GUILD, MAX, "fine\nthe\n-\tpeg\tloud\n")
    assert refused.value.code == "bad_terms"
    assert "line 2: “the” stands in nearly every text" in refused.value.sentence
    assert "line 3: `loud` is no flag" in refused.value.sentence
    assert await desk(world).terms(GUILD) == []
    assert await audit(world) == []


async def test_a_file_that_is_wrong_throughout_is_told_of_in_few_lines(world: World) -> None:
    with pytest.raises(RequestRefused) as refused:
        await desk(world).import_terms(GUILD, MAX, "the\n" * 500)
    assert refused.value.sentence.splitlines()[-1] == "- and 490 more"
    assert len(refused.value.sentence) < 1_500


# Trying a text out


async def test_a_text_is_tried_as_of_an_ordinary_member_and_nothing_is_written(world: World) -> None:
    await desk(world).add(GUILD, MAX, NewTerm("peg"))
    await desk(world).add(GUILD, MAX, NewTerm("fox", "review"))
    trial = await desk(world).try_out(GUILD, "a f0x on a pеg", NOWHERE)
    assert (trial.decision.verdict, trial.decision.rule) == (Verdict.REFUSED, "guild_term")
    assert {match.words: match.reading for match in trial.matches} == {"peg": "latin", "fox": "leet"}
    assert await world.rows("SELECT * FROM decisions") == []
    assert await world.rows("SELECT * FROM members WHERE discord_user_id <> :max", max=MAX) == []


async def test_a_trial_follows_the_mode_and_the_level_of_the_channel(world: World) -> None:
    rule_desk = world.klapper.rule_desk
    await desk(world).add(GUILD, MAX, NewTerm("nude", category="adult"))
    places = {CHANNEL: RESTRICTED}
    await rule_desk.set_level(GUILD, MAX, CHANNEL, level=Level.ADULT, spoiler=None, places=places)
    assert (await desk(world).try_out(GUILD, "nude", NOWHERE)).decision.rule == "adult_term"
    trial = await desk(world).try_out(GUILD, "nude", RESTRICTED)
    assert (trial.decision.verdict, [match.words for match in trial.matches]) == (Verdict.ALLOWED, ["nude"])
    await rule_desk.set_mode(GUILD, MAX, Mode.REVIEW, places=places, channel_id=CHANNEL)
    assert (await desk(world).try_out(GUILD, "a fox", RESTRICTED)).decision.rule == "review_mode"


async def test_a_trial_names_what_the_operator_and_everybody_refuses(open_world: OpenWorld) -> None:
    world = await open_world(moderation={"blocked_terms": ["owl"]})
    trial = await desk(world).try_out(GUILD, "an owl", NOWHERE)
    assert (trial.decision.rule, [match.words for match in trial.matches]) == ("blocked_term", ["owl"])
    trial = await desk(world).try_out(GUILD, "a naked child", NOWHERE)
    assert trial.decision.rule == "minors"
    assert trial.matches[0].term.category == "minors"
