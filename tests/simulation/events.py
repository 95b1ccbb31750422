"""What happens to the world and when: people act, places close, Segmind and Discord go away and come back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from tests.simulation.faults import HAPPENINGS
from tests.simulation.members import Person
from tests.simulation.movements import CreditMoves
from tests.simulation.script import HOUR_S

if TYPE_CHECKING:
    from tests.simulation.world import World

SHORT_S, LONG_S = 60.0, 6 * HOUR_S
OTHERS_SLUGS = ("kling-3-standard-text2video", "kling-o3-text2video", "kling-text2video")


class Events:
    """Schedules a seed's script."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._script = world.script
        self._chance = world.script.chance
        self._moves = CreditMoves(world)

    def schedule(self) -> None:
        self._at(0.0, self._moves.allow_giving)
        for person in self._script.people:
            self._script.sometimes(0.25, partial(self._at, 0.0, partial(self._choose, person)))
        for at_s in self._script.moments(self._script.scene.asks):
            self._at(at_s, self._ask)
        for _ in range(self._script.scene.stops):
            self._at(self._script.moment(), self._stop)
        self._script.sometimes(0.15, partial(self._at, self._script.moment(), self._release))
        self._script.sometimes(0.15, partial(self._at, self._script.moment(), self._adopt))
        for kind in HAPPENINGS:
            if kind in self._world.faults.rates:
                for _ in range(self._chance.randint(1, 3)):
                    self._at(self._script.moment(), partial(self._happenings[kind], self))

    def heal(self) -> None:
        """The world is as it should be again; what is gone for good stays gone."""
        world = self._world
        segmind = world.segmind
        segmind.is_out = segmind.history_is_out = world.discord.is_out = world.is_full = False
        segmind.key_works = segmind.has_credits = True
        segmind.plan_rpm = 10_000
        for channel_id in sorted(world.discord.places):
            world.discord.open_again(channel_id)
            world.discord.place(channel_id).is_archived = False
        self._resume()
        for hours in (1, 2):  # what began with an answer that was still under way
            world.time.after(hours * HOUR_S, self._resume)

    def _resume(self) -> None:
        """Managers and the operator end all pauses, as soon as somebody hears them."""
        world = self._world
        if world.members.life() is None:
            world.time.after(60.0, self._resume)
            return
        world.members.operator_resumes()
        for guild_id in sorted({person.guild_id for person in self._script.people}):
            world.members.resume(next(person for person in self._script.people if person.guild_id == guild_id))

    def _at(self, at_s: float, act: Callable[[], None]) -> None:
        def happen() -> None:
            if not self._world.faults.healed:
                self._world.clock.busy_s = self._world.time.now_s
                act()

        self._world.time.at(at_s, happen)

    def _between(self, begin: Callable[[], None], end: Callable[[], None], longest_s: float) -> None:
        begin()
        self._world.time.after(self._chance.uniform(20.0, longest_s), end)

    # People

    def _choose(self, person: Person) -> None:
        self._world.members.choose(person, self._chance.choice(("silent", "dm", "ping")))

    def _ask(self) -> None:
        person, wish = self._script.person(), self._script.wish()
        self._world.members.ask(person, wish, presses_twice=self._chance.random() < 0.15)
        for rate, act in ((0.12, self._cancel), (0.15, self._delete), (0.12, self._again), (0.1, self._edit)):
            self._script.sometimes(rate, partial(self._at, self._later(), partial(act, person)))
        self._script.sometimes(0.2, partial(self._at, self._later(), partial(self._move, person)))
        self._script.sometimes(0.15, partial(self._at, self._later(), partial(self._recover, person)))

    def _later(self) -> float:
        return self._world.time.now_s + self._chance.choice((0.5, 2.0, 30.0, 300.0, 900.0)) * self._chance.random()

    def _known(self, person: Person) -> str | None:
        known = self._world.members.jobs.get(person.user_id)
        return self._chance.choice(known) if known else None

    def _cancel(self, person: Person) -> None:
        if (job_id := self._known(person)) is not None:
            self._world.members.cancel(person, job_id)
            self._script.sometimes(0.3, partial(self._world.members.cancel, person, job_id))

    def _delete(self, person: Person) -> None:
        if (job_id := self._known(person)) is not None:
            self._world.members.delete(person, job_id)
            self._script.sometimes(0.3, partial(self._world.members.delete, person, job_id))

    def _again(self, person: Person) -> None:
        if (job_id := self._known(person)) is not None:
            self._world.members.again(person, job_id, self._script.number(), self._script.key())

    def _edit(self, person: Person) -> None:
        if (job_id := self._known(person)) is not None:
            numbers = (self._script.number(), self._script.number())
            self._world.members.edit(person, job_id, numbers, (self._script.key(), self._script.key()))

    def _move(self, person: Person) -> None:
        self._moves.happen(person, self._known(person))

    def _recover(self, person: Person) -> None:
        if (job_id := self._known(person)) is not None:
            self._world.members.recover(person, job_id)

    def _release(self) -> None:
        open_jobs = "SELECT job_id FROM jobs WHERE status IN ('unknown', 'queued', 'processing') ORDER BY created_at_ms"
        found = self._world.observer.rows(open_jobs)
        if found:
            self._world.members.operator_releases(self._chance.choice(found)["job_id"])

    def _adopt(self) -> None:
        """The operator looks up an unclear job at Segmind by what was sent for it."""
        unclear = "SELECT job_id FROM jobs WHERE status IN ('unknown', 'abandoned') AND request_id IS NULL"
        for row in self._world.observer.rows(unclear):
            for made in self._world.segmind.made.values():
                if made.about == row["job_id"]:
                    self._world.members.operator_adopts(row["job_id"], made.request_id)
                    return

    # The process

    def _stop(self) -> None:
        if self._world.life is not None:
            self._world.story.tell("operator", "stops it")
            self._world.life.stop()

    # The world

    def _tell(self, what: str) -> None:
        self._world.story.tell("world", what)

    def _outage(self) -> None:
        def away(is_out: bool) -> None:
            self._tell(f"Segmind is {'away' if is_out else 'back'}")
            self._world.segmind.is_out = is_out

        self._between(
            partial(away, True), partial(away, False), self._chance.choice((SHORT_S * 10, LONG_S, 40 * HOUR_S))
        )

    def _discord_outage(self) -> None:
        def away(is_out: bool) -> None:
            self._tell(f"Discord is {'away' if is_out else 'back'}")
            self._world.discord.is_out = is_out

        self._between(partial(away, True), partial(away, False), self._chance.choice((SHORT_S * 10, LONG_S)))

    def _history_outage(self) -> None:
        def away(is_out: bool) -> None:
            self._tell(f"the request history is {'away' if is_out else 'back'}")
            self._world.segmind.history_is_out = is_out

        self._between(partial(away, True), partial(away, False), self._chance.choice((LONG_S, 40 * HOUR_S)))

    def _plan_lower(self) -> None:
        self._world.segmind.plan_rpm = self._chance.choice((2, 5, 10))
        self._tell(f"the plan allows {self._world.segmind.plan_rpm} requests per minute from now on")

    def _credits_out(self) -> None:
        def has(it: bool) -> None:
            self._tell(f"the account has {'credits again' if it else 'no credits'}")
            self._world.segmind.has_credits = it

        self._between(partial(has, False), partial(has, True), LONG_S)

    def _key_revoked(self) -> None:
        def works(it: bool) -> None:
            self._tell(f"the key is {'mended' if it else 'revoked'}")
            self._world.segmind.key_works = it

        self._between(partial(works, False), partial(works, True), LONG_S)

    def _history_lag(self) -> None:
        self._world.segmind.lag_s = self._chance.choice((0.0, 20.0, 120.0, 600.0, 3_600.0))
        self._tell(f"the history lags {self._world.segmind.lag_s:.0f} s")

    def _disk_full(self) -> None:
        def full(is_full: bool) -> None:
            self._tell(f"the disk {'is full' if is_full else 'has room again'}")
            self._world.is_full = is_full

        self._between(partial(full, True), partial(full, False), SHORT_S * 5)

    def _clock_back(self) -> None:
        seconds = self._chance.choice((1.0, 30.0, 120.0))
        self._tell(f"the wall clock is set back by {seconds:.0f} s")
        self._world.clock.set_back_s += seconds

    def _clock_ahead(self) -> None:
        seconds = self._chance.choice((1.0, 30.0, 120.0))
        self._tell(f"the wall clock is set ahead by {seconds:.0f} s")
        self._world.clock.set_back_s -= seconds

    def _others_use_the_key(self) -> None:
        """Their requests are in the same history, some with a prompt of ours."""
        number = self._chance.choice((7, 1_000 + self._chance.randrange(50)))
        self._world.segmind.others_make(self._chance.choice(OTHERS_SLUGS), f"a fox number {number}, not ours")

    def _permission_lost(self) -> None:
        channel_id = self._script.person().channel_id
        discord = self._world.discord
        if discord.place(channel_id).closed is None:
            close, again = partial(discord.close, channel_id, "forbidden"), partial(discord.open_again, channel_id)
            self._between(close, again, self._chance.choice((SHORT_S * 5, LONG_S)))

    def _channel_gone(self) -> None:
        self._world.discord.close(self._script.person().channel_id, "channel_gone")

    def _thread_archived(self) -> None:
        self._world.discord.place(self._script.person().channel_id).is_archived = True
        self._tell("a thread is archived")

    def _dm_closed(self) -> None:
        channel_id = 1_000_000 + self._script.person().user_id
        discord = self._world.discord
        if discord.place(channel_id).closed is None:
            close, again = partial(discord.close, channel_id, "dm_closed"), partial(discord.open_again, channel_id)
            self._between(close, again, LONG_S)

    def _guild_left(self) -> None:
        guild_id = self._script.person().guild_id
        for channel_id in sorted({p.channel_id for p in self._script.people if p.guild_id == guild_id}):
            self._world.discord.close(channel_id, "forbidden")
        self._world.members.leave(guild_id)

    def _message_deleted(self) -> None:
        there = [message for message in self._world.discord.messages if message.is_there]
        if there:
            self._world.discord.vanish(self._chance.choice(there[-6:]), "moderator")

    def _guild_paused(self) -> None:
        manager = self._script.person()
        pause, resume = partial(self._world.members.pause, manager), partial(self._world.members.resume, manager)
        self._between(pause, resume, LONG_S)

    _happenings: ClassVar[Mapping[str, Callable[[Events], None]]] = {
        "outage": _outage,
        "discord_outage": _discord_outage,
        "history_outage": _history_outage,
        "plan_lower": _plan_lower,
        "credits_out": _credits_out,
        "key_revoked": _key_revoked,
        "history_lag": _history_lag,
        "disk_full": _disk_full,
        "clock_back": _clock_back,
        "clock_ahead": _clock_ahead,
        "others_use_the_key": _others_use_the_key,
        "permission_lost": _permission_lost,
        "channel_gone": _channel_gone,
        "thread_archived": _thread_archived,
        "dm_closed": _dm_closed,
        "guild_left": _guild_left,
        "message_deleted": _message_deleted,
        "guild_paused": _guild_paused,
    }
