"""Answers of the contextual check that need not be asked for again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from klapper.clock import Clock
from klapper.moderation.policy import Objection

MOST_REMEMBERED = 5_000  # answers, of some hundred bytes each


@dataclass(frozen=True, slots=True)
class Judged:
    """objection: None for a yes."""

    objection: Objection | None


class Remembered:
    """Keeps: at most so many answers, those that were used least recently go first; none for longer than `for_s`.

    In memory only, so a restart asks again. for_s: seconds; 0: nothing is remembered.
    """

    def __init__(self, clock: Clock, *, for_s: float, most: int = MOST_REMEMBERED) -> None:
        self._clock = clock
        self._for_s = for_s
        self._most = most
        self._answers: OrderedDict[str, tuple[float, Judged]] = OrderedDict()

    def get(self, key: str) -> Judged | None:
        """The answer under this key; None when there is none, or none that still counts."""
        answered_s, judged = self._answers.get(key, (0.0, None))
        if judged is None:
            return None
        if self._clock.monotonic_s() - answered_s >= self._for_s:
            del self._answers[key]
            return None
        self._answers.move_to_end(key)
        return judged

    def put(self, key: str, judged: Judged) -> None:
        """Remember an answer from now on."""
        if not self._for_s:
            return
        self._answers[key] = (self._clock.monotonic_s(), judged)
        self._answers.move_to_end(key)
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)
