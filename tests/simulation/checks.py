"""The checks at the end of a seed, when all faults are over and nothing is left to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from klapper.clock import DAY_MS, HOUR_MS, SECOND_MS
from klapper.jobs.deliveries import HELD, QUIET
from klapper.jobs.job import TERMINAL, JobStatus
from klapper.services.schedule import LATE_WATCH_MS
from tests.simulation.case_checks import UNSHOWN, check_cases
from tests.simulation.complaint_checks import check_appeals, check_reports
from tests.simulation.discord_model import DM, Message, dm_channel
from tests.simulation.segmind_jobs import Made
from tests.simulation.segmind_model import HUGE_BYTES
from tests.simulation.watch import said

if TYPE_CHECKING:
    from tests.simulation.world import World

USELESS_DOWNLOADS = 2  # one after the other, with more trouble around them: then a clip is given up
UNFINISHED_LOOKS = (
    "In review",
    "Waiting",
    "Being sent",
    "In Segmind's queue",
    "Being made",
    "Outcome unclear",
    "Finished, the clip is on its way",
)
_OPEN = "('in_review', 'waiting', 'sending', 'queued', 'processing', 'unknown')"
_JOBS = """
SELECT jobs.*, members.discord_user_id, deliveries.state AS delivery, deliveries.reason AS delivery_reason,
    deliveries.way, deliveries.since_ms, deliveries.told_at_ms, cards.message_id, cards.lost,
    reservations.status AS hold, COALESCE(member_choices.notify, 'ping') AS notify,
    EXISTS (SELECT 1 FROM transfers WHERE transfers.job_id = jobs.job_id AND kind = 'refund') AS refunded,
    EXISTS (SELECT 1 FROM transfers WHERE transfers.job_id = jobs.job_id AND kind = 'write_off') AS written_off,
    EXISTS (SELECT 1 FROM decisions AS by WHERE by.member_ref = jobs.member_ref AND rule = 'member_blocked') AS blocked
FROM jobs JOIN members USING (member_ref) LEFT JOIN deliveries USING (job_id) LEFT JOIN cards USING (job_id)
    LEFT JOIN reservations USING (job_id) LEFT JOIN member_choices USING (member_ref)
