"""api.segmind.com: submit, poll, result, credits."""

from __future__ import annotations

from aiohttp import web

from sandbox.segmind import bodies
from sandbox.segmind.account import dollars
from sandbox.segmind.admission import check_key, json_object, tolerant_body
from sandbox.segmind.faults import Stage
from sandbox.segmind.interference import TEAM_LIMIT
from sandbox.segmind.jobs import Job, JobState
from sandbox.segmind.models import MODELS, Model
from sandbox.segmind.provider import Provider
from sandbox.segmind.refusals import Refused


class Api:
    """The v2 asynchronous protocol (Segmind docs: async inference)."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/v1/get-user-credits", self.credits, allow_head=False),
            web.get("/v1/requests/{id}", self.old_poll, allow_head=False),
            web.get("/v2/requests/{id}/status", self.status, allow_head=False),
            web.get("/v2/requests/{id}", self.result, allow_head=False),
            web.post("/v2/{slug}", self.submit),
        ]

    async def submit(self, request: web.Request) -> web.StreamResponse:
        """One billable job for every accepted request: there is no idempotency key."""
        provider, slug = self._provider, request.match_info["slug"]
        check_key(provider, request)
        provider.rate_limit.spend()
        if answer := await provider.interference.answer(request, Stage.SUBMIT, slug, await _prompt_of(request)):
            return answer
        model = self._open_model(slug)
        sent = await json_object(request)
        effective = model.check(sent)
        self._check_money(model.price(effective))
        job = provider.worker.accept(model, sent, effective)
        if answer := await provider.interference.answer(request, Stage.ACCEPTED, slug, job.prompt):
            return answer
        body = bodies.submitted(request, job)
        return provider.interference.reply(request, Stage.ACCEPTED, job, body)

    async def status(self, request: web.Request) -> web.StreamResponse:
        """FAILED comes as 422 with the same body shape."""
        job = self._asked_job(request)
        job.polls += 1
        if answer := await self._provider.interference.answer(request, Stage.STATUS, job.slug, job.prompt):
            return answer
        body = bodies.status(request, job)
        return self._provider.interference.reply(request, Stage.STATUS, job, body, _http_status(job))

    async def result(self, request: web.Request) -> web.StreamResponse:
        """The output of a completed job; the status of any other."""
        job = self._asked_job(request)
        job.results += 1
        if answer := await self._provider.interference.answer(request, Stage.RESULT, job.slug, job.prompt):
            return answer
        body = await self._result_body(request, job)
        return self._provider.interference.reply(request, Stage.RESULT, job, body, _http_status(job))

    async def old_poll(self, request: web.Request) -> web.StreamResponse:
        """The poll_url of a submit: status and, at the end, the whole result."""
        job = self._asked_job(request)
        job.polls += 1
        if answer := await self._provider.interference.answer(request, Stage.STATUS, job.slug, job.prompt):
            return answer
        return web.json_response(await self._result_body(request, job), status=_http_status(job))

    async def credits(self, request: web.Request) -> web.StreamResponse:
        """The balance, in dollars."""
        provider = self._provider
        check_key(provider, request)
        provider.rate_limit.spend()
        if answer := await provider.interference.answer(request, Stage.CREDITS):
            return answer
        account = provider.account
        return web.json_response(
            {"credits": dollars(account.balance_micro), "free-credits": dollars(account.free_credits_micro)}
        )

    def _asked_job(self, request: web.Request) -> Job:
        check_key(self._provider, request)
        self._provider.rate_limit.spend()
        return self._provider.live_job(request.match_info["id"])

    def _open_model(self, slug: str) -> Model:
        model = MODELS.get(slug)
        if model is None:
            raise Refused(404, f"Model {slug} not found")
        if slug in self._provider.account.retired:
            raise Refused(410, f"Model {slug} has been retired")
        if slug in self._provider.account.forbidden:
            raise Refused(403, f"Model {slug} is not permitted for your account")
        return model

    def _check_money(self, price_micro: int) -> None:
        account = self._provider.account
        if account.team_limit_reached:
            raise Refused(406, TEAM_LIMIT)
        if account.balance_micro < price_micro:
            balance, need = dollars(account.balance_micro), dollars(price_micro)
            raise Refused(406, f"Insufficient credits. Your balance is ${balance:.4f}, this request needs ${need:.4f}.")

    async def _result_body(self, request: web.Request, job: Job) -> bodies.Body:
        if job.state is not JobState.COMPLETED:
            return bodies.status(request, job)
        path = await self._provider.clips.path(job)
        return bodies.result(request, job, path.stat().st_size)


async def _prompt_of(request: web.Request) -> str | None:
    """The prompt of a request that may yet turn out to be wrong."""
    body = await tolerant_body(request)
    return str(body.get("prompt")) if isinstance(body, dict) else None


def _http_status(job: Job) -> int:
    return 422 if job.state is JobState.FAILED else 200
