"""A bot of private panels, written against discord.py alone: nothing of a panel is kept in the process.

Every view and modal is stopped before it is sent, so that discord.py stores none of it; presses reach dynamic items,
forms reach `on_interaction`.
"""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import app_commands, ui

SIZES = ("small", "medium", "large")


class PanelButton(ui.DynamicItem[ui.Button[ui.LayoutView]], template=r"panel:(?P<action>\w+):(?P<number>\d+)"):
    def __init__(self, action: str, number: int, label: str | None = None) -> None:
        label = label or action.capitalize()
        super().__init__(ui.Button(label=label, custom_id=f"panel:{action}:{number}"))
        self.action, self.number = action, number

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[ui.LayoutView], match: re.Match[str]
    ) -> PanelButton:
        return cls(match["action"], int(match["number"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        response = interaction.response
        match self.action:
            case "page":
                await response.edit_message(view=stopped(panel(self.number)))
            case "form":
                await response.send_modal(form(("message", "update", "defer")[self.number - 1]))
            case "late":
                await response.defer()
                await interaction.edit_original_response(view=stopped(panel(self.number)))
            case "discard":
                await response.defer()
                await interaction.delete_original_response()
            case _:
                await response.send_message(f"{self.action} {self.number}", ephemeral=True)


class PanelSelect(ui.DynamicItem[ui.Select[ui.LayoutView]], template=r"panel:size"):
    def __init__(self, chosen: str = "small") -> None:
        options = [discord.SelectOption(label=one.capitalize(), value=one, default=one == chosen) for one in SIZES]
        super().__init__(ui.Select(custom_id="panel:size", options=options))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[ui.LayoutView], match: re.Match[str]
    ) -> PanelSelect:
        return cls()

    async def callback(self, interaction: discord.Interaction) -> None:
        data: dict[str, Any] = dict(interaction.data or {})
        await interaction.response.edit_message(view=stopped(panel(1, chosen=data["values"][0])))


def panel(page: int, *, chosen: str = "small", sections: int = 2) -> ui.LayoutView:
    """Sections with a button each, a select and a row of buttons."""
    view = ui.LayoutView(timeout=None)
    box: ui.Container[ui.LayoutView] = ui.Container(ui.TextDisplay(f"Page {page}"))
    for number in range(1, sections + 1):
        box.add_item(ui.Section(f"Shot {number}", accessory=PanelButton("edit", number, "Edit")))
    box.add_item(ui.ActionRow(PanelSelect(chosen)))
    turn = PanelButton("page", page + 1, "Next")
    forms = [PanelButton("form", number, f"Form {number}") for number in (1, 2, 3)]
    box.add_item(ui.ActionRow(turn, *forms))
    box.add_item(ui.ActionRow(PanelButton("late", page + 1), PanelButton("discard", 1)))
    view.add_item(box)
    return view


def form(how: str) -> ui.Modal:
    """A form of every kind of field; `how` says how its submit is answered."""
    modal = ui.Modal(title="Details", custom_id=f"form:{how}")
    options = [discord.SelectOption(label=f"{number} s", value=str(number), default=number == 5) for number in (3, 5)]
    boxes = [discord.CheckboxGroupOption(label=f"Remove {one}", value=one) for one in ("first", "second")]
    dots = [discord.RadioGroupOption(label=one.capitalize(), value=one) for one in ("left", "right")]
    text: ui.TextInput[ui.Modal] = ui.TextInput(custom_id="text", default="a fox", style=discord.TextStyle.paragraph)
    seconds: ui.Select[ui.Modal] = ui.Select(custom_id="seconds", options=options, required=False, min_values=0)
    files: ui.FileUpload[ui.Modal] = ui.FileUpload(custom_id="files", required=False, min_values=0, max_values=4)
    gone: ui.CheckboxGroup[ui.Modal] = ui.CheckboxGroup(custom_id="gone", options=boxes, required=False, min_values=0)
    side: ui.RadioGroup[ui.Modal] = ui.RadioGroup(custom_id="side", options=dots, required=False)
    labelled: list[tuple[str, ui.Item[Any]]] = [("Text", text), ("Seconds", seconds), ("Files", files), ("Gone", gone)]
    for label, field in [*labelled[: 3 if how == "update" else 4], ("Side", side)]:
        modal.add_item(ui.Label(text=label, component=field))
    if how == "update":
        modal.add_item(ui.TextDisplay("Nothing is charged."))
    modal.stop()
    return modal


def short_form() -> ui.Modal:
    modal = ui.Modal(title="Short", custom_id="form:message")
    modal.add_item(ui.Label(text="Aloud", component=ui.Checkbox(custom_id="aloud", default=True)))
    modal.stop()
    return modal


def stopped(view: ui.LayoutView) -> ui.LayoutView:
    view.stop()
    return view


class PanelBot(discord.Client):
    """`submitted` are the raw data of forms, in order."""

    def __init__(self, guild_id: int) -> None:
        super().__init__(intents=discord.Intents(guilds=True, dm_messages=True), guild_ready_timeout=0.1)
        self.tree = app_commands.CommandTree(self)
        self.guild = discord.Object(guild_id)
        self.submitted: list[dict[str, Any]] = []
        self.interactions: list[discord.Interaction] = []
        for command in COMMANDS:
            self.tree.add_command(command)

    async def setup_hook(self) -> None:
        self.add_dynamic_items(PanelButton, PanelSelect)
        await self.tree.sync()

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        self.interactions.append(interaction)
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        data: dict[str, Any] = dict(interaction.data or {})
        self.submitted.append(data)
        answer = stopped(panel(len(self.submitted) + 100))
        match data["custom_id"].removeprefix("form:"):
            case "update":
                await interaction.response.edit_message(view=answer)
            case "defer":
                await interaction.response.defer()
                await interaction.edit_original_response(view=answer)
            case _:
                await interaction.response.send_message(view=answer, ephemeral=True)


@app_commands.command(description="Describes pictures")
async def look(
    interaction: discord.Interaction,
    first: discord.Attachment,
    second: discord.Attachment | None = None,
    third: discord.Attachment | None = None,
    style: str = "plain",
) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    given = [one for one in (first, second, third) if one is not None]
    lines = [f"{one.filename} {one.content_type} {one.width}x{one.height} {len(await one.read())}" for one in given]
    await interaction.edit_original_response(content="\n".join([style, *lines]))


@look.autocomplete("style")
async def _styles(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    names = sorted(name for name, value in interaction.namespace if value is not None)
    return [app_commands.Choice(name=f"{current} with {', '.join(names)}", value=current)]


@app_commands.command(name="panel", description="Opens a private panel")
async def open_panel(interaction: discord.Interaction) -> None:
    await interaction.response.send_message(view=stopped(panel(1)), ephemeral=True)


@app_commands.command(name="form", description="Opens a form")
async def open_form(interaction: discord.Interaction, short: bool = False) -> None:
    await interaction.response.send_modal(short_form() if short else form("message"))


@app_commands.context_menu(name="Animate this image")
async def animate(interaction: discord.Interaction, message: discord.Message) -> None:
    names = [one.filename for one in message.attachments]
    text = f"{message.author.display_name} {names} {message.flags.components_v2}"
    await interaction.response.send_message(text, ephemeral=True)


COMMANDS: list[app_commands.Command[Any, ..., Any] | app_commands.ContextMenu] = [look, open_panel, open_form, animate]
