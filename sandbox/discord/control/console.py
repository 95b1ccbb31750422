"""Reading what happened and setting how the sandbox behaves: journal, faults, limits, gateway."""

from __future__ import annotations

import re

from sandbox.discord.board import message_view
from sandbox.discord.control.names import Names
from sandbox.discord.errors import Json
from sandbox.discord.faults import Fault
from sandbox.discord.journal import Filter, Kind
from sandbox.discord.options import NotPossible
from sandbox.discord.rate_limits import Limit
from sandbox.discord.services import Services

LONGEST_WAIT_S = 60.0


class Console:
    """One method per question or setting."""

    def __init__(self, services: Services, names: Names) -> None:
        self._services = services
        self._world = services.world
        self._names = names

    # Reading

    async def journal(
        self, after: int = 0, kinds: list[str] | None = None, subject: str | None = None, wait_s: float = 0.0
    ) -> Json:
        """Entries newer than `after`; waits up to `wait_s` for the first one. `next` is the number to go on from."""
        wanted = Filter(frozenset(Kind(kind) for kind in kinds) if kinds else None, subject)
        entries, following = await self._world.journal.wait(after, wanted, min(wait_s, LONGEST_WAIT_S))
        return {"entries": [entry.payload() for entry in entries], "next": following}

    def interaction(self, interaction: str) -> Json:
        found = self._services.desk.get(int(interaction))
        if found is None:
            raise NotPossible(f"there is no interaction {interaction}")
        return found.view()

    def message(self, message: str) -> Json:
        return message_view(self._names.message(message), self._world)

    def messages(self, channel: str, member: str | None = None, viewer: str | None = None) -> Json:
        """The channel's messages, oldest first; `viewer` sees their own ephemeral ones, nobody named sees all."""
        user = self._names.user(member) if member else None
        place = self._names.channel(channel, user)
        reader = self._names.user(viewer) if viewer else None
        shown = [
            message_view(message, self._world)
            for message in self._world.messages_in(place).values()
            if reader is None or message.visible_to(reader.id)
        ]
        return {"messages": shown}

    def world(self) -> Json:
        """Guilds with channels, roles and members, for a page that shows them."""
        guilds = [guild.gateway_payload(list(guild.members.values())) for guild in self._world.guilds.values()]
        return {"guilds": guilds, "application_id": str(self._world.application.id)}

    def bot(self) -> Json:
        """Whether the bot is connected, how often it identified, and its commands by name."""
        guilds: list[int | None] = [None, *self._world.guilds]
        commands = {
            str(one or "global"): [c["name"] for c in self._services.commands.definitions(one)] for one in guilds
        }
        gateway = self._services.gateway
        return {"connected": len(gateway.connected), "identified": gateway.identified, "commands": commands}

    def commands(self, guild: str | None = None) -> Json:
        """What members of the guild are offered, with options."""
        place = self._names.guild(guild)
        return {"commands": [one.definition for one in self._services.commands.visible(place.id)]}

    # Setting

    def add_fault(self, **fields: object) -> Json:
        """Appends a `Fault` with these fields."""
        try:
            fault = Fault(**fields)  # type: ignore[arg-type]  # the dataclass knows its fields
            re.compile(fault.path)
        except (TypeError, re.error) as error:
            raise ValueError(f"add_fault: {error}") from error
        self._services.faults.add(fault)
        return self.faults()

    def clear_faults(self) -> Json:
        self._services.faults.clear()
        return self.faults()

    def faults(self) -> Json:
        return {"faults": self._services.faults.pending()}

    def set_limits(self, **values: float) -> Json:
        """Sets fields of `Limits`."""
        self._world.limits.change(**values)
        return {}

    def limit_route(self, method: str, path: str, requests: int, window_s: float) -> Json:
        """Gives matching routes a real rate limit."""
        self._services.rate_limits.limit_route(method, path, Limit(requests, window_s))
        return {}

    def advance_clock(self, seconds: float) -> Json:
        self._world.clock.advance(seconds)
        return {"now_ms": self._world.clock.now_ms()}

    async def kill_gateway(self, code: int | None = None) -> Json:
        """Closes the bot's connections with the code, or cuts them; sessions can be resumed."""
        await self._services.gateway.close_connections(code)
        return self.bot()

    def reconnect_gateway(self) -> Json:
        """Opcode 7."""
        self._services.gateway.ask_to_reconnect()
        return self.bot()

    def invalidate_sessions(self) -> Json:
        """Opcode 9, not resumable."""
        self._services.gateway.invalidate()
        return self.bot()
