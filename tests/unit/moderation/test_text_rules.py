"""What several lists of words say about several texts, and that a text is read once."""

from __future__ import annotations

from klapper.moderation.rules import GuildRules
from klapper.moderation.terms import Term
from klapper.moderation.text_rules import TextRules
from tests.calls import counted_calls

TOY, GUN, NUDE = Term("toy", "review"), Term("gun", "block"), Term("nude", "block", "adult")


def test_every_term_of_several_texts_is_named_and_the_most_severe_first() -> None:
    rules = GuildRules(terms=(TOY, GUN))
    found = TextRules([]).guilds(["a toy", "fine", "a g u n", "a toy"], rules, may_be_adult=False)
    assert [(match.term, match.reading) for match in found] == [(GUN, "spelled"), (TOY, "plain")]
    assert TextRules([]).guilds([], rules, may_be_adult=False) == []


def test_an_adult_term_counts_only_where_it_may_not_stand() -> None:
    rules, texts = GuildRules(terms=(NUDE,)), ["a nude", "fine"]
    assert TextRules([]).is_adult(texts, rules)
    assert TextRules([]).guilds(texts, rules, may_be_adult=True) == []
    assert TextRules([]).guilds(texts, rules, may_be_adult=False) != []


def test_every_term_is_named_once_and_whoever_forbids_it_for_everybody_first() -> None:
    rules = GuildRules(terms=(TOY, GUN))
    every = TextRules(["peg"]).every("a toy, a g u n and a gun on a peg: a nude child", rules)
    assert [(match.words, match.reading) for match in every] == [
        ("child + nude", "plain; plain"),
        ("peg", "plain"),
        ("gun", "plain"),
        ("toy", "plain"),
    ]


def test_a_text_that_was_read_is_not_read_again() -> None:
    texts, rules = ["a boat on a wide river, " * 20], GuildRules(terms=(TOY, GUN))
    rooms = TextRules(["peg"])
    with counted_calls() as first:
        rooms.read(texts, rules)
    with counted_calls() as then:
        assert rooms.builtin(texts) is None
        assert rooms.operators(texts) == rooms.guilds(texts, rules, may_be_adult=False) == []
    assert then.count * 20 < first.count
    with counted_calls() as with_other_rules:
        rooms.guilds(texts, GuildRules(terms=(GUN,)), may_be_adult=False)
    assert with_other_rules.count > then.count * 20
