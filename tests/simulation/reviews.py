"""Seeds in which moderators look first: what they do and when, drawn apart so that all other seeds are as they were."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from klapper.moderation.rules import Mode
from tests.simulation.faults import ALL
from tests.simulation.members import Person
from tests.simulation.moderators import Verdict
from tests.simulation.script import HOUR_S

if TYPE_CHECKING:
    from tests.simulation.world import World

REVIEWED = 0.3  # of all seeds
FIRST_MODERATOR, FIRST_CHANNEL = 2_000, 5_000
VERDICTS: tuple[Verdict, ...] = ("approve",) * 6 + ("reject",) * 3 + ("block",)
LOOKS_PER_ASK = 1.5
LOST = ("discord_5xx", "discord_lost", "discord_deadline_lost")


class Reviews:
    """Schedules the moderators of a seed, if it has any."""

    def __init__(self, world: World, chance: Random) -> None:
        self._world = world
        self._chance = chance
        self._channels: dict[int, int] = {}
        self.is_on = chance.random() < REVIEWED

    def schedule(self) -> None:
        """What the guilds decided before the story begins, and everything that moderators do in it."""
        if not self.is_on:
            return
        if self._chance.random() < 0.5:
            self._world.faults.rates = {**self._world.faults.rates, **{kind: ALL[kind] for kind in LOST}}
        for guild_id in self._guilds():
            self._begin(guild_id)
        scene = self._world.scene
        for _ in range(round(scene.asks * LOOKS_PER_ASK)):
            self._at(self._moment(), self._look)
        for act in (self._change_mode, self._trouble, self._card_deleted, self._move_channel, self._unblock):
            if self._chance.random() < 0.4 * scene.acts:
                self._at(self._moment(), act)

    def heal(self) -> None:
        """Moderators go on in half of the seeds; in the others what is left expires."""
        if self.is_on and self._chance.random() < 0.5:
            for hours in (0.5, 2.0, 5.0):
                self._world.time.after(hours * HOUR_S, self._settle_all)

    def _begin(self, guild_id: int) -> None:
        mode = self._chance.choice((Mode.REVIEW,) * 4 + (Mode.OPEN,))
        self._channels[guild_id] = FIRST_CHANNEL + guild_id
        self._world.database.execute(
            "INSERT INTO guild_rules (guild_id, version, mode, review_channel_id) VALUES (?, 1, ?, ?)",
            (guild_id, mode.value, self._chance.choice((self._channels[guild_id],) * 5 + (None,))),
        )
        self._world.story.tell("seed", f"guild {guild_id} begins in mode {mode}")

    def _guilds(self) -> list[int]:
        return sorted({person.guild_id for person in self._world.script.people})

    def _moderator(self, guild_id: int) -> Person:
        return Person(guild_id, 0, FIRST_MODERATOR + 10 * guild_id + self._chance.randrange(2))

    def _moment(self) -> float:
        """Soon after somebody asked, mostly."""
        script = self._world.script
        if self._chance.random() < 0.2:
            return self._chance.uniform(0, script.scene.hours * HOUR_S)
        return self._chance.choice(script.bursts) + self._chance.expovariate(1 / 400)

    def _at(self, at_s: float, act: Callable[[], None]) -> None:
        def happen() -> None:
            if not self._world.faults.healed:
                self._world.clock.busy_s = self._world.time.now_s
                act()

        self._world.time.at(at_s, happen)

    # What moderators do

    def _look(self) -> None:
        """One of them settles one or two of the newest cases; now and then another does so at the same moment."""
        newest = "SELECT case_id, job_id, guild_id FROM cases WHERE kind = 'review' ORDER BY closed_at_ms IS NULL DESC,"
        for case in self._world.observer.rows(f"{newest} case_id LIMIT {self._chance.randint(1, 2)}"):
            for _ in range(self._chance.choice((1, 1, 1, 2))):
                moderator, verdict = self._moderator(case["guild_id"]), self._chance.choice(VERDICTS)
                self._world.moderators.decide(moderator, case["case_id"], case["job_id"], verdict)

    def _settle_all(self) -> None:
        open_reviews = "SELECT case_id, job_id, guild_id FROM cases WHERE kind = 'review' AND closed_at_ms IS NULL"
        for case in self._world.observer.rows(f"{open_reviews} ORDER BY case_id"):
            moderator, verdict = self._moderator(case["guild_id"]), self._chance.choice(VERDICTS)
            self._world.moderators.decide(moderator, case["case_id"], case["job_id"], verdict)

    def _change_mode(self) -> None:
        moderator = self._moderator(self._chance.choice(self._guilds()))
        self._world.moderators.set_mode(moderator, self._chance.choice((Mode.REVIEW, Mode.OPEN, Mode.CLOSED)))
        back = partial(self._world.moderators.set_mode, moderator, Mode.REVIEW)
        self._world.time.after(self._chance.uniform(60.0, HOUR_S), back)

    def _move_channel(self) -> None:
        guild_id = self._chance.choice(self._guilds())
        self._channels[guild_id] += 100
        self._world.moderators.review_in(self._moderator(guild_id), self._channels[guild_id])

    def _unblock(self) -> None:
        person = self._world.script.people[self._chance.randrange(len(self._world.script.people))]
        self._world.moderators.unblock(self._moderator(person.guild_id), person)

    # What happens to their channels

    def _trouble(self) -> None:
        channel_id = self._channels[self._chance.choice(self._guilds())]
        if self._world.discord.place(channel_id).closed is not None:
            return
        self._world.cases.close(channel_id, self._chance.choice(("forbidden", "forbidden", "channel_gone")))
        self._world.time.after(
            self._chance.uniform(60.0, 2 * HOUR_S), partial(self._world.discord.open_again, channel_id)
        )

    def _card_deleted(self) -> None:
        there = [card for card in self._world.cases.cards if card.is_there]
        if there:
            self._world.cases.vanish(self._chance.choice(there[-4:]), "moderator")
