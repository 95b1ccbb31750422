"""The demo shows Discord's messages as a reader knows them."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from sandbox.demo.discord_text import Reader, relative
from sandbox.demo.message_panel import message_panel
from sandbox.driver import MessageView

READER = Reader(names={"7": "Mira"}, now_s=1_000_000)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds ago"),
        (-1, "1 second ago"),
        (59, "in 59 seconds"),
        (60, "in 1 minute"),
        (-150, "2 minutes ago"),
        (5_400, "in 2 hours"),
        (2 * 86_400, "in 2 days"),
        (45 * 86_400, "in 2 months"),
        (-400 * 86_400, "1 year ago"),
    ],
)
def test_a_relative_time_is_told_in_its_largest_unit(seconds: float, words: str) -> None:
    assert relative(seconds) == words


@pytest.mark.parametrize(
    ("markdown", "seen"),
    [
        ("### Done", "Done"),
        ("-# small print", "small print"),
        ("- an item", "• an item"),
        ("> said", "│ said"),
        ("**84 credits** for `abc`", "84 credits for abc"),
        ("**made by <@7>**", "made by @Mira"),
        ("<@9> is gone", "@9 is gone"),
        ("back <t:1000120:R>", "back in 2 minutes"),
        (r"2 \* 3, \<\@7\>, \`x\`", "2 * 3, <@7>, `x`"),
        ("[Open the clip](https://example.com/a.mp4)", "Open the clip (https://example.com/a.mp4)"),
        ("C:\\dir a_b 5 < 6", "C:\\dir a_b 5 < 6"),
    ],
)
def test_markdown_is_shown_as_it_is_read(markdown: str, seen: str) -> None:
    assert READER.line(markdown).plain == seen


def test_a_card_shows_texts_clip_and_buttons_in_their_order() -> None:
    row = [_button("Cancel"), _button("Too late", disabled=True)]
    gallery = {"type": 12, "items": [{"media": {"url": "http://cdn/a/clip.mp4?sig=1"}, "description": "A boat"}]}
    box = {"type": 17, "components": [_text("### Done"), gallery, {"type": 1, "components": row}]}
    shown = _shown(_message(components=[box], attachments=[_file("clip.mp4")]))
    assert [line for line in shown if line] == ["Done", "▶ clip.mp4  A boat", "[Cancel]  (Too late)"]


def test_a_file_that_no_text_shows_is_listed() -> None:
    assert _shown(_message(content="Receipt", attachments=[_file("receipt.txt")])) == [
        "Receipt",
        "▤ receipt.txt  2 KiB",
    ]


def test_only_what_changed_stands_out() -> None:
    before = _message(components=[_text("same\nold")])
    panel = message_panel(_message(components=[_text("same\nnew")]), READER, width=40, before=before)
    console = Console(force_terminal=True, color_system="standard", width=40)
    with console.capture() as captured:
        console.print(panel)
    assert "\x1b[2msame" in captured.get()
    assert "\x1b[2mnew" not in captured.get()


def _shown(view: MessageView) -> list[str]:
    console = Console(width=60, no_color=True)
    with console.capture() as captured:
        console.print(message_panel(view, READER, width=60))
    return [line.strip("│ ") for line in captured.get().splitlines()[1:-1]]


def _message(**fields: Any) -> MessageView:
    payload = {"content": "", "embeds": [], "components": [], "attachments": [], "author": {"username": "Klapper"}}
    return MessageView(
        payload=payload | fields,
        version=1,
        deleted=False,
        ephemeral=False,
        viewer_id=None,
        interaction_id=None,
        dm=False,
    )


def _text(content: str) -> dict[str, Any]:
    return {"type": 10, "content": content}


def _button(label: str, *, disabled: bool = False) -> dict[str, Any]:
    return {"type": 2, "style": 2, "label": label, "disabled": disabled}


def _file(name: str) -> dict[str, Any]:
    return {"id": "1", "filename": name, "url": "", "size": 2_048, "content_type": "", "description": None}
