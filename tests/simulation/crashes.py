"""When the process is killed: at any step, and rather often shortly after something that matters."""

from __future__ import annotations

from random import Random

from tests.simulation.script import HOUR_S, Script

KINDS = ("commit", "move", "post", "answer", "shown", "download", "any")
MOST_STEPS = 40
LONGEST_PAUSE_S = 26 * HOUR_S


class Crashes:
    """The deaths of a seed, each waiting for its moment."""

    def __init__(self, script: Script, chance: Random) -> None:
        self._chance = chance
        self._planned = sorted((script.moment(), chance.choice(KINDS)) for _ in range(script.scene.crashes))

    def noticed(self, what: str, now_s: float) -> int | None:
        """Something happened; the steps after which the process dies, None when it lives on."""
        if not self._planned or self._planned[0][0] > now_s:
            return None
        if self._planned[0][1] not in (what, "any"):
            return None
        self._planned.pop(0)
        return self._chance.randrange(MOST_STEPS)

    def pause_s(self, *, is_healed: bool) -> float:
        """How long nobody starts it again."""
        longest_s = self._chance.choice((4.0, 20.0, 300.0, 7_200.0, LONGEST_PAUSE_S))
        return self._chance.uniform(2.0, 20.0 if is_healed else longest_s)

    def end(self) -> None:
        self._planned.clear()
