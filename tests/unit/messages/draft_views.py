"""Views of drafts in every state, for tests of what is shown."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from klapper.drafts.draft import Draft, DraftKind, DraftState
from klapper.errors import RequestRefused
from klapper.jobs.job import Job
from klapper.kling.catalogue import CATALOGUE
from klapper.kling.editing import untaken
from klapper.kling.model import Model
from klapper.kling.picture import InputImage
from klapper.kling.prices import PRICES
from klapper.kling.pricing import Tariff, quote
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import resolve
from klapper.services.drafts import DraftView
from klapper.services.quoting import Priced
from klapper.services.replacing import Reviewed
from tests.quotas import quota_of

DRAFT_ID = "abcdefghjkmn"
NOW_MS = 1_700_000_000_000
_DRAFT = {field.name for field in fields(Draft)}


def picture(number: int = 1) -> InputImage:
    """What is known of some image."""
    return InputImage(f"{number:064x}", "image/jpeg", 640, 360 + number, 10_000)


def draft_of(request: VideoRequest, **changes: Any) -> Draft:
    values: dict[str, Any] = {
        "draft_id": DRAFT_ID,
        "kind": DraftKind.PANEL,
        "guild_id": 1,
        "channel_id": 2,
        "user_id": 3,
        "request": request,
        "created_at_ms": NOW_MS,
        "expires_at_ms": NOW_MS + 900_000,
    }
    return Draft(**{**values, **changes})


def view_of(
    prompt: str = "a fox",
    *,
    became: Job | None = None,
    reviewed: Reviewed | None = None,
    kept: bool = True,
    **changes: Any,
) -> DraftView:
    """A view as the service makes it. changes: of the draft or of its request; kept: whether its images are."""
    of_draft = {name: changes.pop(name) for name in tuple(changes) if name in _DRAFT}
    request = VideoRequest(prompt=prompt, **changes)
    draft = draft_of(request, **of_draft)
    outcome = _priced(request)
    model = _model(request) if isinstance(outcome, RequestRefused) else outcome.resolved.model
    hashes = request.images() if kept else ()
    return DraftView(
        draft=draft,
        meant=request,
        model=model,
        priced=None if isinstance(outcome, RequestRefused) else outcome,
        refusal=outcome if isinstance(outcome, RequestRefused) else None,
        untaken=untaken(request, CATALOGUE),
        images={sha256: InputImage(sha256, "image/jpeg", 640, 360, 10_000) for sha256 in hashes},
        repeats=None,
        reviewed=reviewed,
        became=became,
        is_live=draft.state is DraftState.OPEN,
    )


def _priced(request: VideoRequest) -> Priced | RequestRefused:
    try:
        resolved = resolve(request, CATALOGUE)
    except RequestRefused as refusal:
        return refusal
    return Priced(resolved, quote(resolved, Tariff(PRICES)), quota_of())


def _model(request: VideoRequest) -> Model | None:
    try:
        return CATALOGUE.choose(request)
    except RequestRefused:
        return None
