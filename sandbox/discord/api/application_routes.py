"""The bot's own account, the gateway's address and the registration of commands."""

from __future__ import annotations

from sandbox.discord.api.call import Call, Reply, Route
from sandbox.discord.errors import ApiError, Json
from sandbox.discord.people import User
from sandbox.discord.services import Services


class ApplicationRoutes:
    """/gateway, /users, /applications and /oauth2."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._world = services.world

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/gateway", self._gateway, token_in_path=True),
            Route("GET", "/gateway/bot", self._gateway_bot),
            Route("GET", "/users/@me", self._me),
            Route("GET", "/users/{user_id}", self._user),
            Route("POST", "/users/@me/channels", self._open_dm),
            Route("GET", "/applications/@me", self._application),
            Route("GET", "/oauth2/applications/@me", self._application),
        ]

    def _gateway(self, call: Call) -> Reply:
        return Reply({"url": self._services.gateway.url})

    def _gateway_bot(self, call: Call) -> Reply:
        limit = {"total": 1000, "remaining": 999, "reset_after": 86_400_000, "max_concurrency": 1}
        return Reply({"url": self._services.gateway.url, "shards": 1, "session_start_limit": limit})

    def _me(self, call: Call) -> Reply:
        private = {"mfa_enabled": False, "locale": "en-US", "verified": True, "email": None, "premium_type": 0}
        return Reply(self._world.application.bot.payload() | private)

    def _user(self, call: Call) -> Reply:
        return Reply(known_user(self._services, call.id("user_id")).payload())

    def _open_dm(self, call: Call) -> Reply:
        user = known_user(self._services, int(call.body.get("recipient_id") or 0))
        return Reply(self._world.dm_with(user).payload())

    def _application(self, call: Call) -> Reply:
        application = self._world.application
        body: Json = {
            "id": str(application.id),
            "name": application.name,
            "icon": None,
            "description": "",
            "type": None,
            "bot": application.bot.payload(),
            "bot_public": application.public,
            "bot_require_code_grant": False,
            "verify_key": application.verify_key,
            "flags": 0,
            "flags_new": "0",
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "owner": application.owner.payload(),
            "team": None,
            "approximate_guild_count": len([one for one in self._world.guilds.values() if one.bot_present]),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "eligible_oauth2_scopes": [],
        }
        return Reply(body)


def known_user(services: Services, user_id: int) -> User:
    """Raises 10013."""
    from_world = services.world.users.get(user_id)
    if from_world is None:
        raise ApiError.of(10013)
    return from_world
