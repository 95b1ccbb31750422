"""The driver's side: reads and changes a running sandbox Segmind over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp

from sandbox.segmind.faults import Fault

_PATIENCE_S = 10.0
_LONG_POLL_S = 20.0
_View = TypeVar("_View")


class ControlError(Exception):
    """The sandbox did not do what the driver asked; the text says why."""


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as the provider has it. Money in dollars, times in ISO 8601."""

    id: str
    slug: str
    parameters: Mapping[str, Any]  # as sent
    effective: Mapping[str, Any]  # with the model's defaults
    state: str
    error: str | None
    price_usd: float
    charged_usd: float | None
    planned_s: float | None  # provider seconds from submission to end; None: stuck
    clip: str | None
    polls: int
    results: int
    downloads: int
    expired: bool
    submitted_at: str
    started_at: str | None
    finished_at: str | None


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as it came in. `status` None: not answered (yet)."""

    time: str
    method: str
    host: str
    path: str
    query: str
    body: Any
    api_key: str | None
    authorization: str | None
    content_type: str | None
    user_agent: str | None
    status: int | None


@dataclass(frozen=True, slots=True)
class UploadView:
    """A file that storage keeps. `name` is the last part of its address."""

    name: str
    sha256: str
    media_type: str
    size_bytes: int
    uploaded_at: str


@dataclass(frozen=True, slots=True)
class EventView:
    """submitted, processing, completed, failed (of a job), uploaded (detail: name), request (method and path)."""

    seq: int
    time: str
    kind: str
    job_id: str | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class FaultView:
    """A scripted fault and how often it has struck."""

    id: int
    fault: Fault
    struck: int


@dataclass(frozen=True, slots=True)
class SettingsView:
    """What holds for the whole account."""

    speed: float
    run_time_s: float | None
    balance_usd: float
    free_credits_usd: float
    key_revoked: bool
    team_limit_reached: bool
    retired: list[str]
    forbidden: list[str]
    requests_per_minute: int | None
    history_lag_s: float
    history_hides_unfinished: bool
    upload_limit_bytes: int | None


class SegmindControl:
    """`async with SegmindControl(url) as control:`. Every method raises `ControlError` when the sandbox refuses."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http is not None:
            await self._http.close()

    # Jobs

    async def jobs(self) -> list[JobView]:
        """Every job, oldest first."""
        return [_view(JobView, item) for item in await self._call("GET", "/jobs")]

    async def job(self, job_id: str) -> JobView:
        return _view(JobView, await self._call("GET", f"/jobs/{job_id}"))

    async def complete(self, job_id: str) -> JobView:
        """End a running (or stuck) job well, now. Wait for it with `wait_for_state`."""
        return _view(JobView, await self._call("POST", f"/jobs/{job_id}/complete", {}))

    async def fail(self, job_id: str, error: str | None = None) -> JobView:
        """End a running (or stuck) job as FAILED with this text, now."""
        return _view(JobView, await self._call("POST", f"/jobs/{job_id}/fail", {"error": error}))

    async def expire(self, job_id: str) -> JobView:
        """Forget its record: /v2/requests answers 404, the history still knows it."""
        return _view(JobView, await self._call("POST", f"/jobs/{job_id}/expire", {}))

    async def backdate(self, job_id: str, seconds: float) -> JobView:
        """As if it had been submitted that much earlier."""
        return _view(JobView, await self._call("POST", f"/jobs/{job_id}/backdate", {"seconds": seconds}))

    async def import_job(
        self,
        slug: str,
        parameters: Mapping[str, Any],
        *,
        age_s: float = 0.0,
        state: str = "COMPLETED",
        error: str | None = None,
    ) -> JobView:
        """A job that nobody POSTed here. `state`: COMPLETED (charged), FAILED, or PENDING (never ends by itself)."""
        body = {"slug": slug, "parameters": dict(parameters), "age_s": age_s, "state": state, "error": error}
        return _view(JobView, await self._call("POST", "/jobs", body))

    async def advance(self, seconds: float) -> SettingsView:
        """So many provider seconds pass at once: jobs go on, end, and lose their records. Times on rows are the wall's.

        A job that ends by it does so at the present wall time; what a client measures is not two hours.
        """
        return _view(SettingsView, await self._call("POST", "/advance", {"seconds": seconds}))

    # Faults

    async def add_fault(self, fault: Fault) -> int:
        """Its number."""
        added: dict[str, int] = await self._call("POST", "/faults", fault.to_json())
        return added["id"]

    async def faults(self) -> list[FaultView]:
        """The script, spent faults included."""
        script = await self._call("GET", "/faults")
        return [FaultView(item["id"], Fault.from_json(item["fault"]), item["struck"]) for item in script]

    async def clear_faults(self, fault_id: int | None = None) -> None:
        """One, or all."""
        await self._call("DELETE", "/faults" if fault_id is None else f"/faults/{fault_id}")

    # The record

    async def requests(self, method: str | None = None, path: str = "") -> list[RequestView]:
        """What came in, oldest first; with `path`, only paths that begin so. The driver's own are not in it."""
        found = [_view(RequestView, item) for item in await self._call("GET", "/requests")]
        return [entry for entry in found if method in {None, entry.method} and entry.path.startswith(path)]

    async def submits(self, prompt: str = "") -> list[RequestView]:
        """Every POST to a model, accepted or not; with `prompt`, only those whose prompt contains it."""
        posts = await self.requests("POST", "/v2/")
        return [entry for entry in posts if prompt in _prompt(entry.body)]

    async def uploads(self) -> list[UploadView]:
        """Every file that was uploaded, oldest first; one that was uploaded twice is there twice."""
        return [_view(UploadView, item) for item in await self._call("GET", "/uploads")]

    async def clear_requests(self) -> None:
        await self._call("DELETE", "/requests")

    # Settings

    async def settings(self) -> SettingsView:
        return _view(SettingsView, await self._call("GET", "/settings"))

    async def change(self, **settings: Any) -> SettingsView:
        """Any field of `SettingsView` by name, such as `change(balance_usd=0.5, retired=["kling-text2video"])`."""
        return _view(SettingsView, await self._call("PATCH", "/settings", settings))

    async def set_speed(self, speed: float) -> SettingsView:
        return await self.change(speed=speed)

    async def set_balance(self, balance_usd: float) -> SettingsView:
        return await self.change(balance_usd=balance_usd)

    # Waiting

    async def events(self, after: int = 0, timeout_s: float = 0.0) -> list[EventView]:
        """What happened after event number `after`; waits up to `timeout_s` (at most 60) for something."""
        answer = await self._call("GET", f"/events?after={after}&timeout_s={timeout_s}")
        return [_view(EventView, item) for item in answer["events"]]

    async def wait_for_event(
        self, matches: Callable[[EventView], bool], *, after: int = 0, timeout_s: float = _PATIENCE_S
    ) -> EventView:
        """The first event after number `after` that matches. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while True:
                for event in await self.events(after, _LONG_POLL_S):
                    after = event.seq
                    if matches(event):
                        return event

    async def wait_for_state(self, job_id: str, state: str, timeout_s: float = _PATIENCE_S) -> JobView:
        """The job once it is in `state`. Raises TimeoutError, with the state it is in."""
        return await self._wait(lambda: self._in_state(job_id, state), timeout_s, f"job {job_id} is not {state}")

    async def wait_for_jobs(self, count: int, timeout_s: float = _PATIENCE_S) -> list[JobView]:
        """All jobs once there are at least `count`. Raises TimeoutError."""
        return await self._wait(lambda: self._at_least(count), timeout_s, f"there are not {count} jobs")

    async def _in_state(self, job_id: str, state: str) -> JobView | None:
        job = await self.job(job_id)
        return job if job.state == state else None

    async def _at_least(self, count: int) -> list[JobView] | None:
        jobs = await self.jobs()
        return jobs if len(jobs) >= count else None

    async def _wait(self, look: Callable[[], Awaitable[_View | None]], timeout_s: float, complaint: str) -> _View:
        """Look again after every event, until something is seen."""
        after = 0
        try:
            async with asyncio.timeout(timeout_s):
                while (seen := await look()) is None:
                    events = await self.events(after, _LONG_POLL_S)
                    after = events[-1].seq if events else after
        except TimeoutError:
            raise TimeoutError(f"{complaint} after {timeout_s} s") from None
        return seen

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        assert self._http is not None, "use `async with`"
        url = f"{self._base_url}/sandbox{path}"
        async with self._http.request(method, url, json=body if method in {"POST", "PATCH"} else None) as response:
            answer = await response.json()
        if response.status >= 400:
            raise ControlError(f"{method} {path}: {answer.get('error')}")
        return answer


def _prompt(body: Any) -> str:
    return str(body.get("prompt", "")) if isinstance(body, dict) else ""


def _view(kind: type[_View], item: Mapping[str, Any]) -> _View:
    return kind(**{field.name: item[field.name] for field in fields(kind)})  # type: ignore[arg-type]
