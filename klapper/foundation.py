"""What everything else stands on: the ports, the stores, the operator's rules and prices, and what only reads."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from klapper.charts.process import ChartProcesses
from klapper.choices.store import ChoiceStore
from klapper.clock import HOUR_MS, MINUTE_MS, SECOND_MS, Clock
from klapper.database.database import Database
from klapper.drafts.store import DraftStore
from klapper.errors import SettingsError
from klapper.jobs.cards import CardStore
from klapper.jobs.deliveries import DeliveryStore
from klapper.jobs.images import ImageStore
from klapper.jobs.pauses import PauseStore
from klapper.jobs.store import JobStore
from klapper.jobs.tally import TallyStore
from klapper.kling.catalogue import CATALOGUE
from klapper.kling.prices import PRICES
from klapper.kling.pricing import Tariff
from klapper.ledger.ledger import Ledger
from klapper.ledger.marks import KeyFile, Marks
from klapper.ledger.periods import Rhythm
from klapper.ledger.spending import Spending
from klapper.ledger.statement import Statement
from klapper.moderation.audit import AuditLog
from klapper.moderation.blocked_images import BlockedImageStore
from klapper.moderation.cases import CaseStore
from klapper.moderation.contextual import CheckBounds
from klapper.moderation.credit_orders import CreditOrderStore
from klapper.moderation.decisions import DecisionStore
from klapper.moderation.refused import RefusedRequestStore
from klapper.moderation.remembered import Remembered
from klapper.moderation.reports import ReportStore
from klapper.moderation.rule_store import RuleStore
from klapper.moderation.standing import Bounds
from klapper.moderation.standings import StandingStore
from klapper.ops.metrics import Metrics
from klapper.quotas.quota import Budgets, Limits, Operator
from klapper.quotas.store import QuotaStore
from klapper.services.alarm import Alarm
from klapper.services.audit_desk import AuditDesk
from klapper.services.audit_posting import GATHER_S
from klapper.services.case_views import CaseViews
from klapper.services.comparison import PriceList
from klapper.services.history import HistoryDesk
from klapper.services.input_shelf import InputShelf
from klapper.services.intake import AttachmentSource
from klapper.services.line import WaitingLine
from klapper.services.media_shelf import MediaShelf
from klapper.services.member_record import MemberRecords
from klapper.services.messenger import Messenger
from klapper.services.protecting import Outlooks
from klapper.services.provider import Provider
from klapper.services.quota_book import QuotaBook
from klapper.services.quoting import Quoting
from klapper.services.rules import Rules
from klapper.services.slots import Slots
from klapper.services.statistics import StatisticsDesk
from klapper.services.usual_times import UsualTimes
from klapper.services.views import JobViews
from klapper.settings import Settings

if TYPE_CHECKING:
    from klapper.moderation.remote import RemoteCheck


def rules_of(settings: Settings) -> Rules:
    """What the operator's settings say about everybody."""
    credits, limits = settings.credits, settings.limits
    rhythm = Rhythm(credits.period, credits.time_zone, credits.weekday)
    return Rules(
        quotas=Operator(
            rhythm=rhythm,
            allowance=credits.default_allowance,
            limits=Limits(
                running_per_member=limits.running_per_member,
                waiting_per_member=limits.waiting_per_member,
                running_per_guild=limits.running_per_guild,
                largest_job=limits.largest_job,
            ),
            budgets=Budgets(
                credits.guild_budget,
                credits.bot_budget_per_day,
                guild_rhythm=rhythm,
                bot_rhythm=Rhythm("day", credits.time_zone),
            ),
        ),
        undo_s=limits.undo_s,
        confirm_above=credits.confirm_above,
        keep_days=settings.media.keep_days,
        blocked_terms=len(settings.moderation.blocked_terms),
        guilds=frozenset(settings.discord.guilds),
    )


def bounds_of(settings: Settings) -> Bounds:
    """What follows from how many refusals by Segmind."""
    moderation = settings.moderation
    return Bounds(
        to_review=moderation.refusals_to_review,
        to_pause=moderation.refusals_to_pause,
        guild_to_pause=moderation.guild_refusals_to_pause,
        pause_ms=moderation.pause_hours * HOUR_MS,
    )


def tariff_of(settings: Settings) -> Tariff:
    """The prices with the operator's overrides. Raises SettingsError for a model or cell that is none."""
    try:
        prices = PRICES.with_overrides(settings.segmind.prices)
        return Tariff(prices, usd_per_credit=settings.credits.usd_per_credit, markup=settings.credits.markup)
    except ValueError as error:
        raise SettingsError(f"segmind.prices: {error}") from error


def price_list_of(settings: Settings) -> PriceList:
    """What quotes are made of now. Raises SettingsError as `tariff_of`."""
    return PriceList(tariff_of(settings).prices, CATALOGUE)


