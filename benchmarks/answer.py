"""(a) From INTERACTION_CREATE sent to callback received, against a bot that answers a constant card.

Both bots are processes of their own, each with a Discord of its own in this process, on loopback. They are asked in
turns, some seconds at a time, so that noise hits both and neither works while the other is measured (Klapper's jobs
go on meanwhile, as they would). Requests leave evenly spaced, whether or not earlier ones were answered. The moments
are those of Discord's record: the interaction opened and handed to the gateway, the callback accepted.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.house import Bot, Segmind, Town, town
from benchmarks.numbers import Spread
from benchmarks.report import Target, say, section, table
from benchmarks.workplace import ROOT, workplace
from sandbox.discord.journal import Kind
from sandbox.processes import Children

RATES = (1, 50, 200)  # requests per second
SECONDS = {1: 15.0, 50: 4.0, 200: 2.0}  # of one turn
TURNS = {1: 2, 50: 6, 200: 4}
WARM_UP = 100
LOST_MS = 3000.0  # Discord takes no answer after that (Discord docs: Receiving and Responding)
CARD_CHARS = 500  # of the constant card; the report says how large both were
LARGEST_RATIO, JUDGED_AT = 2.0, 50


@dataclass(slots=True)
class Answers:
    """Milliseconds that interactions of one rate waited for their callback."""

    floor: list[float] = field(default_factory=list)
    klapper: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Street:
    """The two towns with their bots."""

    floor: Town
    klapper: Town


@asynccontextmanager
async def street(
    folder: Path, *, card_chars: int = CARD_CHARS, prepare: Callable[[Bot, Town], None] | None = None, **settings: str
) -> AsyncIterator[Street]:
    """Both bots up and ready. prepare: what Klapper's folder gets before its start. settings: of Klapper."""
    async with AsyncExitStack() as stack:
        children = await stack.enter_async_context(Children())
        segmind = await Segmind.start(children, folder, run_time_s=60.0)
        floor, klapper = await stack.enter_async_context(town()), await stack.enter_async_context(town())
        bot = Bot.beside(folder, klapper.server, segmind, **settings)
        if prepare is not None:
            await asyncio.to_thread(prepare, bot, klapper)
        await bot.start(children)
        command = (sys.executable, "-W", "ignore", "-m", "benchmarks.floor_bot")
        addresses = (floor.server.api_url, floor.server.gateway_url, "--chars", str(card_chars))
        env = Bot(folder, {}).environment() | {"FLOOR_TOKEN": floor.server.token}
        log = folder / "floor.log"
        await children.start("the floor", (*command, *addresses), log=log, cwd=ROOT, env=env)
        for one in (floor, klapper):
            await one.ready(sessions=1)
        yield Street(floor, klapper)


async def ask_at(town: Town, rate: float, count: int, ask: Callable[[], str] | None = None) -> list[float]:
    """Ask so often per second, so many times; milliseconds until each callback, `LOST_MS` where none came in time.

    ask: sends a command, and says its interaction's id; a /video where not given.
    """
    loop = asyncio.get_running_loop()
    began_s, asked = loop.time(), []
    for number in range(count):
        await asyncio.sleep(began_s + number / rate - loop.time())
        asked.append((ask or town.ask)())
    with suppress(TimeoutError):
        await town.until(lambda: town.are_answered(asked), timeout_s=LOST_MS / 1000)
    answered = town.answers_ms(asked)
    return [answered.get(id_, LOST_MS) for id_ in asked]


def card_sizes(street: Street) -> tuple[int, int]:
    """Bytes of the last answer of each: floor, Klapper."""
    return _answer_bytes(street.floor), _answer_bytes(street.klapper)


def _answer_bytes(town: Town) -> int:
    """Raises IndexError when no card was answered."""
    bodies = [one.data["body"] for one in town.entries(Kind.REQUEST) if one.data["path"].endswith("/callback")]
    cards = [body["data"]["components"] for body in bodies if "components" in body.get("data", {})]
    return len(json.dumps(cards[-1]))


async def measure() -> tuple[dict[int, Answers], tuple[int, int]]:
    """Answers by rate, and how large the cards were."""
    answers = {rate: Answers() for rate in RATES}
    with workplace() as folder:
        async with street(folder) as pair:
            say("answer: warming up")
            for one in (pair.floor, pair.klapper):
                await ask_at(one, 20, WARM_UP)
            for rate in RATES:
                for turn in range(TURNS[rate]):
                    say(f"answer: {rate} per second, turn {turn + 1} of {TURNS[rate]}")
                    count = round(rate * SECONDS[rate])
                    answers[rate].floor += await ask_at(pair.floor, rate, count)
                    answers[rate].klapper += await ask_at(pair.klapper, rate, count)
            return answers, card_sizes(pair)


def print_report(answers: dict[int, Answers], sizes: tuple[int, int]) -> None:
    rows, judged = [], (0.0, 0.0)
    for rate, of_rate in answers.items():
        floor, klapper = Spread.of(of_rate.floor), Spread.of(of_rate.klapper)
        ratios = klapper.p50 / floor.p50, klapper.p99 / floor.p99
        judged = ratios if rate == JUDGED_AT else judged
        rows.append(
            [
                rate,
                *ratios,
                klapper.p50,
                floor.p50,
                klapper.p99,
                floor.p99,
                klapper.count,
                of_rate.klapper.count(LOST_MS),
            ]
        )
    section(
        "Acknowledgement",
        "A text `/video`, from INTERACTION_CREATE sent to callback received at Discord's side, on loopback. Klapper "
        "reads the options, decides, reserves, commits to disk and renders the card before it answers; the floor is "
        f"unmodified discord.py answering one constant card ({sizes[0]} bytes of components, Klapper's last one had "
        f"{sizes[1]}).",
        [
            Target(f"p50 over the floor's at {JUDGED_AT}/s", LARGEST_RATIO, judged[0], "x"),
            Target(f"p99 over the floor's at {JUDGED_AT}/s", LARGEST_RATIO, judged[1], "x"),
        ],
        table(["per second", "p50 ratio", "p99 ratio", "p50 ms", "floor", "p99 ms", "floor", "asked", "lost"], rows),
    )


if __name__ == "__main__":
    print_report(*asyncio.run(measure()))
