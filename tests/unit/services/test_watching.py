"""One look at a job: what each answer of Segmind makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from klapper.errors import JobConflict
from klapper.jobs.job import DeliveryState, Job, JobStatus
from klapper.segmind.answers import (
    Completed,
    Failed,
    Gone,
    HistoryRow,
    Metrics,
    Processing,
    Queued,
    Result,
    RowState,
    Unreadable,
)
from klapper.services.views import MoneyState
from klapper.services.watching import Watching
from tests.unit.services.world import PRICE, World

S = JobStatus
URL = "https://media.example/clip.mp4"
NOBODY = Metrics()
METRICS = Metrics(total_time_s=61.5, cost_micro_usd=840_000)
NO_NEWS = Unreadable("http_502")

DONE = Completed(METRICS)
CLIP = Result(URL, METRICS)
NO_CLIP = Result(None, METRICS, ("status", "strange"))
TECHNICAL = Failed("GPU on fire", refused=False, metrics=METRICS)
REFUSAL = Failed("content policy", refused=True, metrics=METRICS)


def row(state: RowState, *, text: str = "", refused: bool = False, url: str | None = None) -> HistoryRow:
    return HistoryRow("request-0001", "slug", state, url, 840_000, 61.5, text, refused, None, None)


PENDING = row(RowState.PENDING)
MADE = row(RowState.COMPLETED, url=URL)
MADE_WITHOUT = row(RowState.COMPLETED)
BROKE = row(RowState.FAILED, text="GPU on fire")
DENIED = row(RowState.FAILED, text="content policy", refused=True)

Said = Mapping[str, Sequence[Any]]

# What Segmind says -> the status of a queued job afterwards, its reason, and whether the answer was readable.
FRESH: list[tuple[str, Said, JobStatus, str, bool]] = [
    ("queued", {"status": [Queued()]}, S.QUEUED, "test", True),
    ("processing", {"status": [Processing()]}, S.PROCESSING, "reported", True),
    ("completed", {"status": [DONE], "result": [CLIP]}, S.SUCCEEDED, "completed", True),
    ("failed", {"status": [TECHNICAL]}, S.FAILED, "provider_failed", True),
    ("refused", {"status": [REFUSAL]}, S.REFUSED, "content_refused", True),
    ("unreadable", {"status": [NO_NEWS]}, S.QUEUED, "test", False),
    ("result failed", {"status": [DONE], "result": [TECHNICAL]}, S.FAILED, "provider_failed", True),
    ("result refused", {"status": [DONE], "result": [REFUSAL]}, S.REFUSED, "content_refused", True),
    ("result unreadable", {"status": [DONE], "result": [NO_NEWS]}, S.QUEUED, "test", False),
    ("result lags queued", {"status": [DONE], "result": [Queued()]}, S.QUEUED, "test", True),
    ("result lags processing", {"status": [DONE], "result": [Processing()]}, S.QUEUED, "test", True),
    (
        "result gone, history has it",
        {"status": [DONE], "result": [Gone()], "history": [MADE]},
        S.SUCCEEDED,
        "completed",
        True,
    ),
    (
        "no clip, history has it",
        {"status": [DONE], "result": [NO_CLIP], "history": [MADE]},
        S.SUCCEEDED,
        "completed",
        True,
    ),
    ("no clip, history lags", {"status": [DONE], "result": [NO_CLIP], "history": [PENDING]}, S.QUEUED, "test", True),
    (
        "no clip anywhere",
        {"status": [DONE], "result": [NO_CLIP], "history": [MADE_WITHOUT]},
        S.QUEUED,
        "test",
        True,
    ),
    (
        "no clip, history unreadable",
        {"status": [DONE], "result": [NO_CLIP], "history": [NO_NEWS]},
        S.QUEUED,
        "test",
        False,
    ),
    ("gone, made", {"status": [Gone()], "history": [MADE]}, S.SUCCEEDED, "completed", True),
    ("gone, failed", {"status": [Gone()], "history": [BROKE]}, S.FAILED, "provider_failed", True),
    ("gone, refused", {"status": [Gone()], "history": [DENIED]}, S.REFUSED, "content_refused", True),
    ("gone, pending", {"status": [Gone()], "history": [PENDING]}, S.QUEUED, "test", True),
    ("gone everywhere", {"status": [Gone()], "history": [Gone()]}, S.QUEUED, "test", True),
    ("gone, history unreadable", {"status": [Gone()], "history": [NO_NEWS]}, S.QUEUED, "test", False),
]
# The same for an abandoned job, which only the history is asked about.
LATE: list[tuple[str, HistoryRow | Gone | Unreadable, JobStatus, str, bool]] = [
    ("made", MADE, S.SUCCEEDED, "late", True),
    ("failed", BROKE, S.ABANDONED, "test", True),
    ("refused", DENIED, S.ABANDONED, "test", True),
    ("pending", PENDING, S.ABANDONED, "test", True),
    ("gone", Gone(), S.ABANDONED, "test", True),
    ("unreadable", NO_NEWS, S.ABANDONED, "test", False),
]
MONEY = {S.SUCCEEDED: MoneyState.CHARGED, S.FAILED: MoneyState.RELEASED, S.REFUSED: MoneyState.RELEASED}


def watching(world: World) -> Watching:
    klapper = world.klapper
    return Watching(
        clock=world.clock, transitions=klapper.transitions, provider=world.provider, pauses=klapper.provider_pauses
    )


async def look(world: World, job: Job, said: Said) -> bool:
    """Whether the answers, which are used up, were readable."""
    for kind, answers in said.items():
        world.provider.next_answers[kind].extend(answers)
    readable = await watching(world).look(job)
    assert {kind: list(left) for kind, left in world.provider.next_answers.items() if left} == {}
    return readable


@pytest.mark.parametrize("begun", [S.QUEUED, S.PROCESSING])
@pytest.mark.parametrize(("said", "status", "reason", "readable"), [r[1:] for r in FRESH], ids=[r[0] for r in FRESH])
async def test_each_answer_about_a_running_job(
    world: World, begun: JobStatus, said: Said, status: JobStatus, reason: str, readable: bool
) -> None:
    job = await world.sent(status=begun)
    said_queued = said["status"][0] == Queued()
    expected = begun if status is S.QUEUED and not said_queued else status
    if (begun, status) == (S.PROCESSING, S.QUEUED) and said_queued:
        reason = "reported"  # back in Segmind's queue
    if begun is status is S.PROCESSING:
        reason = "test"
    assert await look(world, job, said) is readable
    view = await world.view(job.job_id)
    assert (view.job.status, view.job.reason) == (expected, reason)
    assert view.money.state is MONEY.get(expected, MoneyState.HELD)


COST = Metrics(cost_micro_usd=900_000)
COSTS: list[tuple[str, Said, int | None]] = [
    ("result", {"status": [Completed(Metrics())], "result": [Result(URL, COST)]}, 900_000),
    ("status alone", {"status": [Completed(COST)], "result": [Result(URL, Metrics())]}, 900_000),
    ("nobody", {"status": [Completed(Metrics())], "result": [Result(URL, Metrics())]}, None),
    ("history", {"status": [Gone()], "history": [replace(MADE, cost_micro_usd=900_000)]}, 900_000),
    ("failure", {"status": [replace(TECHNICAL, metrics=COST)]}, 900_000),
    ("failure in the history", {"status": [Gone()], "history": [replace(BROKE, cost_micro_usd=0)]}, 0),
    ("refusal", {"status": [Completed(Metrics())], "result": [replace(REFUSAL, metrics=COST)]}, 900_000),
]


@pytest.mark.parametrize(("said", "cost"), [case[1:] for case in COSTS], ids=[case[0] for case in COSTS])
async def test_a_cost_is_kept_whoever_says_it(world: World, said: Said, cost: int | None) -> None:
    job = await world.sent()
    await look(world, job, said)
    assert (await world.job(job.job_id)).reported_cost_micro_usd == cost


@pytest.mark.parametrize(("answer", "status", "reason", "readable"), [r[1:] for r in LATE], ids=[r[0] for r in LATE])
async def test_each_answer_about_an_abandoned_job(
    world: World, answer: Any, status: JobStatus, reason: str, readable: bool
) -> None:
    job = await world.move(await world.sent(), S.ABANDONED)
    assert await look(world, job, {"history": [answer]}) is readable
    view = await world.view(job.job_id)
    assert (view.job.status, view.job.reason, view.money.state) == (status, reason, MoneyState.RELEASED)


async def test_an_unclear_job_with_an_id_is_asked_about_in_the_history(world: World) -> None:
    job = replace(await world.sent(), status=S.UNKNOWN)
    await world.execute("UPDATE jobs SET status = 'unknown'")
    assert await look(world, job, {"history": [MADE]})
    assert await world.status(job.job_id) is S.SUCCEEDED


@pytest.mark.parametrize("said", [{"status": [DONE], "result": [CLIP]}, {"status": [Gone()], "history": [MADE]}])
async def test_a_success_keeps_what_segmind_said_about_it(world: World, said: Said) -> None:
    job = await world.sent()
    await look(world, job, said)
    job = await world.job(job.job_id)
    assert (job.media_url, job.run_time_s, job.reported_cost_micro_usd) == (URL, 61.5, 840_000)
    assert (await world.delivery(job.job_id)).state is DeliveryState.PENDING


@pytest.mark.parametrize("said", [{"status": [REFUSAL]}, {"status": [Gone()], "history": [DENIED]}])
async def test_a_refusal_keeps_segminds_words(world: World, said: Said) -> None:
    job = await world.sent()
    await look(world, job, said)
    assert (await world.job(job.job_id)).provider_text == "content policy"


async def test_a_late_clip_is_delivered_and_written_off_and_charged_to_nobody(world: World) -> None:
    job = await world.move(await world.sent(), S.ABANDONED)
    before = await world.balance()
    await look(world, job, {"history": [MADE]})
    delivery = await world.delivery(job.job_id)
    assert (delivery.state, delivery.told_at_ms) == (DeliveryState.PENDING, None)
    assert await world.balance() == before
    kinds = (
        "SELECT kind, debit_account, amount FROM transfers WHERE job_id = :job_id AND kind = 'write_off' ORDER BY seq"
    )
    assert await world.rows(kinds, job_id=job.job_id) == [
        ("write_off", "issuer", PRICE),
        ("write_off", "budget_issuer", PRICE),
    ]


async def test_a_job_that_moved_meanwhile_is_left_alone(world: World) -> None:
    job = await world.sent()
    await world.move(job, S.FAILED)
    world.provider.next_answers["status"].append(REFUSAL)
    with pytest.raises(JobConflict):
        await watching(world).look(job)
    assert await world.status(job.job_id) is S.FAILED


async def test_a_key_that_is_refused_while_asking_pauses_the_submits(world: World) -> None:
    job = await world.sent()
    assert not await look(world, job, {"status": [Unreadable("bad_key")]})
    assert await world.rows("SELECT scope, reason FROM provider_pauses") == [("all", "bad_key")]
    assert await world.status(job.job_id) is S.QUEUED


@pytest.mark.parametrize(
    "kind", ["network", "rate_limited", "not_json", "shape", "other_request", "http_403", "http_500", "http_504"]
)
async def test_what_cannot_be_read_changes_nothing_at_all(world: World, kind: str) -> None:
    job = await world.sent()
    before = await world.events(job.job_id)
    assert not await look(world, job, {"status": [Unreadable(kind)]})
    assert await world.job(job.job_id) == job
    assert await world.events(job.job_id) == before
    assert await world.rows("SELECT * FROM provider_pauses") == []