def remote_check_of(settings: Settings, clock: Clock) -> RemoteCheck | None:
    """The check that the operator has set up, to be opened; None when it is off."""
    remote = settings.moderation.remote
    if not remote.url:
        return None
    from klapper.moderation.remote import RemoteCheck  # noqa: PLC0415  (most have none, and need not load it)

    thresholds = {category: float(score) for category, score in remote.thresholds.items()}
    return RemoteCheck(
        url=remote.url,
        api_key=remote.api_key.get_secret_value(),
        model=remote.model,
        bounds=CheckBounds(thresholds, frozenset(remote.review)),
        timeout_s=remote.timeout_s,
        remembered=Remembered(clock, for_s=remote.cache_hours * HOUR_MS / SECOND_MS),
        clock=clock,
    )


class Foundation:
    """Settings, ports and stores, and the services that only read. Raises SettingsError for settings that cannot be."""

    def __init__(
        self,
        settings: Settings,
        *,
        database: Database,
        clock: Clock,
        provider: Provider,
        messenger: Messenger,
        attachments: AttachmentSource,
        metrics: Metrics,
    ) -> None:
        self.settings = settings
        self.database = database
        self.clock = clock
        self.provider = provider
        self.messenger = messenger
        self.attachments = attachments
        self.metrics = metrics
        self.catalogue = CATALOGUE
        self.rules = rules_of(settings)
        self.bounds = bounds_of(settings)
        self.tariff = tariff_of(settings)
        self.jobs = JobStore()
        self.cards = CardStore()
        self.deliveries = DeliveryStore()
        self.pauses = PauseStore()
        self.decisions = DecisionStore()
        self.guild_rules = RuleStore()
        self.standings = StandingStore()
        self.refused = RefusedRequestStore()
        self.cases = CaseStore()
        self.reports = ReportStore()
        self.audit_news = Alarm(clock, gather_s=GATHER_S)
        self.audit = AuditLog(to_post=self.audit_news.ring)
        self.credit_orders = CreditOrderStore()
        self.blocked_images = BlockedImageStore()
        self.images = ImageStore()
        self.drafts = DraftStore()
        self.choices = ChoiceStore()
        self.quota_store = QuotaStore()
        self.ledger = Ledger(Marks(KeyFile.beside(settings.database.path)))
        self.statement = Statement()

    @cached_property
    def quoting(self) -> Quoting:
        return Quoting(
            catalogue=self.catalogue,
            tariff=self.tariff,
            quotas=self.quotas,
            ledger=self.ledger,
            choices=self.choices,
            images=self.images,
        )

    @cached_property
    def quotas(self) -> QuotaBook:
        return QuotaBook(operator=self.rules.quotas, store=self.quota_store)

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
            images=self.images,
            ledger=self.ledger,
            usual_times=self.usual_times,
            line=self.line,
            cases=self.cases,
            outlooks=Outlooks(clock=self.clock, standings=self.standings, bounds=self.bounds),
            review_ms=self.settings.moderation.review_hours * HOUR_MS,
        )

    @cached_property
    def member_records(self) -> MemberRecords:
        return MemberRecords(
            clock=self.clock,
            tallies=TallyStore(),
            ledger=self.ledger,
            standings=self.standings,
            decisions=self.decisions,
            bounds=self.bounds,
        )

    @cached_property
    def case_views(self) -> CaseViews:
        return CaseViews(
            database=self.database,
            clock=self.clock,
            cases=self.cases,
            reports=self.reports,
            jobs=self.jobs,
            decisions=self.decisions,
            ledger=self.ledger,
            records=self.member_records,
            rules=self.guild_rules,
            views=self.views,
            inputs=self.input_shelf,
            clips=self.shelf,
        )

    @cached_property
    def audit_desk(self) -> AuditDesk:
        return AuditDesk(
            database=self.database,
            clock=self.clock,
            audit=self.audit,
            ledger=self.ledger,
            guild_rules=self.guild_rules,
        )

    @cached_property
    def history(self) -> HistoryDesk:
        return HistoryDesk(
            database=self.database,
            clock=self.clock,
            ledger=self.ledger,
            statement=self.statement,
            cards=self.cards,
            orders=self.credit_orders,
        )

    @cached_property
    def statistics(self) -> StatisticsDesk:
        return StatisticsDesk(
            database=self.database,
            clock=self.clock,
            ledger=self.ledger,
            spending=Spending(),
            tallies=TallyStore(),
            quotas=self.quotas,
            catalogue=self.catalogue,
        )

    @cached_property
    def charts(self) -> ChartProcesses:
        return ChartProcesses(self.settings.media.directory / "charts")

    @cached_property
    def line(self) -> WaitingLine:
        return WaitingLine(self.jobs, self.slots, self.clock)

    @cached_property
    def slots(self) -> Slots:
        return Slots(
            clock=self.clock,
            quotas=self.quota_store,
            running=self.rules.quotas.limits,
            stalled_ms=self.settings.jobs.stalled_minutes * MINUTE_MS,
        )

    @cached_property
    def usual_times(self) -> UsualTimes:
        return UsualTimes(jobs=self.jobs, catalogue=self.catalogue)

    @cached_property
    def shelf(self) -> MediaShelf:
        return MediaShelf(self.settings.media.directory, keep_days=self.settings.media.keep_days, clock=self.clock)

    @cached_property
    def input_shelf(self) -> InputShelf:
        return InputShelf(self.settings.media.directory)
