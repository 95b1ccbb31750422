"""Segmind as a seeded model behind the transport port: what it takes, what it answers, and what gets lost."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from klapper.clock import DAY_MS, SECOND_MS
from klapper.segmind.transport import Response
from tests.simulation.faults import JOBS, Faults
from tests.simulation.segmind_jobs import (
    RECORD_LIFE_S,
    Made,
    accepted,
    as_json,
    bare,
    error,
    list_price,
    result_of,
    row_of,
    status_of,
)
from tests.simulation.story import Story
from tests.simulation.time import BEGINNING_MS, Time

CLIP_BYTES = ((200, 6_000), (200, 6_000), (6_000, 12_000))  # a thousandth of real ones, and so are all limits here
LARGE_BYTES = (8_000, 40_000)
HUGE_BYTES = 300_000
AVERAGE_RUN_S = 150.0
ZONE_S = 5.5 * 3_600
WIDEST_WINDOW_DAYS = 31


@dataclass(slots=True)
class Post:
    """One submit as it left. taken: whether Segmind made a request of it. proven: Klapper was told that it did not."""

    about: str
    at_s: float
    taken: Made | None = None
    arrived: bool = False
    proven: bool = False


@dataclass(slots=True)
class SegmindModel:
    """The account. plan_rpm: requests per minute that it allows. lag_s: after which the history shows a request."""

    time: Time
    story: Story
    faults: Faults
    chance: Random
    plan_rpm: int = 10_000
    lag_s: float = 2.0
    key_works: bool = True
    has_credits: bool = True
    is_out: bool = False
    history_is_out: bool = False
    made: dict[str, Made] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)
    images: int = 0
    _minute: deque[float] = field(default_factory=deque)

    def refusal(self) -> Response | None:
        """What every request with the key meets first."""
        now_s = self.time.now_s
        while self._minute and self._minute[0] <= now_s - 60:
            self._minute.popleft()
        self._minute.append(now_s)
        if not self.key_works:
            return as_json(401, {"error": "invalid_api_key", "error_description": "Unauthorized.", "status_code": 401})
        if len(self._minute) > self.plan_rpm:
            return error(429, "rate_limit_exceeded")
        return None

    # The submit

    def take(self, slug: str, body: Mapping[str, Any], post: Post, refused_by: str | None) -> Response:
        """A submit arrives."""
        post.arrived = True
        answer = self.refusal() or self._refused(refused_by)
        if answer is None and not self.has_credits:
            answer = error(406, "Insufficient credits. Your balance is $0.00.")
        if answer is not None:
            self.story.tell("Segmind", f"refuses the submit with {answer.code}", post.about)
            return answer
        made = self._begin(slug, body, post.about)
        post.taken = made
        self.made[made.request_id] = made
        self.story.tell("Segmind", f"takes the submit: {made.request_id[:8]}, {_fate(made)}", post.about)
        return accepted(made)

    def _refused(self, kind: str | None) -> Response | None:
        match kind:
            case "submit_429" | "submit_429_headers":
                return self._slow_down(with_headers=kind.endswith("headers"))
            case "submit_404" | "submit_405":
                return Response(int(kind[-3:]), {}, b"<html><body>Not here</body></html>")
            case None:
                return None
            case _:
                return error(*_REFUSALS[kind])

    def _slow_down(self, *, with_headers: bool) -> Response:
        if not with_headers:
            return error(429, "rate_limit_exceeded")
        seconds = self.chance.choice((1, 20, 90))
        if self.chance.random() < 0.5:
            return Response(429, {"Retry-After": str(seconds)}, b'{"error":"rate_limit_exceeded"}')
        at_ms = BEGINNING_MS + round((self.time.now_s + seconds) * SECOND_MS)
        return Response(429, {"x-rate-limit-reset-at-utc": _iso(at_ms)}, b'{"error":"rate_limit_exceeded"}')

    def _begin(self, slug: str, body: Mapping[str, Any], about: str) -> Made:
        chance = self.chance
        run_s: float | None = AVERAGE_RUN_S * chance.lognormvariate(0.0, 0.35)
        made = Made(
            request_id=str(UUID(int=chance.getrandbits(128), version=4)),
            slug=slug,
            body=body,
            about=about,
            submitted_s=self.time.now_s,
            queue_s=chance.uniform(0.5, 20.0),
            run_s=run_s,
            words=None,
            cost_micro_usd=list_price(slug, body),
            clip_bytes=chance.randint(*chance.choice(CLIP_BYTES)),
        )
        for kind in JOBS:
            if self.faults.strikes(kind):
                self._spoil(made, kind)
        return made

    def _spoil(self, made: Made, kind: str) -> None:
        chance = self.chance
        match kind:
            case "job_failed" | "job_failed_200":
                made.words, made.fails_under_200 = "Upstream error: internal error 5002", kind.endswith("200")
                made.run_s = chance.uniform(1, 200)
            case "job_refused":
                made.words, made.run_s = "The prompt was blocked by our content policy", chance.uniform(0.5, 30)
            case "job_stuck":
                made.run_s = chance.choice((None, 26 * 3_600.0, 30 * 3_600.0, 3 * 86_400.0, 20 * 86_400.0))
            case "job_slow":
                made.run_s = chance.uniform(3_000, 60_000)
            case "job_unnamed":
                made.named_after_s = None
            case "job_named_late":
                made.named_after_s = chance.choice((30.0, 600.0, 7_200.0))
            case "clip_foreign":
                made.is_foreign = True
            case "clip_gone":
                made.is_gone = True
            case "clip_huge":
                made.clip_bytes = HUGE_BYTES
            case "clip_codec":
                made.codec = "hevc"
            case "clip_large":
                made.clip_bytes = chance.randint(*LARGE_BYTES)

    # Questions

    def answer(self, url: str) -> Response:
        """A question arrives that nothing has happened to."""
        refusal = self.refusal()
        if refusal is not None:
            return refusal
        parts = urlsplit(url)
        path = parts.path.strip("/").split("/")
        if path[-1] == "get-user-credits":
            return as_json(200, {"credits": 500.0 if self.has_credits else 0.0, "free-credits": 0.0})
        if path[-1] == "request-history":
            return self._list(dict(parse_qsl(parts.query)))
        if path[-2] == "request-history":
            return self._row(path[-1])
        return self._record(path)

    def _record(self, path: list[str]) -> Response:
        request_id = path[3] if path[-1] == "status" else path[-1]
        if path[-1] == "status":
            request_id = path[-2]
        made = self.made.get(request_id)
        if made is None or self.time.now_s - made.submitted_s > RECORD_LIFE_S:
            return error(404, f"Request {request_id} not found")
        read: Callable[[Made, float], Response] = status_of if path[-1] == "status" else result_of
        seen_s = self.time.now_s
        if self.faults.strikes("ask_lagging"):
            seen_s -= self.chance.uniform(1, 60)  # a replica that lags behind
        return read(made, max(seen_s, made.submitted_s))

    def others_make(self, slug: str, prompt: str) -> None:
        """Somebody uses the same key for something else."""
        mode = {} if slug.startswith("kling-3") else {"mode": "std"}
        made = self._begin(slug, {"prompt": prompt, "duration": 5, "generate_audio": False, **mode}, "")
        self.made[made.request_id] = made

    def shown(self, made: Made) -> bool:
        """Whether the history has it already."""
        return self.time.now_s - made.submitted_s >= self.lag_s

    def _row(self, request_id: str) -> Response:
        made = next((made for made in self.made.values() if bare(made.request_id) == bare(request_id)), None)
        if made is None or not self.shown(made) or self.faults.strikes("history_404"):
            return error(404, f"Request {request_id} not found")
        return as_json(200, self._row_of(made))

    def _row_of(self, made: Made) -> dict[str, Any]:
        zone_s = ZONE_S if "history_other_zone" in self.faults.rates else 0.0
        row = row_of(made, self.time.now_s, bare_ids="history_bare_ids" in self.faults.rates, zone_s=zone_s)
        return row | {"request_body": None} if self.faults.strikes("history_no_inputs") else row

    def _list(self, query: Mapping[str, str]) -> Response:
        """A page of rows, newest first; the window is of whole days, its ends included."""
        page, per_page = int(query.get("page", "1")), int(query.get("per_page", "20"))
        if not _is_window(query):
            return error(400, "The window may span at most 31 days")
        rows = [self._row_of(made) for made in self.made.values() if self._is_asked_for(made, query)]
        rows.reverse()
        if self.faults.strikes("history_repeats"):
            rows = [row for row in rows for _ in range(2)]
        found = rows[(page - 1) * per_page : page * per_page]
        pages = -(-len(rows) // per_page)
        return as_json(
            200, {"data": found, "page": page, "per_page": per_page, "total": len(rows), "total_pages": pages}
        )

    def _is_asked_for(self, made: Made, query: Mapping[str, str]) -> bool:
        today_ms = BEGINNING_MS + round(self.time.now_s * SECOND_MS)
        last = query.get("to_date", _day(today_ms))
        first = query.get("from_date", _day(today_ms - 7 * DAY_MS))
        state = row_of(made, self.time.now_s)["model_status"]
        return (
            self.shown(made)
            and first <= _day(BEGINNING_MS + round(made.submitted_s * SECOND_MS)) <= last
            and query.get("model_name", "") in made.slug
            and query.get("status", state) == state
        )

    # Storage

    def store(self, kind: str | None) -> Response:
        """An image arrives."""
        refusal = self.refusal()
        if refusal is not None:
            return refusal
        match kind:
            case "upload_refused":
                return error(415, "Unsupported media type")
            case "upload_429":
                return error(429, "rate_limit_exceeded")
            case "upload_empty":
                return as_json(200, {"file_urls": [], "message": "Files uploaded successfully"})
        self.images += 1
        url = f"https://images.segmind.com/assets/{self.images:04}.png"
        return as_json(200, {"urls": [url]} if kind == "upload_urls" else {"file_urls": [url]})

    # What the checks ask

    def completed(self) -> list[Made]:
        """Every request that was made and paid for."""
        return [made for made in self.made.values() if made.is_completed(self.time.now_s)]


_REFUSALS = {
    "submit_403": (403, "This model is not permitted for your account"),
    "submit_406_type": (406, "Invalid content type"),
    "submit_406_credits": (406, "Insufficient credits"),
    "submit_406_team": (406, "Team spend limit reached. Ask your team administrator to raise it."),
    "submit_406_parameter": (406, "Invalid value for parameter 'prompt': it was refused"),
    "submit_410": (410, "This model has been retired"),
    "submit_400": (400, "Invalid parameters or request format"),
}


def _fate(made: Made) -> str:
    ends = "never ends" if made.ended_s is None else f"ends after {made.ended_s - made.submitted_s:.0f} s"
    return ends if made.words is None else f"{ends} in failure"


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / SECOND_MS, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_window(query: Mapping[str, str]) -> bool:
    if "from_date" not in query or "to_date" not in query:
        return True
    first, last = (date.fromisoformat(query[name]) for name in ("from_date", "to_date"))
    return 0 <= (last - first).days <= WIDEST_WINDOW_DAYS


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / SECOND_MS, tz=UTC).strftime("%Y-%m-%d")
