"""What people are told once, by direct message, after the fact: nothing depends on their hearing it."""

from __future__ import annotations

import hashlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from klapper.clock import DAY_MS, Clock
from klapper.database.database import Database, Reader, Writer
from klapper.errors import DeliveryError
from klapper.services.alarm import Alarm
from klapper.services.telling import NONCE_HOLDS_MS

_log = logging.getLogger(__name__)

LOOK_EVERY_S = 300.0
RETRY_S = 60.0
GIVE_UP_AFTER_MS = DAY_MS

About = TypeVar("About")
Message = TypeVar("Message")


@dataclass(frozen=True, slots=True)
class News(Generic[About]):
    """Something that somebody is to be told. key: no other news of its kind has it.

    at_ms: since when. tried_at_ms: when it was first tried, where it was.
    """

    about: About
    key: int
    at_ms: int
    tried_at_ms: int | None


class Courtesy(ABC, Generic[About, Message]):
    """Keeps:

    - one message per piece of news, also when the process died between the commit and the message: what was sent
      although the answer was lost is looked for before it is sent again;
    - nobody is pinged in public, and who takes no direct messages is not tried again;
    - what could not be told for a day is given up.
    """

    kind: ClassVar[str]  # e.g. "movement": in nonces and logs

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._alarm = Alarm(clock)

    @abstractmethod
    async def _due(self, tx: Reader) -> Sequence[News[About]]:
        """What is still to be told, oldest first."""

    @abstractmethod
    async def _message(self, about: About) -> Message | None:
        """What is said; None where there is nobody to say it to."""

    @abstractmethod
    async def _was_sent(self, message: Message) -> bool:
        """Whether it can be read there. Raises DeliveryError."""

    @abstractmethod
    async def _send(self, message: Message, nonce: str) -> None:
        """Raises DeliveryError."""

    @abstractmethod
    async def _try(self, tx: Writer, key: int, now_ms: int) -> None:
        """Write down that it is about to be sent; its answer may get lost."""

    @abstractmethod
    async def _end(self, tx: Writer, key: int, *, is_told: bool) -> None:
        """Write down that it was told, or cannot be."""

    def wake(self) -> None:
        """Somebody is to be told."""
        self._alarm.ring()

    async def run(self) -> None:
        """Tell for ever."""
        while True:
            self._alarm.clear()
            await self._alarm.wait(await self._tell_all())

    async def _tell_all(self) -> float:
        async with self._database.read() as tx:
            due = await self._due(tx)
        again_in_s = LOOK_EVERY_S
        for news in due:
            try:
                is_told = await self._tell(news)
            except DeliveryError as error:
                _log.warning("news are not told yet", extra=self._extra(news, error))
                again_in_s = RETRY_S
                continue
            async with self._database.write() as tx:
                await self._end(tx, news.key, is_told=is_told)
        return again_in_s

    async def _tell(self, news: News[About]) -> bool:
        """Whether they know now; False where they cannot. Raises DeliveryError (`try_later`)."""
        message = await self._message(news.about)
        if message is None:
            return False
        try:
            if not await self._got_through(news, message):
                async with self._database.write() as tx:
                    await self._try(tx, news.key, self._clock.now_ms())
                await self._send(message, self._nonce(news))
        except DeliveryError as error:
            is_hopeless = self._clock.now_ms() - news.at_ms > GIVE_UP_AFTER_MS
            if error.reason == "try_later" and not is_hopeless:
                raise
            _log.info("news cannot be told", extra=self._extra(news, error))
            return False
        return True

    async def _got_through(self, news: News[About], message: Message) -> bool:
        """Whether an earlier try did."""
        if news.tried_at_ms is None:
            return False
        try:
            return await self._was_sent(message)
        except DeliveryError as error:
            if error.reason == "try_later":
                raise
            # Perhaps. Repeated soon, it is the same message; later, better not at all than twice.
            return self._clock.now_ms() - news.tried_at_ms > NONCE_HOLDS_MS

    def _nonce(self, news: News[About]) -> str:
        """Equal for repeated messages about one thing. 25 characters at most."""
        return hashlib.sha256(f"{self.kind}:{news.key}".encode()).hexdigest()[:24]

    def _extra(self, news: News[About], error: DeliveryError) -> dict[str, object]:
        return {"kind": self.kind, "key": news.key, "reason": error.reason}
