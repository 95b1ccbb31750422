"""A Discord modal as a panel in the terminal: its fields, and what was entered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from sandbox.driver import FieldView, FormView


def form_panel(form: FormView, values: Mapping[str, Any], *, width: int, subtitle: str = "") -> Panel:
    """The form; values by label or custom id, a field without one keeps what it holds."""
    return Panel(
        Group(*_body(form, values)),
        title=Text(form.title, style="bold"),
        title_align="left",
        subtitle=Text(subtitle, style="dim"),
        subtitle_align="right",
        border_style="blue",
        width=width,
        padding=(0, 1),
    )


def _body(form: FormView, values: Mapping[str, Any]) -> Iterator[RenderableType]:
    if form.text:
        yield Text(form.text)
    for field in form.fields:
        yield Text(field.label, style="bold")
        if field.description:
            yield Text(field.description, style="dim")
        yield Text.assemble(("▏", "blue"), (_entered(field, values), "cyan"))


def _entered(field: FieldView, values: Mapping[str, Any]) -> str:
    entered = values.get(field.label, values.get(field.custom_id))
    if entered is not None:
        return str(entered)
    labels = dict(zip(field.values, field.labels, strict=True))
    chosen = [labels.get(value, value) for value in field.chosen]
    return field.held or ", ".join(chosen)
