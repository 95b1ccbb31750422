"""What the cogs ask of the program: the services as a command sees them, and the shape of an interaction."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import discord
from discord.ext import commands

from cogs.credit_ports import Charts, Gifting, History, Movements, QuotaDesk, Statistics
from klapper.choices.choices import MemberChoices, Notify
from klapper.kling.model import Catalogue
from klapper.kling.picture import InputImage
from klapper.moderation.rule_store import FilterTerm
from klapper.moderation.rules import GuildRules, Level, Mode, Place, Unsure
from klapper.moderation.term_lists import NewTerm
from klapper.services.appeal_desk import Appealable
from klapper.services.asking import Appeal
from klapper.services.audit_desk import AuditExport, AuditSearch
from klapper.services.audit_lines import AuditLine
from klapper.services.case_views import CaseView
from klapper.services.credits import Holdings, PriceLine, Why
from klapper.services.deletions import Deleted
from klapper.services.desk import Receipt, Viewer
from klapper.services.drafts import Author, Change, DraftView
from klapper.services.filter_desk import Added, Imported, Trial
from klapper.services.guilds import EndedPause
from klapper.services.image_blocks import BlockedLine, BlockedNow
from klapper.services.intake import Attached
from klapper.services.member_desk import Blocked, Pardoned, Paused
from klapper.services.member_record import MemberRecord
from klapper.services.messenger import MessageRef
from klapper.services.open_cases import Moderator
from klapper.services.privacy import Export, Kept, KnownAgain
from klapper.services.recalling import Places
from klapper.services.recovery import Recovered, StillThere
from klapper.services.report_desk import Takedown
from klapper.services.rule_desk import Requests, Reviewers, Ruled
from klapper.services.rules import Rules
from klapper.services.submission import Ask, Question, Submitted
from klapper.services.views import JobView

Interaction: TypeAlias = "discord.Interaction[commands.Bot]"


class Submission(Protocol):
    """The one way in."""

    @property
    def asks_outside(self) -> bool: ...

    async def may_begin(self, guild_id: int, user_id: int, place: Place) -> None: ...

    async def preview(self, ask: Ask) -> None: ...

    async def submit(self, ask: Ask) -> Submitted | Question: ...


class Intake(Protocol):
    """Attachments become checked images."""

    async def take(self, attached: Attached, user_id: int) -> InputImage: ...

    async def take_all(self, pending: Sequence[Attached], user_id: int) -> dict[str, InputImage]: ...


class ImageBlocks(Protocol):
    """The block list of a guild."""

    async def block(
        self, guild_id: int, user_id: int, images: Sequence[InputImage], *, note: str = ""
    ) -> BlockedNow: ...

    async def unblock_alike(self, guild_id: int, user_id: int, images: Sequence[InputImage]) -> int: ...

    async def unblock_line(self, guild_id: int, user_id: int, block_id: int) -> bool: ...

    async def listed(self, guild_id: int) -> list[BlockedLine]: ...


class Drafts(Protocol):
    """Requests that their authors have not let go yet."""

    async def storyboard(self, author: Author) -> DraftView: ...

    async def animate(self, author: Author, image: InputImage) -> DraftView: ...

    async def edit(self, job_id: str, viewer: Viewer, channel_id: int, place: Place) -> DraftView: ...

    async def show(self, draft_id: str, author: Author) -> DraftView: ...

    async def change(
        self, draft_id: str, author: Author, change: Change, *, revision: int | None = None
    ) -> DraftView: ...

    async def discard(self, draft_id: str, author: Author) -> DraftView: ...

    async def renew(self, draft_id: str, author: Author) -> DraftView: ...

    async def ask(self, draft_id: str, author: Author, interaction_id: int, *, revision: int) -> Ask: ...


class Preferences(Protocol):
    """What members set for themselves."""

    async def of(self, guild_id: int, user_id: int) -> MemberChoices: ...

    async def notify(self, guild_id: int, user_id: int, notify: Notify) -> MemberChoices: ...

    async def defaults(
        self, guild_id: int, user_id: int, *, model: str | None, aspect_ratio: str | None, mode: str | None
    ) -> MemberChoices: ...


class Jobs(Protocol):
    """What a member can ask about jobs."""

    async def list(self, viewer: Viewer, *, skip: int = 0, rows: int = 10) -> Sequence[JobView]: ...

    async def show(self, job_id: str, viewer: Viewer) -> JobView: ...

    async def cancel(self, job_id: str, viewer: Viewer) -> JobView: ...

    async def receipt(self, job_id: str, viewer: Viewer) -> Receipt: ...

    async def again(
        self, job_id: str, viewer: Viewer, *, interaction_id: int, channel_id: int, place: Place
    ) -> Ask: ...

    async def delete(self, job_id: str, viewer: Viewer) -> JobView: ...


class Recovery(Protocol):
    """Clips for who cannot see them."""

    async def recover(self, job_id: str, viewer: Viewer, *, limit_bytes: int) -> Recovered | StillThere: ...

    async def handed_over(self, job_id: str, viewer: Viewer) -> None: ...


class Credits(Protocol):
    """What members and managers can ask about credits."""

    async def balance(self, guild_id: int, user_id: int, place: Place) -> Holdings: ...

    async def why(self, guild_id: int, user_id: int, place: Place) -> Why: ...

    async def prices(self, guild_id: int, place: Place) -> Sequence[PriceLine]: ...


class Guilds(Protocol):
    """What a guild's managers decide."""

    async def pause(self, guild_id: int, user_id: int) -> bool: ...

    async def resume(self, guild_id: int, user_id: int) -> EndedPause | None: ...

    async def is_paused(self, guild_id: int) -> bool: ...

    async def shares_images(self, guild_id: int) -> bool: ...

    async def share_images(self, guild_id: int, user_id: int, *, sharing: bool) -> None: ...

    def rules(self) -> Rules: ...

    def serves(self, guild_id: int) -> bool: ...


