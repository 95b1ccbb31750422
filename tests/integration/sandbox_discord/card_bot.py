"""A small bot of the usual kind, written against discord.py alone."""

from __future__ import annotations

import asyncio
import io
import re
from typing import Any

import discord
from discord import app_commands, ui


def png(size: int = 64) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"\0" * size


class CardButton(ui.DynamicItem[ui.Button[ui.LayoutView]], template=r"card:(?P<number>\d+):(?P<action>\w+)"):
    """A button that works after a restart because its custom_id says everything."""

    def __init__(self, number: int, action: str) -> None:
        super().__init__(ui.Button(label=action.capitalize(), custom_id=f"card:{number}:{action}"))
        self.number, self.action = number, action

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[ui.LayoutView], match: re.Match[str]
    ) -> CardButton:
        return cls(int(match["number"]), match["action"])

    async def callback(self, interaction: discord.Interaction) -> None:
        if self.action == "cancel":
            await interaction.response.edit_message(view=card(self.number, "cancelled", buttons=False))
        elif self.action == "modal":
            await interaction.response.send_modal(FeedbackModal())
        else:
            receipt = discord.File(io.BytesIO(b"the receipt"), "receipt.txt")
            await interaction.response.send_message(f"receipt of {self.number}", file=receipt, ephemeral=True)


class FeedbackModal(ui.Modal, title="Feedback"):
    def __init__(self) -> None:
        super().__init__(custom_id="feedback")

    words: ui.Label[FeedbackModal] = ui.Label(
        text="Words", component=ui.TextInput(custom_id="words", min_length=2, max_length=20)
    )
    proof: ui.Label[FeedbackModal] = ui.Label(
        text="Proof", component=ui.FileUpload(custom_id="proof", required=False, max_values=2)
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.words.component, ui.TextInput)
        assert isinstance(self.proof.component, ui.FileUpload)
        sizes = [len(await file.read()) for file in self.proof.component.values]
        await interaction.response.send_message(f"{self.words.component.value} {sizes}", ephemeral=True)


def card(number: int, state: str, *, buttons: bool = True, media: str | None = None) -> ui.LayoutView:
    """A Components V2 card."""
    view = ui.LayoutView(timeout=None)
    box: ui.Container[ui.LayoutView] = ui.Container(ui.TextDisplay(f"# Card {number}"), ui.TextDisplay(state))
    if media:
        box.add_item(ui.MediaGallery(discord.MediaGalleryItem(f"attachment://{media}", description="alt")))
    if buttons:
        row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
        for action in ("cancel", "receipt", "modal"):
            row.add_item(CardButton(number, action))
        box.add_item(row)
    view.add_item(box)
    return view


class CardBot(discord.Client):
    """Knows the commands below; `seen` collects gateway events by name."""

    def __init__(self, guild_id: int, intents: discord.Intents | None = None) -> None:
        intents = intents or discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        super().__init__(intents=intents, guild_ready_timeout=0.1)
        self.tree = app_commands.CommandTree(self)
        self.guild = discord.Object(guild_id)
        self.seen: list[str] = []
        self.interactions: list[discord.Interaction] = []
        self.resumed = asyncio.Event()
        for command in COMMANDS:
            self.tree.add_command(command)

    async def setup_hook(self) -> None:
        self.add_dynamic_items(CardButton)
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Without discord.py's courtesy pause of five seconds before a second IDENTIFY."""

    async def on_socket_event_type(self, name: str) -> None:
        self.seen.append(name)

    async def on_resumed(self) -> None:
        self.resumed.set()

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        self.interactions.append(interaction)


@app_commands.command(description="Draws a card")
@app_commands.choices(
    shape=[app_commands.Choice(name="Round", value="round"), app_commands.Choice(name="S", value="s")]
)
@app_commands.describe(prompt="what", number="which", shape="how", image="from what", scale="size", loud="shout")
async def draw(
    interaction: discord.Interaction,
    prompt: app_commands.Range[str, 2, 40],
    number: app_commands.Range[int, 1, 50] = 7,
    shape: str = "round",
    image: discord.Attachment | None = None,
    scale: float = 1.0,
    loud: bool = False,
) -> None:
    """Public deferral, then the card, then its file."""
    await interaction.response.defer(thinking=True)
    await interaction.edit_original_response(
        view=card(number, f"{prompt} {shape} {scale} {loud} {image and image.size}")
    )
    file = discord.File(io.BytesIO(png()), "card.png", description="alt")
    view = card(number, "done", media="card.png")
    await interaction.edit_original_response(view=view, attachments=[file])


@app_commands.command(description="Answers at once")
async def post(interaction: discord.Interaction, text: str, hidden: bool = False) -> None:
    answer = await interaction.response.send_message(text, ephemeral=hidden)
    assert answer.message_id
    assert answer.is_ephemeral() == hidden
    await interaction.followup.send("and a follow-up", ephemeral=hidden)


@app_commands.command(description="Defers, then follows up")
async def defer_only(interaction: discord.Interaction, hidden: bool = True) -> None:
    await interaction.response.defer(ephemeral=hidden, thinking=True)
    await interaction.followup.send("thought about it")


@app_commands.command(description="Never answers")
async def silent(interaction: discord.Interaction) -> None:
    return


@app_commands.command(description="For administrators")
@app_commands.default_permissions(manage_guild=True)
async def admin_only(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("hello admin", ephemeral=True)


@app_commands.command(description="Mentions somebody")
async def mention(interaction: discord.Interaction, who: discord.Member, ping: bool) -> None:
    allowed = discord.AllowedMentions.all() if ping else discord.AllowedMentions.none()
    await interaction.response.send_message(f"hi {who.mention} @everyone", allowed_mentions=allowed)


@app_commands.command(description="Sends a file of so many bytes")
async def upload(interaction: discord.Interaction, size: int) -> None:
    await interaction.response.defer(ephemeral=True)
    try:
        await interaction.edit_original_response(attachments=[discord.File(io.BytesIO(b"x" * size), "big.bin")])
    except discord.HTTPException as error:
        await interaction.edit_original_response(content=f"{error.status} {error.code} {interaction.filesize_limit}")


@app_commands.command(description="Offers choices")
async def act(interaction: discord.Interaction, name: str) -> None:
    await interaction.response.send_message(name, ephemeral=True)


@act.autocomplete("name")
async def _names(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=f"{current}-{number}", value=f"{current}{number}") for number in range(3)]


@app_commands.context_menu(name="Describe")
async def describe(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"{message.content} {len(message.attachments)}", ephemeral=True)


JOBS = app_commands.Group(name="jobs", description="Jobs", guild_only=True)


@JOBS.command(name="list", description="Lists jobs")
async def jobs_list(interaction: discord.Interaction, page: app_commands.Range[int, 1] = 1) -> None:
    assert interaction.guild is not None
    await interaction.response.send_message(f"page {page} in {interaction.guild.name}", ephemeral=True)


COMMANDS: list[app_commands.Command[Any, ..., Any] | app_commands.ContextMenu | app_commands.Group] = [
    draw, post, defer_only, silent, admin_only, mention, upload, act, describe, JOBS,
]  # fmt: skip
