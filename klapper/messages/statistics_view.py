"""Sections with charts as one private message. Pure but for the attachments that it makes."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import discord
from discord import ui

from klapper.messages.pages import VIEW_CHARS
from klapper.messages.statistics_texts import Section, alt_text
from klapper.messages.text import cut


def build_sections(sections: Sequence[Section], pictures: Sequence[bytes]) -> tuple[ui.LayoutView, list[discord.File]]:
    """pictures: of the sections that have a chart, in their order; none when they could not be drawn.

    Each picture stands alone below its words: several in one gallery would be cropped to tiles.
    """
    message: ui.LayoutView = ui.LayoutView(timeout=None)
    files: list[discord.File] = []
    waiting = iter(pictures)
    is_long = sum(len(section.words) for section in sections) > VIEW_CHARS
    share = VIEW_CHARS // max(len(sections), 1) if is_long else VIEW_CHARS
    for section in sections:
        message.add_item(ui.TextDisplay(cut(section.words, share)))
        picture = next(waiting, None) if section.chart is not None else None
        if picture is None or section.chart is None:
            continue
        name, alt = f"klapper-chart-{len(files) + 1}.png", alt_text(section.chart)
        files.append(discord.File(BytesIO(picture), filename=name, description=alt))
        message.add_item(ui.MediaGallery(discord.MediaGalleryItem(f"attachment://{name}", description=alt)))
    message.stop()  # nothing on it is pressed
    return message, files
