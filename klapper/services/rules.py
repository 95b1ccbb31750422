"""What the operator's settings say about everybody: where a guild starts from, and what it cannot change."""

from __future__ import annotations

from dataclasses import dataclass

from klapper.quotas.quota import Operator


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """undo_s: 0 for none. confirm_above: credits, 0: nobody is asked. keep_days: of clips and unused pictures.

    quotas: what a guild that sets nothing has. guilds: empty for every one.
    """

    quotas: Operator
    undo_s: int
    confirm_above: int = 0
    keep_days: int = 7
    blocked_terms: int = 0
    guilds: frozenset[int] = frozenset()
