"""Every service wired to its stores and ports. The program, the tests and the simulator build it here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property

from klapper.clips import inspect_clip
from klapper.clock import HOUR_MS, MINUTE_MS, Clock
from klapper.database.database import Database
from klapper.errors import SettingsError
from klapper.jobs.cards import CardStore
from klapper.jobs.deliveries import DeliveryStore
from klapper.jobs.job import TERMINAL, Job
from klapper.jobs.pauses import PauseStore
from klapper.jobs.store import JobStore
from klapper.kling.catalogue import CATALOGUE
from klapper.kling.prices import PRICES
from klapper.kling.pricing import Tariff
from klapper.ledger.ledger import Ledger
from klapper.moderation.decisions import DecisionStore
from klapper.moderation.policy import Policy
from klapper.ops.gauges import Gauges
from klapper.ops.health import Heartbeat
from klapper.ops.metrics import Metrics
from klapper.services.cards import CardBoard
from klapper.services.credits import CreditDesk
from klapper.services.delivery import Delivering
from klapper.services.desk import JobDesk
from klapper.services.guilds import GuildDesk
from klapper.services.ladder import Ladder
from klapper.services.media_shelf import MediaShelf
from klapper.services.messenger import Messenger
from klapper.services.provider import Provider
from klapper.services.provider_pauses import ProviderPauses
from klapper.services.rules import Rules
from klapper.services.sending import Sending, SendingLimits
from klapper.services.submission import Submission
from klapper.services.telling import Telling
from klapper.services.tracker import Timers, Tracker
from klapper.services.transitions import Transitions
from klapper.services.views import JobViews
from klapper.services.watching import Watching
from klapper.settings import Settings

TICK_SILENCE_S = 60.0  # a tracker that has not ticked for so long is not ready

Loop = Callable[[], Awaitable[None]]


def rules_of(settings: Settings) -> Rules:
    """The rules that every guild has for now: the operator's."""
    credits, limits = settings.credits, settings.limits
    return Rules(
        period=credits.period,
        time_zone=credits.time_zone,
        default_allowance=credits.default_allowance,
        bot_budget_per_day=credits.bot_budget_per_day,
        guild_budget=credits.guild_budget,
        running_per_member=limits.running_per_member,
        waiting_per_member=limits.waiting_per_member,
        running_per_guild=limits.running_per_guild,
        largest_job=limits.largest_job,
        undo_s=limits.undo_s,
        blocked_terms=len(settings.moderation.blocked_terms),
        guilds=frozenset(settings.discord.guilds),
    )


def tariff_of(settings: Settings) -> Tariff:
    """The prices with the operator's overrides. Raises SettingsError for a model or cell that is none."""
    try:
        prices = PRICES.with_overrides(settings.segmind.prices)
        return Tariff(prices, usd_per_credit=settings.credits.usd_per_credit, markup=settings.credits.markup)
    except ValueError as error:
        raise SettingsError(f"segmind.prices: {error}") from error


