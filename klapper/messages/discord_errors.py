"""What an error of Discord means for a message: one of the reasons of the port `Messenger`. Pure.

Source of the codes: Discord docs, "Opcodes and Status Codes", JSON error codes.
"""

from __future__ import annotations

import discord

_REASONS = {
    10003: "channel_gone",  # unknown channel
    10004: "forbidden",  # unknown guild: we are not in it
    10008: "card_deleted",  # unknown message
    10013: "dm_closed",  # unknown user
    30046: "too_old",  # too many edits of a message older than an hour
    40005: "too_large",  # request entity too large
    50001: "forbidden",  # missing access
    50005: "card_deleted",  # somebody else's message: ours is not there
    50007: "dm_closed",  # cannot send messages to this user
    50008: "forbidden",  # cannot send messages in a channel of this kind
    50013: "forbidden",  # missing permissions
    50083: "archived",  # thread is archived: a new message there wakes it, an edit does not
    50278: "dm_closed",  # no server in common with this user
    160002: "forbidden",  # cannot reply without reading the history
}
_INVALID_FORM = 50035


def reason_of(error: BaseException) -> str | None:
    """The port's word for an error of Discord or of the way to it; None for an error of our own making."""
    match error:
        case discord.HTTPException():
            return _of_answer(error)
        case discord.RateLimited() | discord.ConnectionClosed() | TimeoutError() | OSError():
            return "try_later"
        case _:
            return "try_later" if _is_of_aiohttp(error) else None


def is_of_discord(error: BaseException) -> bool:
    """Whether Discord, or the way to it, caused the error."""
    return reason_of(error) is not None


def _of_answer(error: discord.HTTPException) -> str:
    known = _REASONS.get(error.code)
    if known is not None:
        return known
    if error.code == _INVALID_FORM and "message_reference" in error.text:
        return "card_deleted"  # a reply to a message that is gone is refused as a form error
    # A 403 without one of the codes is not Discord's decision about a message: its front refuses like that for a while.
    return "too_large" if error.status == 413 else "try_later"


def _is_of_aiohttp(error: BaseException) -> bool:
    # discord.py lets its HTTP library's connection errors through, and that library is not imported in this package.
    return any(kind.__module__.partition(".")[0] == "aiohttp" for kind in type(error).__mro__)
