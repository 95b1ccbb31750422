"""README.md knows every command that a member, moderator or operator can type."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.meta.tree import ROOT, files, parsed

README = ROOT / "README.md"


def test_every_command_of_the_bot_is_in_the_readme() -> None:
    text, commands = _readme(), sorted(_commands())
    if not commands:
        pytest.skip("cogs/ has no command yet")
    assert [command for command in commands if not _is_named(command, text)] == []


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert set(re.findall(r"`?\bmake ([a-z]+)\b(?=`|$)", _readme(), flags=re.MULTILINE)) <= targets


def _readme() -> str:
    if not README.exists():
        pytest.skip("README.md is not written yet")
    return README.read_text(encoding="utf-8")


def _is_named(command: str, text: str) -> bool:
    """`/jobs list` may stand as `/jobs list | show | cancel`: the words on one line."""
    words = command.split()
    return any(all(re.search(rf"(?<!\w){re.escape(word)}\b", line) for word in words) for line in text.splitlines())


def _commands() -> Iterator[str]:
    """`/video`, `/jobs list`, names of context menus: read from the decorators, so that no cog has to be built."""
    for path in files("cogs/*.py"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef):
                yield from _of_class(node)
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("ContextMenu"):
                yield _name(node, "")


def _of_class(cog: ast.ClassDef) -> Iterator[str]:
    groups = dict(_groups(cog))
    own = next((_text(word.value) for word in cog.keywords if word.arg in ("group_name", "name")), None)
    for function in cog.body:
        if not isinstance(function, ast.AsyncFunctionDef):
            continue
        for decorator in function.decorator_list:
            if isinstance(decorator, ast.Call) and (owner := _owner(decorator)) is not None:
                group = groups.get(owner, own)
                yield f"/{group} {_name(decorator, function.name)}" if group else f"/{_name(decorator, function.name)}"


def _owner(decorator: ast.Call) -> str | None:
    """`app_commands` of `@app_commands.command(...)`, `jobs` of `@jobs.command(...)`; None for another decorator."""
    function = decorator.func
    if isinstance(function, ast.Attribute) and function.attr == "command":
        return ast.unparse(function.value)
    return None


def _groups(cog: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Variable and name of every `jobs = app_commands.Group(name="jobs", ...)`; of one within another, both names."""
    names: dict[str, str] = {}
    for statement in cog.body:
        match statement:
            case (
                ast.Assign(targets=[variable], value=ast.Call() as call)
                | ast.AnnAssign(target=variable, value=ast.Call() as call)
            ) if ast.unparse(call.func).endswith("Group"):
                parent = next((names[ast.unparse(word.value)] for word in call.keywords if word.arg == "parent"), None)
                names[ast.unparse(variable)] = " ".join(filter(None, (parent, _name(call, ""))))
                yield ast.unparse(variable), names[ast.unparse(variable)]
            case _:
                continue


def _name(call: ast.Call, default: str) -> str:
    return next((_text(word.value) for word in call.keywords if word.arg == "name"), default)


def _text(node: ast.expr) -> str:
    assert isinstance(node, ast.Constant), "a command's name is written as text where it is declared"
    return str(node.value)
