"""What may be a term, and files of terms: read whole or not at all, written as they are read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klapper.moderation.term_lists import (
    ALLOWED,
    MOST_TERM_CHARS,
    MOST_TERMS,
    BadTerms,
    NewTerm,
    doubt_of,
    fault_of,
    read_terms,
    tidy,
    write_terms,
)

SAMPLE = Path(__file__).parents[2] / "data" / "moderation" / "terms.txt"

GOOD = ["peg", "big foo", "c++", "刀", "🔫", "$$$", "ゲ", "x ray", "co2", "a fox", "x" * MOST_TERM_CHARS]
BAD = [
    ("", "empty"),
    ("   ", "empty"),
    ("\u200b\u00ad", "empty"),
    ("...", "punctuation"),
    ("— -", "punctuation"),
    ("a", "nearly every text"),
    ("A", "nearly every text"),
    ("7", "nearly every text"),
    ("ж", "nearly every text"),
    ("the", "nearly every text"),
    ("ＴＨＥ", "nearly every text"),
    ("w\u200bith", "nearly every text"),
    ("x" * (MOST_TERM_CHARS + 1), "100 characters"),
]


def fault(text: str, **more: object) -> str | None:
    return fault_of(tidy(NewTerm(text, **more)))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", GOOD)
def test_what_somebody_may_want_to_find_is_a_term(text: str) -> None:
    assert fault(text) is None


@pytest.mark.parametrize(("text", "why"), BAD)
def test_what_is_in_nearly_every_text_is_no_term(text: str, why: str) -> None:
    assert why in (fault(text) or "")


def test_a_phrase_that_shields_may_be_an_ordinary_word() -> None:
    assert fault("the", action="allow") is None


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"category": ALLOWED}, "no category"),
        ({"category": "two words"}, "one word"),
        ({"category": "#x"}, "one word"),
        ({"note": "n" * 201}, "note may have 200"),
    ],
)
def test_what_stands_beside_a_term_has_its_form(more: dict[str, str], why: str) -> None:
    assert why in (fault("peg", **more) or "")


@pytest.mark.parametrize(("text", "why"), [("der", "another language"), ("gün", "another language"), ("xy", "short")])
def test_a_term_that_may_surprise_is_doubted(text: str, why: str) -> None:
    assert fault(text) is None
    assert why in (doubt_of(NewTerm(text)) or "")


@pytest.mark.parametrize("text", ["peg", "刀剑", "42"])
def test_any_other_term_is_not_doubted(text: str) -> None:
    assert doubt_of(NewTerm(text)) is None


# Files

FILE = """\
# comment
violence\tKill\tinflected

-\tpeg
allowed\tglue gun
adult\tnude\tinflected, review\tlook first
Big  Foo
"""
TERMS = [
    NewTerm("kill", category="violence", inflected=True),
    NewTerm("peg"),
    NewTerm("glue gun", "allow"),
    NewTerm("nude", "review", "adult", True, "look first"),
    NewTerm("big foo"),
]


def test_a_line_is_a_category_a_term_its_flags_and_a_note() -> None:
    assert read_terms(FILE) == TERMS


def test_the_list_that_the_filter_is_measured_with_can_be_imported() -> None:
    terms = read_terms(SAMPLE.read_text(encoding="utf-8"))
    assert len(terms) > 200
    assert {term.action for term in terms} == {"block", "allow"}


FAULTS = [
    ("peg\n-\t \n", [(2, "empty")]),
    ("peg\nPEG\n", [(2, "line 1 once more")]),
    ("-\tpeg\tloud\n", [(1, "`loud` is no flag")]),
    ("-\tpeg\t\tnote\tmore\n", [(1, "four columns")]),
    ("the\nfine\na\n", [(1, "nearly every"), (3, "nearly every")]),
    ("# nothing\n", [(0, "no term")]),
    ("", [(0, "no term")]),
    ("".join(f"term{n}\n" for n in range(MOST_TERMS + 1)), [(0, "2,001")]),
]


@pytest.mark.parametrize(("text", "faults"), FAULTS)
def test_every_wrong_line_of_a_file_is_named(text: str, faults: list[tuple[int, str]]) -> None:
    with pytest.raises(BadTerms) as refused:
        read_terms(text)
    assert [number for number, _ in refused.value.faults] == [number for number, _ in faults]
    for (_, said), (_, words) in zip(refused.value.faults, faults, strict=True):
        assert words in said


def test_as_many_terms_as_a_server_may_have_are_read() -> None:
    assert len(read_terms("".join(f"term{n}\n" for n in range(MOST_TERMS)))) == MOST_TERMS


@given(
    st.lists(
        st.builds(
            NewTerm,
            st.text(min_size=1, max_size=20),
            st.sampled_from(["block", "review", "allow"]),
            st.sampled_from(["", "adult", "violence"]),
            st.booleans(),
            st.text(max_size=20),
        ),
        min_size=1,
        max_size=5,
        unique_by=lambda term: tidy(term).text,
    )
)
def test_what_is_written_is_read_as_the_same(given_terms: list[NewTerm]) -> None:
    terms = [term for term in map(tidy, given_terms) if fault_of(term) is None]
    if terms:
        assert read_terms(write_terms(terms)) == terms
