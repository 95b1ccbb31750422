"""Registered application commands and the rules of their definitions (Discord docs: Application commands)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sandbox.discord.errors import ApiError, FormErrors, Json, Path
from sandbox.discord.journal import Journal, Kind
from sandbox.discord.snowflakes import Snowflakes

_CHAT_NAME = re.compile(r"^[-_'\w]{1,32}$")
MOST_OPTIONS, MOST_CHOICES, MOST_TEXT = 25, 25, 8000


class CommandType(IntEnum):
    CHAT_INPUT = 1
    USER = 2
    MESSAGE = 3


class OptionType(IntEnum):
    SUB_COMMAND = 1
    SUB_COMMAND_GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


NESTED = frozenset({OptionType.SUB_COMMAND, OptionType.SUB_COMMAND_GROUP})
_MOST_PER_TYPE = {CommandType.CHAT_INPUT: 100, CommandType.USER: 15, CommandType.MESSAGE: 15}


@dataclass(frozen=True, slots=True)
class Command:
    """A registered command; `guild_id` is None for a global one."""

    definition: Json
    guild_id: int | None

    @property
    def id(self) -> int:
        return int(self.definition["id"])

    @property
    def name(self) -> str:
        return str(self.definition["name"])

    @property
    def type(self) -> CommandType:
        return CommandType(self.definition["type"])


class CommandRegistry:
    """The application's commands per scope: one global set, one per guild."""

    def __init__(self, application_id: int, snowflakes: Snowflakes, journal: Journal) -> None:
        self._application_id = application_id
        self._snowflakes = snowflakes
        self._journal = journal
        self._scopes: dict[int | None, list[Command]] = {}

    def definitions(self, guild_id: int | None) -> list[Json]:
        return [command.definition for command in self._scopes.get(guild_id, [])]

    def replace(self, guild_id: int | None, definitions: Any) -> list[Json]:
        """Bulk overwrite; a command keeps its id when name and type stay. Raises 50035."""
        if not isinstance(definitions, list):
            raise ApiError.of(50035)
        errors = FormErrors()
        for index, definition in enumerate(definitions):
            check_definition(definition, (index,), errors)
        _check_together(definitions, errors)
        errors.raise_if_any()
        old = {(command.name, command.type): command.id for command in self._scopes.get(guild_id, [])}
        self._scopes[guild_id] = [self._stored(definition, guild_id, old) for definition in definitions]
        names = [command.name for command in self._scopes[guild_id]]
        self._journal.append(Kind.COMMANDS, guild_id or "global", {"names": names})
        return self.definitions(guild_id)

    def upsert(self, guild_id: int | None, definition: Any) -> Json:
        """Creates one command, or overwrites the one of the same name and type. Raises 50035."""
        key = (definition.get("name"), definition.get("type", 1))
        others = [one for one in self.definitions(guild_id) if (one["name"], one["type"]) != key]
        self.replace(guild_id, [*others, definition])
        return self.definitions(guild_id)[-1]

    def get(self, guild_id: int | None, command_id: int) -> Json:
        """Raises 10063."""
        for definition in self.definitions(guild_id):
            if definition["id"] == str(command_id):
                return definition
        raise ApiError.of(10063)

    def remove(self, guild_id: int | None, command_id: int) -> None:
        """Raises 10063."""
        gone = self.get(guild_id, command_id)
        self._scopes[guild_id] = [one for one in self._scopes[guild_id] if one.definition is not gone]

    def visible(self, guild_id: int | None) -> list[Command]:
        """What the client offers in a guild, or in direct messages: guild commands hide global ones of their name."""
        local = self._scopes.get(guild_id, []) if guild_id is not None else []
        hidden = {(command.name, command.type) for command in local}
        return [*local, *(one for one in self._scopes.get(None, []) if (one.name, one.type) not in hidden)]

    def _stored(self, raw: Json, guild_id: int | None, old: dict[tuple[str, CommandType], int]) -> Command:
        kind = CommandType(raw.get("type", 1))
        permissions = raw.get("default_member_permissions")
        definition: Json = {
            "description": "",
            "name_localizations": None,
            "description_localizations": None,
            "options": [],
            "nsfw": False,
            "contexts": None,
            "dm_permission": guild_id is None,
        } | raw
        definition |= {
            "id": str(old.get((raw["name"], kind)) or self._snowflakes.next()),
            "application_id": str(self._application_id),
            "version": str(self._snowflakes.next()),
            "type": int(kind),
            "default_member_permissions": str(permissions) if permissions is not None else None,
            "integration_types": raw.get("integration_types") or [0],
        }
        return Command(definition | ({"guild_id": str(guild_id)} if guild_id is not None else {}), guild_id)