class Assembly:
    """One Klapper. Nothing runs and nothing is read until somebody calls a service or starts a loop.

    Raises SettingsError for settings that only the parts can judge.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        database: Database,
        clock: Clock,
        provider: Provider,
        messenger: Messenger,
        metrics: Metrics,
    ) -> None:
        self.settings = settings
        self.database = database
        self.clock = clock
        self.provider = provider
        self.messenger = messenger
        self.metrics = metrics
        self.catalogue = CATALOGUE
        self.rules = rules_of(settings)
        self.tariff = tariff_of(settings)
        self.jobs = JobStore()
        self.cards = CardStore()
        self.deliveries = DeliveryStore()
        self.pauses = PauseStore()
        self.decisions = DecisionStore()
        self.ledger = Ledger()
        self.heartbeat = Heartbeat(clock, limit_s=TICK_SILENCE_S)

    # What cogs call

    @cached_property
    def submission(self) -> Submission:
        return Submission(
            database=self.database,
            clock=self.clock,
            catalogue=self.catalogue,
            tariff=self.tariff,
            rules=self.rules,
            policy=Policy(self.settings.moderation.blocked_terms),
            jobs=self.jobs,
            cards=self.cards,
            pauses=self.pauses,
            decisions=self.decisions,
            ledger=self.ledger,
            accepted=self._announce,
        )

    @cached_property
    def desk(self) -> JobDesk:
        return JobDesk(
            database=self.database,
            clock=self.clock,
            jobs=self.jobs,
            ledger=self.ledger,
            views=self.views,
            transitions=self.transitions,
        )

    @cached_property
    def credits(self) -> CreditDesk:
        return CreditDesk(
            database=self.database,
            clock=self.clock,
            ledger=self.ledger,
            rules=self.rules,
            catalogue=self.catalogue,
            tariff=self.tariff,
        )

    @cached_property
    def guilds(self) -> GuildDesk:
        return GuildDesk(
            database=self.database,
            clock=self.clock,
            jobs=self.jobs,
            pauses=self.pauses,
            ledger=self.ledger,
            rules=self.rules,
            transitions=self.transitions,
            changed=self._guild_changed,
        )

    @cached_property
    def board(self) -> CardBoard:
        return CardBoard(
            database=self.database,
            clock=self.clock,
            cards=self.cards,
            views=self.views,
            messenger=self.messenger,
            edited=self.metrics.card_edited,
        )

    # What runs

    def provider_loops(self) -> Mapping[str, Loop]:
        """The loops that need Segmind and the database only."""
        return {"tracker": self.tracker.run, "sending": self.sending.run, "gauges": self.gauges.run}

    def discord_loops(self) -> Mapping[str, Loop]:
        """The loops that need Discord as well."""
        return {"cards": self.board.run, "delivery": self.delivering.run}

    @cached_property
    def views(self) -> JobViews:
        return JobViews(
            database=self.database,
            clock=self.clock,
            catalogue=self.catalogue,
            jobs=self.jobs,
            cards=self.cards,
            deliveries=self.deliveries,
            pauses=self.pauses,
            ledger=self.ledger,
        )

    @cached_property
    def transitions(self) -> Transitions:
        return Transitions(
            database=self.database,
            clock=self.clock,
            jobs=self.jobs,
            deliveries=self.deliveries,
            ledger=self.ledger,
            announce=self._announce,
        )

    @cached_property
    def provider_pauses(self) -> ProviderPauses:
        return ProviderPauses(
            database=self.database,
            clock=self.clock,
            jobs=self.jobs,
            pauses=self.pauses,
            provider=self.provider,
            changed=self._wake,
        )

    @cached_property
    def sending(self) -> Sending:
        return Sending(
            database=self.database,
            clock=self.clock,
            catalogue=self.catalogue,
            jobs=self.jobs,
            pauses=self.pauses,
            transitions=self.transitions,
            provider=self.provider,
            provider_pauses=self.provider_pauses,
            limits=SendingLimits(
                max_running=self.settings.segmind.max_running_jobs,
                per_member=self.rules.running_per_member,
                per_guild=self.rules.running_per_guild,
                stalled_ms=self.settings.jobs.stalled_minutes * MINUTE_MS,
            ),
        )

    @cached_property
    def tracker(self) -> Tracker:
        return Tracker(
            database=self.database,
            clock=self.clock,
            jobs=self.jobs,
            pauses=self.pauses,
            transitions=self.transitions,
            provider=self.provider,
            provider_pauses=self.provider_pauses,
            watching=Watching(
                clock=self.clock, transitions=self.transitions, provider=self.provider, pauses=self.provider_pauses
            ),
            timers=Timers(
                hold_ms=self.settings.jobs.hold_hours * HOUR_MS,
                waiting_ms=self.settings.jobs.waiting_hours * HOUR_MS,
                review_ms=self.settings.moderation.review_hours * HOUR_MS,
            ),
            changed=self.board.changed,
            ticked=self.heartbeat.beat,
        )

    @cached_property
    def delivering(self) -> Delivering:
        return Delivering(
            database=self.database,
            clock=self.clock,
            deliveries=self.deliveries,
            ledger=self.ledger,
            views=self.views,
            board=self.board,
            ladder=self.ladder,
            telling=self.telling,
            provider=self.provider,
            inspect=inspect_clip,
            shelf=self.shelf,
            moved=lambda state: self.metrics.delivery_moved(state.value),
        )

    @cached_property
    def ladder(self) -> Ladder:
        return Ladder(
            database=self.database,
            clock=self.clock,
            deliveries=self.deliveries,
            cards=self.cards,
            board=self.board,
            messenger=self.messenger,
            shelf=self.shelf,
        )

    @cached_property
    def telling(self) -> Telling:
        return Telling(
            database=self.database,
            clock=self.clock,
            deliveries=self.deliveries,
            cards=self.cards,
            board=self.board,
            messenger=self.messenger,
        )

    @cached_property
    def shelf(self) -> MediaShelf:
        return MediaShelf(self.settings.media.directory, keep_days=self.settings.media.keep_days, clock=self.clock)

    @cached_property
    def gauges(self) -> Gauges:
        return Gauges(
            database=self.database,
            clock=self.clock,
            jobs=self.jobs,
            pauses=self.pauses,
            ledger=self.ledger,
            metrics=self.metrics,
        )

    # News

    def _announce(self, job: Job) -> None:
        self.metrics.job_moved(job.status.value)
        self.board.changed(job.job_id, ended=job.status in TERMINAL)
        self._wake()

    def _guild_changed(self, job_id: str) -> None:
        self.board.changed(job_id)
        self._wake()

    def _wake(self) -> None:
        self.sending.wake()
        self.tracker.wake()
        self.delivering.wake()
