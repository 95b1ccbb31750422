"""Terms of one or more words, found as whole words in their order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from klapper.moderation.endings import with_endings
from klapper.moderation.readings import Reading
from klapper.moderation.shapes import PIECE, shape_of
from klapper.moderation.text import folded, normalise
from klapper.moderation.words import Seen, Words

T = TypeVar("T")

_WORDS = frozenset("wdk")
_HYPHENS = "-_"


@dataclass(frozen=True, slots=True)
class Phrase(Generic[T]):
    """What is looked for, with anything that the finder wants back; `inflected`: its last word may have an ending."""

    text: str
    value: T
    inflected: bool = False


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    value: T
    start: int
    end: int
    tricks: str


@dataclass(slots=True)
class _Step(Generic[T]):
    """A node of the tree of phrases. next: by whether a blank parts it from the word before, and the word."""

    next: dict[tuple[bool, str], _Step[T]] = field(default_factory=dict)
    values: list[T] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Path(Generic[T]):
    """A phrase begun at `start`, read as far as `step`; tricks seen on the way."""

    step: _Step[T]
    start: int
    tricks: frozenset[str]


class Phrases(Generic[T]):
    """Finds phrases in one go over the words of a text, however many phrases there are."""

    def __init__(self, phrases: Iterable[Phrase[T]]) -> None:
        self._root: _Step[T] = _Step()
        words: set[str] = set()
        for phrase in phrases:
            words.update(self._add(phrase))
        self._words = Words(words)

    def __bool__(self) -> bool:
        return bool(self._root.next)

    def plain(self, reading: Reading) -> Iterator[Found[T]]:
        """Phrases that are written as they are."""
        return self._walk(reading, self._words.plain(reading))

    def all(self, reading: Reading) -> Iterator[Found[T]]:
        """Phrases however they are hidden."""
        return self._walk(reading, self._words.all(reading))

    def _add(self, phrase: Phrase[T]) -> set[str]:
        """The words of the phrase, once it is in the tree."""
        steps, words = [self._root], set[str]()
        pieces = list(_pieces(phrase.text))
        for n, (blank, piece) in enumerate(pieces, start=1):
            forms = with_endings(piece) if phrase.inflected and n == len(pieces) else frozenset({piece})
            steps = [step.next.setdefault((blank, form), _Step()) for step in steps for form in forms]
            words |= forms
        if pieces:
            for step in steps:
                step.values.append(phrase.value)
        return words

    def _walk(self, reading: Reading, seen: dict[int, list[Seen]]) -> Iterator[Found[T]]:
        waiting: defaultdict[int, list[tuple[bool, _Path[T]]]] = defaultdict(list)
        begin = _Path(self._root, -1, frozenset[str]())
        for start in sorted(seen):
            paths = {(blank, id(path.step)): (blank, path) for blank, path in waiting.pop(start, ())}
            for word in seen[start]:
                for blank, path in ((False, begin), *paths.values()):
                    step = path.step.next.get((blank, word.word))
                    if step is None:
                        continue
                    tricks = path.tricks | {word.trick} if word.trick else path.tricks
                    gone = _Path(step, start if path is begin else path.start, tricks)
                    yield from self._ended(reading, gone, word.end)
                    for place, parted in _places_after(reading, word.end) if step.next else ():
                        waiting[place].append((parted, gone))

    def _ended(self, reading: Reading, path: _Path[T], end: int) -> Iterator[Found[T]]:
        if path.step.values and _is_whole(reading.shape, path.start, end):
            tricks = ", ".join(sorted(path.tricks))
            yield from (Found(value, path.start, end, tricks) for value in path.step.values)


def _pieces(text: str) -> Iterator[tuple[bool, str]]:
    """Each word or sign of a phrase, and whether a blank stands before it."""
    plain = normalise(text)
    end = 0
    for match in PIECE.finditer(shape_of(plain)):
        yield end > 0 and match.start() > end, folded(plain[match.start() : match.end()])
        end = match.end()


def _places_after(reading: Reading, end: int) -> Iterator[tuple[int, bool]]:
    """Where a phrase may go on, and whether as after a blank: a gap may be one, or nothing; a hyphen stands for one."""
    following = PIECE.search(reading.shape, end)
    if following is None:
        return
    place, between = following.start(), reading.shape[end : following.start()]
    if " " not in between:
        yield place, False
    if between:
        yield place, True
    elif reading.text[place] in _HYPHENS and reading.shape[place + 1 : place + 2] in _WORDS:
        yield place + 1, True


def _is_whole(shape: str, start: int, end: int) -> bool:
    """A sign at the end of a phrase parts no words: `c++` is not in `c++x`. Words are whole by themselves."""
    before = shape[start] not in _WORDS and start > 0 and shape[start - 1] in _WORDS and shape[start] != "c"
    after = shape[end - 1] not in _WORDS and shape[end : end + 1] in _WORDS and shape[end - 1] != "c"
    return not (before or after)
