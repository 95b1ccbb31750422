"""Requests as Segmind keeps them, and what it says about them (reference: async inference, SDK 1.3.0 for the rows)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from klapper.clock import SECOND_MS
from klapper.segmind.transport import Response
from tests.simulation.time import BEGINNING_MS

RECORD_LIFE_S = 3_600.0  # "stored for 1 hour after submission"
MEDIA_LIFE_S = 7 * 86_400.0
MEDIA_URL = "https://images.segmind.com/generations/"
FOREIGN_URL = "https://cdn.elsewhere.example/generations/"
HTML = b"<!DOCTYPE html>\n<html><body><h1>502 Bad Gateway</h1></body></html>\n"


@dataclass(slots=True)
class Made:
    """An accepted request. Seconds are those of the story, money is micro-USD of list price.

    run_s: None for one that never ends. words: of its failure, None when it succeeds. named_after_s: how long after its
    end its answers name no clip; None: never. about: the id of Klapper's job.
    """

    request_id: str
    slug: str
    body: Mapping[str, Any]
    about: str
    submitted_s: float
    queue_s: float
    run_s: float | None
    words: str | None
    cost_micro_usd: int
    clip_bytes: int
    named_after_s: float | None = 0.0
    is_foreign: bool = False
    is_gone: bool = False
    codec: str = "h264"
    fails_under_200: bool = False
    faults: dict[str, int] = field(default_factory=dict)  # of its clip's downloads

    @property
    def ended_s(self) -> float | None:
        return None if self.run_s is None else self.submitted_s + self.queue_s + self.run_s

    def state(self, now_s: float) -> str:
        if self.ended_s is not None and now_s >= self.ended_s:
            return "COMPLETED" if self.words is None else "FAILED"
        return "QUEUED" if now_s < self.submitted_s + self.queue_s else "PROCESSING"

    def is_completed(self, now_s: float) -> bool:
        """Made, and paid for."""
        return self.state(now_s) == "COMPLETED"

    def url(self, now_s: float) -> str | None:
        """Where its clip is, as far as its answers say."""
        ended_s = self.ended_s
        if ended_s is None or self.named_after_s is None or now_s < ended_s + self.named_after_s:
            return None
        return f"{FOREIGN_URL if self.is_foreign else MEDIA_URL}{self.request_id}.mp4"


# List prices in micro-USD, from the published ranges and averages (reference: prices).
_BY_SECOND = {
    ("kling-o3-text2video", "std", False): 210_000,
    ("kling-o3-text2video", "std", True): 280_000,
    ("kling-o3-text2video", "pro", False): 280_000,
    ("kling-o3-text2video", "pro", True): 350_000,
    ("kling-o3-image2video", "std", False): 210_000,
    ("kling-o3-image2video", "std", True): 280_000,
    ("kling-o3-image2video", "pro", False): 280_000,
    ("kling-o3-image2video", "pro", True): 350_000,
    ("kling-3-standard-text2video", None, False): 168_000,
    ("kling-3-standard-text2video", None, True): 252_000,
    ("kling-3-standard-image2video", None, False): 168_000,
    ("kling-3-standard-image2video", None, True): 252_000,
}
_BY_CLIP = {("std", 5): 280_000, ("std", 10): 560_000, ("pro", 5): 980_000, ("pro", 10): 1_960_000}


def list_price(slug: str, body: Mapping[str, Any]) -> int:
    """What Segmind charges for it."""
    seconds = int(body.get("duration", 5))
    if slug == "kling-text2video":
        return _BY_CLIP[str(body["mode"]), seconds]
    return _BY_SECOND[slug, body.get("mode"), bool(body["generate_audio"])] * seconds


def as_json(code: int, body: object, **headers: str) -> Response:
    return Response(code, headers, json.dumps(body).encode())


def error(code: int, text: str, **headers: str) -> Response:
    return as_json(code, {"error": text}, **headers)


def accepted(made: Made) -> Response:
    """The answer to a submit; its status is always QUEUED."""
    return as_json(200, {"request_id": made.request_id, "status": "QUEUED", **_urls(made)})


def status_of(made: Made, now_s: float) -> Response:
    state = made.state(now_s)
    if state == "FAILED":
        return _failed(made)
    body: dict[str, Any] = {"status": state, "request_id": made.request_id, "metrics": {}}
    if state == "COMPLETED":
        return as_json(200, body | {"metrics": _metrics(made)})
    return as_json(200, body | _urls(made))


def result_of(made: Made, now_s: float) -> Response:
    if made.state(now_s) != "COMPLETED":
        return status_of(made, now_s)
    body: dict[str, Any] = {"status": "COMPLETED", "error": None, "metrics": _metrics(made), "prompt": "…"}
    url = made.url(now_s)
    if url is not None:
        body |= {"output": url, "video": {"url": url, "content_type": "video/mp4"}}
    return as_json(200, body)


def bare(request_id: str) -> str:
    """An id as the history of some accounts shows it."""
    return request_id.replace("-", "")


def row_of(made: Made, now_s: float, *, bare_ids: bool = False, zone_s: float = 0.0) -> dict[str, Any]:
    """Its row in the request history. zone_s: how far the history's clock is from UTC, which it does not say."""
    state = made.state(now_s)
    ended_s = made.ended_s
    latency = None if ended_s is None or now_s < ended_s else round((ended_s - made.submitted_s) * SECOND_MS)
    is_made = state == "COMPLETED"
    return {
        "request_id": bare(made.request_id) if bare_ids else made.request_id,
        "model_name": made.slug,
        "model_status": state if state in ("COMPLETED", "FAILED") else "PENDING",
        "credits_deduction": made.cost_micro_usd / 1_000_000 if is_made else 0,
        "request_body": dict(made.body),
        "generation_url": made.url(now_s) if is_made else None,
        "latency_ms": latency,
        "model_created": stamp(made.submitted_s + zone_s).removesuffix("Z" if zone_s else ""),
        "error": made.words if state == "FAILED" else None,
    }


def stamp(at_s: float) -> str:
    moment = datetime.fromtimestamp((BEGINNING_MS + round(at_s * SECOND_MS)) / SECOND_MS, tz=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _failed(made: Made) -> Response:
    code = 200 if made.fails_under_200 else 422
    return as_json(code, {"status": "FAILED", "error": made.words, "metrics": {}, "request_id": made.request_id})


def _urls(made: Made) -> dict[str, str]:
    base = f"https://api.segmind.com/v2/requests/{made.request_id}"
    return {"status_url": f"{base}/status", "response_url": base}


def _metrics(made: Made) -> dict[str, float]:
    total_s = made.queue_s + (made.run_s or 0.0)
    return {
        "inference_time": made.run_s or 0.0,
        "queue_time": made.queue_s,
        "total_time": total_s,
        "cost": made.cost_micro_usd / 1_000_000,
    }
