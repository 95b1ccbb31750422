"""Where settings come from: a TOML file, the environment over it, and the one sentence when either is wrong."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_origin

from pydantic_core import ErrorDetails

from klapper.errors import SettingsError

ENV_PREFIX = "KLAPPER_"
SHOWN_CHARACTERS = 24  # of a wrong value; shorter than any key or token that may have been pasted in its place

_CREDENTIALS = re.compile(r"//.*@")  # in a URL

# By pydantic's error type, or by its first word.
_REASONS = {
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "model_type": "must be a section: write its name in square brackets on a line above its keys",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "bool": "must be true or false",
    "decimal": "must be a number",
    "dict": "must be a table",
    "finite": "must be a number",
    "int": "must be a whole number",
    "path": "must be a path in quotes",
    "string": "must be text in quotes",
    "tuple": 'must be a list like ["a", "b"]',
}


def env_name(key: str) -> str:
    """The environment variable of a dotted key: `ops.port` is `KLAPPER_OPS__PORT`."""
    return ENV_PREFIX + key.upper().replace(".", "__")


@dataclass(frozen=True, slots=True)
class Sources:
    """What file and environment say, merged, and who said it.

    known: dotted key -> type annotation. values: section -> key, or a section in it -> raw value. problems: sentences
    found before the values were looked at.
    """

    file: Path | None
    known: Mapping[str, Any]
    values: dict[str, Any]
    from_environ: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, file: Path | None, environ: Mapping[str, str], known: Mapping[str, Any]) -> Sources:
        """Raises SettingsError when the file cannot be read as TOML."""
        sources = cls(file, known, _read_toml(file) if file else {})
        for name in sorted(name for name in environ if name.startswith(ENV_PREFIX)):
            sources._overlay(name, environ[name])
        return sources

    def _overlay(self, name: str, text: str) -> None:
        key = next((key for key in self.known if env_name(key) == name), None)
        if key is None:
            near = nearest(name.removeprefix(ENV_PREFIX).lower().replace("__", "."), self.known)
            hint = f"did you mean {env_name(near)}?" if near else f"an example is {env_name(next(iter(self.known)))}"
            self.problems.append(f"environment: {name} is not a setting; {hint}")
            return
        try:
            value = _decode(text, self.known[key])
        except ValueError as error:
            self.problems.append(f"environment: {name} {error}")
            return
        *path, leaf = key.split(".")
        if (table := _table(self.values, path)) is not None:
            table[leaf] = value
            self.from_environ.add(key)

    def sentence(self, errors: Sequence[ErrorDetails]) -> str:
        """One line for all that is wrong: the first problem, and how many more there are."""
        problems = [*self.problems, *(self._describe(error) for error in errors)]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        line = " ".join(problems[0].split()) + more
        return line if line.endswith("?") else f"{line}."

    def _describe(self, error: ErrorDetails) -> str:
        key = _dotted(error["loc"])
        setting = self._setting(error["loc"])
        if setting in self.from_environ:
            place, name = "environment", key.replace(setting, env_name(setting), 1)
        else:
            place, name = str(self.file or "settings"), key
        if error["type"] == "extra_forbidden" and len(error["loc"]) == 1 and isinstance(error["input"], dict):
            return f"{place}: [{name}] is not a section; {self._section_hint(name)}"
        if error["type"] == "extra_forbidden":
            return f"{place}: {name} is not a setting; {self._hint(key)}"
        return f"{place}: {name}{_shown(error['input'], self.known.get(setting))} {_reason(error)}"

    def _setting(self, location: tuple[int | str, ...]) -> str:
        """The setting that a place is in; empty where it is in none."""
        outwards = (".".join(map(str, location[:length])) for length in range(len(location), 0, -1))
        return next((key for key in outwards if key in self.known), "")

    def _hint(self, key: str) -> str:
        if near := nearest(key, self.known):
            return f"did you mean {near}?"
        section, _, name = key.rpartition(".")
        within = [other for other in self._sections() if section and other.startswith(f"{section}.")]
        if near_section := get_close_matches(key, within, n=1, cutoff=0.8):
            return f"did you mean [{near_section[0]}]?"
        keys = _leaves(section, self.known)
        return f"the keys of [{section}] are {', '.join(keys)}" if keys else self._section_hint(section or name)

    def _sections(self) -> list[str]:
        return list(dict.fromkeys(key.rpartition(".")[0] for key in self.known))

    def _section_hint(self, name: str) -> str:
        sections = self._sections()
        if near := get_close_matches(name, sections, n=1):
            return f"did you mean [{near[0]}]?"
        return f"the sections are {', '.join(sections)}"


def nearest(key: str, known: Mapping[str, Any]) -> str | None:
    """The known key that `key` was probably meant to be: spelling in its section, same name elsewhere, spelling.

    Elsewhere is first of all in a section within its own.
    """
    section, _, leaf = key.rpartition(".")
    siblings = _leaves(section, known)
    if near := get_close_matches(leaf, siblings, n=1):
        return f"{section}.{near[0]}"
    named_so = [name for name in known if name.endswith(f".{leaf}")]
    elsewhere = sorted(named_so, key=lambda name: not name.startswith(f"{section}."))
    spelled = [] if siblings else get_close_matches(key, known, n=1)
    return next(iter(elsewhere + spelled), None)


def _leaves(section: str, known: Mapping[str, Any]) -> list[str]:
    """The section's own keys."""
    return [name.rpartition(".")[2] for name in known if name.rpartition(".")[0] == section]


def _table(values: dict[str, Any], path: Sequence[str]) -> dict[str, Any] | None:
    """The table at this path, made where there is none; None where something else stands in its way."""
    for name in path:
        inner = values.setdefault(name, {})
        if not isinstance(inner, dict):
            return None
        values = inner
    return values


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        text = file.read_bytes().decode("utf-8-sig")  # Windows editors write a byte order mark
        return tomllib.loads(text, parse_float=Decimal)
    except FileNotFoundError:
        raise SettingsError(f"{file}: there is no such file; copy config.example.toml there.") from None
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{file}: is not UTF-8 text; save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file}: {error}.") from None  # names line and column


def _decode(text: str, annotation: Any) -> Any:
    """Lists are JSON or separated by commas, tables are JSON; all else is read by its type."""
    origin = get_origin(annotation)
    if origin is tuple and not text.lstrip().startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    if origin not in (tuple, dict):
        return text.strip()
    try:
        return json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError:
        raise ValueError("is not valid JSON") from None


def _dotted(location: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).removeprefix(".")


def _shown(value: object, annotation: Any) -> str:
    """` = value` where showing it helps and cannot show a secret."""
    if isinstance(value, str) and len(value) <= SHOWN_CHARACTERS and "Secret" not in str(annotation):
        is_secret = value.startswith("SG_") or _CREDENTIALS.search(value)
        return "" if is_secret else f" = {json.dumps(value, ensure_ascii=False)}"
    if isinstance(value, bool):
        return f" = {str(value).lower()}"
    return f" = {value}" if isinstance(value, int | float | Decimal) and "Secret" not in str(annotation) else ""


def _reason(error: ErrorDetails) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if template := _REASONS.get(error["type"]) or _REASONS.get(error["type"].partition("_")[0]):
        return template.format(**error.get("ctx", {}))
    return error["msg"].replace("Input should be", "must be")
