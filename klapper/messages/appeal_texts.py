"""What members read about appeals. Pure."""

from __future__ import annotations

from klapper.messages import text

APPEAL = "Appeal…"
TITLE = "Ask the moderators"
WHY = "Why should this be made?"


def terms(price_credits: int, replaces: str | None = None) -> str:
    """Under the question: what is reserved for it, and whose place it takes; at most 100 characters."""
    until = f"{text.credits(price_credits)} are reserved until they decide."
    return f"Moderators read it: {until}" if replaces is None else f"It takes the place of job {replaces}: {until}"
