"""How a new job is answered: commit first, then the card as the response, or a private word when that takes too long.

Source of the times: Discord docs, "Receiving and Responding": three seconds for the first response, and whether it is
private is decided with it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

import discord

from cogs import texts
from cogs.direct_message import DirectMessages
from cogs.errors import about_job
from cogs.ports import Board, Interaction, Submission
from cogs.replies import NO_MENTIONS, acknowledge, reply
from klapper.errors import DeliveryError
from klapper.jobs.job import Job
from klapper.messages import card_texts, text
from klapper.messages.discord_errors import is_of_discord
from klapper.messages.job_card import build_card
from klapper.services.messenger import MessageRef
from klapper.services.submission import Ask, Submitted
from klapper.services.views import JobView

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. commit: before the answer is put off; callback: for Discord to take the response; look: to find it."""

    commit_s: float = 2.0
    callback_s: float = 3.0
    look_s: float = 2.0


class Answering:
    """Keeps:

    - a job is answered after its commit, and nothing that happens to the answer undoes it;
    - a refusal is private, a card is public;
    - the board posts the card whenever the response did not.
    """

    def __init__(self, submission: Submission, board: Board, patience: Patience | None = None) -> None:
        self._submission = submission
        self._board = board
        self._patience = patience or Patience()
        self._direct_messages = DirectMessages()
        self._submits: set[asyncio.Task[Submitted]] = set()

    async def answer(self, interaction: Interaction, ask: Ask) -> None:
        """Submit and answer. Raises RequestRefused, DeliveryError (`dm_closed`) and what the services raise."""
        # The board knows before the commit that this card is ours to post: a loop may see the job before we go on.
        with self._board.answering(ask.job_id):
            await self._answer(interaction, ask)

    async def _answer(self, interaction: Interaction, ask: Ask) -> None:
        if ask.deliver_to == "dm":
            await self._answer_in_dm(interaction, ask)
            return
        submit = self._submit(ask)
        if await _done(submit, self._patience.commit_s):
            await self._answer_in_time(interaction, submit.result())
            return
        await acknowledge(interaction)
        await _done(submit)
        await self._answer_late(interaction, submit.result())

    def _submit(self, ask: Ask) -> asyncio.Task[Submitted]:
        # A task of its own: a commit is not cancelled because its answer is.
        task = asyncio.create_task(self._submission.submit(ask), name=f"submit-{ask.interaction_id}")
        self._submits.add(task)
        task.add_done_callback(self._submits.discard)
        return task

    async def _answer_in_dm(self, interaction: Interaction, ask: Ask) -> None:
        await acknowledge(interaction)
        await self._direct_messages.open(interaction)
        submit = self._submit(ask)
        await _done(submit)
        await self._answer_late(interaction, submit.result())

    async def _answer_in_time(self, interaction: Interaction, submitted: Submitted) -> None:
        job_id = submitted.job.job_id
        about_job(interaction, job_id)
        if not submitted.is_new:
            await reply(interaction, texts.same_job(job_id, await self._card_link(job_id)))
            return
        view = await self._board.view(job_id)
        assert view is not None
        message_id = await self._respond(interaction, view)
        if message_id is not None:
            await self._board.place(view, MessageRef(submitted.job.channel_id, message_id))

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

    async def _answer_late(self, interaction: Interaction, submitted: Submitted) -> None:
        """The private acknowledgement becomes a word on where the card is."""
        job = submitted.job
        about_job(interaction, job.job_id)
        if submitted.is_new:
            card = await self._placed(job.job_id)
            await reply(interaction, _where(job, card))
            return
        await reply(interaction, texts.same_job(job.job_id, await self._card_link(job.job_id)))

    async def _placed(self, job_id: str) -> MessageRef | None:
        try:
            return await self._board.ensure_placed(job_id)
        except DeliveryError as error:
            _log.warning("the card is not posted yet", extra={"job_id": job_id, "reason": error.reason})
            return None

    async def _card_link(self, job_id: str) -> str | None:
        view = await self._board.view(job_id)
        return None if view is None else card_texts.card_link(view)


async def _done(task: asyncio.Task[Submitted], timeout_s: float | None = None) -> bool:
    """Whether the task ended in time; waiting for it in this way never cancels it."""
    done, _ = await asyncio.wait({task}, timeout=timeout_s)
    return bool(done)


def _where(job: Job, card: MessageRef | None) -> str:
    if card is None:
        return texts.job_without_card(job.job_id)
    if job.deliver_to == "dm":
        return texts.job_in_dm(job.job_id, _link(job, card))
    return texts.job_here(job.job_id, _link(job, card))


def _link(job: Job, card: MessageRef) -> str:
    return text.message_link(None if job.deliver_to == "dm" else job.guild_id, card.channel_id, card.message_id)
