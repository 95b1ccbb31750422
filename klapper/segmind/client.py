"""Segmind over HTTP. One method per question; answers are typed, decisions are in `retry.py`, names in `wire.py`.

Sources: Segmind docs (async inference, segmind storage, account and billing) and the official SDK 1.3.0.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

from klapper.clock import Clock
from klapper.errors import ProviderError
from klapper.segmind import wire
from klapper.segmind.answers import (
    CreditsAnswer,
    HistoryAnswer,
    HistoryPageAnswer,
    ResultAnswer,
    Status,
    Submitted,
    Unreadable,
)
from klapper.segmind.budget import RequestBudget, RequestKind
from klapper.segmind.media import DownloadLimits, MediaDownloader, MediaHosts
from klapper.segmind.retry import Answered, Break, decide_submit, decide_upload
from klapper.segmind.storage import upload_body
from klapper.segmind.transport import HttpTransport, Patience, Request, Transport

log = logging.getLogger(__name__)

USER_AGENT = "Klapper/0.1"
READ_S = 30.0
LONGEST_REQUEST_S = 90.0
# The body of an upload has up to 14 MB, and the storage answers when it has put the image away.
UPLOAD_READ_S = 120.0
LONGEST_UPLOAD_S = 600.0
SLUG = re.compile(r"[a-z0-9][a-z0-9.-]{0,79}")

Answer = TypeVar("Answer")
Verified = TypeVar("Verified")


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where Segmind is; URLs without a trailing slash."""

    api_url: str
    history_url: str
    assets_url: str


def _unobserved(kind: str, outcome: str) -> None:
    """Nobody counts."""


