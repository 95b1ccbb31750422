"""Who is pinged by a text, given allowed_mentions (Discord docs: Message, Allowed mentions)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sandbox.discord.component_reader import Type, walk
from sandbox.discord.errors import Json, invalid
from sandbox.discord.messages import Content, Mentions, Message
from sandbox.discord.people import User
from sandbox.discord.world import World

_USER, _ROLE, _EVERYONE = re.compile(r"<@!?(\d+)>"), re.compile(r"<@&(\d+)>"), re.compile(r"@(?:everyone|here)\b")
_KINDS = frozenset({"users", "roles", "everyone"})


class Allowed:
    """allowed_mentions as sent; without it everything in the text pings, and so does a reply."""

    def __init__(self, raw: Any) -> None:
        given: Json = raw if isinstance(raw, dict) else {"parse": sorted(_KINDS), "replied_user": True}
        self._parse = set(given.get("parse") or [])
        self._listed = {kind: {int(one) for one in given.get(kind) or []} for kind in ("users", "roles")}
        self.replied_user = bool(given.get("replied_user", False))
        if unknown := self._parse - _KINDS:
            text = f"Value must be one of {sorted(_KINDS)}, got {sorted(unknown)}."
            raise invalid(("allowed_mentions", "parse"), "BASE_TYPE_CHOICES", text)
        for kind, listed in self._listed.items():
            if listed and kind in self._parse:
                text = f"parse:[{kind!r}] and {kind}: [ids...] are mutually exclusive."
                raise invalid(("allowed_mentions",), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", text)

    def takes(self, kind: str, wanted: int) -> bool:
        return kind in self._parse or wanted in self._listed[kind]

    @property
    def everyone(self) -> bool:
        return "everyone" in self._parse


def find_mentions(world: World, content: Content, raw_allowed: Any, replied_to: Message | None) -> Mentions:
    """The people, roles and everyone that this content pings; raises 50035 for a contradictory allowed_mentions."""
    allowed = Allowed(raw_allowed)
    text = "\n".join(_texts(content))
    users = [world.users[one] for one in _ids(_USER, text) if one in world.users and allowed.takes("users", one)]
    if replied_to is not None and allowed.replied_user and replied_to.origin.author not in users:
        users.append(replied_to.origin.author)
    roles = [one for one in _ids(_ROLE, text) if allowed.takes("roles", one)]
    return Mentions(_unique(users), tuple(dict.fromkeys(roles)), allowed.everyone and bool(_EVERYONE.search(text)))


def _texts(content: Content) -> Iterator[str]:
    yield content.text
    for component in walk(content.components):
        if component["type"] == Type.TEXT_DISPLAY:
            yield component["content"]


def _ids(pattern: re.Pattern[str], text: str) -> list[int]:
    return [int(found) for found in pattern.findall(text)]


def _unique(users: list[User]) -> tuple[User, ...]:
    return tuple({user.id: user for user in users}.values())
