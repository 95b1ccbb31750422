"""The page is written by hand and needs nothing from elsewhere: no markup out of strings, no orphan, no other host."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.meta.tree import ROOT, files, shown

WEB = ROOT / "sandbox" / "web"
PICTURES = ROOT / "docs" / "images"
LONGEST_FILE = 400  # lines
MOST_PICTURE_BYTES = 300_000

MARKUP = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc|\beval\(|new Function")
ADDRESS = re.compile(r"https?:(?:\\?/){2}[\w.\\-]+")
KNOWN = {"https://discord.com", "http://www.w3.org"}  # links to messages are read; the name of SVG
LEADS_TO = re.compile(r"""(?:from|import|href=|src=|url\(|--icon:)\s*\(?["'(]?(?:url\(["'])?(?:\./|/web/)([\w.-]+)""")

PAGE_FILES = [path for path in files("sandbox/web/*") if path.is_file()]


def test_there_is_a_page_to_look_at() -> None:
    assert {"index.html", "main.js", "base.css"} <= {path.name for path in PAGE_FILES}


@pytest.mark.parametrize("path", PAGE_FILES, ids=lambda path: path.name)
def test_a_file_of_the_page_builds_no_markup_and_asks_nobody_else(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE
    assert MARKUP.findall(text) == []
    assert {address.replace("\\", "") for address in ADDRESS.findall(text)} <= KNOWN


def test_every_file_of_the_page_is_used_and_every_used_one_is_there() -> None:
    reached, ahead = set(), ["index.html"]
    while ahead:
        name = ahead.pop()
        if name in reached:
            continue
        reached.add(name)
        ahead += LEADS_TO.findall((WEB / name).read_text(encoding="utf-8"))
    assert reached == {path.name for path in PAGE_FILES}


def test_the_pictures_of_the_documents_are_small() -> None:
    pictures = [path for path in files("docs/images/*") if path.suffix == ".png"]
    assert pictures
    assert {shown(path): path.stat().st_size for path in pictures if path.stat().st_size >= MOST_PICTURE_BYTES} == {}


@pytest.mark.parametrize("document", files("*.md"), ids=shown)
def test_every_picture_of_a_document_says_what_it_shows(document: Path) -> None:
    alternatives = re.findall(r"!\[([^\]]*)\]\(", document.read_text(encoding="utf-8"))
    assert all(len(words) > 20 for words in alternatives)
