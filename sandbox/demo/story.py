"""The story: Mira's video from the command to the clip, her receipt, a refusal, and the books."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import aiohttp
import av

from sandbox.demo.clip import Clip
from sandbox.demo.folder import shown_path
from sandbox.demo.house import ALLOWANCE_CREDITS, House
from sandbox.demo.message_panel import size_words
from sandbox.demo.teller import Teller
from sandbox.driver import Driver, MessageView, NoResponse, NotPossible
from sandbox.segmind import ControlError, SegmindControl

MEMBER, CHANNEL = "Mira", "videos"
FIRST = {"prompt": "A paper boat sails down a rainy street at night", "duration": 5, "aspect_ratio": "16:9"}
SECOND = {"prompt": "The boat reaches the sea and the sun comes up", "duration": 10, "audio": True}

CLIP_S = 90.0  # on a busy machine
ANSWER_S = 20.0
PAUSE_S = 1.2  # between two parts, for those who read along

_TROUBLES = (TimeoutError, NoResponse, NotPossible, aiohttp.ClientError, ControlError, av.FFmpegError)


class StoryFailed(Exception):
    """Something did not happen; the text is a sentence that says what."""


class Story:
    """Told once. Everything is done through the driver, as a member would, and through the bot's own commands."""

    def __init__(self, *, teller: Teller, driver: Driver, provider: SegmindControl, house: House) -> None:
        self._teller = teller
        self._driver = driver
        self._provider = provider
        self._house = house

    async def tell(self) -> None:
        """From the command to the books. Raises StoryFailed."""
        card = await self._video()
        await self._clip(card)
        await self._receipt(card)
        await self._refusal()
        await self._balance()
        await self._books()

    async def _video(self) -> MessageView:
        self._teller.chapter("A video")
        self._teller.say(
            f"{MEMBER} has {ALLOWANCE_CREDITS} credits. One message in #{CHANNEL}, her card, shows each step."
        )
        self._teller.say("What takes Segmind minutes takes seconds here.")
        async with beat("The clip did not arrive"):
            card = await self._type("video", FIRST)
            with self._teller.waiting("The card follows the job ..."):
                return await self._follow(card, lambda version: bool(version.attachments))

    async def _clip(self, card: MessageView) -> None:
        mira = await self._driver.user_id(MEMBER)
        async with beat("Mira was not told that her clip is there"):
            ping = await self._driver.wait_message(lambda message: mira in message.pinged, ANSWER_S)
        self._teller.message(ping, subtitle=f"the one message that pings {MEMBER}")
        async with beat("The clip cannot be played"):
            (file,) = card.attachments
            clip = Clip.keep(await self._driver.fetch(file.url), self._house.folder.clips / file.filename)
            (job,) = await self._provider.jobs()
        await self._rest()
        self._teller.chapter("The clip")
        self._teller.fact("file", shown_path(clip.path))
        self._teller.fact("length", f"{clip.seconds:g} s, {clip.width} x {clip.height}, {size_words(clip.size)}")
        self._teller.fact("price", f"{_charged(card)} for {MEMBER}; Segmind charged {job.charged_usd:.2f} USD, once")

    async def _receipt(self, card: MessageView) -> None:
        await self._rest()
        self._teller.chapter("The receipt")
        self._teller.pressed(MEMBER, "Receipt")
        async with beat("There was no receipt"):
            pressed = await self._driver.press(MEMBER, card, label="Receipt")
            receipt = await pressed.wait_message(timeout=ANSWER_S)
            self._teller.message(receipt)
            for file in receipt.attachments:
                self._teller.file(file.filename, (await self._driver.fetch(file.url)).decode())

    async def _refusal(self) -> None:
        await self._rest()
        self._teller.chapter("Not enough credits")
        async with beat("There was no answer to the second request"):
            answer = await self._type("video", SECOND)
            posts = await self._provider.submits()
        if not answer.ephemeral or len(posts) != 1:
            raise StoryFailed("The second request should have been refused.")
        self._teller.say("Nothing was sent: Segmind has seen the first request only.")

    async def _balance(self) -> None:
        await self._rest()
        self._teller.chapter("The books")
        async with beat("There was no balance"):
            await self._type("credits balance", {})

    async def _books(self) -> None:
        async with beat("The books could not be read"):
            code, output = await self._house.command("ledger")
        self._teller.command(self._house.command_line("ledger"), output)
        if code != 0:
            raise StoryFailed("The books do not add up.")

    async def _type(self, command: str, options: Mapping[str, object]) -> MessageView:
        """Type a command and show the answer."""
        self._teller.typed(MEMBER, command, options)
        result = await self._driver.slash(MEMBER, CHANNEL, command, **options)
        answer = await result.wait_message(timeout=ANSWER_S)
        self._teller.message(answer)
        return answer

    async def _follow(self, shown: MessageView, until: Callable[[MessageView], bool]) -> MessageView:
        """Show every later version of a message; the one that was waited for. Raises TimeoutError after CLIP_S."""
        began_ms = shown.at_ms
        async with asyncio.timeout(CLIP_S):
            while not until(shown):
                for version in await self._news(shown):
                    after_s = round((version.at_ms - began_ms) / 1000)
                    self._teller.message(version, subtitle=f"{after_s} s later", before=shown)
                    shown = version
        return shown

    async def _news(self, shown: MessageView) -> list[MessageView]:
        """The versions after that one, as soon as there is one."""
        await self._driver.wait_message(lambda message: message.version > shown.version, CLIP_S, message=shown)
        return [one for one in await self._driver.message_versions(shown) if one.version > shown.version]

    async def _rest(self) -> None:
        if self._teller.is_watched:
            await asyncio.sleep(PAUSE_S)


@asynccontextmanager
async def beat(trouble: str) -> AsyncIterator[None]:
    """What can go wrong with the servers becomes StoryFailed with this sentence."""
    try:
        yield
    except _TROUBLES as error:
        why = f": {error}" if str(error) else " in time" if isinstance(error, TimeoutError) else ""
        raise StoryFailed(f"{trouble}{why}.") from error


def _charged(card: MessageView) -> str:
    """What the card says: `84 credits`."""
    found = re.search(r"([\d,]+ credits?) charged", card.text)
    return found[1] if found else "no credits"
