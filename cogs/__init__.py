"""Discord, inbound: parse, call one service, answer. No SQL, no HTTP, no prices."""

from __future__ import annotations

from collections.abc import Iterator

from discord.ext import commands

from cogs.answering import Answering, Patience
from cogs.appeals import AppealsCog
from cogs.audit_log import AuditLogPages
from cogs.blocked_images import BlockedImages
from cogs.cards import CardsCog
from cogs.case_queue import CaseQueue
from cogs.cases import CasesCog
from cogs.channels import ChannelsCog
from cogs.credits import CreditsCog
from cogs.draft_steps import DraftSteps
from cogs.drafts import DraftsCog
from cogs.errors import on_tree_error
from cogs.filtering import Filtering
from cogs.gifts import Gifts
from cogs.help import HelpCog
from cogs.history_answers import HistoryAnswers
from cogs.image_blocks import ImageBlocksCog
from cogs.in_time import InTime
from cogs.jobs import JobsCog
from cogs.manage import ManageCog
from cogs.member_records import MemberRecords
from cogs.memberships import Memberships
from cogs.moderate import ModerateCog
from cogs.moving import Moving
from cogs.orphans import GRACE_S, OrphansCog
from cogs.ports import CogServices
from cogs.privacy import PrivacyCog
from cogs.quota_panel import QuotaPanel
from cogs.reports import ReportsCog
from cogs.request_rules import RequestRules
from cogs.ruling import Ruling
from cogs.settings import SettingsCog
from cogs.statistics_answers import StatisticsAnswers
from cogs.video import VideoCog
from klapper.messages import appeal_buttons, buttons, case_buttons, draft_controls, gift_buttons, pages, privacy_button
from klapper.messages.appeal_buttons import AppealButton
from klapper.messages.buttons import JobButton
from klapper.messages.case_buttons import CaseButton
from klapper.messages.draft_controls import DraftControl
from klapper.messages.gift_buttons import GiftButton
from klapper.messages.image_block_list import UnblockButton
from klapper.messages.pages import PageButton
from klapper.messages.privacy_button import DeleteAllButton
from klapper.messages.quota_controls import QuotaControl

__all__ = ["CogServices", "Patience", "add_cogs"]

OWNED = (
    *(buttons.CUSTOM_ID, draft_controls.CUSTOM_ID, pages.CUSTOM_ID, case_buttons.CUSTOM_ID),
    *(appeal_buttons.CUSTOM_ID, privacy_button.CUSTOM_ID, gift_buttons.CUSTOM_ID),
)


async def add_cogs(
    bot: commands.Bot, services: CogServices, *, patience: Patience | None = None, orphan_grace_s: float = GRACE_S
) -> None:
    """Everything a member can say to Klapper. Call it in `setup_hook`, before the commands are synced.

    patience, orphan_grace_s: seconds; tests make them short.
    """
    patience = patience or Patience()
    bot.tree.error(on_tree_error)
    bot.add_dynamic_items(
        *(JobButton, DraftControl, PageButton, CaseButton, AppealButton, UnblockButton, QuotaControl, DeleteAllButton),
        GiftButton,
    )
    for cog in _cogs(bot, services, patience):
        await bot.add_cog(cog)
    await bot.add_cog(OrphansCog(OWNED, grace_s=orphan_grace_s))


def _cogs(bot: commands.Bot, services: CogServices, patience: Patience) -> Iterator[commands.Cog]:
    """In the order in which /help lists their commands."""
    jobs, credits, guilds, drafts = services.jobs, services.credits, services.guilds, services.drafts
    board, preferences, catalogue = services.board, services.preferences, services.catalogue
    answering, memberships = _answering(services, patience), Memberships(guilds, services.members)
    yield VideoCog(bot, catalogue=catalogue, guilds=guilds, preferences=preferences, answering=answering)
    yield _drafts_cog(bot, services, answering, memberships, InTime(patience.commit_s))
    yield CardsCog(
        submission=services.submission,
        jobs=jobs,
        drafts=drafts,
        guilds=guilds,
        board=board,
        memberships=memberships,
        answering=answering,
        catalogue=catalogue,
    )
    yield AppealsCog(
        submission=services.submission,
        appeals=services.appeals,
        guilds=guilds,
        memberships=memberships,
        answering=answering,
    )
    yield CasesCog(cases=services.cases, reports=services.reports, jobs=jobs, guilds=guilds)
    yield ReportsCog(bot, reporting=services.reporting, guilds=guilds)
    yield ModerateCog(
        queue=CaseQueue(services.cases),
        reports=services.reports,
        records=MemberRecords(services.members),
        filtering=Filtering(desk=services.filter_desk, guilds=guilds),
        audit_log=AuditLogPages(services.audit),
        blocked_images=BlockedImages(services.image_blocks),
        guilds=guilds,
    )
    yield JobsCog(jobs=jobs, recovery=services.recovery, guilds=guilds, in_time=InTime(patience.commit_s))
    yield CreditsCog(
        credits=credits,
        gifts=Gifts(giving=services.giving, guilds=guilds),
        history=HistoryAnswers(services.history, credits),
        statistics=_statistics(services),
        guilds=guilds,
        members=services.members,
        rule_desk=services.rule_desk,
        catalogue=catalogue,
    )
    yield SettingsCog(preferences=preferences, guilds=guilds, catalogue=catalogue)
    yield PrivacyCog(privacy=services.privacy, guilds=guilds)
    yield ImageBlocksCog(
        bot,
        intake=services.intake,
        image_blocks=services.image_blocks,
        guilds=guilds,
        in_time=InTime(patience.commit_s),
    )
    yield _manage_cog(services)
    yield HelpCog(
        bot,
        credits=credits,
        guilds=guilds,
        rule_desk=services.rule_desk,
        preferences=preferences,
        members=services.members,
        catalogue=catalogue,
    )
    yield ChannelsCog(bot, desk=services.rule_desk, deletions=services.deletions, guilds=guilds)


def _statistics(services: CogServices) -> StatisticsAnswers:
    return StatisticsAnswers(statistics=services.statistics, charts=services.charts)


def _manage_cog(services: CogServices) -> ManageCog:
    guilds = services.guilds
    ruling = Ruling(desk=services.rule_desk, guilds=guilds)
    return ManageCog(
        moving=Moving(movements=services.movements, credits=services.credits, guilds=guilds),
        history=HistoryAnswers(services.history, services.credits),
        statistics=_statistics(services),
        guilds=guilds,
        ruling=ruling,
        quota_panel=QuotaPanel(
            desk=services.quota_desk,
            credits=services.credits,
            guilds=guilds,
            ruling=ruling,
            requests=RequestRules(desk=services.rule_desk),
            catalogue=services.catalogue,
        ),
    )


def _answering(services: CogServices, patience: Patience) -> Answering:
    return Answering(
        submission=services.submission,
        intake=services.intake,
        drafts=services.drafts,
        board=services.board,
        catalogue=services.catalogue,
        patience=patience,
    )


def _drafts_cog(
    bot: commands.Bot, services: CogServices, answering: Answering, memberships: Memberships, in_time: InTime
) -> DraftsCog:
    drafts, intake = services.drafts, services.intake
    steps = DraftSteps(
        submission=services.submission,
        drafts=drafts,
        intake=intake,
        memberships=memberships,
        answering=answering,
        board=services.board,
        catalogue=services.catalogue,
    )
    return DraftsCog(
        bot,
        submission=services.submission,
        drafts=drafts,
        intake=intake,
        guilds=services.guilds,
        steps=steps,
        in_time=in_time,
        catalogue=services.catalogue,
    )
