"""The network between one life of Klapper and Segmind: requests that arrive or do not, answers that get lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random
from typing import Protocol, Self, TypeVar

from yarl import URL

from klapper.segmind.retry import Break
from klapper.segmind.transport import BrokenOff, Media, Patience, Request, Response
from tests.simulation.clips import clip_content
from tests.simulation.faults import MEDIA, QUESTIONS, SUBMIT, UPLOADS
from tests.simulation.loop import SimulatedLoop
from tests.simulation.segmind_jobs import HTML, MEDIA_LIFE_S, Made, error
from tests.simulation.segmind_model import Post, SegmindModel

LONGEST_LATENCY_S = 1.5
SLOW_LATENCY_S = 25.0
OUTAGE_S = 5.0  # until a connection is given up

T = TypeVar("T")

_NEVER_ARRIVES = frozenset({"submit_drop_before", "submit_timeout_before"})
_REFUSES = frozenset(
    {
        "submit_429",
        "submit_429_headers",
        "submit_403",
        "submit_404",
        "submit_405",
        "submit_406_type",
        "submit_406_credits",
        "submit_406_team",
        "submit_406_parameter",
        "submit_410",
        "submit_400",
    }
)
_PROOF = frozenset({400, 401, 403, 404, 406, 410, 429})  # nobody takes a job and answers this
_OF_HISTORY = frozenset({"history_5xx", "history_401"})
_IN_THE_MODEL = frozenset({"ask_lagging", "history_404", "history_repeats"})
_OF_RECORDS = frozenset({"ask_404", "ask_other_id"})


class Watch(Protocol):
    """Who looks at what leaves."""

    def post_leaves(self, slug: str, body: Mapping[str, object]) -> str:
        """A submit leaves; the id of the job that it is for."""
        ...

    def request_leaves(self) -> None:
        """A request with the key leaves."""
        ...

    def answered(self) -> None:
        """Klapper hears what became of a submit."""
        ...

    def downloads(self) -> None:
        """A clip is being loaded."""
        ...


class SimulatedTransport:
    """The port `Transport` of one life."""

    def __init__(self, loop: SimulatedLoop, segmind: SegmindModel, chance: Random, watch: Watch) -> None:
        self._loop = loop
        self._segmind = segmind
        self._faults = segmind.faults
        self._chance = chance
        self._watch = watch

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is open."""

    async def send(self, request: Request) -> Response | Break:
        if request.upload is not None:
            async for _ in request.upload:
                pass
        self._watch.request_leaves()
        if request.upload is not None:
            return await self._store(request)
        if request.method == "POST":
            return await self._submit(request)
        return await self._ask(request)

    # Submits

    async def _submit(self, request: Request) -> Response | Break:
        assert request.json is not None
        slug, body = request.url.rsplit("/", 1)[-1], dict(request.json)
        post = Post(self._watch.post_leaves(slug, body), self._segmind.time.now_s)
        self._segmind.posts.append(post)
        kind = self._faults.first(SUBMIT)
        self._segmind.story.tell("Klapper", f"POSTs {slug}{f' ({kind})' if kind else ''}", post.about)
        answer = await self._submitted(request, slug, body, post, kind)
        refused = answer is Break.NOT_CONNECTED or (isinstance(answer, Response) and answer.code in _PROOF)
        post.proven = refused and post.taken is None
        self._watch.answered()
        said = answer.value if isinstance(answer, Break) else str(answer.code)
        self._segmind.story.tell("network", f"the answer to the POST: {said}", post.about)
        return answer

    async def _submitted(
        self, request: Request, slug: str, body: Mapping[str, object], post: Post, kind: str | None
    ) -> Response | Break:
        if self._segmind.is_out or kind == "submit_unreachable":
            return await self._unreachable()
        if kind in _NEVER_ARRIVES:
            return await self._breaks(request, is_timeout=kind == "submit_timeout_before")
        if kind == "submit_5xx_before":
            return await self._travel(self._broken_gateway)
        refused_by = kind if kind in _REFUSES else None

        def arrive() -> Response:
            return self._segmind.take(slug, body, post, refused_by)

        if kind == "submit_late":
            self._segmind.time.after(request.patience.read_s + self._chance.uniform(1, 170), lambda: _do(arrive))
            return await self._breaks(request, is_timeout=True)
        answer = await self._travel(arrive)
        if answer.code != 200:
            return answer
        if kind in ("submit_drop_after", "submit_timeout_after"):
            return await self._breaks(request, is_timeout=kind == "submit_timeout_after")
        return self._damaged(answer, kind or "")

    def _damaged(self, answer: Response, kind: str) -> Response:
        match kind.rpartition("_")[2] if kind != "submit_5xx_after" else kind:
            case "submit_5xx_after":
                return self._broken_gateway()
            case "html":
                return Response(200, {}, HTML)
            case "empty":
                return replace(answer, body=b"")
            case "truncated":
                return replace(answer, body=answer.body[: len(answer.body) // 3])
            case "shape":
                return replace(answer, body=b'[{"unexpected": true}]')
            case "id" if kind.startswith("ask"):
                return replace(answer, body=answer.body.replace(b'"request_id": "', b'"request_id": "ffff'))
            case "id":
                return replace(answer, body=b'{"request_id": "../x", "status": "QUEUED"}')
            case "5xx":
                return replace(answer, code=500)
            case _:
                return answer

    def _broken_gateway(self) -> Response:
        code = self._chance.choice((500, 502, 503, 504))
        return Response(code, {}, HTML) if self._chance.random() < 0.5 else error(code, "Internal Server Error")

    # Questions and uploads

    async def _ask(self, request: Request) -> Response | Break:
        if self._segmind.is_out:
            return await self._unreachable()
        of_history = "request-history" in request.url
        if of_history and self._segmind.history_is_out:
            return await self._travel(self._broken_gateway)
        kind = self._faults.first(_questions(request.url, of_history=of_history))
        match kind:
            case "ask_drop" | "ask_timeout":
                return await self._breaks(request, is_timeout=kind == "ask_timeout")
            case "ask_5xx" | "history_5xx":
                return await self._travel(self._broken_gateway)
            case "ask_429" | "ask_429_headers":
                headers = {"Retry-After": "30"} if kind.endswith("headers") else {}
                return await self._travel(lambda: Response(429, headers, b'{"error":"rate_limit_exceeded"}'))
            case "history_401":
                return await self._travel(lambda: error(401, "invalid_api_key"))
            case "ask_404":
                return await self._travel(lambda: error(404, "Request not found"))
        answer = await self._travel(lambda: self._segmind.answer(request.url))
        return self._damaged(answer, kind or "")

    async def _store(self, request: Request) -> Response | Break:
        if self._segmind.is_out:
            return await self._unreachable()
        kind = self._faults.first(UPLOADS)
        if kind == "upload_5xx":
            return await self._travel(self._broken_gateway)
        if kind == "upload_drop":
            return await self._breaks(request, is_timeout=False)
        return await self._travel(lambda: self._segmind.store(kind))

    # Clips

    @asynccontextmanager
    async def open(self, url: URL, headers: Mapping[str, str], patience: Patience) -> AsyncIterator[Media]:
        assert "x-api-key" not in headers, "a media host gets no key"
        made = self._segmind.made[url.name.removesuffix(".mp4")]
        if self._segmind.is_out:
            await self._unreachable()
            raise BrokenOff("ClientConnectorError")
        kind = self._faults.first(MEDIA)
        if kind == "media_refused":
            await self._unreachable()
            raise BrokenOff("ClientConnectorError")
        await self._travel(lambda: None)
        self._watch.downloads()
        yield SimulatedMedia(self, made, kind, patience)

    async def pause(self) -> None:
        await self._travel(lambda: None)

    @property
    def now_s(self) -> float:
        return self._segmind.time.now_s

    # The way there and back

    async def _travel(self, arrive: Callable[[], T]) -> T:
        """There, what happens there, and back. What was on its way when the process died arrives or is lost."""
        up_s, down_s, lands = self._latency(), self._latency(), self._chance.random() < 0.5
        back: asyncio.Future[T] = self._loop.create_future()

        def arrived() -> None:
            if self._loop.dead and not lands:
                return
            answer = arrive()
            self._segmind.time.after(down_s, lambda: returned(answer))

        def returned(answer: T) -> None:
            if not self._loop.dead and not back.done():
                back.set_result(answer)

        self._segmind.time.after(up_s, arrived)
        return await back

    async def _breaks(self, request: Request, *, is_timeout: bool) -> Break:
        await asyncio.sleep(request.patience.read_s if is_timeout else self._latency())
        return Break.TIMEOUT if is_timeout else Break.BROKEN

    async def _unreachable(self) -> Break:
        await asyncio.sleep(self._chance.choice((0.01, OUTAGE_S)))
        return Break.NOT_CONNECTED

    def _latency(self) -> float:
        if self._faults.strikes("slow_network"):
            return self._chance.uniform(1, SLOW_LATENCY_S / 2)
        return self._chance.uniform(0.01, LONGEST_LATENCY_S) ** 2


class SimulatedMedia:
    """One download of a clip."""

    def __init__(self, transport: SimulatedTransport, made: Made, kind: str | None, patience: Patience) -> None:
        self._transport = transport
        self._made = made
        self._kind = kind
        self._patience = patience
        is_old = transport.now_s - made.submitted_s > MEDIA_LIFE_S
        self.code = 404 if made.is_gone or is_old or kind == "media_404" else 503 if kind == "media_5xx" else 200
        self._content = clip(made)
        if kind == "media_truncated":
            self._content = self._content[: len(self._content) // 2]
        self.length: int | None = len(self._content)
        if self.code == 404 or kind == "media_truncated":
            made.faults["useless"] = made.faults.get("useless", 0) + 1

    async def read(self) -> bytes:
        await self._transport.pause()
        if self._kind == "media_stalled":
            await asyncio.sleep(self._patience.read_s)
            raise BrokenOff("SocketTimeoutError")
        half = max(1, len(self._content) // 2)
        piece, self._content = self._content[:half], self._content[half:]
        if self._kind == "media_cut" and not self._content:
            raise BrokenOff("ClientPayloadError")
        if len(self._content) < half:
            piece, self._content = piece + self._content, b""
        return piece


def clip(made: Made) -> bytes:
    """The clip as it is served."""
    return clip_content(made.request_id, made.clip_bytes, made.codec)


def _questions(url: str, *, of_history: bool) -> Mapping[str, float]:
    """What can happen to this question."""
    kinds = {kind: rate for kind, rate in QUESTIONS.items() if kind not in _IN_THE_MODEL}
    is_record = "/v2/requests/" in url
    left_out = (_OF_RECORDS if not is_record else frozenset()) | (_OF_HISTORY if not of_history else frozenset())
    return {kind: rate for kind, rate in kinds.items() if kind not in left_out}


def _do(arrive: Callable[[], Response]) -> None:
    arrive()
