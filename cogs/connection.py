"""Discord may be away at any time, from the start on: log in, register and stay connected, however often it takes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from cogs.client import KlapperBot
from klapper.clock import Clock
from klapper.errors import KlapperError
from klapper.messages.discord_errors import is_of_discord
from klapper.services.supervisor import CALM_AFTER_S, FIRST_REST_S, LONGEST_REST_S

_log = logging.getLogger(__name__)

# Discord docs, Gateway: a token is reset after 1,000 new sessions in 24 hours.
GATEWAY_LONGEST_REST_S = 120.0
_SHOWN = 200


async def stay_connected(client: KlapperBot, token: str, *, clock: Clock, failed: Callable[[str], None]) -> None:
    """Until cancelled. Raises KlapperError when trying again is useless, SettingsError for a token that is refused.

    failed: told `login`, `commands` or `gateway` each time that did not work.
    """
    logging.getLogger("discord.client").addFilter(_in_one_line)
    persist = partial(until_done, clock=clock, failed=failed)
    await persist("login", partial(client.enter, token))
    registering = asyncio.create_task(persist("commands", client.register_commands))
    try:
        await persist("gateway", client.stay, longest_rest_s=GATEWAY_LONGEST_REST_S)
    finally:
        registering.cancel()
        await asyncio.gather(registering, return_exceptions=True)


async def until_done(
    name: str,
    step: Callable[[], Awaitable[None]],
    *,
    clock: Clock,
    failed: Callable[[str], None],
    longest_rest_s: float = LONGEST_REST_S,
) -> None:
    """Repeat `step`, with longer and longer rests, until it returns. Raises KlapperError: that is for the operator."""
    rest_s = FIRST_REST_S
    while True:
        started_s = clock.monotonic_s()
        try:
            return await step()
        except KlapperError:
            raise
        except Exception as error:
            if clock.monotonic_s() - started_s > CALM_AFTER_S:
                rest_s = FIRST_REST_S
            _tell(name, error, rest_s)
            failed(name)
        await clock.sleep(rest_s)
        rest_s = min(longest_rest_s, rest_s * 2)


def _tell(name: str, error: Exception, rest_s: float) -> None:
    if is_of_discord(error):
        shown = f"{type(error).__name__}: {error}"[:_SHOWN]
        _log.warning(
            "Discord cannot be reached: trying again", extra={"step": name, "error": shown, "in_s": round(rest_s)}
        )
    else:
        _log.exception("Discord step crashed", extra={"step": name})


def _in_one_line(record: logging.LogRecord) -> bool:
    """discord.py says every lost connection with a traceback."""
    if record.exc_info and str(record.msg).startswith("Attempting a reconnect"):
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.exc_info = f"{record.msg} after {record.exc_info[0].__name__}", None  # type: ignore[union-attr]
    return True
