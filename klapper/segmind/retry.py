"""What follows from the outcome of a request. Decisions, not loops; nothing here sends or sleeps.

A submit is charged work, so only answers that prove Segmind did not take it lead back to waiting. Whatever is unclear
is `OutcomeUnknown` and is never sent again. An upload costs nothing, so all but a refusal of the image leads back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from klapper.errors import NotTaken, OutcomeUnknown, PauseScope, ProviderError, ProviderRejected
from klapper.segmind import wire
from klapper.segmind.answers import Submitted

# Codes that Segmind answers before it takes a job, with what follows.
NOT_TAKEN = {
    401: ("bad_key", "Segmind does not accept the API key; all jobs wait.", PauseScope.ALL),
    403: ("forbidden", "The API key may not use this model at Segmind; its jobs wait.", PauseScope.MODEL),
    429: ("rate_limited", "Segmind has too many requests; the job waits.", PauseScope.NONE),
}
REJECTED = {
    400: ("bad_request", "Segmind could not read the request", PauseScope.NONE),
    404: ("unknown_model", "Segmind does not know this model", PauseScope.NONE),
    410: ("retired", "Segmind has retired this model", PauseScope.MODEL),
}
NOT_ACCEPTABLE = 406
IMAGE_REFUSED = frozenset({400, 413, 415, 422})

_CONTENT_TYPE = re.compile(r"\binvalid content[- ]type\b", re.IGNORECASE)
_TEAM_LIMIT = re.compile(r"\bteam\b.{0,60}\blimit\b|\bspend(?:ing)? limit\b", re.IGNORECASE)
_NO_CREDITS = re.compile(
    r"\b(?:insufficient|not enough) (?:\w+ )?(?:credits?|balance|funds)\b|\bno credits (?:left|found)\b", re.IGNORECASE
)


class Break(Enum):
    """Why there is no answer."""

    NOT_CONNECTED = "not connected"  # refused, no address, no TLS, connect timeout: not a byte of the request was sent
    BROKEN = "broken"  # after sending began
    TIMEOUT = "timeout"  # after sending began


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer arrived. body: as far as it could be read. retry_after_s: None when Segmind did not say."""

    code: int
    body: bytes
    retry_after_s: float | None = None


def decide_submit(outcome: Answered | Break) -> Submitted | ProviderError:
    """What a submit came to: the id of the job, or the error to raise."""
    if isinstance(outcome, Answered):
        return wire.submitted(outcome.code, outcome.body) or _refusal(outcome)
    if outcome is Break.NOT_CONNECTED:
        return NotTaken("unreachable", "Segmind cannot be reached; the job waits.")
    return OutcomeUnknown("timeout" if outcome is Break.TIMEOUT else "connection_broken")


def decide_upload(outcome: Answered | Break) -> str | ProviderError:
    """What an upload came to: the URL of the image, or the error to raise, never OutcomeUnknown."""
    if isinstance(outcome, Break):
        return _not_stored()
    url = wire.stored_image(outcome.code, outcome.body)
    if url is not None:
        return url
    if outcome.code in IMAGE_REFUSED:
        return _image_refused(wire.error_text(outcome.body))
    if outcome.code not in NOT_TAKEN and outcome.code != NOT_ACCEPTABLE:
        return _not_stored(outcome.retry_after_s)
    refusal = _refusal(outcome)
    is_parameter = isinstance(refusal, ProviderRejected) and refusal.reason == "bad_parameter"
    return _image_refused(wire.error_text(outcome.body)) if is_parameter else refusal


def _not_stored(retry_after_s: float | None = None) -> NotTaken:
    return NotTaken("upload_failed", "Segmind did not take the image; the job waits.", retry_after_s=retry_after_s)


def _image_refused(text: str) -> ProviderRejected:
    return ProviderRejected("image_refused", _said("Segmind refused the image", text), text=text)


def _refusal(answer: Answered) -> ProviderError:
    text = wire.error_text(answer.body)
    if answer.code in NOT_TAKEN:
        reason, sentence, pause = NOT_TAKEN[answer.code]
        return NotTaken(reason, sentence, pause=pause, retry_after_s=answer.retry_after_s)
    if answer.code in REJECTED:
        reason, sentence, pause = REJECTED[answer.code]
        return ProviderRejected(reason, _said(sentence, text), text=text, pause=pause)
    if answer.code == NOT_ACCEPTABLE:
        return _not_acceptable(text)
    return OutcomeUnknown("unreadable_answer" if answer.code < 300 else f"http_{answer.code}")


def _not_acceptable(text: str) -> ProviderError:
    """Segmind answers 406 for four things; only the words tell which (Segmind docs: errors).

    A text may quote the prompt, so single words prove nothing: a steam train is no team.
    """
    if _CONTENT_TYPE.search(text):
        return ProviderRejected("bad_request", _said("Segmind could not read the request", text), text=text)
    if _TEAM_LIMIT.search(text):
        return NotTaken(
            "team_limit", "The team's spend limit at Segmind is reached; all jobs wait.", pause=PauseScope.ALL
        )
    # Without words the meaning that every model page prints: "Insufficient Credits".
    if not text or _NO_CREDITS.search(text):
        return NotTaken("no_credits", "The credits at Segmind are used up; all jobs wait.", pause=PauseScope.ALL)
    return ProviderRejected("bad_parameter", _said("Segmind refused a parameter", text), text=text)


def _said(sentence: str, text: str) -> str:
    return f"{sentence}: {text}" if text else f"{sentence}."
