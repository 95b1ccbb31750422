"""The kill test: `kill -9` at random moments of a real process with jobs in every state, then questions.

`python -m tests.acceptance.kills --jobs 50 --kills 100 --seed N`. The seed says who asks for what, what goes wrong and
when the bot is killed; how that meets depends on the machine, so a seed does not repeat a run exactly.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import secrets
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sandbox.discord.journal import Filter
from sandbox.discord.limits import Limits
from tests.acceptance.bot_process import BotProcess
from tests.acceptance.kill_audit import Findings, complaints, findings, unsettled
from tests.acceptance.kill_crowd import Crowd
from tests.acceptance.kill_moments import Moments
from tests.acceptance.kill_plan import Plan, plan_of, two_guilds
from tests.acceptance.town import Town, town

PROVIDER_SPEED = 60.0  # provider seconds per second: a job takes two or three seconds, a record lives for a minute
PATIENT_S = 12.0  # without progress; then the waiting times of retries are cut short
SETTLE_S = 180.0
_SETTINGS = {
    "CREDITS__DEFAULT_ALLOWANCE": "1000000",
    "CREDITS__BOT_BUDGET_PER_DAY": "1000000",
    "CREDITS__CONFIRM_ABOVE": "0",
    "LIMITS__RUNNING_PER_MEMBER": "4",
    "LIMITS__WAITING_PER_MEMBER": "0",
    # There is no moderator here, and Segmind refuses some of what is asked for.
    "MODERATION__REFUSALS_TO_REVIEW": "0",
    "MODERATION__REFUSALS_TO_PAUSE": "0",
    "MODERATION__GUILD_REFUSALS_TO_PAUSE": "0",
}
# Waiting times are in the database, so that they survive restarts; so they can be cut short there.
_HURRY = (
    "UPDATE deliveries SET not_before_ms = 0",
    "UPDATE jobs SET not_before_ms = 0",
    "UPDATE jobs SET missed_at_ms = missed_at_ms - 600000 WHERE missed_at_ms IS NOT NULL",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went. `complaints` is empty when every promise was kept."""

    complaints: list[str]
    statuses: Counter[str]
    posts: int
    seconds: float


async def kill_test(folder: Path, plan: Plan) -> Outcome:
    """Run the plan in a new world in `folder`."""
    began_s = time.monotonic()
    async with town(folder, world=two_guilds(), **_SETTINGS) as here:
        await here.control.change(run_time_s=None, speed=PROVIDER_SPEED)
        await here.driver.set_limits(acknowledge_s=Limits().acknowledge_s)  # some answers come too late, as they do
        crowd = Crowd(here, plan)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(crowd.ask_for_all())
            tasks.create_task(_kill(here, plan, crowd))
        await here.driver.clear_faults()
        await here.control.clear_faults()
        await _settle(here)
        assert await here.bot.stop() == 0
        found = await findings(here)
    return _outcome(found, plan, time.monotonic() - began_s)


async def _kill(here: Town, plan: Plan, crowd: Crowd) -> None:
    """Start and kill, and leave the bot running."""
    moments = Moments(here)
    for moment, troubles in zip(plan.moments, plan.troubles, strict=True):
        for trouble in troubles:
            await here.driver.add_fault(trouble.method, trouble.path, **trouble.more)
        await moments.start_until(moment)
        await here.bot.kill()
        await crowd.kill_counted()
    await moments.start()


async def _settle(here: Town) -> None:
    """Return when no job and no delivery has anything before it; what has after all this time is a complaint."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SETTLE_S):
            while not await _rests(here, PATIENT_S):
                await here.bot.stop()
                _hurry(here.bot)
                await here.bot.start()


async def _rests(here: Town, patience_s: float) -> bool:
    """Whether everything is settled, waiting as long as it goes on."""
    left, seen = unsettled(here.bot.database), 0
    until_s = time.monotonic() + patience_s
    while left and time.monotonic() < until_s:
        _, seen = await here.discord.world.journal.wait(seen, Filter(), 1.0)
        before, left = left, unsettled(here.bot.database)
        if left < before:
            until_s = time.monotonic() + patience_s
    return left == 0


def _hurry(bot: BotProcess) -> None:
    with closing(sqlite3.connect(bot.database)) as connection, connection:
        for statement in _HURRY:
            with contextlib.suppress(sqlite3.OperationalError):  # a column that this version does not have
                connection.execute(statement)


def _outcome(found: Findings, plan: Plan, seconds: float) -> Outcome:
    return Outcome(complaints(found, plan), Counter(job.status for job in found.jobs), len(found.posts), seconds)


def main() -> int:
    """Parse the command line, run, and say how it went."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.acceptance.kills", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--jobs", type=int, default=50)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None, help="default: a new one")
    parser.add_argument("--no-faults", action="store_true", help="nothing goes wrong but the kills")
    parser.add_argument("--keep", type=Path, default=None, help="an empty folder for the database and the log")
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else secrets.randbelow(1_000_000)
    _say(f"seed {seed}: {given.jobs} jobs, {given.kills} kills")
    plan = plan_of(seed, jobs=given.jobs, kills=given.kills, with_faults=not given.no_faults)
    with contextlib.ExitStack() as stack:
        folder = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kills-")))
        outcome = asyncio.run(kill_test(folder, plan))
    _say(f"jobs: {dict(outcome.statuses)}; POSTs: {outcome.posts}; {outcome.seconds:.0f} s")
    for complaint in outcome.complaints:
        _say(f"- {complaint}")
    _say("Every promise was kept." if not outcome.complaints else f"seed {seed}: {len(outcome.complaints)} complaints")
    return 1 if outcome.complaints else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
