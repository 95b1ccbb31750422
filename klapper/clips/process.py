"""Copies of clips, made beside the bot: one at a time, bounded in memory and time, and whole or not there."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from pathlib import Path

from klapper.child import Ended, run_child
from klapper.clips.facts import ClipFacts
from klapper.errors import DeliveryError

LONGEST_S = 600.0  # its low priority makes it slow on a busy computer
WORKER = "klapper.clips.worker"
PART = ".part"

_log = logging.getLogger(__name__)


class ClipCopies:
    """Keeps: one copy is made at a time, none takes longer than its time, a file appears under its name only when it
    is whole and fits, and a cancelled caller leaves neither process nor half file behind.
    """

    def __init__(self, *, longest_s: float = LONGEST_S) -> None:
        self._longest_s = longest_s
        self._turn = asyncio.Lock()

    async def copy(self, source: Path, target: Path, limit_bytes: int) -> ClipFacts:
        """A copy of at most so many bytes that Discord plays.

        Raises DeliveryError: `copy_too_long` (for any bitrate that shows something), `copy_too_slow`, `copy_failed`,
        `media_gone` and `media_broken` (of the source).
        """
        # A name of its own: should an earlier bot have been killed, its child may not have noticed yet.
        part = target.with_name(f"{target.name}.{secrets.token_hex(4)}{PART}")
        async with self._turn:
            try:
                copy = _read(await run_child(WORKER, *map(str, (source, part, limit_bytes)), longest_s=self._longest_s))
                await asyncio.to_thread(part.replace, target)
            except TimeoutError:
                sentence = f"The copy was not made within {self._longest_s:g} s."
                raise DeliveryError("copy_too_slow", sentence) from None
            except OSError as error:
                raise DeliveryError("copy_failed", f"The copy could not be stored: {error.strerror}.") from error
            finally:
                part.unlink(missing_ok=True)  # not in a thread: whoever was cancelled does not wait
        return copy


def _read(ended: Ended) -> ClipFacts:
    if ended.code:  # below 0 a signal: out of memory or time, or the encoder crashed
        _log.warning("an encoder ended early", extra={"code": ended.code, "said": ended.last_line})
        raise DeliveryError("copy_failed", "The encoder ended early.")
    found = json.loads(ended.answer)
    if "reason" in found:
        raise DeliveryError(found["reason"], found["sentence"])
    return ClipFacts(**found)
