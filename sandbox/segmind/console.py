"""The driver's door: /sandbox/… on the same port, without a key."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from aiohttp import web

from sandbox.segmind.account import MICRO, dollars
from sandbox.segmind.assets import Asset
from sandbox.segmind.clock import SandboxClock
from sandbox.segmind.faults import Fault
from sandbox.segmind.jobs import Ending, Job, Plan
from sandbox.segmind.models import MODELS
from sandbox.segmind.provider import Provider
from sandbox.segmind.refusals import Refused, malformed
from sandbox.segmind.worker import TECHNICAL_ERROR

LONGEST_WAIT_S = 60.0


class Console:
    """Shows everything and changes anything. Amounts in dollars, times in seconds."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/sandbox/jobs", self.list_jobs),
            web.post("/sandbox/jobs", self.import_job),
            web.get("/sandbox/jobs/{id}", self.show_job),
            web.post("/sandbox/jobs/{id}/complete", self.complete),
            web.post("/sandbox/jobs/{id}/fail", self.fail),
            web.post("/sandbox/jobs/{id}/expire", self.expire),
            web.post("/sandbox/jobs/{id}/backdate", self.backdate),
            web.post("/sandbox/advance", self.advance),
            web.get("/sandbox/faults", self.list_faults),
            web.post("/sandbox/faults", self.add_fault),
            web.delete("/sandbox/faults", self.clear_faults),
            web.delete("/sandbox/faults/{id}", self.clear_faults),
            web.get("/sandbox/requests", self.list_requests),
            web.delete("/sandbox/requests", self.clear_requests),
            web.get("/sandbox/uploads", self.list_uploads),
            web.get("/sandbox/events", self.events),
            web.get("/sandbox/settings", self.show_settings),
            web.patch("/sandbox/settings", self.change_settings),
        ]

    async def list_jobs(self, _: web.Request) -> web.Response:
        return web.json_response([self._view(job) for job in self._provider.jobs.all()])

    async def show_job(self, request: web.Request) -> web.Response:
        return web.json_response(self._view(self._job(request)))

    async def import_job(self, request: web.Request) -> web.Response:
        """A job of another day: {slug, parameters, age_s, state, error}; state PENDING never ends by itself."""
        body = await _object(request)
        model = MODELS.get(str(body.get("slug")))
        if model is None or not isinstance(body.get("parameters"), dict):
            raise malformed("slug and parameters must be given")
        ending = _ending(str(body.get("state", "COMPLETED")), body.get("error"))
        provider, age_s = self._provider, float(body.get("age_s", 0))
        effective = model.check(body["parameters"])
        job = Job(
            slug=model.slug,
            parameters=body["parameters"],
            effective=effective,
            price_micro=model.price(effective),
            plan=Plan(None, None, Ending()),
            submitted_at=provider.clock.wall() - timedelta(seconds=age_s),
            submitted_tick=provider.clock.now() - age_s,
        )
        await provider.worker.import_job(job, ending, model.mean_run_s)
        return web.json_response(self._view(job))

    async def complete(self, request: web.Request) -> web.Response:
        return self._decide(self._job(request), Ending())

    async def fail(self, request: web.Request) -> web.Response:
        body = await _object(request)
        return self._decide(self._job(request), Ending(str(body.get("error") or TECHNICAL_ERROR)))

    async def expire(self, request: web.Request) -> web.Response:
        job = self._job(request)
        job.forgotten = True
        return web.json_response(self._view(job))

    async def backdate(self, request: web.Request) -> web.Response:
        job, body = self._job(request), await _object(request)
        job.backdate(float(body.get("seconds", 0)))
        return web.json_response(self._view(job))

    async def advance(self, request: web.Request) -> web.Response:
        """{seconds}: that much provider time passes at once."""
        try:
            self._provider.clock.advance(float((await _object(request)).get("seconds", 0)))
        except (TypeError, ValueError) as error:
            raise malformed(str(error)) from error
        return web.json_response(self._settings())

    async def list_faults(self, _: web.Request) -> web.Response:
        script = self._provider.faults.all()
        return web.json_response([{"id": e.id, "fault": e.fault.to_json(), "struck": e.struck} for e in script])

    async def add_fault(self, request: web.Request) -> web.Response:
        try:
            fault = Fault.from_json(await _object(request))
        except (TypeError, ValueError) as error:
            raise malformed(str(error)) from error
        return web.json_response({"id": self._provider.faults.add(fault)})

    async def clear_faults(self, request: web.Request) -> web.Response:
        number = request.match_info.get("id")
        self._provider.faults.remove(int(number) if number else None)
        return web.json_response({})

    async def list_requests(self, _: web.Request) -> web.Response:
        return web.json_response([entry.to_json() for entry in self._provider.record.all()])

    async def clear_requests(self, _: web.Request) -> web.Response:
        self._provider.record.clear()
        return web.json_response({})

    async def list_uploads(self, _: web.Request) -> web.Response:
        return web.json_response([_upload_view(asset) for asset in self._provider.assets.all()])

    async def events(self, request: web.Request) -> web.Response:
        """Long poll: what came after `after`, waiting up to `timeout_s` for it."""
        after = int(request.query.get("after", "0"))
        timeout_s = min(float(request.query.get("timeout_s", "0")), LONGEST_WAIT_S)
        found = await self._provider.events.after(after, timeout_s)
        last = found[-1].seq if found else self._provider.events.last
        return web.json_response({"events": [event.to_json() for event in found], "last": last})

    async def show_settings(self, _: web.Request) -> web.Response:
        return web.json_response(self._settings())

    async def change_settings(self, request: web.Request) -> web.Response:
        """Any of the keys that GET shows."""
        for name, value in (await _object(request)).items():
            change = self._changes().get(name)
            if change is None:
                raise malformed(f"Unknown setting: {name}")
            try:
                change(value)
            except (TypeError, ValueError) as error:
                raise malformed(f"{name}: {error}") from error
        return web.json_response(self._settings())

    def _settings(self) -> dict[str, Any]:
        provider, account = self._provider, self._provider.account
        return {
            "speed": provider.clock.speed,
            "run_time_s": provider.worker.run_time_s,
            "balance_usd": dollars(account.balance_micro),
            "free_credits_usd": dollars(account.free_credits_micro),
            "key_revoked": account.key_revoked,
            "team_limit_reached": account.team_limit_reached,
            "retired": sorted(account.retired),
            "forbidden": sorted(account.forbidden),
            "requests_per_minute": provider.rate_limit.requests_per_minute,
            "history_lag_s": provider.history_lag_s,
            "history_hides_unfinished": provider.history_hides_unfinished,
            "upload_limit_bytes": provider.upload_limit_bytes,
        }

    def _changes(self) -> dict[str, Callable[[Any], None]]:
        provider, account = self._provider, self._provider.account
        return {
            "speed": lambda value: provider.clock.set_speed(float(value)),
            "run_time_s": lambda value: setattr(provider.worker, "run_time_s", _optional(float, value)),
            "balance_usd": lambda value: setattr(account, "balance_micro", round(float(value) * MICRO)),
            "free_credits_usd": lambda value: setattr(account, "free_credits_micro", round(float(value) * MICRO)),
            "key_revoked": lambda value: setattr(account, "key_revoked", bool(value)),
            "team_limit_reached": lambda value: setattr(account, "team_limit_reached", bool(value)),
            "retired": lambda value: setattr(account, "retired", set(value)),
            "forbidden": lambda value: setattr(account, "forbidden", set(value)),
            "requests_per_minute": lambda value: setattr(
                provider.rate_limit, "requests_per_minute", _optional(int, value)
            ),
            "history_lag_s": lambda value: setattr(provider, "history_lag_s", float(value)),
            "history_hides_unfinished": lambda value: setattr(provider, "history_hides_unfinished", bool(value)),
            "upload_limit_bytes": lambda value: setattr(provider, "upload_limit_bytes", _optional(int, value)),
        }

    def _job(self, request: web.Request) -> Job:
        job = self._provider.jobs.get(request.match_info["id"])
        if job is None:
            raise Refused(404, "no such job")
        return job

    def _view(self, job: Job) -> dict[str, Any]:
        return job_view(job, self._provider.clock)

    def _decide(self, job: Job, ending: Ending) -> web.Response:
        if not self._provider.worker.decide(job, ending):
            raise Refused(409, f"the job has ended already: {job.state}")
        return web.json_response(self._view(job))