ORDER BY created_at_ms, decision_id
"""


def is_settled(world: World) -> bool:
    """Whether nothing is left to do: no job open, no clip under way, nobody waiting for news, no clip to come late."""
    if world.life is None:
        return False
    left = world.observer.value(
        f"SELECT (SELECT COUNT(*) FROM jobs WHERE status IN {_OPEN})"
        " + (SELECT COUNT(*) FROM deliveries WHERE state = 'pending' OR told_at_ms IS NULL)"
        " + (SELECT COUNT(*) FROM deliveries JOIN cards USING (job_id) WHERE state = 'removed' AND (cards.lost = ''"
        "    OR EXISTS (SELECT 1 FROM posts WHERE posts.job_id = cards.job_id)))"
        # Cards that were never posted, or show less than the end; one that carries its clip is never edited again.
        " + (SELECT COUNT(*) FROM jobs JOIN deliveries USING (job_id) JOIN cards USING (job_id)"
        "    WHERE state <> 'removed' AND lost = '' AND NOT (state = 'delivered' AND way IN ('attached', 'linked'))"
        "    AND (message_id IS NULL OR shown_state <> jobs.status || ' ' || state || ' ' || way))"
    )
    return not left and not world.observer.value(UNSHOWN) and not any(True for _ in _late(world))


def _late(world: World) -> Iterator[Made]:
    """Requests whose clip will still turn up after its job was abandoned."""
    abandoned = world.observer.rows("SELECT job_id, request_id, posted_at_ms FROM jobs WHERE status = 'abandoned'")
    for row in abandoned:
        for made in world.segmind.made.values():
            if made.about != row["job_id"] or made.words is not None or made.ended_s is None:
                continue
            if (made.ended_s - made.submitted_s) * SECOND_MS < LATE_WATCH_MS - 2 * DAY_MS:
                yield made


def check_bound(world: World) -> None:
    """Long after the last fault no job waits, is held or runs."""
    for row in world.observer.rows(f"SELECT job_id, status FROM jobs WHERE status IN {_OPEN}"):
        world.story.broken("past_bound", f"it is still {row['status']} although all went well for days", row["job_id"])


def check_all(world: World) -> None:
    """Write every broken promise into the story."""
    for sentence in world.observer.broken_books():
        world.story.broken("books", sentence)
    check_cases(world)
    check_reports(world)
    check_appeals(world)
    for row in world.observer.rows(_JOBS):
        Case(world, row, [made for made in world.segmind.made.values() if made.about == row["job_id"]]).check()


@dataclass(slots=True)
class Case:
    """One job at the end. made: the requests that Segmind took for it."""

    world: World
    row: sqlite3.Row
    made: list[Made]

    def check(self) -> None:
        self._ended()
        if self.status in TERMINAL:
            self._made_once()
            self._paid()
            self._clip()
            self._card()
            self._news()

    @property
    def job_id(self) -> str:
        return str(self.row["job_id"])

    @property
    def status(self) -> JobStatus:
        return JobStatus(self.row["status"])

    def _broken(self, check: str, what: str) -> None:
        self.world.story.broken(check, what, self.job_id)

    def _ended(self) -> None:
        if self.status not in TERMINAL:
            self._broken("unfinished", f"it is still {self.status}, since {self._age_h():.1f} h")
        elif self.row["delivery"] is None:
            self._broken("delivery_row", f"it is {self.status} and has no delivery")
        elif self.row["delivery"] == "pending" or self.row["told_at_ms"] is None:
            self._broken("undelivered", f"its delivery is still under way: {self.row['delivery_reason']}")

    def _age_h(self) -> float:
        return (self.world.clock.now_ms() - int(self.row["status_at_ms"])) / HOUR_MS

    # Segmind

    def _completed(self) -> list[Made]:
        return [made for made in self.made if made.is_completed(self.world.time.now_s)]

    def _made_once(self) -> None:
        if self.row["reason"] == "image_lost":
            self._broken("image_lost", "an image of it was cleared away before it was sent")
        if len(self.made) > 1:
            self._broken("paid_twice", f"Segmind took it {len(self.made)} times")
        is_made = self.status is JobStatus.SUCCEEDED
        if is_made and not self._completed():
            self._broken("invented", "it succeeded here and not at Segmind")
        if not is_made and self._completed() and not self._is_beyond_reach():
            self._broken("clip_lost", f"Segmind made it, and here it is {self.status}")

    def _is_beyond_reach(self) -> bool:
        """Whether it turned up after the watch."""
        made = self._completed()[0]
        assert made.ended_s is not None
        return (made.ended_s - made.submitted_s) * SECOND_MS > LATE_WATCH_MS - 2 * DAY_MS

    # Money

    def _paid(self) -> None:
        hold, is_made = self.row["hold"], self.status is JobStatus.SUCCEEDED
        if hold == "held":
            self._broken("unresolved", f"it is {self.status} and its credits are still held")
        if is_made and hold == "released" and not self.row["written_off"]:
            self._broken("operator_pays", "Segmind was paid for it and nobody's books say so")
        if is_made and hold == "settled" and self.row["written_off"]:
            self._broken("operator_pays", "it is charged and written off")
        if not is_made and hold == "settled":
            self._broken("charged_for_nothing", f"it is {self.status} and was charged")
        for made in self._completed():
            if is_made and made.cost_micro_usd != self.row["provider_cost_micro_usd"]:
                self._broken(
                    "list_price", f"{made.cost_micro_usd} where {self.row['provider_cost_micro_usd']} was quoted"
                )

    # The clip

    def _clip(self) -> None:
        match self.row["delivery"]:
            case "delivered":
                self._seen_once()
            case "undeliverable" if self.row["delivery_reason"] == "no_media":
                self._without_media()
            case "undeliverable":
                self._unreachable()
            case "removed":
                self._removed()
            case "none":
                if self.status is JobStatus.SUCCEEDED:
                    self._broken("clip_lost", "it succeeded and nothing is delivered")

    def _seen_once(self) -> None:
        if self.row["way"] == "recovered":
            if self.job_id not in self.world.members.handed_over:
                self._broken("clip_invisible", "it counts as recovered and nobody got it")
            return
        shown = self.world.discord.clips(self.job_id)
        if len(shown) > 1 and not self._may_be_unseen():
            self._broken("two_clips", f"its clip is in {len(shown)} messages")
        had = [m for m in self.world.discord.messages if m.job_id == self.job_id and m.had_clip]
        if not shown and not any(not message.is_there and message.by != "Klapper" for message in had):
            self._broken("clip_invisible", f"it is delivered ({self.row['way']}) and nobody can see it")

    def _without_media(self) -> None:
        made = self.made[0] if self.made else None
        is_lost = made is None or (
            made.is_foreign
            or made.is_gone
            or made.named_after_s != 0.0
            or made.faults.get("useless", 0) >= USELESS_DOWNLOADS
            or self.row["since_ms"] - self.row["posted_at_ms"] > 7 * DAY_MS
        )
        if not is_lost:
            self._broken("given_up", "its clip is given up although it can be loaded")
        if self.row["hold"] == "settled" and self.row["price_credits"] and not self.row["refunded"]:
            self._broken("not_refunded", "its clip is lost and it stays charged")

    def _unreachable(self) -> None:
        if self._is_held():
            if not self.row["blocked"]:
                self._broken("given_up", "its clip is kept for moderators and nobody blocked its requester")
        elif not self._was_refused():
            self._broken("given_up", "its requester counts as unreachable and nobody refused anything")
        kept = self.world.clock.now_ms() - self.row["since_ms"] < self.world.scene.keep_days * DAY_MS
        file = self.world.settings.media.directory / "outputs" / f"{self.job_id}.mp4"
        is_only_linked = self.made[0].clip_bytes >= HUGE_BYTES  # more than Klapper loads
        if kept and not is_only_linked and not file.exists():
            self._broken("not_kept", "its clip is not on disk")

    def _is_held(self) -> bool:
        """Whether its clip is kept for moderators, and brought to nobody."""
        return bool(self.row["delivery_reason"] == HELD)

    def _removed(self) -> None:
        there = [m for m in self.world.discord.messages if m.job_id == self.job_id and m.is_there]
        if there and not self._was_refused() and self.row["lost"] != "forbidden":
            self._broken("not_removed", f"it was deleted and {there[0].kind} {there[0].ref.message_id} is still there")

    def _may_be_unseen(self) -> bool:
        """Whether something was shown that Klapper did not hear of, where it may not look any more."""
        return self._was_refused() and self.job_id in self.world.discord.unanswered

    def _was_refused(self) -> bool:
        """Whether Discord refused something about it for good, so that it looked for another way."""
        refusals = self.world.discord.refusals.get(self.job_id, set())
        return any(why in ("forbidden", "channel_gone", "dm_closed") for _, why in refusals)

    # Messages

    def _cards(self) -> list[Message]:
        return [message for message in self.world.discord.of(self.job_id, "card") if message.is_there]

    def _card(self) -> None:
        cards = self._cards()
        if len(cards) > 1 and not self._may_be_unseen():
            self._broken("two_cards", f"it has {len(cards)} cards")
        if self.row["delivery"] == "removed" or self.row["lost"]:
            return
        if not self.world.discord.of(self.job_id, "card"):
            self._broken("no_card", "it never had a card")
        if len(cards) != 1:
            return
        card = cards[0]
        if card.looks in UNFINISHED_LOOKS:
            self._broken("stale_card", f"its card still says “{card.looks}”")
        state, _ = said(card.money)
        true = "refunded" if self.row["refunded"] else {"settled": "charged", "released": "released"}[self.row["hold"]]
        if state is not None and state.value != true:
            self._broken("stale_card", f"its card says “{card.money}” where it is {true}")

    def _news(self) -> None:
        # What somebody deleted by hand while its answer was lost may be told once more.
        pings = [ping for ping in self.world.discord.of(self.job_id, "ping") if ping.by in (None, "Klapper")]
        ends = self.world.observer.value(
            "SELECT COUNT(*) FROM job_events WHERE job_id = :job_id AND to_status IN ('succeeded', 'failed', 'refused',"
            " 'rejected', 'cancelled', 'expired', 'abandoned')",
            job_id=self.job_id,
        )
        if len(pings) > ends:
            self._broken("pinged_twice", f"{len(pings)} pings about {ends} ends")
        if self.row["delivery"] == "removed" or self._is_held():
            return
        # Who wants silence hears only what a moderator declined.
        if self.row["way"] == QUIET or (self.row["notify"] == "silent" and self.status is not JobStatus.REJECTED):
            return
        directly = any(message.ref.channel_id >= DM for message in self.world.discord.of(self.job_id, "clip"))
        places = {self.row["channel_id"], dm_channel(self.row["discord_user_id"])}
        refused = {place for place, _ in self.world.discord.refusals.get(self.job_id, set())}
        told = self.world.discord.of(self.job_id, "ping")
        if not told and not directly and not refused & places:
            self._broken("not_told", f"it is {self.status} and its requester never heard of it")
