"""The world of one seed, from its first request until nothing is left to do, and what was broken on the way."""

from __future__ import annotations

import asyncio
import gc
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from klapper.assembly import Assembly
from klapper.clock import MINUTE_MS
from klapper.database.database import DatabaseError
from klapper.ops.metrics import Metrics
from klapper.settings import Settings
from tests.fake_attachments import FakeAttachments
from tests.simulation.case_model import CaseChannels
from tests.simulation.checks import check_all, check_bound, is_settled
from tests.simulation.complaints import Complaints
from tests.simulation.crashes import Crashes
from tests.simulation.database import new_database
from tests.simulation.discord_model import DiscordModel
from tests.simulation.events import Events
from tests.simulation.fairness import Fairness
from tests.simulation.faults import Faults
from tests.simulation.life import Life, Outside
from tests.simulation.loop import Killed, Stuck, dispose
from tests.simulation.members import Members
from tests.simulation.moderators import Moderators
from tests.simulation.observer import Observer
from tests.simulation.reviews import Reviews
from tests.simulation.script import BLOCKED_TERM, HOUR_S, Scene, Script
from tests.simulation.segmind_model import SegmindModel
from tests.simulation.story import Story
from tests.simulation.time import SimulatedClock, Time
from tests.simulation.watch import Watch

DAY_S = 24 * HOUR_S
LONGEST_S = 45 * DAY_S  # after the faults have ended
LONGEST_OPEN_S = 72 * HOUR_S  # after the faults: waiting, hold, and a late look at both
LAST_WORDS_S = 90.0  # after everything is settled: nobody says anything more
SHARED_MEMORY = Path("/dev/shm")

MakeAssembly = Callable[..., Assembly]


class Over(BaseException):
    """The story ends here."""


class World:
    """One seed. make: how Klapper is assembled; a defect is another way to do it."""

    def __init__(self, seed: int, folder: Path, make: MakeAssembly = Assembly) -> None:
        self.seed = seed
        self.scene = Scene.drawn(self._chance("scene"))
        self.time = Time()
        self.clock = SimulatedClock(self.time)
        self.story = Story(self.time)
        self.faults = Faults.drawn(self._chance("faults"))
        self.settings = _settings(self.scene, folder)
        self.database = new_database()
        self.observer = Observer(self.database)
        self.segmind = SegmindModel(self.time, self.story, self.faults, self._chance("segmind"))
        self.discord = DiscordModel(self.time, self.story, self.faults, self._chance("discord"))
        self.cases = CaseChannels(self.time, self.story, self.discord)
        self.watch = self._watch()
        self.life: Life | None = None
        self.lives = 0
        self.members = Members(self.story, self._serving)
        self.moderators = Moderators(self.members)
        self.script = Script(self.scene, self._chance("script"))
        self.crashes = Crashes(self.script, self._chance("crashes"))
        self.events = Events(self)
        self.reviews = Reviews(self, self._chance("reviews"))
        self.complaints = Complaints(self, self._chance("complaints"))
        self.is_full = False
        self._make = make
        self._left: set[asyncio.Task[Any]] = set()
        self._outside = Outside(
            self.time,
            self.clock,
            self.story,
            self.settings,
            self.segmind,
            self.discord,
            self.cases,
            self.watch,
            FakeAttachments(),
            Metrics(),
            lambda: self.is_full,
            self.database,
        )

    def run(self) -> Story:
        """Live it through, and check it."""
        self.story.tell("seed", f"{self.seed}: {self.scene}")
        self.story.tell("seed", f"faults: {', '.join(sorted(self.faults.rates)) or 'none'}")
        self.events.schedule()
        self.reviews.schedule()
        self.complaints.schedule()
        self.time.at(self.scene.hours * HOUR_S, self._heal)
        try:
            while True:
                self._live()
                self._wait_for_start()
        except Over:
            pass
        if self.life is not None:
            self._left |= self.life.die()
        check_all(self)
        return self.story

    def dispose(self) -> None:
        """After the folder is gone, so that nothing of a dead process has an effect that anybody could see."""
        logging.disable()
        try:
            dispose(self._left)
        finally:
            logging.disable(logging.NOTSET)
        self.database.close()

    def noticed(self, what: str) -> None:
        """Something happened after which the process may die."""
        if what in ("move", "post"):
            self.clock.busy_s = self.time.now_s
        steps = self.crashes.noticed(what, self.time.now_s)
        if steps is not None and self.life is not None:
            self.life.loop.steps.left = steps

    def is_on_disk(self, job_id: str) -> bool:
        """Whether the job's clip or a copy of it is; what is still being loaded is nobody's clip yet."""
        return any((self.settings.media.directory / "outputs").glob(f"{job_id}.*mp4"))

    def _live(self) -> None:
        self.lives += 1
        self.watch.begins()
        self.story.tell("Klapper", f"starts, life {self.lives}")
        self.life = life = Life(self._outside, self._make, self._chance(f"life {self.lives}"), self.noticed)
        try:
            life.run()
        except Killed:
            self.story.tell("Klapper", "is killed")
        except Stuck:
            self.story.broken("stuck", "nothing will ever happen again")
            raise Over from None
        self._left |= life.die()
        self.life = None

    def _wait_for_start(self) -> None:
        start_s = self.time.now_s + self.crashes.pause_s(is_healed=self.faults.healed)
        while self.time.now_s < start_s:
            self.time.pass_until(start_s)

    # The end

    def _heal(self) -> None:
        """Nothing goes wrong from now on; what was begun has to come to its end."""
        self.story.tell("world", "all faults end")
        self.faults.heal()
        self.crashes.end()
        self.events.heal()
        self.reviews.heal()
        self.complaints.heal()
        self.time.after(60, self._look_whether_over)
        self.time.after(LONGEST_OPEN_S, lambda: check_bound(self))

    def _look_whether_over(self) -> None:
        since_s = self.time.now_s - self.scene.hours * HOUR_S
        if is_settled(self) or since_s > LONGEST_S:
            self.time.after(LAST_WORDS_S, self._over)
            return
        self.time.after(min(DAY_S / 2, max(60.0, since_s / 4)), self._look_whether_over)

    def _over(self) -> None:
        raise Over

    def _serving(self) -> Life | None:
        """The life that hears interactions now."""
        return self.life if self.life is not None and self.life.is_serving else None

    def _watch(self) -> Watch:
        fairness = Fairness(
            self.observer,
            max_running=self.scene.max_running,
            per_member=self.scene.per_member,
            per_guild=self.scene.per_guild,
            stalled_ms=self.settings.jobs.stalled_minutes * MINUTE_MS,
        )
        return Watch(
            self.story,
            self.observer,
            self.segmind,
            fairness,
            self.scene.requests_per_minute,
            self.noticed,
            self.clock,
            self.scene.undo_s,
            self.is_on_disk,
        )

    def _chance(self, what: str) -> Random:
        return Random(f"{self.seed} {what}")