class Cases(Protocol):
    """What moderators have to settle."""

    async def rules(self, guild_id: int) -> GuildRules: ...

    async def queue(self, guild_id: int, *, skip: int = 0, rows: int = 10) -> Sequence[CaseView]: ...

    async def count(self, guild_id: int) -> int: ...

    async def show(self, case_id: int, moderator: Moderator) -> CaseView: ...

    async def check(self, case_id: int, moderator: Moderator) -> None: ...

    async def approve(self, case_id: int, moderator: Moderator, *, refusal_was_wrong: bool = False) -> CaseView: ...

    async def reject(self, case_id: int, moderator: Moderator, *, words: str, strike: bool = False) -> CaseView: ...

    async def block(self, case_id: int, moderator: Moderator, *, words: str) -> CaseView: ...


class Appeals(Protocol):
    """Refusals that their members can appeal."""

    async def show(self, decision_id: int, author: Author) -> Appealable: ...

    async def ask(self, appeal: Appeal, author: Author, interaction_id: int) -> Ask: ...


class Audit(Protocol):
    """What moderators can ask about what was decided and done."""

    async def find(
        self, guild_id: int, search: AuditSearch, *, skip: int = 0, rows: int = 10
    ) -> Sequence[AuditLine]: ...

    async def export(self, guild_id: int, search: AuditSearch) -> AuditExport: ...

    async def is_reviewer(self, guild_id: int, role_ids: frozenset[int]) -> bool: ...


class Members(Protocol):
    """What moderators ask and decide about a member."""

    async def record(self, guild_id: int, user_id: int) -> MemberRecord: ...

    async def block(self, guild_id: int, user_id: int, *, by: int, words: str) -> Blocked: ...

    async def unblock(self, guild_id: int, user_id: int, *, by: int) -> bool: ...

    async def pause(self, guild_id: int, user_id: int, *, by: int, hours: int, words: str) -> Paused: ...

    async def unpause(self, guild_id: int, user_id: int, *, by: int, words: str = "") -> bool: ...

    async def pardon(self, guild_id: int, user_id: int, *, by: int, words: str) -> Pardoned: ...

    async def left(self, guild_id: int, user_id: int) -> int: ...


