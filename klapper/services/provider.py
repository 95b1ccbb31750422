"""The port to Segmind as the tracker and the delivery use it; `SegmindClient` is it, a test has a complete fake."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from klapper.segmind.answers import CreditsAnswer, HistoryAnswer, HistoryPageAnswer, ResultAnswer, Status, Submitted

Verified = TypeVar("Verified")


class Provider(Protocol):
    """Every method but `submit` may be repeated. All but `download` spend a token of the one request budget."""

    def may_submit(self, running_jobs: int) -> bool:
        """Whether the request budget leaves every running job its polls when one more is submitted."""
        ...

    async def admit_submit(self) -> None:
        """Spend the token of the next `submit`: before the job is committed as `sending`, because it may take long."""
        ...

    async def submit(self, slug: str, body: Mapping[str, Any]) -> Submitted:
        """Send a job once. Raises NotTaken, ProviderRejected or OutcomeUnknown."""
        ...

    async def upload(self, path: Path, media_type: str) -> str:
        """Put an image into Segmind's storage; its URL, which may go into a request.

        Raises NotTaken (later perhaps), ProviderRejected (image_refused | bad_request) or FileNotFoundError.
        """
        ...

    async def status(self, request_id: str) -> Status: ...

    async def result(self, request_id: str) -> ResultAnswer: ...

    async def history(self, request_id: str) -> HistoryAnswer: ...

    async def history_page(self, slug: str | None, *, from_ms: int, to_ms: int, page: int) -> HistoryPageAnswer:
        """The requests of one model, or of all, on the days (UTC) of these times, newest first; pages from 1."""
        ...

    async def credits(self) -> CreditsAnswer: ...

    async def download(self, url: str, to_path: Path, verify: Callable[[Path], Awaitable[Verified]]) -> Verified:
        """Load a clip to a file, whole and verified or not at all; what `verify` made of it.

        Raises DeliveryError: media_host | media_gone | media_broken | too_large | try_later.
        """
        ...

    @property
    def requests_per_minute(self) -> float:
        """What the request budget lets flow now."""
        ...
