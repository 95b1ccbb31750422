"""No text makes the filter fail, and none makes it slow: its work grows with the text alone."""

from __future__ import annotations

import random
import sys
import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from klapper.moderation.readings import readings
from klapper.moderation.terms import Term, TextFilter
from klapper.moderation.text import letters_of, normalise
from tests.unit.moderation.word_lists import the_filter

STRINGS = 10_000
LONGEST = 40
LETTERS = "abcdefghijklmnopqrstuvwxyz"
# What the readings look for, beside any character that there is.
TEMPTING = "a1@$!|*-._ ' gun kill аеоВ\u200b\u00ad\u0337\u0308ǝ🇬🅱ß銃ナ\ue000\ue001\U000e0041\ud800"

SHAPES: dict[str, Callable[[int], str]] = {
    "letters": lambda n: "a" * n,
    "words": lambda n: "aa b " * n,
    "spelled": lambda n: "a " * n,
    "dots": lambda n: "a." * n,
    "stars": lambda n: "a*" * n,
    "stars and dots": lambda n: "ab*.c" * n,
    "gaps": lambda n: "a\u200b" * n,
    "signs": lambda n: "a$|" * n,
    "digits": lambda n: "a1" * n,
    "marks": lambda n: "a\u0337" * n,
    "only marks": lambda n: "\u0337" * n,
    "two alphabets": lambda n: "aа-" * n,
    "accents": lambda n: "gün " * n,
    "Han": lambda n: "銃大" * n,
    "pairs": lambda n: "aabb" * n,
    "blanks": lambda n: "a" + " " * n + "b",
}


def test_ten_thousand_strings_are_read_without_an_error() -> None:
    text_filter = the_filter()
    dice = random.Random(20)
    for _ in range(STRINGS):
        text = "".join(_any_character(dice) for _ in range(dice.randrange(LONGEST)))
        text_filter.find(text)
        assert normalise(normalise(text)) == normalise(text)


@given(st.text(max_size=40))
def test_a_place_in_one_reading_is_the_same_place_in_all(text: str) -> None:
    for letters in letters_of(text):
        lengths = {(len(reading.text), len(reading.shape)) for reading in readings(letters)}
        assert lengths == {(len(letters), len(letters))}


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_term_alone_between_blanks_is_always_found(before: str, after: str) -> None:
    assert TextFilter([Term("peg", "block")]).find(f"{before} | peg | {after}") is not None


@given(st.text(max_size=40))
@example("🇦")
@example("🇦🇩🇪")
@example("🅱")
@example("🅰🅐")
def test_every_text_that_can_be_seen_is_found_as_its_own_term(text: str) -> None:
    match = TextFilter([Term(text, "block")]).find(text)
    assert (match is not None) == bool(normalise(text))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_text_eight_times_as_long_takes_no_more_than_three_times_eight_as_long(shape: str) -> None:
    """One that compared everything with everything would take sixty-four times as long."""
    dice = random.Random(20)
    terms = ["".join(dice.choice(LETTERS) for _ in range(dice.randrange(3, 13))) for _ in range(1000)]
    text_filter = TextFilter(Term(term, "block") for term in (*terms, "a b", "銃"))
    short, long = (_cpu_s(text_filter, SHAPES[shape](length)[:length]) for length in (320, 2560))
    assert long <= 24 * max(short, 0.000_2)


def _any_character(dice: random.Random) -> str:
    if dice.random() < 0.6:
        return dice.choice(TEMPTING)
    return chr(dice.randrange(sys.maxunicode + 1)) if dice.random() < 0.2 else chr(dice.randrange(0x3000))


def _cpu_s(text_filter: TextFilter, text: str) -> float:
    """Of the quickest of three times."""
    times = []
    for _ in range(3):
        before = time.thread_time()
        text_filter.find(text)
        times.append(time.thread_time() - before)
    return min(times)


def test_the_tempting_characters_are_of_many_kinds() -> None:
    assert len({unicodedata.category(character) for character in TEMPTING}) > 10
