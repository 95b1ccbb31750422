"""How a new job is answered: commit first, then the card as the response, or a private word when that takes too long.

Source of the times: Discord docs, "Receiving and Responding": three seconds for the first response, and whether it is
private is decided with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import assert_never

import discord

from cogs import texts
from cogs.direct_message import DirectMessages
from cogs.errors import about_job
from cogs.in_time import PATIENCE_S, InTime
from cogs.permissions import check_channel
from cogs.ports import Board, Drafts, Intake, Interaction, Submission
from cogs.replies import NO_MENTIONS, acknowledge, reply
from klapper.errors import DeliveryError
from klapper.jobs.job import Job, JobStatus
from klapper.kling.model import Catalogue
from klapper.kling.request import with_images
from klapper.messages import clip_texts, text
from klapper.messages.discord_errors import is_of_discord
from klapper.messages.draft_panel import build_panel
from klapper.messages.job_card import build_card
from klapper.services.drafts import Author
from klapper.services.intake import Attached
from klapper.services.messenger import MessageRef
from klapper.services.submission import Ask, Question, Submitted
from klapper.services.views import JobView

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. commit: before the answer is put off; callback: for Discord to take the response; look: to find it."""

    commit_s: float = PATIENCE_S
    callback_s: float = 3.0
    look_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Made:
    """What a request became. card: the job's, None when there is none (yet)."""

    outcome: Submitted | Question
    card: MessageRef | None = None


