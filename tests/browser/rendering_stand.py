"""A page and a bot without a program: what it would send is sent by the test, over the API that it would use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Locator, Page

from sandbox.discord import SandboxDiscord
from sandbox.discord.defaults import demo_world
from sandbox.discord.journal import Filter, Kind
from sandbox.driver import Driver
from sandbox.segmind.clip import ClipSpec, write_clip
from tests.browser.chromium import chromium
from tests.browser.visitor import Visitor
from tests.integration.sandbox_discord.rest import Rest
from tests.pictures import png, quarters

Json = dict[str, Any]
MODAL, ACKNOWLEDGE = 9, 6
PATIENCE_S = 10.0
# A message as the page has it, drawn by the page's own modules without the sandbox: for what that would not store.
DRAW = """async (message) => {
  const { messageRow } = await import("/web/message.js");
  const session = { me: { id: "1", roles: [] }, roles: [], people: [], user: () => null, mine: { channels: [] } };
  const context = { session, names: {}, act() {}, menu() {}, dismiss() {}, revealed: new Set() };
  const view = { message, version: 1, ephemeral: false, command: null };
  document.querySelector("#timeline").append(messageRow(view, null, context));
}"""
OPEN = """async (modal) => {
  const { openModal } = await import("/web/modal.js");
  openModal(modal, { session: { names: {} }, submit: async (values) => (window.submitted = values) });
}"""
# What an earlier test may have left open.
TIDY = """() => {
  for (const left of document.querySelectorAll("dialog, #message-7")) left.remove();
  return document.fullscreenElement && document.exitFullscreen();
}"""
CLIP = ClipSpec("Clip", "A boat", (160, 90), 2, audio=False)


class Stand:
    """Mira looks at #videos; `post`, `edit`, `delete` and `answer` are the bot's."""

    def __init__(self, server: SandboxDiscord, driver: Driver, rest: Rest, visitor: Visitor) -> None:
        self.server, self.driver, self.visitor = server, driver, visitor
        self._rest = rest
        self.files: dict[str, bytes] = {}
        [guild] = server.world.guilds.values()
        self.channels = {one.name: str(one.id) for one in guild.channels.values()}
        self.roles = {one.name: str(one.id) for one in guild.roles.values()}
        self.people = {one.user.global_name or one.user.username: str(one.user.id) for one in guild.members.values()}
        self._messages = f"/channels/{self.channels['videos']}/messages"

    @property
    def page(self) -> Page:
        return self.visitor.page

    async def post(self, body: Json, *names: str) -> Locator:
        """Sends a message with these files, and gives its row once the page has it."""
        message = await self.call("POST", self._messages, body, *names)
        row = self.page.locator(f"#message-{message['id']}")
        await row.wait_for()
        return row

    async def edit(self, row: Locator, body: Json, *names: str) -> None:
        """Changes a message, and waits until the page has the newer version."""
        before = await row.get_attribute("data-version")
        await self.call("PATCH", f"{self._messages}/{await id_of(row)}", body, *names)
        await self.page.locator(f"#message-{await id_of(row)}[data-version='{int(before or 0) + 1}']").wait_for()

    async def delete(self, row: Locator) -> None:
        await self.call("DELETE", f"{self._messages}/{await id_of(row)}")
        await row.wait_for(state="detached")

    async def answer(self, body: Json, since: int) -> str:
        """Answers what was begun after this entry of the journal, and gives the path of its webhook."""
        wanted = Filter(frozenset({Kind.INTERACTION}))
        entries, _ = await self.server.world.journal.wait(since, wanted, PATIENCE_S)
        interaction = self.server.services.desk.get(int(entries[0].subject))
        assert interaction is not None
        await self.call("POST", f"/interactions/{interaction.id}/{interaction.token}/callback", body)
        return f"/webhooks/{self.server.world.application.id}/{interaction.token}"

    async def form(self, modal: Json) -> Locator:
        """Presses a button of a message that opens this form."""
        opener = await self.post({"content": modal["title"], "components": [_OPEN]})
        since = self.server.world.journal.last
        await opener.get_by_role("button", name="Open").click()
        await self.answer({"type": MODAL, "data": modal}, since)
        dialog = self.page.get_by_role("dialog")
        await dialog.wait_for()
        return dialog

    async def submitted(self, dialog: Locator) -> Json:
        """Sends a form, and gives what the bot hears by custom_id."""
        since = self.server.world.journal.last
        await dialog.get_by_role("button", name="Submit").click()
        webhook = await self.answer({"type": ACKNOWLEDGE}, since)
        await dialog.wait_for(state="detached")
        token = webhook.rsplit("/", 1)[-1]
        interaction = self.server.services.desk.by_token(self.server.world.application.id, token)
        fields = [_field(one) for one in interaction.cause.data["components"]]
        return {one["custom_id"]: one.get("value", one.get("values")) for one in fields if one}

    async def draw(self, message: Json) -> Locator:
        """A message that the sandbox would not store, drawn by the page's own modules."""
        await self.page.evaluate(DRAW, message)
        return self.page.locator("#message-7")

    async def tidy(self) -> None:
        """Closes what an earlier test left open, and forgets what went wrong in it."""
        await self.page.evaluate(TIDY)
        self.visitor.wrong.clear()

    async def call(self, method: str, path: str, body: Json | list[Json] | None = None, *names: str) -> Any:
        """One request of the bot, which the sandbox must take."""
        files = {index: (name, self._content(name)) for index, name in enumerate(names)} or None
        status, answer = await self._rest.call(method, path, body, files=files)
        assert status < 300, answer
        return answer

    def _content(self, name: str) -> bytes:
        return self.files[Path(name).suffix]


_OPEN = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Open", "custom_id": "open"}]}


def _field(component: Json) -> Json | None:
    """What stands in a label or a row; a text display has nothing to send."""
    return component.get("component") or next(iter(component.get("components", ())), None)


async def id_of(row: Locator) -> str:
    return (await row.get_attribute("id") or "").removeprefix("message-")


@asynccontextmanager
async def rendering_stand(folder: Path) -> AsyncIterator[Stand]:
    """Builds everything. No error in the console, and nothing asked of anybody but the sandbox."""
    await asyncio.to_thread(write_clip, CLIP, folder / "clip.mp4")
    async with (
        SandboxDiscord(demo_world()) as server,
        Driver(server.url) as driver,
        aiohttp.ClientSession() as session,
        chromium() as browser,
    ):
        page = await browser.new_page(reduced_motion="reduce", locale="en-GB")
        stand = Stand(server, driver, Rest(server.api_url, server.token, session), Visitor(page, server.url))
        clip = (folder / "clip.mp4").read_bytes()
        stand.files = {".mp4": clip, ".png": png(quarters(64, 48)), ".txt": b"Some notes", ".bin": b"\0\1"}
        await stand.visitor.visit()
        yield stand
