"""Why a request was decided about as it was: each rule that objected, with what it objected to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """rule: its code. detail: which term, image or category it is about; empty where there is nothing to name."""

    rule: str
    detail: str = ""


def to_json(reasons: Iterable[Reason]) -> str:
    """As it is stored: a code, or a code with its detail."""
    return json.dumps([[one.rule, one.detail] if one.detail else one.rule for one in reasons], ensure_ascii=False)


def from_json(stored: str) -> tuple[Reason, ...]:
    """Reverse of `to_json`."""
    return tuple(Reason(one) if isinstance(one, str) else Reason(*one) for one in json.loads(stored))
