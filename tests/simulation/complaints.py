"""Seeds in which clips are reported and refusals appealed: drawn apart so that all other seeds are as they were."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from tests.simulation.discord_model import dm_channel
from tests.simulation.faults import ALL
from tests.simulation.members import Person
from tests.simulation.moderators import Verdict
from tests.simulation.script import HOUR_S, LETTERS

if TYPE_CHECKING:
    from tests.simulation.world import World

COMPLAINING = 0.2  # of all seeds
FIRST_MODERATOR, FIRST_REPORTER, FIRST_CHANNEL, FIRST_NUMBER = 2_000, 3_000, 5_000, 700_000
TERMS = ("longer", "longer", "picture", "fox", "")  # of prompts; '': the guild has none
VERDICTS: tuple[Verdict, ...] = ("approve",) * 3 + ("overrule",) * 3 + ("reject",) * 2
ACTS_PER_ASK = 1.2
LOST = ("discord_5xx", "discord_lost", "discord_deadline_lost")
_NEWEST = "ORDER BY created_at_ms DESC, job_id LIMIT 4"


class Complaints:
    """Schedules reports, takedowns and appeals of a seed, if it has any."""

    def __init__(self, world: World, chance: Random) -> None:
        self._world = world
        self._chance = chance
        self._number = FIRST_NUMBER
        self.is_on = chance.random() < COMPLAINING

    def schedule(self) -> None:
        """What the guilds decided before the story begins, and everything that people complain about in it."""
        if not self.is_on:
            return
        if self._chance.random() < 0.3:
            self._world.faults.rates = {**self._world.faults.rates, **{kind: ALL[kind] for kind in LOST}}
        for guild_id in self._guilds():
            self._begin(guild_id)
        scene = self._world.scene
        for _ in range(round(scene.asks * ACTS_PER_ASK)):
            self._at(self._moment(), self._chance.choice((self._report, self._report, self._appeal, self._look)))
        for act in (self._take_down_any, self._trouble, self._closed_dm, self._take_down_any):
            if self._chance.random() < 0.5 * scene.acts:
                self._at(self._moment(), act)

    def heal(self) -> None:
        """Moderators go on in two of three seeds; in the others what is left stays open or expires."""
        if self.is_on and self._chance.random() < 0.67:
            for hours in (0.5, 2.0, 5.0):
                self._world.time.after(hours * HOUR_S, self._settle_all)

    def _begin(self, guild_id: int) -> None:
        self._world.database.execute(
            "INSERT INTO guild_rules (guild_id, version, mode, review_channel_id) VALUES (?, 1, 'open', ?)"
            " ON CONFLICT DO NOTHING",
            (guild_id, self._chance.choice((FIRST_CHANNEL + guild_id,) * 4 + (None,))),
        )
        term = self._chance.choice(TERMS)
        if term:
            self._world.database.execute(
                "INSERT INTO filter_terms (guild_id, term, action, added_by, at_ms)"
                " VALUES (?, ?, 'block', 'klapper', 0)",
                (guild_id, term),
            )
            self._world.story.tell("seed", f"guild {guild_id} blocks “{term}”")

    def _guilds(self) -> list[int]:
        return sorted({person.guild_id for person in self._world.script.people})

    def _moderator(self, guild_id: int) -> Person:
        """Now and then somebody who asks for clips as well."""
        here = [person for person in self._world.script.people if person.guild_id == guild_id]
        if self._chance.random() < 0.1:
            return self._chance.choice(here)
        return Person(guild_id, 0, FIRST_MODERATOR + 10 * guild_id + self._chance.randrange(2))

    def _moment(self) -> float:
        """Some while after somebody asked, mostly."""
        script = self._world.script
        if self._chance.random() < 0.2:
            return self._chance.uniform(0, script.scene.hours * HOUR_S)
        return self._chance.choice(script.bursts) + self._chance.expovariate(1 / 1_200)

    def _at(self, at_s: float, act: Callable[[], None]) -> None:
        def happen() -> None:
            if not self._world.faults.healed:
                act()

        self._world.time.at(at_s, happen)

    def _soon(self, act: Callable[[], None]) -> None:
        self._at(self._world.time.now_s + self._chance.choice((0.2, 5.0, 600.0)) * self._chance.random(), act)

    def _row(self, sql: str) -> sqlite3.Row | None:
        """One of these, for somebody to do something about: the world is not quiet then."""
        found = self._world.observer.rows(sql)
        if not found:
            return None
        self._world.clock.busy_s = self._world.time.now_s
        return self._chance.choice(found)

    # What members do

    def _report(self) -> None:
        """One or two members report a clip, one of them twice perhaps; its requester may delete it then."""
        delivered = "SELECT job_id, jobs.guild_id FROM deliveries JOIN jobs USING (job_id) WHERE state = 'delivered'"
        clip = self._row(f"{delivered} {_NEWEST}")
        if clip is None:
            return
        job_id = clip["job_id"]
        for _ in range(self._chance.choice((1, 1, 2, 3))):
            reporter = Person(clip["guild_id"], 0, FIRST_REPORTER + self._chance.randrange(3))
            self._world.members.report(reporter, job_id)
        if self._chance.random() < 0.3 and job_id in self._world.members.owners:
            self._soon(partial(self._world.members.delete, self._world.members.owners[job_id], job_id))
        if self._chance.random() < 0.5:
            self._soon(self._look)

    def _appeal(self) -> None:
        """The button is pressed once or twice, now and then on what was appealed before."""
        again = "" if self._chance.random() < 0.3 else "WHERE appealed_at_ms IS NULL"
        newest = f"SELECT * FROM refused_requests {again} ORDER BY decision_id DESC LIMIT 3"
        refused = self._row(newest)
        if refused is None:
            return
        person = Person(refused["guild_id"], refused["channel_id"], refused["user_id"])
        for _ in range(self._chance.choice((1, 1, 2))):
            self._number += 1
            key = "".join(self._chance.choice(LETTERS) for _ in range(8))
            self._world.members.appeal(person, refused["decision_id"], self._number, key)
        if self._chance.random() < 0.7:
            self._soon(self._look)

    # What moderators do

    def _look(self) -> None:
        """One of them settles one of the newest cases; now and then another does so at the same moment."""
        is_late = self._chance.random() < 0.2
        which = "" if is_late else "WHERE closed_at_ms IS NULL"
        case = self._row(f"SELECT * FROM cases {which} ORDER BY case_id DESC LIMIT 2")
        if case is None:
            return
        for _ in range(self._chance.choice((1, 1, 2))):
            self._settle(case)

    def _settle_all(self) -> None:
        for case in self._world.observer.rows("SELECT * FROM cases WHERE closed_at_ms IS NULL ORDER BY case_id"):
            self._settle(case)

    def _settle(self, case: sqlite3.Row) -> None:
        moderators, moderator = self._world.moderators, self._moderator(case["guild_id"])
        if case["kind"] == "review":
            moderators.decide(moderator, case["case_id"], case["job_id"], self._chance.choice(VERDICTS))
        elif self._chance.random() < 0.4:
            moderators.dismiss(moderator, case["case_id"], case["job_id"])
        else:
            self._take_down(moderator, case["job_id"], case["case_id"])

    def _take_down(self, moderator: Person, job_id: str, case_id: int | None) -> None:
        refund, strike = self._chance.random() < 0.5, self._chance.random() < 0.3
        self._world.moderators.take_down(moderator, job_id, case_id, refund=refund, strike=strike)

    def _take_down_any(self) -> None:
        """A clip goes that was reported or not, delivered or still under way, by one or two moderators."""
        made = self._row(f"SELECT job_id, guild_id FROM jobs WHERE status = 'succeeded' {_NEWEST}")
        if made is None:
            return
        for _ in range(self._chance.choice((1, 1, 2))):
            self._take_down(self._moderator(made["guild_id"]), made["job_id"], None)

    # What happens to their channels

    def _trouble(self) -> None:
        """The channel of a guild's cases refuses, or is gone."""
        chosen = self._row("SELECT review_channel_id AS id FROM guild_rules WHERE review_channel_id IS NOT NULL")
        if chosen is None or self._world.discord.place(chosen["id"]).closed is not None:
            return
        self._world.cases.close(chosen["id"], self._chance.choice(("forbidden", "forbidden", "channel_gone")))
        again = partial(self._world.discord.open_again, chosen["id"])
        self._world.time.after(self._chance.uniform(60.0, 2 * HOUR_S), again)

    def _closed_dm(self) -> None:
        channel_id, discord = dm_channel(self._chance.choice(self._world.script.people).user_id), self._world.discord
        if discord.place(channel_id).closed is None:
            discord.close(channel_id, "dm_closed")
            self._world.time.after(self._chance.uniform(60.0, 6 * HOUR_S), partial(discord.open_again, channel_id))
