"""config.example.toml is the whole list of settings, and says what the program does by default."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from klapper.settings import Settings, keys, load_settings, sections

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
KEYS = [(section, key) for section, model in sections().items() for key in keys(model)]


def test_the_example_equals_the_defaults() -> None:
    assert load_settings(EXAMPLE, {}) == Settings()


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_the_example_lists_every_key(section: str, key: str) -> None:
    table = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"), parse_float=Decimal)
    for name in section.split("."):
        table = table[name]
    assert key in table


def test_every_key_of_the_example_has_a_comment_above_it() -> None:
    bare = re.findall(r"^(?!#).*\n(\w+) = ", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert bare == []


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_a_key_that_takes_0_says_what_0_means(section: str, key: str) -> None:
    description = sections()[section].model_fields[key].description or ""
    comment = re.search(rf"((?:^#.*\n)+){key} = ", _section_text(section), flags=re.MULTILINE)
    assert comment is not None
    assert ("0: " in description) == (" 0: " in comment[1])


def _section_text(section: str) -> str:
    return EXAMPLE.read_text(encoding="utf-8").split(f"\n[{section}]\n")[1].split("\n[")[0]
