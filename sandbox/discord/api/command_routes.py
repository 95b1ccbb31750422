"""Registration of application commands, global and per guild."""

from __future__ import annotations

from sandbox.discord.api.call import Call, Handler, Reply, Route
from sandbox.discord.errors import ApiError
from sandbox.discord.services import Services


class CommandRoutes:
    """/applications/{id}/commands and /applications/{id}/guilds/{id}/commands."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._registry = services.commands

    def routes(self) -> list[Route]:
        scopes = ("/applications/{application_id}", "/applications/{application_id}/guilds/{guild_id}")
        return [
            Route(method, f"{scope}/commands{tail}", handler)
            for scope in scopes
            for method, tail, handler in self._endpoints()
        ]

    def _endpoints(self) -> list[tuple[str, str, Handler]]:
        return [
            ("GET", "", lambda call: Reply(self._registry.definitions(self._scope(call)))),
            ("PUT", "", lambda call: Reply(self._registry.replace(self._scope(call), call.form.json))),
            ("POST", "", lambda call: Reply(self._registry.upsert(self._scope(call), call.body), 201)),
            ("GET", "/{command_id}", lambda call: Reply(self._registry.get(self._scope(call), call.id("command_id")))),
            ("DELETE", "/{command_id}", self._remove),
        ]

    def _remove(self, call: Call) -> Reply:
        self._registry.remove(self._scope(call), call.id("command_id"))
        return Reply()

    def _scope(self, call: Call) -> int | None:
        """The guild of the path, None for global commands; raises 50001 for somebody else's application."""
        if call.id("application_id") != self._services.world.application.id:
            raise ApiError.of(50001)
        if "guild_id" not in call.params:
            return None
        guild = self._services.world.guilds.get(call.id("guild_id"))
        if guild is None or not guild.bot_present:
            raise ApiError.of(50001)
        return guild.id
