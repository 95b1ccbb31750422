"""Everything about one member as a JSON file, read page by page: nobody else waits for a long past."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import BinaryIO

from klapper.choices.store import ChoiceStore
from klapper.clock import Clock
from klapper.database.database import Database, Reader, Row
from klapper.ledger.ledger import Ledger
from klapper.ledger.records import Balance, allowance_account, bonus_account, member_actor
from klapper.moderation.rules import Place
from klapper.moderation.standings import StandingStore
from klapper.privacy.own_rows import START, LastRead, OwnRows
from klapper.services import own_items
from klapper.services.json_file import JsonFile
from klapper.services.media_shelf import MediaShelf
from klapper.services.own_items import Item

ROWS_AT_ONCE = 50  # of one page
FORMAT = "klapper-own-data"
VERSION = 1  # of the keys: a key may come, none goes or changes its meaning without another number
NOTES = (
    "This is what Klapper keeps about you on this server. Times are UTC, ids are Discord's.",
    "Images and clips are not in this file. Whoever runs Klapper finds them by `file`, a path below its media folder; "
    "`/jobs recover` gives you clips.",
    "Not in it because it is not yours: who else is meant (`somebody_else`), what moderators wrote only for themselves "
    "(why they blocked or paused you, notes, the words of their filter), and reports of others about your clips.",
    "Segmind keeps what was sent to it: requests and images, and clips for about a week. Klapper cannot read or delete "
    "what is there.",
    "Messages in Discord are Discord's: your cards and clips, and lines in the moderators' channels.",
)

Details = tuple[dict[str, list[Row]], ...]  # by job: what happened, what was settled, what it was made from
Page = Callable[[Reader, LastRead], Awaitable[list[Row]]]


class OwnData:
    """Keeps: what is in the file is about the member alone, as it was when its page was read."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        ledger: Ledger,
        choices: ChoiceStore,
        standings: StandingStore,
        rows: OwnRows,
        balance: Callable[[int, int, Place], Awaitable[Balance]],
        clips: MediaShelf,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._choices = choices
        self._standings = standings
        self._rows = rows
        self._balance = balance
        self._clips = clips

    async def write(self, guild_id: int, user_id: int, place: Place, file: BinaryIO) -> None:
        """All of it. place: with the roles that decide what they get. The file is written in threads."""
        out, images = JsonFile(file), dict[str, Item]()
        async with self._database.read() as tx:
            member_ref = await self._ledger.find_member(tx, guild_id, user_id)
            head = await self._head(tx, guild_id, user_id, member_ref)
        balance = await self._balance(guild_id, user_id, place)
        for key, value in {**head, "balance": _balance(balance)}.items():
            await asyncio.to_thread(out.value, key, value)
        if member_ref is not None:
            await self._lists(out, guild_id, member_ref, images)
        await self._requests(out, guild_id, user_id, images)
        await asyncio.to_thread(out.value, "images", [images[sha256] for sha256 in sorted(images)])
        await asyncio.to_thread(out.end)

    async def _head(self, tx: Reader, guild_id: int, user_id: int, member_ref: int | None) -> Item:
        """Who it is and how they stand; short."""
        now_ms = self._clock.now_ms()
        head: Item = {
            "format": FORMAT,
            "version": VERSION,
            "exported_at": own_items.moment(now_ms),
            "notes": list(NOTES),
            "who": {"guild_id": str(guild_id), "discord_user_id": str(user_id), "member": member_ref, "since": None},
        }
        if member_ref is None:
            return head
        head["who"]["since"] = own_items.moment(await self._ledger.known_since_ms(tx, member_ref))
        choices = await self._choices.of_member(tx, member_ref)
        block, pause = (
            await self._standings.block_of(tx, member_ref),
            await self._standings.pause_of(tx, member_ref, now_ms),
        )
        return head | {
            "choices": {
                "notify": choices.notify,
                "model": choices.model,
                "aspect_ratio": choices.aspect_ratio,
                "mode": choices.mode,
            },
            "block": None if block is None else {"since": own_items.moment(block.at_ms)},
            "pause": None
            if pause is None
            else {"since": own_items.moment(pause.at_ms), "until": own_items.moment(pause.until_ms)},
            "own_allowance": await self._rows.own_allowance(tx, member_ref),
            "strikes": [own_items.strike(row) for row in await self._rows.strikes(tx, member_ref)],
        }

    async def _lists(self, out: JsonFile, guild_id: int, ref: int, images: dict[str, Item]) -> None:
        """What may be long."""
        read, own, most = self._rows, member_actor(ref), ROWS_AT_ONCE
        allowance, bonus = allowance_account(ref), bonus_account(ref)

        def moved(tx: Reader, after: LastRead) -> Awaitable[list[Row]]:
            return read.transfers(tx, (allowance, bonus), after, rows=most)

        def decided(tx: Reader, after: LastRead) -> Awaitable[list[Row]]:
            return read.decisions(tx, ref, after, rows=most)

        def reported(tx: Reader, after: LastRead) -> Awaitable[list[Row]]:
            return read.reports(tx, ref, after, rows=most)

        def about(tx: Reader, after: LastRead) -> Awaitable[list[Row]]:
            return read.entries_about(tx, ref, after, rows=most)

        def done(tx: Reader, after: LastRead) -> Awaitable[list[Row]]:
            return read.entries_by(tx, guild_id, own, ref, after, rows=most)

        def entry(row: Row) -> Item:
            return own_items.entry(row, own, ref)

        await self._list(out, "movements", self._pages(moved, "seq"), lambda row: own_items.transfer(row, own, bonus))
        await self._jobs(out, own, ref, images)
        await self._list(
            out, "decisions", self._pages(decided, "decision_id"), lambda row: own_items.decision(row, own)
        )
        await self._list(out, "reports", self._pages(reported, "case_id"), own_items.report)
        await self._list(out, "audit_about_you", self._pages(about, "entry_id"), entry)
        await self._list(out, "audit_by_you", self._pages(done, "entry_id"), entry)

    async def _requests(self, out: JsonFile, guild_id: int, user_id: int, images: dict[str, Item]) -> None:
        """What has not become a job; of a day or so."""
        async with self._database.read() as tx:
            drafts = await self._rows.drafts(tx, guild_id, user_id)
            refused = await self._rows.refused_requests(tx, guild_id, user_id)
            hashes = own_items.hashes([*drafts, *refused]) - images.keys()
            kept = await self._rows.images(tx, hashes)
        images |= {row["sha256"]: own_items.image(row) for row in kept}
        await asyncio.to_thread(out.value, "drafts", [own_items.draft(row) for row in drafts])
        await asyncio.to_thread(out.value, "refused_requests", [own_items.refused_request(row) for row in refused])

    async def _jobs(self, out: JsonFile, own: str, member_ref: int, images: dict[str, Item]) -> None:
        on_disk = await asyncio.to_thread(self._clips.job_ids)
        await asyncio.to_thread(out.begin_list, "jobs")
        async for rows, details in self._job_pages(member_ref):
            images |= {row["sha256"]: own_items.image(row) for found in details[2].values() for row in found}
            items = (self._job(row, own, details, on_disk) for row in rows)
            await asyncio.to_thread(out.items, items)
        await asyncio.to_thread(out.end_list)

    async def _job_pages(self, member_ref: int) -> AsyncIterator[tuple[list[Row], Details]]:
        """Jobs, with what happened to each, what moderators settled about it and what it was made from."""
        after = START
        while True:
            async with self._database.read() as tx:
                rows = await self._rows.jobs(tx, member_ref, after, rows=ROWS_AT_ONCE)
                ids = [row["job_id"] for row in rows]
                found = (
                    await self._rows.events(tx, ids),
                    await self._rows.cases(tx, ids),
                    await self._rows.images_of_jobs(tx, ids),
                )
            if not rows:
                return
            yield rows, tuple(own_items.by_job(some) for some in found)
            after = LastRead(rows[-1]["created_at_ms"], rows[-1]["job_id"])

    def _job(self, row: Row, own: str, details: Details, on_disk: set[str]) -> Item:
        job_id = row["job_id"]
        item = own_items.job(row, own, *(found.get(job_id, []) for found in details))
        return item | {"clip": self._clip(job_id) if job_id in on_disk else None}

    def _clip(self, job_id: str) -> Item | None:
        size = self._clips.size_bytes(job_id)
        return None if size is None else {"file": f"outputs/{job_id}.mp4", "bytes": size}

    async def _pages(self, page: Page, id_column: str) -> AsyncIterator[list[Row]]:
        """One after the other, each in a snapshot of its own. id_column: by which rows of one moment are told apart."""
        after = START
        while True:
            async with self._database.read() as tx:
                rows = await page(tx, after)
            if not rows:
                return
            yield rows
            after = LastRead(rows[-1]["at_ms"], rows[-1][id_column])

    async def _list(
        self, out: JsonFile, key: str, pages: AsyncIterator[list[Row]], item: Callable[[Row], Item]
    ) -> None:
        await asyncio.to_thread(out.begin_list, key)
        async for rows in pages:
            await asyncio.to_thread(lambda rows=rows: out.items(map(item, rows)))  # type: ignore[misc]
        await asyncio.to_thread(out.end_list)


def _balance(balance: Balance) -> Item:
    return {
        "allowance": balance.allowance,
        "bonus": balance.bonus,
        "held": balance.held,
        "allowance_begins_anew_at": own_items.moment(balance.resets_at_ms),
    }
