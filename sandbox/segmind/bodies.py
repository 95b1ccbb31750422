"""The JSON that Segmind answers with (Segmind docs: async inference; SDK 1.3.0 for the history rows)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aiohttp import web

from sandbox.segmind import hosts
from sandbox.segmind.account import dollars
from sandbox.segmind.jobs import Job, JobState

Body = dict[str, Any]

_HISTORY_WORDS = {
    JobState.QUEUED: "PENDING",
    JobState.PROCESSING: "PENDING",
    JobState.COMPLETED: "COMPLETED",
    JobState.FAILED: "FAILED",
}


def submitted(request: web.BaseRequest, job: Job) -> Body:
    """The answer to a submit. Its status is always QUEUED."""
    return {
        "request_id": job.id,
        "status": "QUEUED",
        "poll_url": hosts.api_url(request, f"/v1/requests/{job.id}"),
        "status_url": hosts.api_url(request, f"/v2/requests/{job.id}/status"),
        "response_url": hosts.api_url(request, f"/v2/requests/{job.id}"),
    }


def status(request: web.BaseRequest, job: Job) -> Body:
    """The answer to a poll: no output, no progress, no position."""
    if job.state is JobState.FAILED:
        return {"status": "FAILED", "error": job.error, "metrics": _metrics(job), "request_id": job.id}
    if job.state is JobState.COMPLETED:
        return {"status": "COMPLETED", "request_id": job.id, "metrics": _metrics(job)}
    return {
        "status": job.state.value,
        "request_id": job.id,
        "status_url": hosts.api_url(request, f"/v2/requests/{job.id}/status"),
        "response_url": hosts.api_url(request, f"/v2/requests/{job.id}"),
        "metrics": {},
    }


def result(request: web.BaseRequest, job: Job, size_bytes: int) -> Body:
    """The whole answer of a completed job; of any other, its status."""
    if job.state is not JobState.COMPLETED or job.clip is None:
        return status(request, job)
    url = hosts.media_url(request, job.clip)
    metrics = _metrics(job)
    return {
        "status": "COMPLETED",
        "error": None,
        "metrics": metrics,
        "output": url,
        "video": {"url": url, "content_type": "video/mp4", "file_name": job.clip, "file_size": str(size_bytes)},
        "timings": {"inference": metrics["inference_time"]},
        "seed": str(int(job.id[:8], 16)),
        "prompt": job.prompt,
    }


def uploaded(request: web.BaseRequest, names: Sequence[str], shape: str | None) -> Body:
    """The answer to an upload; `shape` is one of `UPLOAD_SHAPES`, or None for what the SDK reads."""
    message = {"message": "Files uploaded successfully"}
    match shape:
        case "urls":  # as Segmind docs: storage prints it
            return {"urls": [hosts.asset_url(request, name, hosts.STORAGE_HOST) for name in names]}
        case "empty":
            return {"file_urls": [], **message}
        case "nothing":
            return message
        case _:
            return {"file_urls": [hosts.asset_url(request, name) for name in names], **message}


def history_row(request: web.BaseRequest, job: Job) -> Body:
    """One request in the account's history. The names of the two time fields are not documented."""
    latency = job.finished_at and round((job.finished_at - job.submitted_at).total_seconds() * 1000)
    return {
        "request_id": job.id,
        "model_name": job.slug,
        "model_status": _HISTORY_WORDS[job.state],
        "credits_deduction": dollars(job.charged_micro or 0),
        "request_body": dict(job.parameters),
        "generation_url": hosts.media_url(request, job.clip) if job.clip else None,
        "latency_ms": latency,
        "model_created": _stamp(job.submitted_at),
        "model_updated": _stamp(job.finished_at or job.started_at or job.submitted_at),
        "error": job.error,
    }


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _metrics(job: Job) -> Body:
    """Seconds as a client could have measured them; money only when the job was billed."""
    if job.finished_at is None:
        return {}
    started = job.started_at or job.finished_at
    metrics: Body = {
        "inference_time": round((job.finished_at - started).total_seconds(), 3),
        "queue_time": round((started - job.submitted_at).total_seconds(), 3),
        "total_time": round((job.finished_at - job.submitted_at).total_seconds(), 3),
    }
    if job.charged_micro is not None and job.balance_after_micro is not None:
        metrics |= {"cost": dollars(job.charged_micro), "remaining_credits": dollars(job.balance_after_micro)}
    return metrics
