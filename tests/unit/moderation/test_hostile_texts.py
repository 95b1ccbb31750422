"""No text makes the filter fail, and none makes it slow: its work grows with the text alone."""

from __future__ import annotations

import random
import sys
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from klapper.moderation.readings import readings
from klapper.moderation.terms import Term, TextFilter
from klapper.moderation.text import letters_of, normalise
from tests.calls import counted_calls
from tests.unit.moderation.word_lists import the_filter

STRINGS = 10_000
LONGEST = 12
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
    "pieces": lambda n: "aа-é*" * n,
    "pairs": lambda n: "aabb" * n,
    "blanks": lambda n: "a" + " " * n + "b",
}


def test_ten_thousand_strings_are_read_without_an_error() -> None:
    text_filter = the_filter()
    dice = random.Random(20)
    for _ in range(STRINGS):
        text = "".join(_any_character(dice) for _ in range(dice.randrange(LONGEST)))
        text_filter.find(text)
        normal = normalise(text)
        assert normalise(normal) == normal


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


@pytest.fixture(scope="module")
def a_thousand_terms() -> TextFilter:
    dice = random.Random(20)
    terms = ["".join(dice.choice(LETTERS) for _ in range(dice.randrange(3, 13))) for _ in range(1000)]
    return TextFilter(Term(term, "block") for term in (*terms, "a b", "銃"))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_text_eight_times_as_long_is_no_more_than_twelve_times_the_work(
    shape: str, a_thousand_terms: TextFilter
) -> None:
    short, long = (_calls(a_thousand_terms.find, SHAPES[shape](length)[:length]) for length in (160, 1280))
    assert long <= 12 * short


def test_comparing_everything_with_everything_would_be_more_work_than_that() -> None:
    def compared(text: str) -> int:
        return sum(one.__eq__(other) for one in text for other in text)

    short, long = (_calls(compared, "a" * length) for length in (16, 128))
    assert long > 12 * short


@pytest.mark.parametrize("shape", SHAPES)
def test_no_text_is_more_work_than_two_hundred_calls_for_each_character(
    shape: str, a_thousand_terms: TextFilter
) -> None:
    assert _calls(a_thousand_terms.find, SHAPES[shape](320)[:320]) <= 200 * 320


def _any_character(dice: random.Random) -> str:
    if dice.random() < 0.6:
        return dice.choice(TEMPTING)
    return chr(dice.randrange(sys.maxunicode + 1)) if dice.random() < 0.2 else chr(dice.randrange(0x3000))


def _calls(work: Callable[[str], object], text: str) -> int:
    work(text)  # so that what is looked up once in a process does not count
    with counted_calls() as calls:
        work(text)
    return calls.count


def test_the_tempting_characters_are_of_many_kinds() -> None:
    assert len({unicodedata.category(character) for character in TEMPTING}) > 10
