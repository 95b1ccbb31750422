"""A Discord message as a panel in the terminal: what a member sees, without the pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from sandbox.demo.discord_text import Reader
from sandbox.driver import ButtonView, MessageView

Json = dict[str, Any]

# Discord docs: Component Types.
_ROW, _BUTTON, _SECTION, _TEXT, _GALLERY, _SEPARATOR = 1, 2, 9, 10, 12, 14
_SELECTS = frozenset({3, 5, 6, 7, 8})  # of options, members, roles, both, channels
_BUTTON_STYLES = {1: "white on blue", 3: "white on green", 4: "white on red"}  # Discord docs: Button Styles
_GREY_BUTTON = "white on bright_black"
_KIB = 1024


def message_panel(
    view: MessageView, reader: Reader, *, width: int, subtitle: str = "", before: MessageView | None = None
) -> Panel:
    """The message; what was in it `before` is dim, so that the change stands out."""
    known = frozenset(before.text.splitlines() if before else ())
    title = Text.assemble((_author(view), "bold"), " APP", (_audience(view, reader), "dim"))
    return Panel(
        Group(*_body(view, reader, known)),
        title=title,
        title_align="left",
        subtitle=Text(subtitle, style="dim"),
        subtitle_align="right",
        border_style=_colour(view),
        width=width,
        padding=(0, 1),
    )


def size_words(size: int) -> str:
    """`12 KiB`."""
    return f"{max(1, round(size / _KIB)):,} KiB"


def _author(view: MessageView) -> str:
    author = view.payload["author"]
    return str(author.get("global_name") or author["username"])


def _audience(view: MessageView, reader: Reader) -> str:
    return f" · only {reader.names.get(view.viewer_id, 'one member')} sees this" if view.viewer_id else ""


def _colour(view: MessageView) -> str:
    accents = [one["accent_color"] for one in view.components if one.get("accent_color") is not None]
    return f"#{accents[0]:06x}" if accents else "bright_black"


def _body(view: MessageView, reader: Reader, known: frozenset[str]) -> Iterator[RenderableType]:
    if view.reply_to:
        yield Text("↳ answer to the card", style="dim")
    yield from _lines(view.content, reader, known)
    galleries = [item for one in view.components if one["type"] == _GALLERY for item in one["items"]]
    for component in view.payload["components"]:
        yield from _component(component, reader, known)
    in_galleries = {_name(item["media"]["url"]) for item in galleries}
    for file in view.attachments:
        if file.filename not in in_galleries:
            yield Text.assemble(("▤ ", "bold"), (file.filename, "bold"), (f"  {size_words(file.size)}", "dim"))


def _component(component: Json, reader: Reader, known: frozenset[str]) -> Iterator[RenderableType]:
    """What stands for a component; one that only holds others is not seen itself."""
    match component["type"]:
        case kind if kind == _TEXT:
            yield from _lines(component["content"], reader, known)
        case kind if kind == _SEPARATOR:
            yield Rule(style="bright_black")
        case kind if kind == _GALLERY:
            yield from (_medium(item) for item in component["items"])
        case kind if kind == _ROW:
            yield _row(component)
        case kind if kind == _SECTION:
            yield from _section(component, reader, known)
        case _:
            for one in component.get("components", []):
                yield from _component(one, reader, known)


def _section(section: Json, reader: Reader, known: frozenset[str]) -> Iterator[Text]:
    """Its text, with its button behind the first line."""
    lines = [line for one in section["components"] for line in _lines(one["content"], reader, known)]
    if lines and section["accessory"]["type"] == _BUTTON:
        lines[0] = Text.assemble(lines[0], "  ", _button(ButtonView.of(section["accessory"])))
    yield from lines


def _lines(markdown: str, reader: Reader, known: frozenset[str]) -> Iterator[Text]:
    for line in markdown.splitlines():
        text = reader.line(line)
        if line in known:
            text.stylize("dim")
        yield text


def _medium(item: Json) -> Text:
    return Text.assemble(
        ("▶ ", "bold green"), (_name(item["media"]["url"]), "bold"), (f"  {item.get('description') or ''}", "dim")
    )


def _row(row: Json) -> Text:
    return Text("  ").join(
        _select(one) if one["type"] in _SELECTS else _button(ButtonView.of(one)) for one in _pressable(row)
    )


def _pressable(row: Json) -> list[Json]:
    return [one for one in row["components"] if one["type"] in _SELECTS | {_BUTTON}]


def _select(select: Json) -> Text:
    """The choice that counts now, with the arrow that opens the others."""
    chosen = [option["label"] for option in select.get("options", ()) if option.get("default")]
    return Text(f"[{', '.join(chosen) or select.get('placeholder') or ''} ▾]", style=_GREY_BUTTON)


def _button(button: ButtonView) -> Text:
    """`[Receipt]`; in round brackets when it cannot be pressed."""
    if button.disabled:
        return Text(f"({button.label})", style="dim")
    return Text(f"[{button.label}]", style=_BUTTON_STYLES.get(button.style, _GREY_BUTTON))


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
