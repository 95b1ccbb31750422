"""What members pick: uploads, people, channels and roles, as interactions carry them in `resolved`."""

from __future__ import annotations

from sandbox.discord.attachments import Attachment, UploadedFile
from sandbox.discord.choosing import offered_values
from sandbox.discord.component_reader import Type
from sandbox.discord.control.names import Names
from sandbox.discord.errors import Json
from sandbox.discord.options import NotPossible
from sandbox.discord.people import User
from sandbox.discord.permissions import in_channel, in_guild
from sandbox.discord.places import Channel
from sandbox.discord.world import World


class Uploads:
    """Files that the driver handed over and a member may attach, each as often as wanted."""

    def __init__(self) -> None:
        self._files: dict[str, UploadedFile] = {}

    def add(self, file: UploadedFile) -> str:
        upload = f"upload-{len(self._files) + 1}"
        self._files[upload] = file
        return upload

    def get(self, upload: str) -> UploadedFile:
        if upload not in self._files:
            raise NotPossible(f"{upload!r} was never uploaded")
        return self._files[upload]


class Picker:
    """Resolves one member's picks in one channel; implements `options.Resolver`."""

    def __init__(self, world: World, names: Names, uploads: Uploads, user: User, channel: Channel) -> None:
        self._world = world
        self._names = names
        self._uploads = uploads
        self._user = user
        self._channel = channel

    def attachment(self, upload: str) -> tuple[str, Json]:
        """Stores a file for an interaction."""
        stored = self._stored(upload, ephemeral=True)
        return str(stored.id), self._world.cdn.payload(stored)

    def posted(self, upload: str) -> Attachment:
        """Stores a file for the member's own message."""
        return self._stored(upload, ephemeral=False)

    def _stored(self, upload: str, *, ephemeral: bool) -> Attachment:
        file = self._uploads.get(upload)
        limit = self._world.upload_bytes(self._channel, self._user)
        if len(file.data) > limit:
            raise NotPossible(f"{file.filename} is over this place's upload limit of {limit} bytes")
        return self._world.cdn.store(file, self._channel.id, ephemeral=ephemeral)

    def user(self, name: str) -> tuple[str, Json, Json | None]:
        user = self._names.user(name)
        guild = self._world.guild_of(self._channel)
        member = guild.members.get(user.id) if guild else None
        if guild is None or member is None:
            return str(user.id), user.payload(), None
        permissions = {"permissions": str(int(in_channel(guild, member, self._channel)))}
        return str(user.id), user.payload(), member.payload_without_user() | permissions

    def channel(self, name: str) -> tuple[str, Json]:
        channel = self._names.channel(name, self._user)
        guild = self._world.guild_of(channel)
        permissions = int(in_guild(guild, guild.members[self._user.id])) if guild else 0
        return str(channel.id), channel.payload() | {"permissions": str(permissions)}

    def role(self, name: str) -> tuple[str, Json]:
        guild = self._world.guild_of(self._channel)
        if guild is None:
            raise NotPossible("direct messages have no roles")
        role = self._names.role(guild, name)
        return str(role.id), role.payload()

    def _offered_channel(self, select: Json, name: str) -> tuple[str, Json]:
        snowflake, payload = self.channel(name)
        kinds = select.get("channel_types") or [payload["type"]]
        if payload["type"] not in kinds:
            raise NotPossible(f"{select['custom_id']} offers channels of the types {kinds}, #{name} is none")
        return snowflake, payload

    def selected(self, select: Json, values: list[str]) -> Json:
        """`values` and `resolved` of a choice in a select; raises NotPossible for what it does not offer."""
        if not select["min_values"] <= len(values) <= select["max_values"]:
            raise NotPossible(f"{select['custom_id']} takes {select['min_values']} to {select['max_values']} values")
        if select["type"] == Type.STRING_SELECT:
            return {"values": offered_values(select, values)}
        return self.picked(select, values)

    def picked(self, select: Json, values: list[str]) -> Json:
        """The same of a select without options, whatever number it takes."""
        match select["type"]:
            case Type.CHANNEL_SELECT:
                return _picked("channels", [self._offered_channel(select, value) for value in values])
            case Type.ROLE_SELECT:
                return _picked("roles", [self.role(value) for value in values])
            case _:
                users = [self.user(value) for value in values]
                picked = _picked("users", [(one, payload) for one, payload, _ in users])
                picked["resolved"]["members"] = {one: member for one, _, member in users if member}
                return picked


def _picked(kind: str, things: list[tuple[str, Json]]) -> Json:
    return {"values": [one for one, _ in things], "resolved": {kind: dict(things)}}
