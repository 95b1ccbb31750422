"""The buttons and forms of cases: who reviews, decides here. Every answer is private."""

from __future__ import annotations

from contextlib import ExitStack

import discord
from discord.ext import commands

from cogs import rule_texts, texts
from cogs.errors import about_job, answer_error
from cogs.forms import read_form, read_form_id
from cogs.guild_only import check_served
from cogs.managing import refuse_over_manager_of
from cogs.places import is_known
from cogs.ports import Cases, Guilds, Interaction, Jobs, Reports
from cogs.replies import TextFile, acknowledge, reply, reply_with_files
from klapper.errors import RequestRefused
from klapper.messages import case_buttons, case_forms, case_texts, report_texts
from klapper.messages.case_card import build_case
from klapper.messages.case_publisher import case_files
from klapper.moderation.rules import GuildRules
from klapper.services.case_views import CaseView
from klapper.services.desk import Viewer
from klapper.services.open_cases import Moderator
from klapper.services.report_desk import Takedown


def moderator_in(interaction: Interaction, guild_id: int) -> Moderator:
    """Who decides, with what Discord says that they may do here."""
    return Moderator(guild_id, interaction.user.id, interaction.permissions.manage_guild)


def check_reviews(interaction: Interaction, rules: GuildRules) -> None:
    """Raises RequestRefused (`not_a_reviewer`) for who has none of the roles, or may not time members out if there
    are no such roles (any more). Administrators may.
    """
    roles, allowed = reviewer_roles(interaction.guild, rules), interaction.permissions
    member = interaction.user
    has_role = isinstance(member, discord.Member) and any(role.id in roles for role in member.roles)
    if not (has_role or allowed.administrator or (not roles and allowed.moderate_members)):
        raise RequestRefused("not_a_reviewer", rule_texts.not_a_reviewer(sorted(roles)))


def reviewer_roles(guild: discord.Guild | None, rules: GuildRules) -> frozenset[int]:
    """Those that exist: a guild that deleted the only one has none. All of them while the guild is not known yet."""
    roles = rules.reviewer_roles()
    if guild is None or not is_known(guild):
        return roles
    return frozenset(role_id for role_id in roles if guild.get_role(role_id) is not None)


class CasesCog(commands.Cog):
    """What a press may do is decided from the database at the press, whichever process posted the card."""

    def __init__(self, *, cases: Cases, reports: Reports, jobs: Jobs, guilds: Guilds) -> None:
        self._cases = cases
        self._reports = reports
        self._jobs = jobs
        self._guilds = guilds

    @commands.Cog.listener()
    async def on_case_button(self, interaction: Interaction, case_id: int, action: str) -> None:
        """A button of a case was pressed. Nobody else answers for what goes wrong here."""
        try:
            await self._press(interaction, case_id, action)
        except Exception as error:
            await answer_error(interaction, error)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """A form of a case was sent; discord.py knows nothing of it."""
        match = case_buttons.CUSTOM_ID.fullmatch(read_form_id(interaction))
        if match is None:
            return
        try:
            await self._submit(interaction, int(match["case_id"]), match["action"])
        except Exception as error:
            await answer_error(interaction, error)

    async def _press(self, interaction: Interaction, case_id: int, action: str) -> None:
        moderator = await self._moderator(interaction)
        if action in (case_buttons.REJECT, case_buttons.BLOCK, case_buttons.TAKE_DOWN):
            desk = self._reports if action == case_buttons.TAKE_DOWN else self._cases
            await desk.check(case_id, moderator)  # before anybody writes a reason in vain
            await interaction.response.send_modal(case_forms.build_case_form(case_id, action))
            return
        await acknowledge(interaction)
        match action:
            case case_buttons.APPROVE:
                await self._settled(interaction, await self._cases.approve(case_id, moderator))
            case case_buttons.APPROVE_WRONG:
                view = await self._cases.approve(case_id, moderator, refusal_was_wrong=True)
                await self._settled(interaction, view)
            case case_buttons.DISMISS:
                await self._settled(interaction, await self._reports.dismiss(case_id, moderator))
            case case_buttons.OPEN:
                await self._open(interaction, await self._cases.show(case_id, moderator))
            case case_buttons.WHOLE:
                await self._whole(interaction, await self._cases.show(case_id, moderator))
            case _:
                await reply(interaction, texts.UNKNOWN_ACTION)

    async def _submit(self, interaction: Interaction, case_id: int, action: str) -> None:
        moderator = await self._moderator(interaction)
        await acknowledge(interaction)
        answers = read_form(interaction, case_forms.INPUTS)
        words = answers.texts.get(case_forms.REASON, "").strip()
        strike = case_forms.YES in answers.choices.get(case_forms.STRIKE, ())
        match action:
            case case_buttons.TAKE_DOWN:
                refund = case_forms.YES in answers.choices.get(case_forms.REFUND, ())
                order = Takedown(words, refund=refund, strike=strike)
                view = await self._reports.take_down(case_id, moderator, order)
            case case_buttons.BLOCK:
                await self._refuse_over_manager(interaction, case_id, moderator)
                view = await self._cases.block(case_id, moderator, words=words)
            case _:
                view = await self._cases.reject(case_id, moderator, words=words, strike=strike)
        await self._settled(interaction, view)

    async def _refuse_over_manager(self, interaction: Interaction, case_id: int, moderator: Moderator) -> None:
        requester = (await self._cases.show(case_id, moderator)).job.job.user_id
        if requester is not None:
            await refuse_over_manager_of(interaction, requester)

    async def _moderator(self, interaction: Interaction) -> Moderator:
        guild_id = check_served(interaction, self._guilds)
        check_reviews(interaction, await self._cases.rules(guild_id))
        return moderator_in(interaction, guild_id)

    async def _settled(self, interaction: Interaction, view: CaseView) -> None:
        about_job(interaction, view.case.job_id)
        said = report_texts.settled(view) if view.case.kind == "report" else case_texts.settled(view)
        await reply(interaction, said)

    async def _open(self, interaction: Interaction, view: CaseView) -> None:
        shown = view.within(interaction.filesize_limit)
        with ExitStack() as opened:
            files = list(case_files(shown, opened))
            card = build_case(shown, files=[file.filename for file in files])
            await reply_with_files(interaction, card, files)

    async def _whole(self, interaction: Interaction, view: CaseView) -> None:
        viewer = Viewer(view.case.guild_id, interaction.user.id, is_moderator=True)
        receipt = await self._jobs.receipt(view.case.job_id, viewer)
        file = TextFile(f"request-{view.case.job_id}.txt", case_texts.whole_file(view, receipt.body_text))
        await reply(interaction, case_texts.whole(view), file=file)
