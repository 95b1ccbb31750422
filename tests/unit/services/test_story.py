"""Twenty jobs, everything going wrong at times, and a process that is killed again and again."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from klapper.errors import DeliveryError, NotTaken, OutcomeUnknown, PauseScope, ProviderError, ProviderRejected
from klapper.jobs.job import TERMINAL, DeliveryState, Job, JobStatus
from klapper.segmind.answers import Gone, Unreadable
from klapper.services.desk import Viewer
from klapper.services.views import MoneyState
from tests.fake_discord import Moment
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import ANN, BOB, CYD, GUILD, OTHER_GUILD, World

S = JobStatus
JOBS = 20
LIVES = 14
DAY_S = 86400

NOT_TAKEN: list[ProviderError] = [
    NotTaken("rate_limited", "-", retry_after_s=7),
    NotTaken("unreachable", "-"),
    NotTaken("bad_key", "-", pause=PauseScope.ALL),
    NotTaken("no_credits", "-", pause=PauseScope.ALL),
]
REJECTED: list[ProviderError] = [
    ProviderRejected("bad_parameter", "-", text="no"),
    ProviderRejected("bad_request", "-"),
]
UNCLEAR: list[ProviderError] = [OutcomeUnknown("timeout"), OutcomeUnknown("http_502")]


@dataclass(slots=True)
class Mischief:
    """Faults drawn from one seed, everywhere a port is touched."""

    world: World
    rng: random.Random
    clear: Counter[str] = field(default_factory=Counter)  # POSTs by prompt that were provably not taken

    def begin(self) -> None:
        self.world.provider.at_submit = self.submit
        self.world.provider.disturb = self.provider
        self.world.messenger.disturb = self.messenger

    def end(self) -> None:
        self.world.provider.at_submit = None
        self.world.provider.disturb = None
        self.world.messenger.disturb = None
        self.world.provider.next_answers.clear()
        self.world.provider.next_submits.clear()
        self.world.provider.next_downloads.clear()

    async def submit(self, slug: str, body: Mapping[str, Any]) -> None:
        provider = self.world.provider
        provider.next_submits.clear()
        provider.run_s = self.rng.choice([1, 20, 45, 90, 400])
        kind = self.rng.choices(["taken", "not taken", "rejected", "unclear"], [6, 3, 1, 1])[0]
        if kind == "not taken":
            provider.next_submits.append((self.rng.choice(NOT_TAKEN), False))
        elif kind == "rejected":
            provider.next_submits.append((self.rng.choice(REJECTED), False))
        elif kind == "unclear":
            provider.next_submits.append((self.rng.choice(UNCLEAR), self.rng.random() < 0.5))
        if kind in ("not taken", "rejected"):
            self.clear[body["prompt"]] += 1

    def provider(self, kind: str, about: str) -> None:
        provider = self.world.provider
        for job in provider.jobs.values():
            if not job.failed and self.rng.random() < 0.002:
                job.failed, job.refused = "no luck", self.rng.random() < 0.5
        if kind in ("status", "result", "history", "credits") and self.rng.random() < 0.25:
            lost = kind == "status" and self.rng.random() < 0.2
            provider.next_answers[kind].append(Gone() if lost else Unreadable("http_502"))
        if kind == "download" and self.rng.random() < 0.4:
            provider.next_downloads.append(DeliveryError(self.rng.choice(["try_later", "media_broken"])))

    def messenger(self, method: str, moment: Moment) -> None:
        if self.rng.random() < 0.12:
            raise DeliveryError("try_later")
        if method == "edit_card" and moment == "before" and self.rng.random() < 0.03:
            raise DeliveryError(self.rng.choice(["too_large", "too_old", "card_deleted"]))


async def live(world: World, mischief: Mischief, rng: random.Random) -> list[Job]:
    """Many short lives, in which members ask and change their minds; the jobs they asked for."""
    jobs: list[Job] = []
    for _ in range(LIVES):
        for _ in range(rng.randint(0, 4)):
            if len(jobs) < JOBS:
                who, where = rng.choice([ANN, BOB, CYD]), rng.choice([GUILD, OTHER_GUILD])
                to = rng.choice(["here", "here", "dm"])
                jobs.append(await world.submit(f"{len(jobs)}", user_id=who, guild_id=where, deliver_to=to))
        if jobs and rng.random() < 0.3:
            await change_mind(world, rng.choice(jobs))
        await world.killed_at(rng.randint(1, 1500), rng.uniform(1, 40))
        await world.clock.jump(rng.choice([0, 0, 3, 60, 300]))
    while len(jobs) < JOBS:
        jobs.append(await world.submit(f"{len(jobs)}"))
    return jobs


async def change_mind(world: World, job: Job) -> None:
    assert job.user_id is not None
    if await world.status(job.job_id) is S.WAITING:
        await world.klapper.desk.cancel(job.job_id, Viewer(job.guild_id, job.user_id))


async def all_settled(world: World) -> bool:
    [(open_,)] = await world.rows(
        f"SELECT COUNT(*) FROM jobs WHERE status NOT IN ({', '.join(repr(status.value) for status in TERMINAL)})"
    )
    [(untold,)] = await world.rows("SELECT COUNT(*) FROM deliveries WHERE state = 'pending' OR told_at_ms IS NULL")
    return not open_ and not untold


@pytest.mark.parametrize("seed", range(8))
async def test_twenty_jobs_end_as_they_should_whatever_happens(open_world: OpenWorld, seed: int) -> None:
    world = await open_world(
        credits={"default_allowance": 100_000, "bot_budget_per_day": 0, "guild_budget": 100_000},
        limits={"waiting_per_member": 0, "undo_s": 1},
        segmind={"max_running_jobs": 4},
    )
    rng = random.Random(seed)
    mischief = Mischief(world, rng)
    mischief.begin()
    jobs = await live(world, mischief, rng)
    mischief.end()
    await world.start()
    await calm(world)
    assert await world.broken_books() == []
    for job in jobs:
        await assert_ended_well(world, mischief, job)


async def calm(world: World) -> None:
    """Nothing goes wrong any more; jobs whose sending stayed unclear are given up after a day."""
    for _ in range(4):
        await world.advance(120)
        if await all_settled(world):
            return
        await world.clock.jump(DAY_S / 2)
    assert await all_settled(world)


async def assert_ended_well(world: World, mischief: Mischief, job: Job) -> None:
    view = await world.view(job.job_id)
    prompt = "" if view.request is None else view.request.filled.prompt
    story = f"{prompt}: {await world.path(job.job_id)} {view.delivery}"
    assert view.job.status in TERMINAL, story
    assert len(world.provider.posts_of(prompt)) - mischief.clear[prompt] <= 1, story
    clips, pings = world.messenger.clips(job.job_id), world.messenger.pings(job.job_id)
    assert view.delivery is not None
    if view.job.status is S.SUCCEEDED and view.delivery.state is DeliveryState.DELIVERED:
        assert len(clips) == 1, story
        assert view.money.state is MoneyState.CHARGED, story
    else:
        assert clips == [], story
        expected = MoneyState.REFUNDED if view.job.status is S.SUCCEEDED else MoneyState.RELEASED
        assert view.money.state is expected, story
    assert len(pings) <= 1, story
    cards = world.messenger.cards(job.job_id)
    assert len(cards) == 1, story
    assert view.card is not None
    if not view.card.lost:
        assert cards[0].view.job.status is view.job.status, story
        assert cards[0].view.money == view.money, story
