"""What moderators do: each act is one interaction. What they were told is remembered: a verdict is never lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from klapper.moderation.rules import Mode
from klapper.services.case_views import CaseView
from klapper.services.open_cases import Moderator
from klapper.services.report_desk import Takedown
from klapper.services.rule_desk import Reviewers
from tests.simulation.members import Life, Members, Person

Verdict = Literal["approve", "overrule", "reject", "block"]


@dataclass(slots=True)
class Moderators:
    """heard: the outcome of each case, as Klapper has told who settled it.

    twice: cases that two were told they had settled. orders: for takedowns, by their words. overruled: cases in which
    somebody was told that the refusal was wrong.
    """

    members: Members
    heard: dict[int, str] = field(default_factory=dict)
    twice: set[int] = field(default_factory=set)
    orders: dict[str, Takedown] = field(default_factory=dict)
    overruled: set[int] = field(default_factory=set)

    def decide(self, moderator: Person, case_id: int, job_id: str, verdict: Verdict) -> None:
        """A button below a case's card, or in the queue."""

        async def act(life: Life) -> None:
            desk, who = life.klapper.case_desk, _who(moderator)
            match verdict:
                case "approve":
                    view = await desk.approve(case_id, who)
                case "overrule":
                    view = await desk.approve(case_id, who, refusal_was_wrong=True)
                    self.overruled.add(case_id)
                case "reject":
                    view = await desk.reject(case_id, who, words="Not here.", strike=True)
                case "block":
                    view = await desk.block(case_id, who, words="Enough of that.")
            self._hear(view)

        self.members.act(moderator, f"{verdict}s case {case_id}", act, job_id)

    def dismiss(self, moderator: Person, case_id: int, job_id: str) -> None:
        """The clip stays."""

        async def act(life: Life) -> None:
            self._hear(await life.klapper.report_desk.dismiss(case_id, _who(moderator)))

        self.members.act(moderator, f"dismisses case {case_id}", act, job_id)

    def take_down(
        self, moderator: Person, job_id: str, case_id: int | None = None, *, refund: bool, strike: bool
    ) -> None:
        """The clip goes, by a case's card or, without a case, by its job's id."""
        order = Takedown(f"Order {len(self.orders) + 1}.", refund=refund, strike=strike)
        self.orders[order.words] = order

        async def act(life: Life) -> None:
            desk = life.klapper.report_desk
            if case_id is None:
                self._hear(await desk.take_down_job(job_id, _who(moderator), order))
            else:
                self._hear(await desk.take_down(case_id, _who(moderator), order))

        extras = f"{' with a refund' if refund else ''}{' and a strike' if strike else ''}"
        self.members.act(moderator, f"takes it down{extras}", act, job_id)

    def unblock(self, moderator: Person, person: Person) -> None:
        async def act(life: Life) -> None:
            await life.klapper.members.unblock(person.guild_id, person.user_id, by=moderator.user_id)

        self.members.act(moderator, f"unblocks {person.name}", act)

    def set_mode(self, moderator: Person, mode: Mode) -> None:
        async def act(life: Life) -> None:
            await life.klapper.rule_desk.set_mode(moderator.guild_id, moderator.user_id, mode, places={})

        self.members.act(moderator, f"sets guild {moderator.guild_id} to {mode}", act)

    def review_in(self, moderator: Person, channel_id: int) -> None:
        """Another channel for the cases."""

        async def act(life: Life) -> None:
            reviewers = Reviewers(channel_id=channel_id)
            await life.klapper.rule_desk.set_reviewers(moderator.guild_id, moderator.user_id, reviewers)

        self.members.act(moderator, f"wants cases in {channel_id}", act)

    def _hear(self, view: CaseView) -> None:
        if view.case.case_id in self.heard:
            self.twice.add(view.case.case_id)
        self.heard[view.case.case_id] = view.case.outcome or ""


def _who(moderator: Person) -> Moderator:
    return Moderator(moderator.guild_id, moderator.user_id)
