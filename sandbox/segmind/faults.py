"""Scripted faults: what goes wrong, where, for whom and how often."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sandbox.segmind.clip import CODECS


class Stage(StrEnum):
    """Where a fault strikes."""

    SUBMIT = "submit"  # POST /v2/{slug}, before a job exists
    ACCEPTED = "accepted"  # the same POST, after the job exists: only its answer is harmed
    STATUS = "status"  # GET /v2/requests/{id}/status and /v1/requests/{id}
    RESULT = "result"  # GET /v2/requests/{id}
    HISTORY = "history"  # GET request-history/{id}
    HISTORY_LIST = "history_list"  # GET request-history
    CREDITS = "credits"
    UPLOAD = "upload"  # POST /upload-asset, before anything is kept
    MEDIA = "media"  # a download
    JOB = "job"  # the job itself; drawn when it is accepted


class Kind(StrEnum):
    """What goes wrong. `status`, `text`, `seconds` and `mebibytes` of the fault say more where noted."""

    # An answer instead of the real one (any stage but JOB)
    RATE_LIMITED = "rate_limited"  # 429
    SERVER_ERROR = "server_error"  # 500
    BAD_GATEWAY = "bad_gateway"  # 502, JSON
    GATEWAY_TIMEOUT = "gateway_timeout"  # 504, JSON
    BAD_REQUEST = "bad_request"  # 400 with `text`
    UNAUTHORIZED = "unauthorized"  # 401
    FORBIDDEN = "forbidden"  # 403
    NOT_FOUND = "not_found"  # 404
    RETIRED = "retired"  # 410
    INVALID_CONTENT_TYPE = "invalid_content_type"  # 406
    INSUFFICIENT_CREDITS = "insufficient_credits"  # 406
    TEAM_LIMIT = "team_limit"  # 406
    PARAMETER_REFUSED = "parameter_refused"  # 406 with `text`
    HTML = "html"  # an HTML page under `status` (default 200; on media it claims to be video/mp4)
    NOT_JSON = "not_json"  # 200, application/json, `text` as the body
    DROP = "drop"  # the connection is closed without an answer
    # A late answer (any stage but JOB)
    DELAY = "delay"  # `seconds` of the wall's clock, then whatever else is scripted
    # A readable answer with something odd in it
    MALFORMED_ID = "malformed_id"  # request_id is `text` (ACCEPTED, STATUS, HISTORY)
    UNKNOWN_STATUS = "unknown_status"  # the status word is `text` (ACCEPTED, STATUS, RESULT, HISTORY)
    ODD_CODE = "odd_code"  # the real body under HTTP `status` (ACCEPTED, STATUS, RESULT, HISTORY)
    WRONG_HOST = "wrong_host"  # the output URL names another host (RESULT, HISTORY)
    OUTPUT_SHAPE = "output_shape"  # RESULT; `text` is one of OUTPUT_SHAPES
    UPLOAD_SHAPE = "upload_shape"  # UPLOAD; the files are kept, `text` is one of UPLOAD_SHAPES
    REPEATED_ROWS = "repeated_rows"  # HISTORY_LIST; every row twice, as for requests with two outputs
    # What becomes of the job (JOB)
    FAIL_TECHNICAL = "fail_technical"  # FAILED with `text`
    FAIL_CONTENT = "fail_content"  # FAILED with a content policy text, or `text`
    STUCK_QUEUED = "stuck_queued"
    STUCK_PROCESSING = "stuck_processing"
    RUN_TIME = "run_time"  # takes `seconds` of the wall's clock at the present speed
    BIG = "big"  # the clip is a valid MP4 of at least `mebibytes`, most of it padding that players skip
    DENSE = "dense"  # the clip is 720p, and its pictures themselves are about `mebibytes`
    CODEC = "codec"  # the clip's picture is `text`, one of CODECS
    # What is wrong with the download (MEDIA)
    TRUNCATED = "truncated"  # half the file, honest length
    CUT = "cut"  # half the file, then the connection is closed
    REDIRECT = "redirect"  # 302 to /elsewhere/, which serves the clip
    HUGE_LENGTH = "huge_length"  # claims 1 TiB
    STALL = "stall"  # a few bytes, then silence


LATE = frozenset({Kind.DELAY})
ANSWERS = frozenset(
    {
        Kind.RATE_LIMITED,
        Kind.SERVER_ERROR,
        Kind.BAD_GATEWAY,
        Kind.GATEWAY_TIMEOUT,
        Kind.BAD_REQUEST,
        Kind.UNAUTHORIZED,
        Kind.FORBIDDEN,
        Kind.NOT_FOUND,
        Kind.RETIRED,
        Kind.INVALID_CONTENT_TYPE,
        Kind.INSUFFICIENT_CREDITS,
        Kind.TEAM_LIMIT,
        Kind.PARAMETER_REFUSED,
        Kind.HTML,
        Kind.NOT_JSON,
        Kind.DROP,
    }
)
_WORDS = frozenset({Kind.MALFORMED_ID, Kind.UNKNOWN_STATUS, Kind.ODD_CODE})
EDITS = _WORDS | {Kind.WRONG_HOST, Kind.OUTPUT_SHAPE}
FATES = frozenset({Kind.FAIL_TECHNICAL, Kind.FAIL_CONTENT, Kind.STUCK_QUEUED, Kind.STUCK_PROCESSING})
MEDIA = frozenset({Kind.TRUNCATED, Kind.CUT, Kind.REDIRECT, Kind.HUGE_LENGTH, Kind.STALL})
JOB = FATES | {Kind.RUN_TIME, Kind.BIG, Kind.DENSE, Kind.CODEC}
OUTPUT_SHAPES = ("no_video", "list", "dict", "video_string", "base64", "nothing")
UPLOAD_SHAPES = ("urls", "empty", "nothing")
_WORDS_OF = {Kind.OUTPUT_SHAPE: OUTPUT_SHAPES, Kind.UPLOAD_SHAPE: UPLOAD_SHAPES, Kind.CODEC: tuple(CODECS)}

_EDITABLE: dict[Stage, frozenset[Kind]] = {
    Stage.ACCEPTED: _WORDS,
    Stage.STATUS: _WORDS,
    Stage.RESULT: EDITS - {Kind.MALFORMED_ID},
    Stage.HISTORY: _WORDS | {Kind.WRONG_HOST},
    Stage.HISTORY_LIST: frozenset({Kind.REPEATED_ROWS}),
    Stage.UPLOAD: frozenset({Kind.UPLOAD_SHAPE}),
}


def possible(stage: Stage) -> frozenset[Kind]:
    """The kinds that can strike at a stage."""
    if stage is Stage.JOB:
        return JOB
    if stage is Stage.MEDIA:
        return ANSWERS | LATE | MEDIA
    return ANSWERS | LATE | _EDITABLE.get(stage, frozenset())


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong `times` times (None: until removed).

    `slug` and `prompt` (a substring) narrow it to some jobs. Raises ValueError when `kind` cannot strike at `at`.
    """

    at: Stage
    kind: Kind
    slug: str | None = None
    prompt: str | None = None
    times: int | None = 1
    status: int | None = None
    text: str | None = None
    seconds: float = 0.0
    mebibytes: int = 0

    def __post_init__(self) -> None:
        if self.kind not in possible(self.at):
            raise ValueError(f"{self.kind} cannot strike at {self.at}")
        words = _WORDS_OF.get(self.kind)
        if words is not None and self.text not in words:
            raise ValueError(f"{self.kind} must be one of {', '.join(words)}")
        if self.times is not None and self.times < 1:
            raise ValueError("times must be at least 1, or None")

    def concerns(self, slug: str | None, prompt: str | None) -> bool:
        """Whether a request about this slug and prompt can be struck."""
        if self.slug is not None and self.slug != slug:
            return False
        return self.prompt is None or (prompt is not None and self.prompt in prompt)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Fault:
        """Raises ValueError or TypeError on anything that is not a fault."""
        return cls(**{**body, "at": Stage(body.get("at", "")), "kind": Kind(body.get("kind", ""))})


