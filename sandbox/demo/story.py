"""The story: a video, one from a picture that a moderator sees first, one shot by shot; a receipt, a refusal, books."""

from __future__ import annotations

import re

from sandbox.demo import picture
from sandbox.demo.acting import ANSWER_S, CHANNEL, MEMBER, Actor, StoryFailed, beat
from sandbox.demo.clip import Clip
from sandbox.demo.folder import shown_path
from sandbox.demo.house import House
from sandbox.demo.message_panel import size_words
from sandbox.demo.review import Review
from sandbox.demo.storyboard import Storyboard
from sandbox.demo.teller import Teller
from sandbox.driver import Driver, MessageView
from sandbox.segmind import SegmindControl

FIRST = {"prompt": "A paper boat sails down a rainy street at night", "duration": 5, "aspect_ratio": "16:9"}
FROM_PICTURE = {"prompt": "The boat rocks on the waves"}
LAST = {"prompt": "The boat reaches the sea and the sun comes up", "duration": 10, "audio": True}
BRISK_S = 4.0  # how long a job takes once one was followed step by step


class Story:
    """Told once. Everything is done through the driver, as a member would, and through the bot's own commands."""

    def __init__(self, *, teller: Teller, driver: Driver, provider: SegmindControl, house: House) -> None:
        self._teller = teller
        self._driver = driver
        self._provider = provider
        self._house = house
        self._actor = Actor(teller, driver)
        self._review = Review(teller, driver)

    async def tell(self) -> None:
        """From the command to the books. Raises StoryFailed."""
        await self._clip(await self._video())
        await self._from_picture()
        await self._receipt(await self._storyboard())
        await self._refusal()
        await self._balance()
        await self._books()

    async def _video(self) -> MessageView:
        self._teller.chapter("A video")
        credits = self._house.allowance_credits
        self._teller.say(f"{MEMBER} has {credits} credits. One message in #{CHANNEL}, her card, shows each step.")
        self._teller.say("What takes Segmind minutes takes seconds here.")
        async with beat("The clip did not arrive"):
            card = await self._actor.type("video", FIRST)
            with self._teller.waiting("The card follows the job ..."):
                return await self._actor.follow(card, _plays)

    async def _clip(self, card: MessageView) -> None:
        mira = await self._driver.user_id(MEMBER)
        async with beat("Mira was not told that her clip is there"):
            ping = await self._driver.wait_message(lambda message: mira in message.pinged, ANSWER_S)
        self._teller.message(ping, subtitle=f"the one message that pings {MEMBER}")
        await self._chapter("The clip")
        await self._facts(card)

    async def _from_picture(self) -> None:
        await self._chapter("A picture comes alive, when a moderator has seen it")
        await self._review.begin()
        path = picture.draw(self._house.folder.clips / "boat.png")
        self._teller.picture(path, f"{picture.DESCRIPTION}, {picture.SIZE[0]} x {picture.SIZE[1]}")
        async with beat("The clip of the picture did not arrive"):
            await self._provider.change(run_time_s=BRISK_S)
            answer = await self._actor.type("video", {**FROM_PICTURE, "image": path})
            card = await self._actor.linked(answer)
            self._teller.message(card)
        await self._review.approve()
        async with beat("The clip of the picture did not arrive"):
            with self._teller.waiting("The picture is handed to Segmind ..."):
                card = await self._actor.wait(card, _plays)
        self._teller.say("The clip begins with the picture and has its shape.")
        await self._facts(card)
        await self._review.end()

    async def _storyboard(self) -> MessageView:
        await self._chapter("A storyboard")
        self._teller.say("Shot by shot in a panel that only its author sees; nothing is charged while it is built.")
        card = await Storyboard(self._actor, self._teller, self._driver).build()
        async with beat("The clip of the storyboard did not arrive"):
            with self._teller.waiting("Three shots become one clip ..."):
                card = await self._actor.wait(card, _plays)
        await self._facts(card)
        return card

    async def _receipt(self, card: MessageView) -> None:
        await self._chapter("The receipt")
        async with beat("There was no receipt"):
            receipt = await self._actor.read(await self._actor.press("Receipt", card))
            for file in receipt.attachments:
                self._teller.file(file.filename, (await self._driver.fetch(file.url)).decode())

    async def _refusal(self) -> None:
        await self._chapter("Not enough credits")
        async with beat("There was no answer to the last request"):
            answer = await self._actor.type("video", LAST)
            posts = await self._provider.submits()
        if not answer.ephemeral or len(posts) != 3:
            raise StoryFailed("The last request should have been refused.")
        self._teller.say("Nothing was sent: Segmind has seen the first three requests only.")

    async def _balance(self) -> None:
        await self._chapter("The books")
        async with beat("There was no balance"):
            await self._actor.type("credits balance", {})

    async def _books(self) -> None:
        async with beat("The books could not be read"):
            code, output = await self._house.command("ledger")
        self._teller.command(self._house.command_line("ledger"), output)
        if code != 0:
            raise StoryFailed("The books do not add up.")

    async def _facts(self, card: MessageView) -> None:
        """Keep the clip of a card and tell what it is and what it cost."""
        async with beat("The clip cannot be played"):
            (file,) = card.attachments
            clip = Clip.keep(await self._driver.fetch(file.url), self._house.folder.clips / file.filename)
            job = (await self._provider.jobs())[-1]
        self._teller.fact("file", shown_path(clip.path))
        self._teller.fact("length", f"{clip.seconds:g} s, {clip.width} x {clip.height}, {size_words(clip.size)}")
        self._teller.fact("price", f"{_charged(card)} for {MEMBER}; Segmind charged {job.charged_usd:.2f} USD, once")

    async def _chapter(self, title: str) -> None:
        await self._actor.rest()
        self._teller.chapter(title)


def _plays(version: MessageView) -> bool:
    return bool(version.attachments)


def _charged(card: MessageView) -> str:
    """What the card says: `84 credits`."""
    found = re.search(r"([\d,]+ credits?) charged", card.text)
    return found[1] if found else "no credits"
