"""Cases: what moderators have to settle. A review is about a job that was not sent, a report about its clip."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from klapper.database.database import Reader, Row, Writer
from klapper.database.queries import load_queries
from klapper.moderation.reasons import Reason, from_json, to_json

CaseKind = Literal["review", "report"]


class Outcome(StrEnum):
    """How a case ended."""

    APPROVED = "approved"
    REJECTED = "rejected"
    BLOCKED = "blocked"  # its member, and the request with them
    WITHDRAWN = "withdrawn"  # by its requester
    REPLACED = "replaced"  # by its requester's changed request
    EXPIRED = "expired"
    MOOT = "moot"  # there is nothing to decide any more: the member, the bot or the model is gone
    TAKEN_DOWN = "taken_down"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class CaseCard:
    """The message in the review channel. lost: why it cannot be edited, or ''. shown_revision: of its case."""

    channel_id: int | None = None
    message_id: int | None = None
    tried_at_ms: int | None = None
    lost: str = ""
    shown_revision: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """reasons: the rules that want a moderator. words: of who appeals. note: the moderator's.

    opened_by, closed_by: actors. revision: grows with what an open case has to show. news_tried_at_ms: when its
    requester was first tried to be told how it ended, where they are.
    """

    case_id: int
    kind: CaseKind
    guild_id: int
    job_id: str
    opened_by: str
    opened_at_ms: int
    reasons: tuple[Reason, ...]
    words: str
    outcome: Outcome | None
    closed_by: str | None
    closed_at_ms: int | None
    note: str
    reminded_at_ms: int | None
    card: CaseCard
    revision: int = 0
    news_tried_at_ms: int | None = None

    @property
    def is_open(self) -> bool:
        return self.closed_at_ms is None

    def is_because_of(self, rule: str) -> bool:
        """Whether this rule wanted a moderator."""
        return any(reason.rule == rule for reason in self.reasons)


class CaseStore:
    """Keeps: a job has at most one open case of each kind; a case is closed once."""

    def __init__(self) -> None:
        self._sql = load_queries("klapper.moderation")

    async def open(
        self,
        tx: Writer,
        kind: CaseKind,
        *,
        guild_id: int,
        job_id: str,
        by: str,
        now_ms: int,
        reasons: tuple[Reason, ...] = (),
        words: str = "",
    ) -> int | None:
        """Open a case; its id, None when the job has an open one of that kind."""
        row = await tx.one(
            self._sql["open_case"],
            kind=kind,
            guild_id=guild_id,
            job_id=job_id,
            opened_by=by,
            now_ms=now_ms,
            reasons=to_json(reasons),
            words=words,
        )
        return None if row is None else int(row["case_id"])

    async def close(
        self,
        tx: Writer,
        case_id: int,
        outcome: Outcome,
        *,
        by: str,
        now_ms: int,
        note: str = "",
        has_news: bool = False,
    ) -> bool:
        """Close a case; False when it was closed before. has_news: its requester is to be told directly."""
        closed = await tx.execute(
            self._sql["close_case"],
            case_id=case_id,
            outcome=outcome.value,
            closed_by=by,
            now_ms=now_ms,
            note=note,
            news="due" if has_news else "",
        )
        return bool(closed)

    async def changed(self, tx: Writer, case_id: int) -> None:
        """An open case has something new to show."""
        await tx.execute(self._sql["case_changed"], case_id=case_id)

    async def get(self, tx: Reader, case_id: int) -> Case | None:
        """One case, None when there is none of that id."""
        row = await tx.one(self._sql["case"], case_id=case_id)
        return None if row is None else _case(row)

    async def open_of_job(self, tx: Reader, job_id: str, kind: CaseKind) -> Case | None:
        """The job's open case of this kind."""
        row = await tx.one(self._sql["open_case_of_job"], job_id=job_id, kind=kind)
        return None if row is None else _case(row)

    async def latest_of_job(self, tx: Reader, job_id: str, kind: CaseKind) -> Case | None:
        """The job's newest case of this kind, open or not."""
        row = await tx.one(self._sql["latest_case_of_job"], job_id=job_id, kind=kind)
        return None if row is None else _case(row)

    async def took_place_of(self, tx: Reader, job_id: str) -> str | None:
        """The id of the changed request that took a job's place in review."""
        row = await tx.one(self._sql["took_place_of"], job_id=job_id)
        return None if row is None else str(row["job_id"])

    async def queue(self, tx: Reader, guild_id: int, *, skip: int = 0, rows: int = 1000) -> list[Case]:
        """A guild's open cases, oldest first."""
        found = await tx.all(self._sql["open_cases"], guild_id=guild_id, skip=skip, rows=rows)
        return [_case(row) for row in found]

    async def open_reports(self, tx: Reader, guild_id: int | None = None) -> list[Case]:
        """Open cases about clips, of one guild or of all."""
        return [_case(row) for row in await tx.all(self._sql["open_reports"], guild_id=guild_id)]

    async def count_open(self, tx: Reader, guild_id: int) -> int:
        """How many cases of a guild are open."""
        return sum((await self.open_by_kind(tx, guild_id)).values())

    async def open_by_kind(self, tx: Reader, guild_id: int) -> dict[CaseKind, int]:
        """How many cases of each kind are open; a kind without any is not named."""
        rows = await tx.all(self._sql["count_open_cases"], guild_id=guild_id)
        return {row["kind"]: row["cases"] for row in rows}

    async def place(self, tx: Reader, case: Case) -> int:
        """How many open reviews of the guild come before this one, and itself."""
        row = await tx.one(
            self._sql["place_of_case"],
            guild_id=case.guild_id,
            opened_at_ms=case.opened_at_ms,
            case_id=case.case_id,
        )
        assert row is not None
        return int(row["place"])

    async def reviews(self, tx: Reader) -> dict[int, list[str]]:
        """Ids of the jobs that wait for a moderator, oldest first, by guild."""
        found: dict[int, list[str]] = {}
        for row in await tx.all(self._sql["open_reviews"]):
            found.setdefault(row["guild_id"], []).append(row["job_id"])
        return found

    async def to_remind(self, tx: Reader, *, before_ms: int) -> list[Case]:
        """Open cases from before then that nobody was reminded of."""
        return [_case(row) for row in await tx.all(self._sql["cases_to_remind"], before_ms=before_ms)]

    async def reminded(self, tx: Writer, case_id: int, now_ms: int) -> None:
        """The moderators were reminded of it."""
        await tx.execute(self._sql["case_reminded"], case_id=case_id, now_ms=now_ms)

    # Its card

    async def unsettled(self, tx: Reader) -> list[int]:
        """Ids of the cases whose card may have to be posted, moved or changed, oldest first."""
        return [row["case_id"] for row in await tx.all(self._sql["unsettled_cases"])]

    async def try_post(self, tx: Writer, case_id: int, channel_id: int, now_ms: int) -> None:
        """Write down that the card is about to be posted there; the first attempt's time stays."""
        await tx.execute(self._sql["try_case_card"], case_id=case_id, channel_id=channel_id, now_ms=now_ms)

    async def posted(self, tx: Writer, case_id: int, channel_id: int, message_id: int, *, revision: int) -> None:
        """The card is this message, and shows this revision; 0 when nobody knows which."""
        await tx.execute(
            self._sql["case_card_posted"],
            case_id=case_id,
            channel_id=channel_id,
            message_id=message_id,
            revision=revision,
        )

    async def shows(self, tx: Writer, case_id: int, revision: int) -> None:
        """The card of an open case shows this revision."""
        await tx.execute(self._sql["case_card_shows"], case_id=case_id, revision=revision)

    async def settle_card(self, tx: Writer, case_id: int) -> None:
        """The card says how the case ended, or was never posted."""
        await tx.execute(self._sql["settle_case_card"], case_id=case_id)

    async def forget_card(self, tx: Writer, case_id: int) -> None:
        """The card of an open case is gone; the next one is another message."""
        await tx.execute(self._sql["forget_case_card"], case_id=case_id)

    async def forget_cards_in(self, tx: Writer, guild_id: int, channel_id: int) -> None:
        """The same for every card in a channel that is deleted."""
        await tx.execute(self._sql["forget_case_cards_in"], guild_id=guild_id, channel_id=channel_id)

    async def channels_of_cards(self, tx: Reader, guild_id: int) -> frozenset[int]:
        """Where the cards of a guild's open cases are."""
        rows = await tx.all(self._sql["channels_of_case_cards"], guild_id=guild_id)
        return frozenset(row["channel_id"] for row in rows)

    async def lose(self, tx: Writer, case_id: int, why: str) -> None:
        """The card cannot be posted or edited; the first reason stays."""
        await tx.execute(self._sql["lose_case_card"], case_id=case_id, lost=why)

    # What its requester hears of it

    async def with_news(self, tx: Reader) -> list[Case]:
        """Cases whose requester is still to be told how they ended, oldest first."""
        return [_case(row) for row in await tx.all(self._sql["cases_with_news"])]

    async def try_news(self, tx: Writer, case_id: int, now_ms: int) -> None:
        """Write down that they are about to be told; the first attempt's time stays."""
        await tx.execute(self._sql["try_news"], case_id=case_id, now_ms=now_ms)

    async def end_news(self, tx: Writer, case_id: int, *, is_told: bool) -> None:
        """They know, or cannot be told."""
        await tx.execute(self._sql["end_news"], case_id=case_id, news="told" if is_told else "unheard")


def _case(row: Row) -> Case:
    return Case(
        case_id=row["case_id"],
        kind=row["kind"],
        guild_id=row["guild_id"],
        job_id=row["job_id"],
        opened_by=row["opened_by"],
        opened_at_ms=row["opened_at_ms"],
        reasons=from_json(row["reasons"]),
        words=row["words"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        closed_by=row["closed_by"],
        closed_at_ms=row["closed_at_ms"],
        note=row["note"],
        reminded_at_ms=row["reminded_at_ms"],
        card=CaseCard(row["channel_id"], row["message_id"], row["tried_at_ms"], row["lost"], row["shown_revision"]),
        revision=row["revision"],
        news_tried_at_ms=row["news_tried_at_ms"],
    )
