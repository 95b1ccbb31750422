"""The contextual check over HTTP: any endpoint that speaks OpenAI's moderation API."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any, Self

import aiohttp

from klapper.clock import Clock
from klapper.errors import CheckUnavailable
from klapper.moderation import wire
from klapper.moderation.contextual import CheckBounds, ImageFile, Report, objection, strictest, unscored
from klapper.moderation.policy import Objection
from klapper.moderation.remembered import Judged, Remembered

USER_AGENT = "Klapper/0.1"
REQUESTS_AT_ONCE = 4  # each with an image of up to 14 MB in memory
MOST_ANSWER_BYTES = 256 * 1024
RETRY_S = 0.5  # before the second try, where the endpoint does not say how long

_SECONDS = re.compile(r"\d{1,6}(?:\.\d{1,6})?")


@dataclass(frozen=True, slots=True)
class _Answer:
    """retry_s: how long the endpoint wants to be left alone. body: empty unless the code is 200."""

    code: int
    retry_s: float
    body: bytes

    @property
    def may_be_better_soon(self) -> bool:
        return self.code == 429 or self.code >= 500


class RemoteCheck:
    """Keeps:

    - only a readable answer about every text and every image is a yes; anything else raises CheckUnavailable;
    - an answer is there within `timeout_s`, waiting for a place and a second try included;
    - a question is repeated once at most, after 429 or 5xx: judging twice does no harm;
    - no redirect is followed, and the key, texts and images are in no error, log line or `repr`;
    - what was answered is not asked again while it is remembered; a failure is never remembered.

    url: of the endpoint itself. api_key: empty where it asks for none. Use as `async with`.
    """

    def __init__(
        self,
        *,
        url: str,
        api_key: str,
        model: str,
        bounds: CheckBounds,
        timeout_s: float,
        remembered: Remembered,
        clock: Clock,
        user_agent: str = USER_AGENT,
    ) -> None:
        self._url = url
        self._model = model
        self._bounds = bounds
        self._timeout_s = timeout_s
        self._remembered = remembered
        self._clock = clock
        # As it is: what a server packs would be unpacked here, past every limit.
        self._headers = {"User-Agent": user_agent, "Accept": "application/json", "Accept-Encoding": "identity"}
        self._headers["Content-Type"] = "application/json"
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._places = asyncio.Semaphore(REQUESTS_AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"RemoteCheck({self._url!r})"

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            # A pooled connection may be closed by the server just as a POST is written.
            connector=aiohttp.TCPConnector(force_close=True, limit=REQUESTS_AT_ONCE),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def judge(self, texts: Sequence[str], images: Sequence[ImageFile]) -> Objection | None:
        """What the check objects to, None when it does not. Raises CheckUnavailable, which is never a yes."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return strictest(await _together([self._texts(texts), *map(self._image, images)]))
        except TimeoutError:
            raise CheckUnavailable("timeout") from None

    async def _texts(self, texts: Sequence[str]) -> Objection | None:
        """All that are not remembered, in one request."""
        judged = {text: self._remembered.get(self._key("text", text)) for text in texts}
        unknown = [text for text, answer in judged.items() if answer is None]
        if unknown:
            reports = await self._ask(partial(wire.texts_body, self._model, unknown), inputs=len(unknown))
            judged |= {
                text: self._conclude(self._key("text", text), report)
                for text, report in zip(unknown, reports, strict=True)
            }
        return strictest(answer.objection for answer in judged.values() if answer is not None)

    async def _image(self, image: ImageFile) -> Objection | None:
        key = self._key("image", image.sha256)
        judged = self._remembered.get(key)
        if judged is None:
            [report] = await self._ask(partial(_image_body, self._model, image), inputs=1)
            judged = self._conclude(key, report)
        return judged.objection

    def _conclude(self, key: str, report: Report) -> Judged:
        judged = Judged(objection(report, self._bounds))
        self._remembered.put(key, judged)
        return judged

    def _key(self, kind: str, what: str) -> str:
        """Names exactly this text or image, and what it would be judged by."""
        plain = json.dumps([kind, what, self._model, self._bounds.version()], separators=(",", ":"))
        return hashlib.sha256(plain.encode()).hexdigest()

    async def _ask(self, body: Callable[[], bytes], *, inputs: int) -> list[Report]:
        """body: makes what is sent, in a thread, once there is a place for it."""
        async with self._places:
            answer = await self._send_patiently(await asyncio.to_thread(body))
        if answer.code != 200:
            raise CheckUnavailable(_reason(answer.code))
        try:
            reports = wire.read_reports(answer.body, inputs=inputs)
        except ValueError:
            raise CheckUnavailable("unreadable") from None
        if any(unscored(report, self._bounds) for report in reports):
            raise CheckUnavailable("no_score")
        return reports

    async def _send_patiently(self, body: bytes) -> _Answer:
        answer = await self._send(body)
        if not answer.may_be_better_soon or answer.retry_s >= self._timeout_s:
            return answer
        await self._clock.sleep(answer.retry_s)
        return await self._send(body)

    async def _send(self, body: bytes) -> _Answer:
        assert self._session is not None, "use `async with`"
        try:
            async with self._session.post(
                self._url, data=BytesIO(body), headers=self._headers, allow_redirects=False
            ) as response:
                retry_s = _seconds(response.headers.get("Retry-After", ""))
                return _Answer(response.status, retry_s, await _read(response) if response.status == 200 else b"")
        except (aiohttp.ClientError, OSError):
            # Without its cause, which may hold the headers and so the key.
            raise CheckUnavailable("unreachable") from None


def _image_body(model: str, image: ImageFile) -> bytes:
    try:
        with image.path.open("rb") as file:
            if image.path.stat().st_size > wire.MOST_IMAGE_BYTES:
                raise CheckUnavailable("image_too_large")
            return wire.image_body(model, image.media_type, file)
    except OSError:
        raise CheckUnavailable("image_lost") from None


async def _together(works: Sequence[Coroutine[Any, Any, Objection | None]]) -> list[Objection | None]:
    """What each comes to, in their order. When one fails the others end as well."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        return [await task for task in tasks]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    while chunk := await response.content.readany():
        body += chunk
        if len(body) > MOST_ANSWER_BYTES:
            raise CheckUnavailable("too_large")
    return bytes(body)


def _seconds(text: str) -> float:
    """Of a Retry-After; a date, which hardly anybody sends, counts as nothing said."""
    return float(text) if _SECONDS.fullmatch(text) else RETRY_S


def _reason(code: int) -> str:
    match code:
        case 401 | 403:
            return "bad_key"
        case 429:
            return "rate_limited"
        case _ if 300 <= code < 400:
            return "redirect"
        case _ if code >= 500:
            return "server_error"
        case _:
            return "not_taken"
