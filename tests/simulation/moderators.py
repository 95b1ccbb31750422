"""What moderators do: each act is one interaction. What they were told is remembered: a verdict is never lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from klapper.moderation.rules import Mode
from klapper.services.open_cases import Moderator
from klapper.services.rule_desk import Reviewers
from tests.simulation.members import Life, Members, Person

Verdict = Literal["approve", "reject", "block"]


@dataclass(slots=True)
class Moderators:
    """heard: the outcome of each case, as Klapper has told who settled it."""

    members: Members
    heard: dict[int, str] = field(default_factory=dict)

    def decide(self, moderator: Person, case_id: int, job_id: str, verdict: Verdict) -> None:
        """A button below a case's card, or in the queue."""

        async def act(life: Life) -> None:
            desk, who = life.klapper.case_desk, Moderator(moderator.guild_id, moderator.user_id)
            match verdict:
                case "approve":
                    view = await desk.approve(case_id, who)
                case "reject":
                    view = await desk.reject(case_id, who, words="Not here.", strike=True)
                case "block":
                    view = await desk.block(case_id, who, words="Enough of that.")
            self.heard[case_id] = view.case.outcome or ""

        self.members.act(moderator, f"{verdict}s case {case_id}", act, job_id)

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
