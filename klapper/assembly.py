"""Every service wired to its stores and ports. The program, the tests and the simulator build it here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property

from klapper.clock import HOUR_MS, Clock
from klapper.database.database import Database
from klapper.jobs.job import TERMINAL, Job, JobStatus
from klapper.ops.health import Heartbeat
from klapper.ops.metrics import Metrics
from klapper.paying import Paying
from klapper.services.content_check import RemoteJudge
from klapper.services.copies import CopyClip
from klapper.services.desk import JobDesk
from klapper.services.drafts import DraftDesk
from klapper.services.fetching import Inspect
from klapper.services.guilds import GuildDesk
from klapper.services.intake import AttachmentSource, ImageIntake, Normalise
from klapper.services.looks import Looks
from klapper.services.messenger import CaseMessenger, Messenger
from klapper.services.preferences import PreferenceDesk
from klapper.services.provider import Provider
from klapper.services.questions import REPEAT_S
from klapper.services.reconcile import Reconciling
from klapper.services.recovery import Recovery
from klapper.services.reviewing import AROUND_REVIEW
from klapper.services.sending import Sending
from klapper.services.submission import Submission
from klapper.services.tracker import Timers, Tracker
from klapper.services.transitions import Transitions
from klapper.services.uploads import Uploads
from klapper.services.watching import Watching
from klapper.settings import Settings

TICK_SILENCE_S = 60.0  # a tracker that has not ticked for so long is not ready

Loop = Callable[[], Awaitable[None]]


class Assembly(Paying):
    """One Klapper. Nothing runs and nothing is read until somebody calls a service or starts a loop.

    repeat_s: who asks for the same within so many seconds is asked whether they mean it. normalise: how images are
    decoded, inspect, copy_clip: how clips are looked into and copied; None: by PyAV, copies and pictures in processes
    beside this one. judge: who judges texts and images besides the rules here; None: nobody.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        database: Database,
        clock: Clock,
        provider: Provider,
        messenger: Messenger,
        case_messenger: CaseMessenger,
        attachments: AttachmentSource,
        metrics: Metrics,
        repeat_s: float = REPEAT_S,
        normalise: Normalise | None = None,
        inspect: Inspect | None = None,
        copy_clip: CopyClip | None = None,
        judge: RemoteJudge | None = None,
    ) -> None:
        super().__init__(
            settings,
            database=database,
            clock=clock,
            provider=provider,
            messenger=messenger,
            case_messenger=case_messenger,
            attachments=attachments,
            metrics=metrics,
            inspect=inspect,
            copy_clip=copy_clip,
        )
        self._judge = judge
        self._repeat_s = repeat_s
        self._normalise = normalise
        self.heartbeat = Heartbeat(clock, limit_s=TICK_SILENCE_S)

    # What cogs call

    @cached_property
    def submission(self) -> Submission:
        return Submission(
            database=self.database,
            clock=self.clock,
            quoting=self.quoting,
            quota=self.quota,
            questions=self.questions,
            quotas=self.quotas,
            rules=self.rules,
            judging=self.judging,
            reviewing=self.reviewing,
            transitions=self.transitions,
            image_blocks=self.image_blocks,
            appeals=self.appeals,
            replacing=self.replacing,
            jobs=self.jobs,
            cards=self.cards,
            images=self.images,
            drafts=self.drafts,
            ledger=self.ledger,
            accepted=self._announce,
            check=self.content_check,
        )

    @cached_property
    def desk(self) -> JobDesk:
        return JobDesk(
            database=self.database,
            clock=self.clock,
            catalogue=self.catalogue,
            quoting=self.quoting,
            jobs=self.jobs,
            deliveries=self.deliveries,
            cases=self.cases,
            ledger=self.ledger,
            views=self.views,
            transitions=self.transitions,
            shelf=self.shelf,
            removed=self._removed,
        )

    @cached_property
    def recovery(self) -> Recovery:
        return Recovery(
            database=self.database,
            clock=self.clock,
            desk=self.desk,
            deliveries=self.deliveries,
            cards=self.cards,
            standings=self.standings,
            messenger=self.messenger,
            fetching=self.fetching,
            copies=self.copies,
            shelf=self.shelf,
            changed=self._job_changed,
            moved=lambda state: self.metrics.delivery_moved(state.value),
        )

    @cached_property
    def draft_desk(self) -> DraftDesk:
        return DraftDesk(
            database=self.database,
            clock=self.clock,
            catalogue=self.catalogue,
            quoting=self.quoting,
            drafts=self.drafts,
            jobs=self.jobs,
            replacing=self.replacing,
            images=self.images,
            desk=self.desk,
        )

    @cached_property
    def preferences(self) -> PreferenceDesk:
        return PreferenceDesk(database=self.database, clock=self.clock, ledger=self.ledger, choices=self.choices)

    @cached_property
    def intake(self) -> ImageIntake:
        return ImageIntake(
            database=self.database,
            clock=self.clock,
            images=self.images,
            shelf=self.input_shelf,
            source=self.attachments,
            normalise=self._normalise,
        )

    @cached_property
    def guilds(self) -> GuildDesk:
        return GuildDesk(
            database=self.database,
            clock=self.clock,
            jobs=self.jobs,
            pauses=self.pauses,
            choices=self.choices,
            cases=self.cases,
            ledger=self.ledger,
            rules=self.rules,
            standings=self.standings,
            transitions=self.transitions,
            audit=self.audit,
            changed=self._job_changed,
        )

    # What runs

    def provider_loops(self) -> Mapping[str, Loop]:
        """The loops that need Segmind and the database only."""
        return {
            "tracker": self.tracker.run,
            "looks": self.looks.run,
            "sending": self.sending.run,
            "reconcile": self.reconciling.run,
            "housekeeping": self.housekeeping.run,
            "forgetting": self.forgotten_data.run,
            "balance": self.funds.run,
            "bill": self.daily_bill.run,
            "gauges": self.gauges.run,
        }

    def discord_loops(self) -> Mapping[str, Loop]:
        """The loops that need Discord as well."""
        return {
            "cards": self.board.run,
            "delivery": self.delivering.run,
            "cases": self.case_board.run,
            "takedowns": self.takedown_news.run,
            "credit news": self.credit_news.run,
            "pauses": self.pause_news.run,
            "audit": self.audit_posting.run,
        }

    @cached_property
    def transitions(self) -> Transitions:
        return Transitions(
            database=self.database,
            clock=self.clock,
            jobs=self.jobs,
            deliveries=self.deliveries,
            ledger=self.ledger,
            reviewing=self.reviewing,
            protecting=self.protecting,
            announce=self._announce,
        )

    @cached_property
    def sending(self) -> Sending:
        return Sending(
            database=self.database,
            clock=self.clock,
            catalogue=self.catalogue,
            jobs=self.jobs,
            decisions=self.decisions,
            images=self.images,
            turns=self.turns,
            transitions=self.transitions,
            provider=self.provider,
            provider_pauses=self.provider_pauses,
            funds=self.funds,
            uploads=self.uploads,
            knows_channels=self.rule_desk.knows_channels,
        )

    @cached_property
    def uploads(self) -> Uploads:
        return Uploads(
            database=self.database,
            clock=self.clock,
            jobs=self.jobs,
            images=self.images,
            shelf=self.input_shelf,
            transitions=self.transitions,
            provider=self.provider,
            provider_pauses=self.provider_pauses,
            changed=self._job_changed,
        )

    @cached_property
    def tracker(self) -> Tracker:
        return Tracker(
            database=self.database,
            clock=self.clock,
            jobs=self.jobs,
            pauses=self.pauses,
            transitions=self.transitions,
            provider_pauses=self.provider_pauses,
            looks=self.looks,
            usual_times=self.usual_times,
            line=self.line,
            timers=Timers(
                hold_ms=self.settings.jobs.hold_hours * HOUR_MS,
                waiting_ms=self.settings.jobs.waiting_hours * HOUR_MS,
                review_ms=self.settings.moderation.review_hours * HOUR_MS,
            ),
            changed=self.board.changed,
            moved=self._job_changed,
            ticked=self.heartbeat.beat,
        )

    @cached_property
    def watching(self) -> Watching:
        return Watching(
            clock=self.clock, transitions=self.transitions, provider=self.provider, pauses=self.provider_pauses
        )

    @cached_property
    def reconciling(self) -> Reconciling:
        return Reconciling(
            database=self.database,
            clock=self.clock,
            jobs=self.jobs,
            transitions=self.transitions,
            watching=self.watching,
            provider=self.provider,
            changed=self.board.changed,
        )

    @cached_property
    def looks(self) -> Looks:
        return Looks(
            clock=self.clock,
            provider=self.provider,
            watching=self.watching,
            usual_times=self.usual_times,
        )

    # News

    def _announce(self, job: Job) -> None:
        self.metrics.job_moved(job.status.value)
        if job.status is JobStatus.SUCCEEDED:
            self.funds.charged(job)
        self.usual_times.learn(job)
        self.board.changed(job.job_id, ended=job.status in TERMINAL)
        self.sending.wake()
        self.tracker.wake()
        if job.status in AROUND_REVIEW:
            self.case_board.wake()
        if job.status in (JobStatus.UNKNOWN, JobStatus.ABANDONED):
            self.reconciling.wake()
        if job.status in TERMINAL:
            self.delivering.wake()

    def _removed(self, job_id: str) -> None:
        self.copies.stop(job_id)
        self.board.changed(job_id, ended=True)
        self.case_board.wake()
        self._wake()

    def _job_changed(self, job_id: str) -> None:
        self.board.changed(job_id)
        self._wake()

    def _wake(self) -> None:
        self.sending.wake()
        self.tracker.wake()
        self.reconciling.wake()
        self.delivering.wake()
