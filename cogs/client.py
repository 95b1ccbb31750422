"""The bot's own client of Discord: what it asks for, the commands it registers, the connection it keeps."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import discord
from discord.ext import commands
from discord.gateway import DiscordWebSocket

from cogs import CogServices, add_cogs
from klapper.errors import KlapperError, SettingsError

_log = logging.getLogger(__name__)

READY_S = 10.0
CLOSE_SOCKET_S = 2.0
# After the last guild that Discord tells of at a start; one that comes later is welcome all the same.
GUILDS_PAUSE_S = 0.5
BAD_TOKEN = "discord.token: Discord does not accept it: copy the bot's token once more."  # noqa: S105 (no secret)
_NEW_SESSION = 4000  # closes without ending the session at once (Discord docs: Gateway, Resuming)
_INTENTS_REFUSED = 4014


class KlapperBot(commands.Bot):
    """No privileged intents, no message cache, slash commands only.

    registered_file: where a digest of the commands that Discord has is kept.
    """

    def __init__(self, registered_file: Path) -> None:
        # Klapper does not talk: no warnings about voice libraries that are not there.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(guilds=True),
            max_messages=None,
            max_ratelimit_timeout=30.0,  # the least there is; a longer wait is an error that is tried again
            chunk_guilds_at_startup=False,
            guild_ready_timeout=GUILDS_PAUSE_S,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self._registered_file = registered_file
        self._logged_in = asyncio.Event()
        self._guild_left: Callable[[int], Awaitable[object]] | None = None

    async def serve(self, services: CogServices, *, guild_left: Callable[[int], Awaitable[object]]) -> None:
        """Take on the commands; before the login. guild_left: told the id of a guild that removed the bot."""
        self._guild_left = guild_left
        await add_cogs(self, services)

    async def enter(self, token: str) -> None:
        """Log in; may be called again after it failed. Raises SettingsError when Discord refuses the token."""
        try:
            await self.login(token)
        except Exception as error:
            await self._drop_session()
            if isinstance(error, discord.LoginFailure):
                raise SettingsError(BAD_TOKEN) from error
            raise
        self._logged_in.set()

    async def usable(self) -> None:
        """Return when requests can be sent; a moment later if the guilds are about to be known, but not for ever."""
        await self._logged_in.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(READY_S):
                await self.wait_until_ready()

    async def stay(self) -> None:
        """Be connected to the gateway; may be called again after it failed.

        Raises KlapperError when Discord wants no further try, which is what discord.py takes for a final close code.
        """
        try:
            await self.connect()
        except discord.PrivilegedIntentsRequired as error:
            raise _closed_for_good(_INTENTS_REFUSED) from error
        except discord.ConnectionClosed as error:
            raise _closed_for_good(error.code) from error
        except AttributeError as error:
            if self._socket is not None:
                raise
            # discord.py 2.7.1 looks for the session of a first connection that never came about.
            raise ConnectionError(f"no gateway connection: {error.__context__!r}") from error
        except Exception:
            await self._drop_socket()
            raise

    async def register_commands(self) -> None:
        """Tell Discord about the commands when they are others than last time: registering is rate limited."""
        plain = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        text = json.dumps([self.application_id, plain], sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()
        with suppress(OSError, UnicodeDecodeError):
            if self._registered_file.read_text(encoding="utf-8") == digest:
                return
        await self.tree.sync()
        _log.info("commands registered", extra={"commands": len(plain)})
        try:
            self._registered_file.write_text(digest, encoding="utf-8")
        except OSError as error:
            _log.warning("commands are registered again at the next start", extra={"error": str(error)})

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        """Nobody hears what comes after the end. discord.py 2.7.1 says `ready` until two seconds after the last guild,
        also of a client that was closed meanwhile and has no loop any more.
        """
        if not self.is_closed():
            super().dispatch(event_name, *args, **kwargs)

    async def on_ready(self) -> None:
        """Discord says this again after a lost session."""
        _log.info("discord ready", extra={"guilds": len(self.guilds)})

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """An event was not handled: what has a sentence for the operator, as a closed database, is one line."""
        error = sys.exception()
        if isinstance(error, KlapperError):
            _log.warning("an event of Discord's was not handled", extra={"event": event_method, "why": str(error)})
        else:
            await super().on_error(event_method, *args, **kwargs)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed, or the guild is gone; an outage is another event."""
        _log.info("removed from a guild", extra={"guild_id": guild.id})
        if self._guild_left is not None:
            await self._guild_left(guild.id)

    @property
    def _socket(self) -> DiscordWebSocket | None:
        return cast("DiscordWebSocket | None", self.ws)  # None before the first connection, whatever its type says

    async def _drop_session(self) -> None:
        """discord.py 2.7.1 makes a new session at each login, over the connector of the old one, and closes neither."""
        await self.http.close()
        self.http.connector = discord.utils.MISSING

    async def _drop_socket(self) -> None:
        """What ended `connect` need not have ended the connection and its heartbeat."""
        if self._socket is None or not self._socket.open:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SOCKET_S):
                await self._socket.close(code=_NEW_SESSION)


def _closed_for_good(code: int) -> KlapperError:
    return KlapperError(f"Discord closed the connection for good (code {code}).")
