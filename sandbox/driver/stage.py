"""Settings of the sandbox and changes of its world, as the driver offers them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from sandbox.driver.link import Link
from sandbox.driver.parts import AttachmentView, Json
from sandbox.driver.result import InteractionResult
from sandbox.driver.views import MessageView


class StageControls:
    """Everything that is not an act of one member at a keyboard."""

    def __init__(self, link: Link) -> None:
        self._link = link

    # The guild

    async def set_permissions(
        self, channel: str, target: str, *, allow: Iterable[str] = (), deny: Iterable[str] = ()
    ) -> None:
        """Replaces the overwrite of a role or member (the bot's role and user are called like the bot)."""
        await self._link.do("set_permissions", channel=channel, target=target, allow=list(allow), deny=list(deny))

    async def set_role(self, role: str, permissions: Iterable[str], guild: str | None = None) -> None:
        """Replaces what a role gives, by permission names."""
        await self._link.do("set_role", role=role, permissions=list(permissions), guild=guild)

    async def delete_role(self, role: str, guild: str | None = None) -> None:
        """The role goes, and its members and channels are without it."""
        await self._link.do("delete_role", role=role, guild=guild)

    async def set_member_roles(self, member: str, roles: Iterable[str], guild: str | None = None) -> None:
        await self._link.do("set_member_roles", member=member, roles=list(roles), guild=guild)

    async def add_member(self, name: str, roles: Iterable[str] = (), guild: str | None = None) -> str:
        """A user joins; returns the user id."""
        answer = await self._link.do("add_member", name=name, roles=list(roles), guild=guild)
        return str(answer["user"]["id"])

    async def remove_member(self, member: str, guild: str | None = None) -> None:
        await self._link.do("remove_member", member=member, guild=guild)

    async def close_dm(self, member: str) -> None:
        """The member no longer takes direct messages: 403, 50007."""
        await self._link.do("set_dms", member=member, is_open=False)

    async def open_dm(self, member: str) -> None:
        await self._link.do("set_dms", member=member, is_open=True)

    async def add_channel(self, name: str, *, nsfw: bool = False, guild: str | None = None) -> str:
        """Returns the channel id."""
        return str((await self._link.do("add_channel", name=name, nsfw=nsfw, guild=guild))["id"])

    async def add_thread(self, channel: str, name: str, owner: str) -> str:
        """Returns the thread's channel id."""
        return str((await self._link.do("add_thread", channel=channel, name=name, owner=owner))["id"])

    async def change_channel(self, channel: str, **changes: Any) -> None:
        """Sets `name`, `nsfw`, and for threads `archived` and `locked`."""
        await self._link.do("change_channel", channel=channel, **changes)

    async def delete_channel(self, channel: str) -> None:
        await self._link.do("delete_channel", channel=channel)

    async def remove_bot(self, guild: str | None = None) -> None:
        """Kicks the bot out of the guild."""
        await self._link.do("remove_bot", guild=guild)

    async def add_bot(self, permissions: Iterable[str], guild: str | None = None) -> None:
        await self._link.do("add_bot", permissions=list(permissions), guild=guild)

    async def set_upload_limit(
        self, limit_bytes: int, *, announced_bytes: int | None = None, guild: str | None = None
    ) -> None:
        """Bigger files answer 413; interactions announce `announced_bytes`, or the same."""
        await self._link.do("set_upload_limit", limit_bytes=limit_bytes, announced_bytes=announced_bytes, guild=guild)

    async def set_member_upload_limit(self, member: str, limit_bytes: int) -> None:
        """What the member's own subscription allows anywhere (0: none); `attachment_size_limit` is the larger one."""
        await self._link.do("set_member_upload_limit", member=member, limit_bytes=limit_bytes)

    async def take_down(self, file: AttachmentView | str) -> None:
        """The file (or the URL of one) is gone from the CDN; whoever asks for it gets 404."""
        await self._link.do("take_down", url=file.url if isinstance(file, AttachmentView) else file)

    async def bot_permissions(self, channel: str) -> list[str]:
        """What the bot may do in a channel."""
        return list((await self._link.do("bot_permissions", channel=channel))["permissions"])

    async def world(self) -> Json:
        """All guilds with channels, roles and members as Discord's objects."""
        return await self._link.do("world")

    async def user_id(self, name: str) -> str:
        """The id behind a member's display name; raises LookupError."""
        for guild in (await self.world())["guilds"]:
            for member in guild["members"]:
                if member["user"]["global_name"] == name:
                    return str(member["user"]["id"])
        raise LookupError(name)

    async def channel_id(self, name: str) -> str:
        """The id behind a channel's name; raises LookupError."""
        for guild in (await self.world())["guilds"]:
            for channel in [*guild["channels"], *guild["threads"]]:
                if channel["name"] == name:
                    return str(channel["id"])
        raise LookupError(name)

    # Time

    async def age_message(self, message: MessageView | str, seconds: float) -> None:
        """Makes a message older; its id stays as it was."""
        message_id = message.id if isinstance(message, MessageView) else message
        await self._link.do("age_message", message=message_id, seconds=seconds)

    async def age_interaction(self, interaction: InteractionResult, seconds: float) -> None:
        """Makes an interaction older, e.g. to outlive its token."""
        await self._link.do("age_interaction", interaction=interaction.id, seconds=seconds)

    async def advance_clock(self, seconds: float) -> None:
        """Moves Discord's clock forward for good: new ids, all ages and limits."""
        await self._link.do("advance_clock", seconds=seconds)

    async def set_limits(self, **values: float) -> None:
        """Fields of `sandbox.discord.limits.Limits`, e.g. `acknowledge_s=0.3`."""
        await self._link.do("set_limits", **values)

    # Trouble

    async def add_fault(
        self,
        method: str = "*",
        path: str = ".*",
        *,
        times: int = 1,
        when: Literal["before", "after"] = "before",
        status: int | None = None,
        body: Any = None,
        drop: bool = False,
        delay_s: float = 0.0,
        retry_after_s: float = 0.05,
        via: bool = True,
        global_limit: bool = False,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Spoils the next `times` requests whose path matches; see `sandbox.discord.faults.Fault`.

        A path that begins with `^/cdn/` spoils fetches of files, e.g. `^/cdn/ephemeral-attachments/`.
        """
        await self._link.do(
            "add_fault",
            method=method,
            path=path,
            times=times,
            when=when,
            status=status,
            body=body,
            drop=drop,
            delay_s=delay_s,
            retry_after_s=retry_after_s,
            via=via,
            global_limit=global_limit,
            headers=headers,
        )

    async def clear_faults(self) -> None:
        await self._link.do("clear_faults")

    async def faults(self) -> list[Json]:
        """Faults that still wait for their requests."""
        return list((await self._link.do("faults"))["faults"])

    async def limit_route(self, method: str, path: str, *, requests: int, window_s: float) -> None:
        """A real rate limit for matching routes: headers, and 429 with `Via` when it is used up."""
        await self._link.do("limit_route", method=method, path=path, requests=requests, window_s=window_s)

    async def kill_gateway(self, code: int | None = None) -> None:
        """Ends the bot's gateway connections with the close code, or cuts them; sessions can be resumed."""
        await self._link.do("kill_gateway", code=code)

    async def reconnect_gateway(self) -> None:
        """Opcode 7: asks the bot to reconnect."""
        await self._link.do("reconnect_gateway")

    async def invalidate_sessions(self) -> None:
        """Opcode 9: the bot must identify anew."""
        await self._link.do("invalidate_sessions")