class RuleDesk(Protocol):
    """What a guild's managers set about who may make what, where."""

    async def of(self, guild_id: int) -> GuildRules: ...

    async def set_mode(
        self,
        guild_id: int,
        user_id: int,
        mode: Mode | None,
        *,
        places: Places,
        channel_id: int | None = None,
        role_id: int | None = None,
    ) -> Ruled: ...

    async def set_unsure(self, guild_id: int, user_id: int, unsure: Unsure) -> Ruled: ...

    async def set_reviewers(self, guild_id: int, user_id: int, reviewers: Reviewers) -> Ruled: ...

    async def trust(self, guild_id: int, user_id: int, role_id: int, *, is_trusted: bool) -> Ruled: ...

    async def set_requests(
        self, guild_id: int, user_id: int, wanted: Requests, *, places: Places, seen: int
    ) -> Ruled: ...

    async def set_level(
        self,
        guild_id: int,
        user_id: int,
        channel_id: int,
        *,
        level: Level | None,
        spoiler: bool | None,
        places: Places,
    ) -> Ruled: ...

    async def hide_role(self, guild_id: int, user_id: int, role_id: int, *, spoiler: bool) -> Ruled: ...

    async def channels_changed(self, guild_id: int, before: Places, after: Places) -> int: ...


class Deletions(Protocol):
    """What Discord has deleted."""

    async def named(self, guild_id: int) -> Deleted: ...

    async def forget(self, guild_id: int, deleted: Deleted, before: Places, after: Places) -> None: ...


class FilterDesk(Protocol):
    """What a guild's moderators look for in texts."""

    async def terms(self, guild_id: int) -> Sequence[FilterTerm]: ...

    async def add(self, guild_id: int, user_id: int, term: NewTerm) -> Added: ...

    async def remove(self, guild_id: int, user_id: int, text: str) -> str: ...

    async def try_out(self, guild_id: int, text: str, place: Place) -> Trial: ...

    async def import_terms(self, guild_id: int, user_id: int, text: str) -> Imported: ...

    async def export(self, guild_id: int) -> str: ...


class Reporting(Protocol):
    """What members find wrong with clips."""

    async def job_of(self, message_id: int) -> str | None: ...

    async def check(self, job_id: str, who: Viewer) -> None: ...

    async def report(self, job_id: str, who: Viewer, words: str) -> None: ...


class Reports(Protocol):
    """Reported clips, for moderators to settle."""

    async def check(self, case_id: int, moderator: Moderator) -> None: ...

    async def dismiss(self, case_id: int, moderator: Moderator) -> CaseView: ...

    async def take_down(self, case_id: int, moderator: Moderator, order: Takedown) -> CaseView: ...

    async def take_down_job(self, job_id: str, moderator: Moderator, order: Takedown) -> CaseView: ...


class Privacy(Protocol):
    """A member's own data."""

    async def export(self, guild_id: int, user_id: int, place: Place, *, limit_bytes: int) -> Export: ...

    async def kept(self, guild_id: int, user_id: int) -> Kept: ...

    async def delete(self, guild_id: int, user_id: int, *, dm_channel_id: int | None) -> KnownAgain: ...


class Board(Protocol):
    """The one message of each job."""

    async def view(self, job_id: str) -> JobView | None: ...

    def answering(self, job_id: str) -> AbstractContextManager[None]: ...

    async def place(self, view: JobView, message: MessageRef) -> None: ...

    async def ensure_placed(self, job_id: str) -> MessageRef | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CogServices:
    """Everything the cogs are built from."""

    submission: Submission
    intake: Intake
    image_blocks: ImageBlocks
    drafts: Drafts
    preferences: Preferences
    privacy: Privacy
    jobs: Jobs
    recovery: Recovery
    credits: Credits
    movements: Movements
    giving: Gifting
    history: History
    statistics: Statistics
    charts: Charts
    guilds: Guilds
    cases: Cases
    appeals: Appeals
    audit: Audit
    members: Members
    rule_desk: RuleDesk
    quota_desk: QuotaDesk
    deletions: Deletions
    filter_desk: FilterDesk
    reporting: Reporting
    reports: Reports
    board: Board
    catalogue: Catalogue
