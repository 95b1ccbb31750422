"""The demo shows Discord's messages as a reader knows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from rich.console import Console
from rich.panel import Panel

from sandbox.demo.discord_text import Reader, relative
from sandbox.demo.form_panel import form_panel
from sandbox.demo.message_panel import message_panel
from sandbox.demo.picture import SIZE, draw, preview
from sandbox.demo.teller import Teller
from sandbox.driver import FormView, MessageView

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
        ("shown in <#9>", "shown in #9"),
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


def test_a_select_shows_the_choice_that_counts_now() -> None:
    offered = [{"label": "Length: 5 s", "value": "5"}, {"label": "Length: 9 s", "value": "9", "default": True}]
    rows = [
        {"type": 1, "components": [{"type": 3, "custom_id": "a", "options": offered}]},
        {"type": 1, "components": [{"type": 3, "custom_id": "b", "options": offered[:1], "placeholder": "How long"}]},
    ]
    assert _shown(_message(components=rows)) == ["[Length: 9 s ▾]", "[How long ▾]"]


def test_the_button_of_a_section_stands_behind_its_first_line() -> None:
    section = {"type": 9, "components": [_text("Shot 1\nA boat")], "accessory": _button("Edit")}
    assert _shown(_message(components=[{"type": 17, "components": [section]}])) == ["Shot 1  [Edit]", "A boat"]


def test_a_form_shows_what_is_entered_and_else_what_it_holds() -> None:
    text = {"type": 4, "custom_id": "text", "value": "before"}
    seconds = {"type": 3, "custom_id": "seconds", "options": [{"label": "5 s", "value": "5", "default": True}]}
    labels = [
        {"type": 18, "label": "What is seen", "component": text},
        {"type": 18, "label": "How long", "description": "At most 15 s.", "component": seconds},
    ]
    form = FormView.of({"custom_id": "draft:1:shot", "title": "New shot", "components": labels})
    kept = ["What is seen", "▏before", "How long", "At most 15 s.", "▏5 s"]
    assert _lines(form_panel(form, {}, width=60)) == kept
    entered = _lines(form_panel(form, {"What is seen": "after", "seconds": "9 s"}, width=60))
    assert (entered[1], entered[-1]) == ("▏after", "▏9 s")


def test_a_picture_is_seen_in_colours_and_described_without(tmp_path: Path) -> None:
    path = draw(tmp_path / "boat.png")
    with Image.open(path) as picture:
        assert picture.size == SIZE
    for colours, is_seen in ((True, True), (False, False)):
        console = Console(force_terminal=colours, color_system="truecolor" if colours else None, width=60)
        with console.capture() as captured:
            Teller(console).picture(path, "a boat")
        assert ("▀" in captured.get()) is is_seen
        assert "a boat" in captured.get()
    assert len(set(map(len, preview(path).plain.splitlines()))) == 1


def test_only_what_changed_stands_out() -> None:
    before = _message(components=[_text("same\nold")])
    panel = message_panel(_message(components=[_text("same\nnew")]), READER, width=40, before=before)
    console = Console(force_terminal=True, color_system="standard", width=40)
    with console.capture() as captured:
        console.print(panel)
    assert "\x1b[2msame" in captured.get()
    assert "\x1b[2mnew" not in captured.get()


def _shown(view: MessageView) -> list[str]:
    return _lines(message_panel(view, READER, width=60))


def _lines(panel: Panel) -> list[str]:
    console = Console(width=60, no_color=True)
    with console.capture() as captured:
        console.print(panel)
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
