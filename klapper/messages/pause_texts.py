"""What moderators read when Klapper paused itself on their server. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from klapper.messages import text


def paused_itself(refusals: int, roles: Sequence[int]) -> str:
    """refusals: of Segmind's content check, that count now. roles: that are told."""
    who = "".join(f"<@&{role}> " for role in roles)
    requests = text.counted(refusals, "request")
    return (
        f"{who}**Klapper has paused itself on this server**: Segmind refused {requests} of its members lately. "
        "New requests are refused, running jobs finish. `/manage resume` ends it; `/moderate log` shows whose they "
        "were."
    )