@dataclass(slots=True)
class ScriptedFault:
    """A fault with what is left of it."""

    id: int
    fault: Fault
    struck: int = 0

    @property
    def spent(self) -> bool:
        return self.fault.times is not None and self.struck >= self.fault.times


class FaultBook:
    """The script, first written first drawn."""

    def __init__(self) -> None:
        self._script: list[ScriptedFault] = []
        self._next_id = 1

    def add(self, fault: Fault) -> int:
        """Its number, for `remove`."""
        self._script.append(ScriptedFault(self._next_id, fault))
        self._next_id += 1
        return self._next_id - 1

    def remove(self, fault_id: int | None = None) -> None:
        """One fault, or the whole script."""
        self._script = [] if fault_id is None else [entry for entry in self._script if entry.id != fault_id]

    def all(self) -> list[ScriptedFault]:
        """Spent ones included, so that a test can see that a fault did strike."""
        return list(self._script)

    def draw(self, stage: Stage, kinds: Iterable[Kind], slug: str | None, prompt: str | None) -> Fault | None:
        """The first live fault of these kinds at this stage; it is counted as struck."""
        wanted = frozenset(kinds)
        for entry in self._script:
            fault = entry.fault
            if fault.at is stage and fault.kind in wanted and not entry.spent and fault.concerns(slug, prompt):
                entry.struck += 1
                return fault
        return None
