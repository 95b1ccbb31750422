"""The checks that look on while it happens: money said, requests sent, turns taken."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from klapper.clock import SECOND_MS, Clock
from klapper.services.views import JobView, MoneyState
from tests.decided import ONE_JOB, unfit_to_send
from tests.simulation.case_checks import undecided
from tests.simulation.case_model import CaseCard
from tests.simulation.discord_model import Message
from tests.simulation.fairness import Fairness
from tests.simulation.observer import Observer
from tests.simulation.segmind_model import SegmindModel
from tests.simulation.story import Story
from tests.simulation.time import snowflake

WINDOW_S = 60.0
AMOUNT = re.compile(r"([\d,]+) credits?")
_WORDS = {
    r"Nothing charged\b.*": MoneyState.RELEASED,
    r".* charged\.": MoneyState.CHARGED,
    r".* given back\.": MoneyState.REFUNDED,
    r".* finished\.": MoneyState.HELD,
}


@dataclass(slots=True)
class Watch:
    """One for the whole story; lives come and go. noticed: told of what matters, after which the process may die.

    undo_s: how long a job can be taken back. is_on_disk: whether the clip of a job is.
    """

    story: Story
    observer: Observer
    segmind: SegmindModel
    fairness: Fairness
    requests_per_minute: int
    noticed: Callable[[str], None]
    clock: Clock
    undo_s: int
    is_on_disk: Callable[[str], bool]
    requests: deque[float] = field(default_factory=deque)

    def begins(self) -> None:
        """A new life: the books are in order whatever ended the one before."""
        for sentence in self.observer.broken_books():
            self.story.broken("books", sentence)
        for job_id, sentence in undecided(self.observer):
            self.story.broken("undecided", sentence, job_id)

    # Segmind

    def request_leaves(self) -> None:
        now_s = self.story.time.now_s
        self.requests.append(now_s)
        while self.requests[0] <= now_s - WINDOW_S:
            self.requests.popleft()
        if len(self.requests) > self.requests_per_minute:
            self.story.broken("request_budget", f"{len(self.requests)} in 60 s, allowed are {self.requests_per_minute}")

    def post_leaves(self, slug: str, body: Mapping[str, object]) -> str:
        """A submit leaves: for which job, and may it?"""
        self.noticed("post")
        found = self.observer.rows(
            "SELECT job_id, interaction_id, created_at_ms FROM jobs WHERE status = 'sending' AND slug = :slug AND"
            " json_extract(request, '$.filled.prompt') = :prompt",
            slug=slug,
            prompt=body["prompt"],
        )
        if len(found) != 1:
            self.story.broken("uncommitted_post", f"a POST leaves while {len(found)} jobs are committed for it")
            return found[0]["job_id"] if found else ""
        job_id = str(found[0]["job_id"])
        for post in self.segmind.posts:
            if post.about == job_id and not post.proven:
                self.story.broken(
                    "paid_twice", "it is POSTed again although nobody proved that it was not taken", job_id
                )
        # By a clock that was set it may be later or earlier than it is: one of the two has to say that it is over.
        by_clock = self.clock.now_ms() < found[0]["created_at_ms"] + self.undo_s * SECOND_MS
        if by_clock and snowflake(self.story.time.now_s - self.undo_s) < found[0]["interaction_id"]:
            self.story.broken("undo", "it is POSTed while it can still be taken back", job_id)
        return job_id

    def answered(self) -> None:
        """Klapper hears what became of a submit."""
        self.noticed("answer")

    def downloads(self) -> None:
        """A clip is being loaded."""
        self.noticed("download")

    # Turns

    def claiming(self, job_ids: list[str]) -> None:
        """These are about to be committed as `sending`."""
        for job_id in job_ids:
            if (why := unfit_to_send(self.observer.rows(ONE_JOB, job_id=job_id)[0])) is not None:
                self.story.broken("undecided", f"it is being sent, and {why}", job_id)
            for sentence in self.fairness.claims(job_id, self.clock.now_ms()):
                self.story.broken("fairness", sentence, job_id)

    # Discord

    def shown(self, message: Message, view: JobView) -> None:
        """Whatever a message says about money was committed before."""
        self.noticed("shown")
        state, credits = said(message.money)
        job_id = message.job_id
        row = self.observer.rows(
            "SELECT reservations.status, (SELECT COALESCE(SUM(amount), 0) FROM reservation_legs AS legs"
            " WHERE legs.job_id = :job_id AND (account_id LIKE 'allowance:%' OR account_id LIKE 'bonus:%')) AS credits,"
            " EXISTS (SELECT 1 FROM transfers WHERE transfers.job_id = :job_id AND kind = 'refund') AS refunded"
            " FROM reservations WHERE job_id = :job_id",
            job_id=job_id,
        )
        if not row:
            self.story.broken("news_before_commit", f"“{message.money}” without any reservation", job_id)
            return
        true = {MoneyState.HELD} | _states(row[0]["status"], refunded=bool(row[0]["refunded"]))
        if state is not None and state not in true:
            self.story.broken("news_before_commit", f"“{message.money}” while it is {row[0]['status']}", job_id)
        if credits != row[0]["credits"]:
            self.story.broken("amount", f"“{message.money}” where {row[0]['credits']} were held", job_id)

    def case_shown(self, card: CaseCard) -> None:
        """Whatever a card says about a case was committed before."""
        self.noticed("shown")
        outcome = self.observer.value("SELECT outcome FROM cases WHERE case_id = :case_id", case_id=card.case_id)
        if card.outcome not in ("", outcome):
            self.story.broken("news_before_commit", f"its case's card says {card.outcome}, it is {outcome}", card.about)

    def requester_told(self, case_id: int, job_id: str) -> None:
        """Nobody is told of a takedown that is not committed, or whose clip is still on disk."""
        self.noticed("shown")
        outcome = self.observer.value("SELECT outcome FROM cases WHERE case_id = :case_id", case_id=case_id)
        if outcome != "taken_down":
            self.story.broken("news_before_commit", f"its takedown is told, and its case is {outcome}", job_id)
        if self.is_on_disk(job_id):
            self.story.broken("clip_kept", "its takedown is told, and its clip is on disk", job_id)


def said(money: str) -> tuple[MoneyState | None, int]:
    """What a message says about money: the state (None: free of charge) and the amount."""
    amount = AMOUNT.search(money)
    state = next((state for words, state in _WORDS.items() if re.fullmatch(words, money)), None)
    return state, 0 if amount is None else int(amount[1].replace(",", ""))


def _states(status: str, *, refunded: bool) -> set[MoneyState]:
    match status:
        case "settled":
            return {MoneyState.CHARGED} | ({MoneyState.REFUNDED} if refunded else set())
        case "released":
            return {MoneyState.RELEASED}
        case _:
            return set()