def check_definition(raw: Json, path: Path, errors: FormErrors) -> None:
    """Notes what is wrong with one command."""
    name = raw.get("name") or ""
    if raw.get("type", 1) != CommandType.CHAT_INPUT:
        errors.length((*path, "name"), name, 32, shortest=1)
        return
    _check_name(name, (*path, "name"), errors)
    errors.length((*path, "description"), raw.get("description") or "", 100, shortest=1)
    _check_options(raw.get("options") or [], (*path, "options"), errors)
    if (size := _text_size(raw)) > MOST_TEXT:
        errors.add(path, "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({size} of {MOST_TEXT})")


def _check_name(name: str, path: Path, errors: FormErrors) -> None:
    if not _CHAT_NAME.match(name) or name != name.lower():
        errors.add(path, "APPLICATION_COMMAND_INVALID_NAME", f"Command name is invalid: {name!r}")


def _check_options(options: list[Json], path: Path, errors: FormErrors) -> None:
    if len(options) > MOST_OPTIONS:
        errors.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_OPTIONS} or fewer in length.")
    names = [option.get("name") for option in options]
    if len(set(names)) < len(names):
        errors.add(path, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists")
    optional_seen = False
    for index, option in enumerate(options):
        _check_option(option, (*path, index), errors)
        if option.get("required") and optional_seen:
            text = "Required options must be placed before non-required options"
            errors.add((*path, index), "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", text)
        optional_seen = optional_seen or not option.get("required")


def _check_option(option: Json, path: Path, errors: FormErrors) -> None:
    _check_name(option.get("name") or "", (*path, "name"), errors)
    errors.length((*path, "description"), option.get("description") or "", 100, shortest=1)
    if option.get("type") not in list(OptionType):
        errors.add((*path, "type"), "BASE_TYPE_CHOICES", "Value must be one of 1 to 11.")
    choices = option.get("choices") or []
    if len(choices) > MOST_CHOICES:
        errors.add((*path, "choices"), "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_CHOICES} or fewer in length.")
    if choices and option.get("autocomplete"):
        errors.add((*path, "autocomplete"), "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", "Choices are given.")
    for index, choice in enumerate(choices):
        errors.length((*path, "choices", index, "name"), str(choice.get("name", "")), 100, shortest=1)
    if option.get("type") in NESTED:
        _check_options(option.get("options") or [], (*path, "options"), errors)


def _check_together(definitions: list[Json], errors: FormErrors) -> None:
    keys = [(one.get("name"), one.get("type", 1)) for one in definitions]
    for index, key in enumerate(keys):
        if key in keys[:index]:
            text = "Application command names must be unique"
            errors.add((index,), "APPLICATION_COMMANDS_DUPLICATE_NAME", text)
    for kind, most in _MOST_PER_TYPE.items():
        if sum(key[1] == kind for key in keys) > most:
            errors.add((), "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")


def _text_size(raw: Json) -> int:
    """Characters of all names, descriptions and values, which share one limit."""
    own = sum(len(str(raw.get(key) or "")) for key in ("name", "description", "value"))
    return own + sum(_text_size(child) for key in ("options", "choices") for child in raw.get(key) or [])
