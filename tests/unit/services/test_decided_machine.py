"""Whatever members, moderators and managers do: nothing is held undecided, and nothing is sent that nobody allowed."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from klapper.database.database import Row
from klapper.drafts.draft import Draft
from klapper.errors import NotTaken, RequestRefused
from klapper.jobs.job import Job, JobStatus
from klapper.kling.editing import add_shot
from klapper.kling.picture import InputImage
from klapper.kling.request import Shot
from klapper.moderation import rules
from klapper.moderation.rule_store import FilterTerm
from klapper.moderation.rules import Place
from klapper.services.asking import Appeal, Ask, Question
from klapper.services.desk import Viewer
from klapper.services.drafts import Author
from klapper.services.open_cases import Moderator
from tests.decided import HOLDS_OF_NOTHING, IN_ORDER, breaches, unfit_to_send
from tests.unit.services.rulebook import BANNED, WATCHED, Mode, Rulebook
from tests.unit.services.world import ANN, BOB, CHANNEL, GUILD, World

T = TypeVar("T")

ELSEWHERE, REVIEWS = 8, 900
PAINTER, REGULAR = 501, 502
MAX, OLGA = 77, 78
LOOPS = ("tracker", "looks", "sending", "cases")
EVERYWHERE = {channel_id: Place((channel_id,)) for channel_id in (CHANNEL, ELSEWHERE)}
PLENTY: dict[str, Any] = {
    "credits": {"default_allowance": 1_000_000, "bot_budget_per_day": 0},
    "limits": {"waiting_per_member": 6, "running_per_member": 0},
    "moderation": {"blocked_terms": [BANNED]},
}
HOUR_S = 3_600.0
_NO_APPEAL = ("too_late_to_appeal", "already_appealed", "already_declined", "review_over")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for, where and as who. besides: a negative prompt, or a second shot."""

    user_id: int
    prompt: str
    besides: str | None
    image: int
    place: Place


Said = tuple[int, list[str]]  # what one or two moderators say at once, and who the first of them is
Change = tuple[str, Mode | None, int, bool]  # of what, to which mode, of which channel or role, whether that is trusted

KINDS = [
    *["ask"] * 5,
    *["decide"] * 6,
    *["time"] * 5,
    *["rules"] * 4,
    *["change"] * 2,
    *["appeal"] * 2,
    *("again", "edit", "storyboard", "stricter", "restart", "restart", "cancel", "unblock", "not taken", "left"),
]
WHICH = st.integers(0, 30)
MODES = st.sampled_from(["review", "open", "closed", "review", None])
HOURS = st.sampled_from([0.0, 0.0, 0.05, 0.05, 3.0, 25.0])
PLACES = st.builds(
    lambda channel_id, role_ids: Place((channel_id,), role_ids),
    st.sampled_from([CHANNEL, ELSEWHERE]),
    st.sampled_from([frozenset(), frozenset({PAINTER}), frozenset({REGULAR}), frozenset({PAINTER, REGULAR})]),
)
WISHES = st.builds(
    Wish,
    user_id=st.sampled_from([ANN, BOB]),
    prompt=st.sampled_from(["a fox", "a fox", "a hen", f"a {WATCHED}", f"a {BANNED} fox"]),
    besides=st.sampled_from([None, None, WATCHED]),
    image=st.sampled_from([0, 0, 1, 2]),
    place=PLACES,
)
VERDICTS = st.tuples(
    st.sampled_from([MAX, MAX, ANN]),
    st.lists(st.sampled_from(["yes", "yes", "yes", "yes", "no", "block"]), min_size=1, max_size=2),
)
CHANGES = st.one_of(
    st.tuples(st.just("guild"), MODES, st.just(0), st.just(False)),
    st.tuples(st.just("channel"), MODES, st.sampled_from([CHANNEL, ELSEWHERE]), st.just(False)),
    st.tuples(st.just("role"), MODES, st.sampled_from([PAINTER, REGULAR]), st.booleans()),
    st.tuples(st.just("term"), st.none(), st.just(0), st.just(False)),
)