def job_view(job: Job, clock: SandboxClock) -> dict[str, Any]:
    """A job as the driver sees it."""
    return {
        "id": job.id,
        "slug": job.slug,
        "parameters": dict(job.parameters),
        "effective": dict(job.effective),
        "state": job.state.value,
        "error": job.error,
        "price_usd": dollars(job.price_micro),
        "charged_usd": None if job.charged_micro is None else dollars(job.charged_micro),
        "planned_s": job.plan.total_s,
        "clip": job.clip,
        "polls": job.polls,
        "results": job.results,
        "downloads": job.downloads,
        "expired": job.record_expired(clock),
        "submitted_at": job.submitted_at.isoformat(),
        "started_at": job.started_at and job.started_at.isoformat(),
        "finished_at": job.finished_at and job.finished_at.isoformat(),
    }


def _upload_view(asset: Asset) -> dict[str, Any]:
    return {
        "name": asset.name,
        "sha256": asset.sha256,
        "media_type": asset.media_type,
        "size_bytes": asset.size_bytes,
        "uploaded_at": asset.uploaded_at.isoformat(),
    }


def _ending(state: str, error: object) -> Ending | None:
    match state:
        case "COMPLETED":
            return Ending()
        case "FAILED":
            return Ending(str(error or TECHNICAL_ERROR))
        case "PENDING":
            return None
        case _:
            raise malformed("state must be COMPLETED, FAILED or PENDING")


async def _object(request: web.Request) -> dict[str, Any]:
    text = await request.text()
    try:
        body = json.loads(text or "{}")
    except ValueError:
        raise malformed("the body is not JSON") from None
    if not isinstance(body, dict):
        raise malformed("the body must be an object")
    return body


def _optional(kind: Callable[[Any], float], value: Any) -> float | None:
    return None if value is None else kind(value)
