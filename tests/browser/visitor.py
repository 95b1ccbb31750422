"""Somebody who uses the page: what they type, press, drop and see."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Locator, Page, Request, expect

LOOPBACK = "127.0.0.1"
CLIP_MS = 60_000.0  # until a clip plays, on a busy machine
expect.set_options(timeout=20_000)

DROP = """([name, type, bytes]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], name, { type }));
  const frame = document.querySelector("#frame");
  for (const kind of ["dragenter", "dragover", "drop"]) {
    frame.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer }));
  }
}"""


class Visitor:
    """One browser page. `wrong` is everything that a page must not do: errors, warnings, requests to elsewhere."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self._url = url
        self.wrong: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.wrong.append(f"{error}\n{error.stack}"))
        page.on("request", self._watch)

    async def visit(self, member: str = "Mira", place: str = "videos") -> None:
        """Opens the page as somebody, somewhere."""
        await self.page.goto(f"{self._url}/#/{member}/{place}")
        await self.page.wait_for_selector("html[data-ready]")

    async def become(self, member: str) -> None:
        """Somebody else from now on, in the same place."""
        await self.page.get_by_role("radio", name=member).click()
        chosen = self.page.get_by_role("radio", name=member, include_hidden=True)  # a phone closes the side at once
        await expect(chosen).to_have_attribute("aria-checked", "true")

    async def go(self, place: str) -> None:
        """Another channel."""
        await self.page.locator(".place").filter(has=self.page.get_by_text(place, exact=True)).click()
        await expect(self.page.locator(".head-title")).to_contain_text(place)

    async def begin(self, command: str) -> None:
        """Types a slash and the command's name, and chooses it."""
        await self.page.locator("#message").press_sequentially(f"/{command}")
        await self.page.keyboard.press("Enter")
        await expect(self.page.locator("form.command")).to_have_attribute("aria-label", f"/{command}")

    async def option(self, name: str, value: str) -> None:
        """Enters one option of the command that was begun: typed, or chosen of what is offered."""
        row = self.page.locator(f".option-{name}")
        if not await row.count():
            await self.page.get_by_role("button", name=f"Add {name}:").click()
        if await row.locator(".picker").count():
            await row.locator(".picker").click()
            await self.page.get_by_role("option", name=value).first.click()
        else:
            await row.locator("input, textarea").fill(value)

    async def command(self, command: str, options: Mapping[str, str] | None = None) -> None:
        """Sends a command with these options."""
        await self.begin(command)
        for name, value in (options or {}).items():
            await self.option(name, value)
        await self.send()

    async def send(self) -> None:
        """Sends the command that is filled in; the form is gone once it went out."""
        await self.page.locator("form.command").get_by_role("button", name="Send", exact=True).click()
        await expect(self.page.locator("form.command")).to_have_count(0)

    async def drop(self, name: str, content: bytes, media_type: str = "image/png") -> None:
        """Drops a file on the page."""
        await self.page.evaluate(DROP, [name, media_type, list(content)])

    def messages(self, text: str = "") -> Locator:
        """The messages with this text, oldest first."""
        return self.page.locator(".message").filter(has_text=text)

    async def press(self, label: str, message: Locator | None = None) -> None:
        """A button, of a message where it matters which."""
        await (message or self.page.locator("#timeline")).get_by_role("button", name=label, exact=True).last.click()

    async def plays(self, message: Locator) -> None:
        """Waits until the message has a clip, and its pictures are there."""
        clip = message.locator("video")
        await expect(clip).to_have_count(1, timeout=CLIP_MS)
        await clip.evaluate(
            "clip => clip.readyState ? null : new Promise(done => clip.addEventListener('loadedmetadata', done))"
        )
        assert await clip.evaluate("clip => clip.videoWidth") > 0

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(f"{message.type}: {message.text} {message.location}")

    def _watch(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.hostname != LOOPBACK:
            self.wrong.append(f"asked elsewhere: {request.url}")
