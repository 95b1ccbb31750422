"""A seed's script: who lives where, who asks for what and when, and what happens to the world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.simulation.members import Person, Wish

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
HOUR_S = 3_600.0
AT_RANDOM = 0.3
BLOCKED_TERM = "blocked"
SLUGS = ("v3", "v3", "o3", "v1")


@dataclass(frozen=True, slots=True)
class Scene:
    """The constants of a seed. hours: how long people act; then all faults end. acts: how much they do."""

    guilds: int
    members: int
    asks: int
    hours: float
    requests_per_minute: int
    max_running: int
    per_member: int
    per_guild: int
    allowance: int
    bot_budget: int
    confirm_above: int
    undo_s: int
    period: str
    crashes: int
    stops: int
    waiting_hours: int
    hold_hours: int
    stalled_minutes: int
    keep_days: int
    acts: float

    @classmethod
    def drawn(cls, chance: Random) -> Scene:
        pick = chance.choice
        return cls(
            guilds=pick((1, 1, 2, 3)),
            members=pick((1, 2, 3)),
            asks=pick((2, 4, 6, 10)),
            hours=pick((1.0, 3.0, 8.0, 30.0, 60.0)),
            requests_per_minute=pick((5, 20, 50, 50)),
            max_running=pick((1, 3, 10)),
            per_member=pick((1, 2, 2, 0)),
            per_guild=pick((0, 0, 2)),
            allowance=pick((500, 500, 2_000)),
            bot_budget=pick((5_000, 5_000, 600, 0)),
            confirm_above=pick((0, 0, 100)),
            undo_s=pick((0, 3, 30)),
            period=pick(("day", "week")),
            crashes=pick((0, 0, 1, 2, 4, 7)),
            stops=pick((0, 0, 1)),
            waiting_hours=pick((24, 24, 2)),
            hold_hours=pick((24, 24, 3)),
            stalled_minutes=pick((120, 120, 20)),
            keep_days=pick((7, 7, 1)),
            acts=pick((0.5, 1.0, 1.0, 3.0)),
        )


class Script:
    """Draws everything that people do. Every number and id it gives out is new."""

    def __init__(self, scene: Scene, chance: Random) -> None:
        self.scene = scene
        self.chance = chance
        self._numbers = 1_000
        self.people = [
            Person(40 + guild, 100 * (guild + 1) + chance.randrange(2), 1_000 + 10 * guild + member)
            for guild in range(scene.guilds)
            for member in range(scene.members)
        ]
        end_s = scene.hours * HOUR_S
        self.bursts = [chance.uniform(0, end_s * 0.8) for _ in range(chance.randint(1, 4))]

    def person(self) -> Person:
        return self.chance.choice(self.people)

    def number(self) -> int:
        self._numbers += 1
        return self._numbers

    def key(self) -> str:
        """The id of a job to come."""
        return "".join(self.chance.choice(LETTERS) for _ in range(8))

    def moments(self, count: int) -> list[float]:
        """When something is asked for: in bursts, with long rests between."""
        return sorted(self.chance.choice(self.bursts) + self.chance.expovariate(1 / 60) for _ in range(count))

    def moment(self) -> float:
        """When something else happens: mostly while there is something to disturb."""
        if self.chance.random() < AT_RANDOM:
            return self.chance.uniform(0, self.scene.hours * HOUR_S)
        return self.chance.choice(self.bursts) + self.chance.expovariate(1 / 150)

    def wish(self) -> Wish:
        chance = self.chance
        number = self.number()
        # Some are equal, and then all of them is: a prompt tells what it is made with.
        prompt = f"a fox number {chance.choice((number, number, number, 7))}"
        if chance.random() < 0.04:
            prompt = f"a {BLOCKED_TERM} fox"
        options: dict[str, Any] = {"model": chance.choice(SLUGS)}
        images: tuple[str, ...] = ()
        if options["model"] != "v1" and chance.random() < 0.3:
            images = (f"picture {chance.choice((number, 1, 2))}",)
            prompt = f"{prompt} after {images[0]}"
        if chance.random() < 0.2:
            options["duration_s"] = 10
            prompt = f"{prompt}, longer"
        return Wish(
            number=number,
            key=self.key(),
            prompt=prompt,
            options=options,
            images=images,
            deliver_to="dm" if chance.random() < 0.15 else "here",
            spoiler=chance.random() < 0.1,
        )

    def sometimes(self, rate: float, act: Callable[[], None]) -> None:
        """People do it now and then, in some seeds more than in others."""
        if self.chance.random() < rate * self.scene.acts:
            act()
