"""A guild's terms as people write them down: what may be one, and a text file of them. Pure.

A line is `category TAB term TAB flags TAB note`; what stands at its end may be left out, and a term may stand alone.
category: `-` for none, `allowed` for a phrase that shields what stands in it. flags: `inflected`, `review`. Lines that
are empty or begin with `#` say nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from klapper.moderation.languages import LANGUAGES
from klapper.moderation.shapes import shape_of
from klapper.moderation.text import normalise

TermAction = Literal["block", "review", "allow"]

MOST_TERMS = 2_000  # of a guild
MOST_TERM_CHARS = 100
MOST_NOTE_CHARS = 200
MOST_FAULTS = 10  # that are told of one file

ALLOWED = "allowed"
_NO_CATEGORY = "-"
_INFLECTED, _REVIEW = "inflected", "review"
_FLAGS = frozenset({_INFLECTED, _REVIEW})
_LISTED = re.compile("[,;]")
_NO_TABS = "Parts are parted by tabs, not by a comma or semicolon: put a tab between category (`-` for none) and term."
_CATEGORY = re.compile(r"[^\W_][\w-]{0,29}")
# English words that nearly every prompt has; of other languages they are only doubted.
_EVERYWHERE_TEXT = """
an the and or but nor of in on at to into onto with without for from by as is are was were be been it its this
that these those there he she his her they their we you your my me i not no so if then than very some any all
one two up down out over under near while when where who which what has have had do does can will
"""
_EVERYWHERE = frozenset(_EVERYWHERE_TEXT.split())
_FREQUENT = frozenset(word for language in LANGUAGES for word in language.words)


@dataclass(frozen=True, slots=True)
class NewTerm:
    """What somebody wants their guild's filter to know. Normalised by `tidy`."""

    text: str
    action: TermAction = "block"
    category: str = ""
    inflected: bool = False
    note: str = ""


class BadTerms(ValueError):
    """A text that is no list of terms: the number of each line that is wrong (0: the list itself), and why."""

    def __init__(self, faults: Iterable[tuple[int, str]]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{len(self.faults)} lines are wrong")


def tidy(term: NewTerm) -> NewTerm:
    """The same in the form in which it is kept."""
    note, category = " ".join(term.note.split()), normalise(term.category)
    return NewTerm(normalise(term.text), term.action, category, term.inflected, note)


def fault_of(term: NewTerm) -> str | None:
    """Why a tidy term cannot be one, in a sentence; None when it can."""
    return next(_faults(term), None)


def doubt_of(term: NewTerm) -> str | None:
    """What may surprise about a term that can be one; None when nothing is known."""
    if term.action == "allow":
        return None
    if term.text in _FREQUENT:
        return f"“{term.text}” is an ordinary word in another language, whose speakers will meet this often."
    if len(term.text) == 2 and term.text.isalpha() and "c" not in shape_of(term.text):
        return f"“{term.text}” is very short: initials and words of other languages look the same."
    return None


def read_terms(text: str) -> list[NewTerm]:
    """The terms of a file, tidy. Raises BadTerms with every line that is wrong; then none of them counts."""
    terms: list[NewTerm] = []
    faults: list[tuple[int, str]] = []
    lines: dict[str, int] = {}
    for number, line in _lines(text):
        term, fault = _read(line)
        fault = fault or fault_of(term)
        if fault is None and term.text in lines:
            fault = f"This is the term of line {lines[term.text]} once more."
        if fault is not None:
            faults.append((number, fault))
            continue
        lines[term.text] = number
        terms.append(term)
    if len(terms) > MOST_TERMS:
        faults.append((0, f"A server may have {MOST_TERMS:,} terms: this file has {len(terms):,}."))
    if not terms and not faults:
        faults.append((0, "There is no term in this file."))
    if faults:
        raise BadTerms(faults)
    return terms


def write_terms(terms: Iterable[NewTerm]) -> str:
    """A file that `read_terms` reads as the same."""
    return "".join(f"{line}\n" for line in (_HEAD, *map(_written, terms)))


_HEAD = "# category, term, flags (inflected, review), note: with a tab between them. `allowed` shields, `-` is none."


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            yield number, line


def _read(line: str) -> tuple[NewTerm, str | None]:
    """What a line says, and what is wrong with its form."""
    if "\t" not in line:
        return tidy(NewTerm(line)), _NO_TABS if _LISTED.search(line) else None
    category, text, flags, note, *more = [*line.split("\t"), "", ""]
    category, given = normalise(category), frozenset(flags.replace(",", " ").lower().split())
    action: TermAction = "review" if _REVIEW in given else "block"
    if category == ALLOWED:
        action = "allow"
    term = tidy(
        NewTerm(text, action, "" if category in (_NO_CATEGORY, ALLOWED) else category, _INFLECTED in given, note)
    )
    if any(more):
        return term, "There are more than four columns."
    if unknown := sorted(given - _FLAGS):
        return term, f"`{unknown[0]}` is no flag: there are `{_INFLECTED}` and `{_REVIEW}`."
    return term, None


def _written(term: NewTerm) -> str:
    category = ALLOWED if term.action == "allow" else term.category or _NO_CATEGORY
    flags = [_INFLECTED] * term.inflected + [_REVIEW] * (term.action == "review")
    return "\t".join((category, term.text, " ".join(flags), term.note)).rstrip("\t")


def _faults(term: NewTerm) -> Iterator[str]:
    if not term.text:
        yield "A term needs something that can be seen: this one is empty once it is read."
    if all(unicodedata.category(character)[0] in "PZC" for character in term.text):
        yield "A term needs a letter, a digit or a symbol: punctuation is in every text."
    if len(term.text) > MOST_TERM_CHARS:
        yield f"A term may have {MOST_TERM_CHARS} characters: this one has {len(term.text)}."
    if len(term.note) > MOST_NOTE_CHARS:
        yield f"A note may have {MOST_NOTE_CHARS} characters: this one has {len(term.note)}."
    if term.action == "allow" and term.category:
        yield "A phrase that shields has no category: leave it out."
    elif term.category == ALLOWED:
        yield f"`{ALLOWED}` is no category: choose the action allow."
    if term.category and not _CATEGORY.fullmatch(term.category):
        yield "A category is one word of at most 30 letters, digits and hyphens."
    if term.action != "allow" and _is_everywhere(term.text):
        yield f"“{term.text}” stands in nearly every text: nobody could make a clip any more."


def _is_everywhere(text: str) -> bool:
    return text in _EVERYWHERE or (len(text) == 1 and shape_of(text) == "w")