def _settings(scene: Scene, folder: Path) -> Settings:
    sections: dict[str, Any] = {
        "segmind": {"requests_per_minute": scene.requests_per_minute, "max_running_jobs": scene.max_running},
        "database": {"url": f"sqlite:///{folder / 'klapper.db'}"},
        "media": {"directory": folder / "media", "keep_days": scene.keep_days},
        "jobs": {
            "waiting_hours": scene.waiting_hours,
            "hold_hours": scene.hold_hours,
            "stalled_minutes": scene.stalled_minutes,
        },
        "moderation": {"blocked_terms": [BLOCKED_TERM]},
        "credits": {
            "period": scene.period,
            "default_allowance": scene.allowance,
            "confirm_above": scene.confirm_above,
            "bot_budget_per_day": scene.bot_budget,
        },
        "limits": {
            "running_per_member": scene.per_member,
            "running_per_guild": scene.per_guild,
            "undo_s": scene.undo_s,
        },
    }
    return Settings(**sections)


class LogReader(logging.Handler):
    """The program's log: what it complains about is part of the story, and a crash is one of its defects."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.WARNING)
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        about = str(getattr(record, "job_id", ""))
        why = getattr(record, "reason", getattr(record, "kind", ""))
        self._world.story.tell("log", f"{record.getMessage()}{f' ({why})' if why else ''}", about)
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not isinstance(error, DatabaseError):
            self._world.story.broken("crash", f"{record.getMessage()}: {error!r}", about)


@contextmanager
def _log_read_by(world: World) -> Iterator[None]:
    log = logging.getLogger("klapper")
    reader, level, passes_on = LogReader(world), log.level, log.propagate
    log.addHandler(reader)
    log.setLevel(logging.WARNING)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(reader)
        log.setLevel(level)
        log.propagate = passes_on


def live_through(seed: int, make: MakeAssembly = Assembly) -> World:
    """The world of a seed after its end, its violations in its story."""
    folder = Path(tempfile.mkdtemp(dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None))
    gc.disable()  # what a dead process left must not be touched before the end
    try:
        world = World(seed, folder, make)
        with _log_read_by(world):
            world.run()
        shutil.rmtree(folder, ignore_errors=True)
        world.dispose()
    finally:
        gc.enable()
        shutil.rmtree(folder, ignore_errors=True)
    return world