class SegmindClient:
    """Keeps these promises:

    - a submit is sent once, on a connection of its own, and never again whatever comes back;
    - every request with the key spends one token of the budget; `submit` alone leaves that to `admit_submit`;
    - a GET never raises: what cannot be read is `Unreadable`;
    - an upload is never in memory as a whole, and never `OutcomeUnknown`: it may be repeated;
    - redirects are not followed, and the key is in no error, log line or `repr`.

    observe: called with the kind of each request and its outcome, a status code or why there is none. Use as
    `async with`.
    """

    def __init__(
        self,
        *,
        api_key: str,
        endpoints: Endpoints,
        download_hosts: tuple[str, ...],
        budget: RequestBudget,
        clock: Clock,
        user_agent: str = USER_AGENT,
        read_s: float = READ_S,
        upload_read_s: float = UPLOAD_READ_S,
        download_limits: DownloadLimits = DownloadLimits(),  # noqa: B008 (frozen)
        observe: Callable[[str, str], None] = _unobserved,
        transport: Transport | None = None,
    ) -> None:
        self._endpoints = endpoints
        self._budget = budget
        self._clock = clock
        self._observe = observe
        self._headers = {"x-api-key": api_key, "User-Agent": user_agent, "Accept": "application/json"}
        self._transport = transport or HttpTransport()
        self._media = MediaDownloader(
            MediaHosts(download_hosts), user_agent=user_agent, limits=download_limits, transport=self._transport
        )
        self._patience = Patience(LONGEST_REQUEST_S, read_s)
        self._upload_patience = Patience(LONGEST_UPLOAD_S, upload_read_s)

    def __repr__(self) -> str:
        return f"SegmindClient({self._endpoints.api_url!r})"

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._transport.__aexit__(*error)

    @property
    def requests_per_minute(self) -> float:
        """What the request budget lets flow now."""
        return self._budget.per_minute

    def may_submit(self, running_jobs: int) -> bool:
        """Whether every running job, the new one included, keeps one poll per two minutes."""
        return self._budget.may_submit(running_jobs)

    async def admit_submit(self) -> None:
        """Wait for, and spend, the token of one submit. Comes before the job is `sending`, so that none waits there."""
        await self._budget.acquire(RequestKind.SUBMIT)

    async def submit(self, slug: str, body: Mapping[str, Any]) -> Submitted:
        """Send a job, once. Spends no token: call `admit_submit` first.

        Raises NotTaken, ProviderRejected or OutcomeUnknown, and ValueError for a slug that is none.
        """
        if SLUG.fullmatch(slug) is None:
            raise ValueError("A slug is lower-case letters, digits, dots and dashes.")
        url = f"{self._endpoints.api_url}/v2/{slug}"
        outcome = await self._exchange(
            RequestKind.SUBMIT, Request("POST", url, self._headers, self._patience, json=body)
        )
        decision = decide_submit(outcome)
        log.info("segmind_submit", extra={"slug": slug, "decision": type(decision).__name__})
        if isinstance(decision, ProviderError):
            raise decision
        return decision

    async def upload(self, path: Path, media_type: str) -> str:
        """Put an image into Segmind's storage; its URL. Spends one token, may be repeated.

        Raises NotTaken, ProviderRejected (`image_refused`, `bad_request`) or FileNotFoundError.
        """
        async with upload_body(path, media_type) as body:
            await self._budget.acquire(RequestKind.UPLOAD)
            sizes = {"Content-Type": "application/json", "Content-Length": str(body.length)}
            outcome = await self._exchange(
                RequestKind.UPLOAD,
                Request(
                    "POST",
                    f"{self._endpoints.assets_url}/upload-asset",
                    self._headers | sizes,
                    self._upload_patience,
                    upload=body,
                ),
            )
        decision = decide_upload(outcome)
        log.info("segmind_upload", extra={"bytes": body.length, "decision": type(decision).__name__})
        if isinstance(decision, ProviderError):
            raise decision
        return decision

    async def status(self, request_id: str) -> Status:
        """Where a job stands."""
        url = f"{self._api_request(request_id)}/status"
        return await self._ask(RequestKind.STATUS, url, lambda code, body: wire.status(code, body, request_id))

    async def result(self, request_id: str) -> ResultAnswer:
        """What became of a finished job."""
        url = self._api_request(request_id)
        return await self._ask(RequestKind.RESULT, url, lambda code, body: wire.result(code, body, request_id))

    async def history(self, request_id: str) -> HistoryAnswer:
        """What became of a job of any age."""
        url = f"{self._endpoints.history_url}/inference-request/request-history/{_path_safe(request_id)}"
        return await self._ask(RequestKind.HISTORY, url, lambda code, body: wire.history_row(code, body, request_id))

    async def history_page(self, slug: str | None, *, from_ms: int, to_ms: int, page: int) -> HistoryPageAnswer:
        """The requests of one model, or of all, on the days (UTC) of these times, newest first; pages from 1."""
        query = wire.history_page_query(slug, from_ms=from_ms, to_ms=to_ms, page=page)
        url = f"{self._endpoints.history_url}/inference-request/request-history?{urlencode(query)}"
        return await self._ask(RequestKind.HISTORY, url, wire.history_page)

    async def credits(self) -> CreditsAnswer:
        """The account's balance; the cheapest question there is, so also the test of a key."""
        url = f"{self._endpoints.api_url}/v1/get-user-credits"
        return await self._ask(RequestKind.CREDITS, url, wire.credit_balance)

    async def download(self, url: str, to_path: Path, verify: Callable[[Path], Awaitable[Verified]]) -> Verified:
        """Fetch a clip; see `MediaDownloader.download`. Spends no token, sends no key."""
        return await self._media.download(url, to_path, verify)

    def _api_request(self, request_id: str) -> str:
        return f"{self._endpoints.api_url}/v2/requests/{_path_safe(request_id)}"

    async def _ask(
        self, kind: RequestKind, url: str, read: Callable[[int, bytes], Answer | Unreadable]
    ) -> Answer | Unreadable:
        await self._budget.acquire(kind)
        outcome = await self._exchange(kind, Request("GET", url, self._headers, self._patience))
        if isinstance(outcome, Break):
            return Unreadable("network")
        answer = read(outcome.code, outcome.body)
        if not isinstance(answer, Unreadable):
            return answer
        log.warning("segmind_unreadable", extra={"question": kind.name, "kind": answer.kind, "keys": answer.keys})
        return replace(answer, retry_after_s=outcome.retry_after_s)

    async def _exchange(self, kind: RequestKind, request: Request) -> Answered | Break:
        response = await self._transport.send(request)
        if isinstance(response, Break):
            self._observe(kind.name.lower(), response.value)
            return response
        wait_s = wire.retry_after_s(response.headers, self._clock.now_ms())
        if response.code == 429:
            self._budget.rate_limited(wait_s)
        self._observe(kind.name.lower(), str(response.code))
        return Answered(response.code, response.body, wait_s)


def _path_safe(request_id: str) -> str:
    if not wire.is_request_id(request_id):
        raise ValueError("A request id is 8 to 64 letters, digits and dashes.")
    return request_id