class Answering:
    """Keeps:

    - a job is answered after its commit, and nothing that happens to the answer undoes it;
    - a refusal and a question are private, a card is public;
    - images are seen by nobody before they were checked, and nothing is where somebody outside is asked;
    - the board posts the card whenever the response did not.
    """

    def __init__(
        self,
        *,
        submission: Submission,
        intake: Intake,
        drafts: Drafts,
        board: Board,
        catalogue: Catalogue,
        patience: Patience | None = None,
    ) -> None:
        self._submission = submission
        self._intake = intake
        self._drafts = drafts
        self._board = board
        self._catalogue = catalogue
        self._patience = patience or Patience()
        self._in_time = InTime(self._patience.commit_s)
        self._direct_messages = DirectMessages()

    async def answer(self, interaction: Interaction, ask: Ask, attached: Sequence[Attached] = ()) -> None:
        """Submit and answer. attached: the files whose keys stand for the images of the request.

        Raises RequestRefused, DeliveryError (`dm_closed`) and what the services raise.
        """
        # The board knows before the commit that this card is ours to post: a loop may see the job before we go on.
        takes_a_while = bool(attached) or self._submission.asks_outside
        with self._board.answering(ask.job_id):
            if takes_a_while:
                await self._preview(interaction, ask)
            if takes_a_while or ask.deliver_to == "dm":
                await self._answer_privately(interaction, ask, attached)
            else:
                await self._answer_openly(interaction, ask)

    async def make(self, ask: Ask) -> Made:
        """Submit what a button or a draft asks for; the board posts the card. Raises as `Submission.submit` does."""
        with self._board.answering(ask.job_id):
            return await self._make(ask)

    async def check_way(self, interaction: Interaction, ask: Ask) -> None:
        """Whether the card and its clip can be brought where the request wants them, as far as Discord says.

        Raises RequestRefused (`permissions_missing`) or DeliveryError (`dm_closed`, `try_later`).
        """
        if interaction.guild_id is None:
            return  # it was asked for in a direct message, so these are open
        if ask.deliver_to == "dm":
            await self._direct_messages.open(interaction)
        else:
            check_channel(interaction)

    async def tell(self, interaction: Interaction, made: Made) -> None:
        """Say privately where the job is, or ask the question."""
        match made.outcome:
            case Question():
                await self._ask(interaction, made.outcome)
            case Submitted(job, is_new):
                about_job(interaction, job.job_id)
                await reply(interaction, where(job, made.card) if is_new else await self._same_job(job.job_id))
            case _:
                assert_never(made.outcome)

    # Below: one step

    async def _preview(self, interaction: Interaction, ask: Ask) -> None:
        """A refusal that needs no look at the images, and nobody outside, comes at once."""
        await self._in_time(self._submission.preview(ask), partial(acknowledge, interaction))

    async def _answer_privately(self, interaction: Interaction, ask: Ask, attached: Sequence[Attached]) -> None:
        await acknowledge(interaction)
        if ask.deliver_to == "dm":
            await self._direct_messages.open(interaction)
        images = await self._intake.take_all(attached, ask.user_id)
        names = {key: image.sha256 for key, image in images.items()}
        made = await self._make(replace(ask, request=with_images(ask.request, names)))
        await self.tell(interaction, made)

    async def _answer_openly(self, interaction: Interaction, ask: Ask) -> None:
        submit = self._in_time.start(self._submission.submit(ask))
        if not await self._in_time.is_done(submit):
            await acknowledge(interaction)
            await self.tell(interaction, await self._made(await asyncio.shield(submit)))
            return
        match submit.result():
            case Submitted(job, is_new=True) if job.status is not JobStatus.IN_REVIEW:
                await self._answer_with_card(interaction, job)
            case outcome:  # a response in the channel names its command: not before a moderator saw what was entered
                await acknowledge(interaction)
                await self.tell(interaction, await self._made(outcome))

    async def _make(self, ask: Ask) -> Made:
        return await self._made(await asyncio.shield(self._in_time.start(self._submission.submit(ask))))

    async def _made(self, outcome: Submitted | Question) -> Made:
        match outcome:
            case Submitted(job, is_new=True):
                return Made(outcome, await self._placed(job.job_id))
            case Submitted(job):
                return Made(outcome, await self._known_card(job.job_id))
            case _:
                return Made(outcome)

    async def _ask(self, interaction: Interaction, question: Question) -> None:
        draft = question.draft
        author = Author(draft.guild_id, draft.channel_id, draft.user_id, question.place)
        view = await self._drafts.show(draft.draft_id, author)
        link = None if view.repeats is None else await self._card_link(view.repeats.job_id)
        await reply(interaction, view=build_panel(view, self._catalogue, job_link=link))

    async def _answer_with_card(self, interaction: Interaction, job: Job) -> None:
        about_job(interaction, job.job_id)
        view = await self._board.view(job.job_id)
        assert view is not None
        message_id = await self._respond(interaction, view)
        if message_id is not None:
            await self._board.place(view, MessageRef(job.channel_id, message_id))

    async def _respond(self, interaction: Interaction, view: JobView) -> int | None:
        """The card as the public response; its message id, None when nobody knows whether it is there."""
        try:
            async with asyncio.timeout(self._patience.callback_s):
                response = await interaction.response.send_message(view=build_card(view), allowed_mentions=NO_MENTIONS)
        except Exception as error:
            if not is_of_discord(error):
                raise
            _log.warning("the response with the card was lost: %s", error, extra={"job_id": view.job.job_id})
            return await self._find_response(interaction)
        return response.message_id

    async def _find_response(self, interaction: Interaction) -> int | None:
        """The response may be there although its answer was lost (40060, a reset)."""
        try:
            async with asyncio.timeout(self._patience.look_s):
                return (await interaction.original_response()).id
        except Exception as error:
            if not (is_of_discord(error) or isinstance(error, discord.ClientException)):
                raise
            return None

    async def _placed(self, job_id: str) -> MessageRef | None:
        try:
            return await self._board.ensure_placed(job_id)
        except DeliveryError as error:
            _log.warning("the card is not posted yet", extra={"job_id": job_id, "reason": error.reason})
            return None

    async def _known_card(self, job_id: str) -> MessageRef | None:
        """Not posted by us: whoever made the job may be posting it at this moment."""
        view = await self._board.view(job_id)
        card = None if view is None else view.card
        if card is None or card.message_id is None:
            return None
        return MessageRef(card.channel_id, card.message_id)

    async def _same_job(self, job_id: str) -> str:
        return texts.same_job(job_id, await self._card_link(job_id))

    async def _card_link(self, job_id: str) -> str | None:
        view = await self._board.view(job_id)
        return None if view is None else clip_texts.card_link(view)


def where(job: Job, card: MessageRef | None) -> str:
    """The way to a new job's card, in a sentence."""
    if card is None:
        return texts.job_without_card(job.job_id)
    if job.status is JobStatus.IN_REVIEW:
        in_guild = None if job.deliver_to == "dm" else job.guild_id
        return texts.job_in_review(job.job_id, text.message_link(in_guild, card.channel_id, card.message_id))
    if job.deliver_to == "dm":
        return texts.job_in_dm(job.job_id, text.message_link(None, card.channel_id, card.message_id))
    return texts.job_here(job.job_id, text.message_link(job.guild_id, card.channel_id, card.message_id))
