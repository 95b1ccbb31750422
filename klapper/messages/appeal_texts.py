"""What members read about appeals. Pure."""

from __future__ import annotations

from klapper.messages import text

APPEAL = "Appeal…"
TITLE = "Ask the moderators"
WHY = "Why should this be made?"


def terms(price_credits: int) -> str:
    """Under the question: who reads the answer, and what is held for it."""
    return f"Moderators read it. Until they decide, {text.credits(price_credits)} are held for the clip."
