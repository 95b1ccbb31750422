"""How large a file may be where a clip goes: as Discord says now, and as its refusals have taught."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from klapper.database.database import Database
from klapper.jobs.deliveries import DeliveryStore
from klapper.jobs.job import Job
from klapper.services.messenger import DIRECT, Messenger

_log = logging.getLogger(__name__)

MEBIBYTE = 1024 * 1024
# Limits that Discord has or had (its documentation: Uploading Files, and the boosts of a server): what a refused size
# makes likely is the next of them.
KNOWN_LIMITS = tuple(mebibytes * MEBIBYTE for mebibytes in (100, 50, 25, 10))


@dataclass(frozen=True, slots=True)
class Limit:
    """most_bytes: no larger file is tried. copy_bytes: how large a copy may become, so that it has a good chance."""

    most_bytes: int
    copy_bytes: int


class UploadLimits:
    """Keeps: a size that was refused is not tried again in that place, which is a guild or, as DIRECT, all DMs."""

    def __init__(self, *, database: Database, deliveries: DeliveryStore, messenger: Messenger) -> None:
        self._database = database
        self._deliveries = deliveries
        self._messenger = messenger

    async def of(self, place: int) -> Limit:
        """What holds there now. Raises DeliveryError."""
        said = await self._messenger.upload_limit_bytes(place)
        async with self._database.read() as tx:
            learned = await self._deliveries.upload_limit(tx, place)
        if learned is None or learned >= said:
            return Limit(said, said)
        # A limit that only one refusal taught may be much lower still.
        return Limit(learned, learned if learned in KNOWN_LIMITS else learned // 2)

    async def learn(self, place: int, refused_bytes: int) -> None:
        """A file of this size was refused."""
        _log.warning("upload limit learned", extra={"guild_id": place, "refused_bytes": refused_bytes})
        limit = next((known for known in KNOWN_LIMITS if known < refused_bytes), refused_bytes - 1)
        async with self._database.write() as tx:
            await self._deliveries.learn_upload_limit(tx, place, limit)


def place_of(job: Job) -> int:
    """Whose limit counts for the job's card."""
    return DIRECT if job.deliver_to == "dm" else job.guild_id