class DecidedMachine(RuleBasedStateMachine):
    """Keeps its own book of the rules, and of what policy or a moderator has let out."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.world = self.run(self.stack.enter_async_context(World.open(Path(self.folder.name), **PLENTY)))
        self.rulebook = Rulebook()
        self.cleared: set[str] = set()  # ids of the jobs that were let out
        self.refused: list[tuple[int, int]] = []  # decisions that can be appealed, and by whom
        self.events_seen = 0
        self.numbers = iter(range(10_000, 100_000))

    def run(self, work: Coroutine[None, None, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()

    @initialize(mode=st.sampled_from(["review", "review", "open"]), wishes=st.lists(WISHES, min_size=2, max_size=4))
    def begin(self, mode: Mode, wishes: list[Wish]) -> None:
        self.images: list[InputImage | None] = [None]
        self.images += [self.run(self.world.image(colour=colour)) for colour in ("teal", "red")]
        self.run(self._begin())
        self._change_rules(("guild", mode, 0, False))
        for wish in wishes:
            self._ask(wish)

    async def _begin(self) -> None:
        async with self.world.database.write() as tx:
            await self.world.klapper.guild_rules.set_channels(tx, GUILD, review=REVIEWS, audit=None)
        await self.world.start(*LOOPS)

    @rule(kind=st.sampled_from(KINDS), which=WHICH, wish=WISHES, said=VERDICTS, change=CHANGES, hours=HOURS)
    def something_happens(self, kind: str, which: int, wish: Wish, said: Said, change: Change, hours: float) -> None:
        """One rule for all: rules that Hypothesis leaves out for a whole example are the ones that belong together."""
        match kind:
            case "ask":
                self._ask(wish)
            case "storyboard":
                self.run(self._storyboard(wish))
            case "again":
                self._with(which, lambda job: self._again(job, wish.place))
            case "change":
                self._with(which, lambda job: self._edit(job, wish, said), JobStatus.IN_REVIEW)
            case "edit":
                self._with(which, lambda job: self._edit(job, wish, said))
            case "appeal":
                self.run(self._appeal(which, wish.place))
            case "decide":
                self._with(which, lambda job: self._decide(job, said), JobStatus.IN_REVIEW)
            case "rules":
                self._change_rules(change)
            case "time":  # as a computer sleeps through it; at least until nothing can be undone any more
                self.run(self.world.advance(4))
                self.run(self.world.clock.jump(hours * HOUR_S))
            case "cancel":
                self._with(which, self._cancel, JobStatus.IN_REVIEW, JobStatus.WAITING)
            case "stricter":
                self._with(which, self._recall, JobStatus.WAITING)
            case "unblock":
                self.run(self.world.klapper.members.unblock(GUILD, wish.user_id, by=MAX))
                self.rulebook.blocked.discard(wish.user_id)
            case "not taken":
                self.world.provider.next_submits.append((NotTaken("rate_limited", "-", retry_after_s=4), False))
            case "left":
                self.run(self.world.klapper.guilds.left(GUILD))
            case _:
                self.run(self._restart())

    # Members

    def _ask(self, wish: Wish) -> None:
        image = self.images[wish.image]
        ask = self.world.asking(
            wish.prompt,
            user_id=wish.user_id,
            negative_prompt=wish.besides,
            start_image=None if image is None else image.sha256,
        )
        self.run(self._submit(ask, wish.place))

    async def _again(self, job: Job, place: Place) -> None:
        number, viewer = next(self.numbers), Viewer(GUILD, _requester(job))
        ask = await self.world.klapper.desk.again(job.job_id, viewer, interaction_id=number, channel_id=CHANNEL)
        await self._submit(ask, place)

    async def _storyboard(self, wish: Wish) -> None:
        desk, author = self.world.klapper.draft_desk, Author(GUILD, CHANNEL, wish.user_id)
        draft = (await desk.storyboard(author)).draft
        for prompt in filter(None, (wish.prompt, wish.besides)):
            shot = Shot(prompt, 5)
            change = lambda draft, shot=shot: replace(draft, request=add_shot(draft.request, shot))  # noqa: E731
            draft = (await desk.change(draft.draft_id, author, change)).draft
        await self._generate(draft, author, wish.place)

    async def _edit(self, job: Job, wish: Wish, said: Said) -> None:
        """A job is changed; now and then moderators decide about it before its requester presses Generate."""

        def changed(draft: Draft) -> Draft:
            first = None if image is None else image.sha256
            return replace(draft, request=replace(draft.request, prompt=wish.prompt, start_image=first, model=None))

        image, who = self.images[wish.image], _requester(job)
        desk, author = self.world.klapper.draft_desk, Author(GUILD, CHANNEL, who)
        draft = (await desk.edit(job.job_id, Viewer(GUILD, who), CHANNEL)).draft
        draft = (await desk.change(draft.draft_id, author, changed)).draft
        if wish.besides and job.status is JobStatus.IN_REVIEW:
            await self._decide(job, said)
        await self._generate(draft, author, wish.place)

    async def _generate(self, draft: Draft, author: Author, place: Place) -> None:
        desk, number = self.world.klapper.draft_desk, next(self.numbers)
        await self._submit(await desk.ask(draft.draft_id, author, number, revision=draft.revision), place)

    async def _appeal(self, which: int, place: Place) -> None:
        """Somebody thinks that a refusal was wrong."""
        if not self.refused:
            return
        decision_id, who = self.refused.pop(which % len(self.refused))
        desk, author = self.world.klapper.appeal_desk, Author(GUILD, CHANNEL, who, place)
        try:
            appeal = Appeal(decision_id, "It is a joke.", (await desk.show(decision_id, author)).price_credits)
            ask = await desk.ask(appeal, author, next(self.numbers))
        except RequestRefused as refusal:
            if refusal.code not in _NO_APPEAL:
                raise
            return
        await self._submit(ask, place)

    async def _submit(self, ask: Ask, place: Place) -> None:
        """Ask, and hold the outcome against the model's own reading of the rules."""
        texts = " / ".join(ask.request.texts())
        is_appeal = ask.appeal is not None
        says = self.rulebook.says(ask.user_id, place.channel_ids[0], place.role_ids, texts, is_appeal=is_appeal)
        try:
            outcome = await self.world.klapper.submission.submit(replace(ask, place=place))
        except RequestRefused as refusal:
            if says != "refused" and refusal.code not in ("too_many_waiting", *_NO_APPEAL):
                raise
            if refusal.appeal is not None:
                self.refused.append((refusal.appeal, ask.user_id))
            return
        if isinstance(outcome, Question):  # the verdict about what it changes came first
            return
        assert (says, outcome.job.status) in (("allowed", JobStatus.WAITING), ("review", JobStatus.IN_REVIEW))
        if says == "allowed":
            self.cleared.add(outcome.job.job_id)
        await self.world.settle()

    async def _cancel(self, job: Job) -> None:
        await self.world.klapper.desk.cancel(job.job_id, Viewer(GUILD, _requester(job)))

    async def _recall(self, job: Job) -> None:
        """Its channel became stricter, whatever was decided before."""
        await self.world.move(job, JobStatus.IN_REVIEW, reason="channel_stricter")

    # Moderators

    async def _decide(self, job: Job, said: Said) -> None:
        """One or two at the same time; who decides about their own request is not heard."""
        first, verdicts = said
        who = (first, OLGA)[: len(verdicts)]
        heard = await asyncio.gather(*map(self._verdict, (job, job), who, verdicts))
        may_decide = [one for one in who if one != job.user_id]
        assert sum(heard) == min(1, len(may_decide)), "a case is settled once, and by the first who may"
        await self.world.settle()

    async def _verdict(self, job: Job, who: int, verdict: str) -> bool:
        """Whether it was heard."""
        moderator, desk = Moderator(GUILD, who), self.world.klapper.case_desk
        case_id = await self._case_id(job)
        try:
            match verdict:
                case "yes":
                    await desk.approve(case_id, moderator)
                    self.cleared.add(job.job_id)
                case "no":
                    await desk.reject(case_id, moderator, words="Not here.", strike=True)
                case _:
                    await desk.block(case_id, moderator, words="Enough.")
                    self.rulebook.blocked.add(_requester(job))
        except RequestRefused as refusal:
            if refusal.code not in ("decided_already", "own_request"):
                raise
            return False
        return True

    async def _case_id(self, job: Job) -> int:
        rows = await self.world.rows("SELECT MAX(case_id) FROM cases WHERE job_id = :job_id", job_id=job.job_id)
        return int(rows[0][0])

    # Managers

    def _change_rules(self, change: Change) -> None:
        what, mode, target_id, is_trusted = change
        book = self.rulebook
        match what:
            case "guild":
                book.mode = mode or "open"
            case "channel":
                _put(book.channels, target_id, mode)
            case "role":
                _put(book.roles, target_id, mode)
                (book.trusted.add if is_trusted else book.trusted.discard)(target_id)
            case _:
                book.watches = not book.watches
                self.run(self._term())
                return
        self.run(self._rule(what, target_id, mode, is_trusted=is_trusted))

    async def _rule(self, what: str, target_id: int, mode: Mode | None, *, is_trusted: bool) -> None:
        """As managers do it; what waits where it has become stricter goes to review."""
        desk, plain = self.world.klapper.rule_desk, None if mode is None else rules.Mode(mode)
        target = {} if what == "guild" else {f"{what}_id": target_id}
        await desk.set_mode(GUILD, MAX, plain, places=EVERYWHERE, **target)
        if what == "role":
            await desk.trust(GUILD, MAX, target_id, is_trusted=is_trusted)

    async def _term(self) -> None:
        store = self.world.klapper.guild_rules
        async with self.world.database.write() as tx:
            if self.rulebook.watches:
                await store.add_term(tx, GUILD, FilterTerm(WATCHED, "review", "", False, "", "member:1", 0, 0))
            else:
                await store.remove_term(tx, GUILD, WATCHED)

    async def _restart(self) -> None:
        await self.world.kill()
        await self.world.start(*LOOPS)

    # What must hold

    @invariant()
    def nothing_is_held_or_open_undecided(self) -> None:
        self.jobs = self.run(self._jobs())
        assert list(breaches(self.jobs)) == []
        assert self.run(self.world.rows(HOLDS_OF_NOTHING)) == []
        assert self.run(self.world.broken_books()) == []
        assert self.world.crashes.seen == []

    @invariant()
    def nothing_is_sent_that_nobody_let_out(self) -> None:
        """A decision changes only before a job is sent: after the step it is the one from that moment."""
        jobs = {row["job_id"]: row for row in self.jobs}
        for job_id, to_status in self.run(self._news()):
            if to_status == "sending":
                assert unfit_to_send(jobs[job_id]) is None, job_id
                assert job_id in self.cleared, job_id
            elif to_status == "in_review":
                self.cleared.discard(job_id)
        assert len(self.world.provider.posts) <= sum(row["attempts"] for row in self.jobs)

    async def _news(self) -> list[tuple[str, str]]:
        """Which jobs have become what since the last look."""
        rows = await self.world.rows(
            "SELECT event_id, job_id, to_status FROM job_events WHERE event_id > :seen ORDER BY 1",
            seen=self.events_seen,
        )
        self.events_seen = rows[-1][0] if rows else self.events_seen
        return [(job_id, to_status) for _, job_id, to_status in rows]

    # Which jobs there are

    async def _jobs(self) -> list[Row]:
        async with self.world.database.read() as tx:
            return await tx.all(IN_ORDER)

    def _with(self, which: int, act: Callable[[Job], Coroutine[None, None, None]], *statuses: JobStatus) -> None:
        """Do something to one of those jobs, if there is one."""
        if (job := self._job(which, *statuses)) is not None:
            self.run(act(job))

    def _job(self, which: int, *statuses: JobStatus) -> Job | None:
        """One of those, None when there is none."""
        found = [row["job_id"] for row in self.jobs if not statuses or JobStatus(row["status"]) in statuses]
        return self.run(self.world.job(found[which % len(found)])) if found else None


def _requester(job: Job) -> int:
    assert job.user_id is not None
    return job.user_id


def _put(modes: dict[int, Mode], target_id: int, mode: Mode | None) -> None:
    modes.pop(target_id, None)
    if mode is not None:
        modes[target_id] = mode


TestDecidedMachine = DecidedMachine.TestCase
TestDecidedMachine.settings = settings(max_examples=30, stateful_step_count=24, derandomize=True, database=None)
