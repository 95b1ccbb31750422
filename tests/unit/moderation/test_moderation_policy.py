"""What may be made: whole words however they are written, blocked members, and decisions about exact content."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klapper.messages.text import visible
from klapper.moderation.policy import Content, Policy, Situation, Verdict
from klapper.moderation.standing import Standing
from klapper.moderation.standings import Block
from klapper.moderation.terms import Term, TextFilter
from klapper.moderation.text import letters_of, normalise
from tests.unit.services.world import GUILD, World

TERMS = ("peg", "big foo", "straße", "naïve", "co2", "42", "c++", "ＦＵＬＬ", "ass")

MATCHES = [
    ("a peg on a wall", "peg"),
    ("PEG", "peg"),
    ("peg, peg and peg!", "peg"),
    ("a (peg)", "peg"),
    ("peg's colour", "peg"),
    ("peg-board", "peg"),
    ("a\npeg\tthere", "peg"),
    ("𝐩𝐞𝐠", "peg"),
    ("ⓟⓔⓖ", "peg"),
    ("ｐｅｇ", "peg"),
    ("Big   FOO", "big foo"),
    ("big\u00a0foo", "big foo"),
    ("auf der STRASSE", "strasse"),
    ("na\u0131\u0308ve nai\u0308ve", "naïve"),
    ("co²", "co2"),
    ("the answer is 42.", "42"),
    ("written in c++ today", "c++"),
    ("full moon", "full"),
    ("peg_board", "peg"),
    ("_peg_", "peg"),
    ("p\u200beg", "peg"),
    ("p\u00ade\u00adg", "peg"),
    ("p\u202eeg\u2060", "peg"),
    ("p\ufe0feg", "peg"),
    ("p\u3164e\u1160g", "peg"),
    ("\u200bpeg\ufeff", "peg"),
    ("nice\u3164peg", "peg"),
    ("nice\u3164p\u200be\u200bg\u3164board", "peg"),
    ("big\u3164foo", "big foo"),
    ("b\u200big \u200b foo", "big foo"),
    ("nai\u200b\u0308ve", "naïve"),
    ("p\ue000eg", "peg"),
]
FALSE_FRIENDS = [
    "a pegboard",
    "Winnipeg",
    "pegs",
    "peg\u00adboard",
    "Winni\u00adpeg",
    "peg2",
    "bigfoo",
    "big, foo",
    "big food",
    "Strassenbahn",
    "420",
    "142",
    "an assassin in class passes the bass",
    "Scunthorpe",
    "",
    "naive",
]


def found(terms: Iterable[str], text: str) -> str | None:
    """The term that a text is refused for, normalised."""
    match = TextFilter(Term(term, "block") for term in terms).find(text)
    return None if match is None else match.words


@pytest.mark.parametrize(("text", "term"), MATCHES)
def test_a_blocked_term_is_found_however_it_is_written(text: str, term: str) -> None:
    assert found(TERMS, text) == term


@pytest.mark.parametrize("text", FALSE_FRIENDS)
def test_a_false_friend_is_no_blocked_term(text: str) -> None:
    assert found(TERMS, text) is None


def test_every_character_that_a_card_does_not_show_hides_no_word() -> None:
    """Moderation reads at least what people read: what the rendering drops, it drops."""
    every = [c for c in map(chr, range(sys.maxunicode + 1)) if not c.isspace()]
    shown = frozenset(visible("".join(every)))
    hidden = [c for c in every if c not in shown]
    seen = visible("\n".join(f"p{c}eg" for c in hidden)).split("\n")
    dropped = [c for c, word in zip(hidden, seen, strict=True) if word == "peg"]
    assert {"\u200b", "\u00ad", "\u202e", "\u3164", "\uffa0", "\x00", "\U000e0041"} <= set(dropped)
    words = " ".join(f"p{c}eg" for c in dropped)
    for read in (normalise(words), letters_of(words)[0]):
        pairs = zip(dropped, read.split(" "), strict=True)
        assert [hex(ord(c)) for c, word in pairs if word != "peg"] == []


def test_a_text_full_of_invisible_characters_is_read_in_one_go() -> None:
    """By trying every way to part the gaps this would take days."""
    gap = "\u200b" * 800
    assert found(["a b c"], f"a{gap}b{gap}x") is None
    assert found(["a b c"], f"a{gap}b{gap}c") == "a b c"


@given(st.text(max_size=30))
def test_a_text_is_normalised_once_and_for_all(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (["badword"], "The word “badword” is not allowed in requests: change the text and ask again."),
        (["big foo"], "The words “big foo” are not allowed in requests: change the text and ask again."),
        (["peg", "gun"], "The words “peg” and “gun” are not allowed in requests: change the text and ask again."),
    ],
)
def test_a_refusal_names_every_term_of_its_rule(terms: list[str], said: str) -> None:
    assert Policy(terms).decide(Content(("a badword, a big foo, a peg and a gun",)), Situation()).sentence == said


def test_a_refusal_by_many_terms_names_the_first() -> None:
    terms = [f"bad{letters}" for letters in ("a", "bb", "ccc", "dddd", "eeeee", "ffffff", "ggggggg")]
    said = Policy(terms).decide(Content((" ".join(terms),)), Situation()).sentence
    assert [term in said for term in terms] == [False, False, *[True] * 5]
    assert "“badccc” and 2 more are" in said


@pytest.mark.parametrize("terms", [(), ("",), ("  ", "\n")])
def test_no_terms_block_nothing(terms: tuple[str, ...]) -> None:
    assert found(terms, "anything at all, even nothing") is None


def test_the_longest_of_two_terms_is_named() -> None:
    assert found(("red", "red fox"), "a red fox") == "red fox"


def test_every_text_of_a_request_is_judged() -> None:
    decision = Policy(["peg"]).decide(Content(("fine", "also fine", "a peg")), Situation())
    assert (decision.verdict, decision.rule) == (Verdict.REFUSED, "blocked_term")
    assert "“peg”" in decision.sentence


def test_a_blocked_member_hears_that_first() -> None:
    decision = Policy(["peg"]).decide(Content(("a peg",)), Situation(standing=Standing(is_blocked=True)))
    assert (decision.verdict, decision.rule) == (Verdict.REFUSED, "blocked_member")


def test_what_nobody_objects_to_is_allowed() -> None:
    decision = Policy(["peg"]).decide(Content(("a pegboard",)), Situation())
    assert (decision.verdict, decision.rule, decision.sentence) == (Verdict.ALLOWED, "no_objection", "")


def test_any_edit_of_the_content_has_another_hash() -> None:
    contents = [
        Content(("a", "b")),
        Content(("b", "a")),
        Content(("ab",)),
        Content(("a", "b ")),
        Content(("a,b",)),
        Content(("a",), ("b",)),
        Content(("a", "b"), ("c",)),
        Content(()),
    ]
    assert len({content.hash() for content in contents}) == len(contents)
    assert Content(("ä",)).hash() == Content(("ä",)).hash()


async def test_the_first_reason_of_a_block_stays(world: World) -> None:
    async with world.database.write() as tx:
        member_ref = await world.klapper.ledger.member(tx, GUILD, 1, 0)
        block = world.klapper.standings.block
        assert await block(tx, member_ref, reason="spam", by="operator", now_ms=1)
        assert not await block(tx, member_ref, reason="other", by="operator", now_ms=2)
        assert await world.klapper.standings.block_of(tx, member_ref) == Block("spam", "operator", 1)
        assert await world.klapper.standings.block_of(tx, member_ref + 1) is None
    assert await world.rows("SELECT reason, at_ms FROM blocked_members") == [("spam", 1)]
