"""The one place where an error becomes a sentence: what is wrong, and what to do."""

from __future__ import annotations

import logging
import re
import secrets
from dataclasses import dataclass

import discord
from discord import app_commands

from cogs.ports import Interaction
from cogs.replies import reply
from klapper.database.database import DatabaseError
from klapper.errors import (
    ChartsNotDrawn,
    CheckUnavailable,
    DeliveryError,
    JobConflict,
    LedgerError,
    NotTaken,
    OutcomeUnknown,
    ProviderError,
    ProviderRejected,
    RequestRefused,
    SettingsError,
)
from klapper.messages.appeal_buttons import build_refusal
from klapper.messages.discord_errors import is_of_discord
from klapper.services.intake import AttachmentError

_log = logging.getLogger(__name__)

_JOB_ID = re.compile(r"[a-z0-9]{1,32}")
_JOB_ID_KEY = "job_id"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the member reads, and how loudly the operator hears of it.

    is_defect: nobody planned for this error. appeal: the decision that the member can appeal.
    """

    sentence: str
    level: int
    is_defect: bool = False
    appeal: int | None = None


def _quiet(sentence: str) -> Explanation:
    return Explanation(sentence, logging.INFO)


class NotServed(app_commands.CheckFailure):
    """The operator does not let Klapper work in this guild."""


_DEFECT = Explanation(
    "Something went wrong inside Klapper. Look at `/jobs list` before you try again.", logging.ERROR, is_defect=True
)
_NOT_THROUGH = "Discord did not let this through: try again in a minute."
_NOT_DELIVERED = "Discord does not take messages at the moment: this is tried again by itself."
_CANNOT_POST = "Klapper may not post in that channel: ask a moderator to allow it, or use another channel."
_DELIVERIES = {
    "dm_closed": "Klapper may not send you direct messages: allow them for this server, or have it in a channel.",
    "forbidden": _CANNOT_POST,
    "channel_gone": _CANNOT_POST,
    "card_deleted": "The job's card was deleted: `/jobs show` shows the job.",
    "too_old": "The job's card is too old to be changed: `/jobs show` shows the job.",
    "too_large": "The clip is too large for this server: its card has a link instead.",
    "media_gone": "The clip is not there any more: `/jobs show` shows what became of the job.",
    "media_broken": "The clip cannot be played: `/jobs show` shows what became of the job.",
}
# The first that fits counts: narrower classes stand before wider ones.
_SENTENCES: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], Explanation], ...] = (
    (CheckUnavailable, _quiet("The automatic check does not answer, and nothing was charged: ask again in a moment.")),
    (ChartsNotDrawn, _quiet("The charts could not be drawn: try again in a minute.")),
    (JobConflict, _quiet("This job has just changed: look at its card and try again.")),
    (LedgerError, _quiet("The books did not allow this and nothing was changed: look at `/credits balance`.")),
    (NotTaken, _quiet("Segmind does not take jobs at the moment: the job keeps its place and is sent later.")),
    (ProviderRejected, _quiet("Segmind refused this request: change it and ask again.")),
    (
        OutcomeUnknown,
        _quiet("Segmind did not answer clearly: nothing is sent twice, and the job's card will say what became of it."),
    ),
    (AttachmentError, _quiet("Discord did not hand out the attachment: attach it again in a moment.")),
    (ProviderError, _quiet("Segmind did not do what was asked: try again later.")),
    (
        DatabaseError,
        Explanation("Klapper cannot reach its books, and nothing was charged: try again in a minute.", logging.ERROR),
    ),
    (SettingsError, Explanation("Klapper is not set up properly: tell whoever runs this bot.", logging.ERROR)),
    (NotServed, _quiet("Klapper does not work on this server: ask whoever runs this bot to allow it here.")),
    (app_commands.NoPrivateMessage, _quiet("This works only on a server: use it in a channel there.")),
    (
        (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch),
        Explanation(
            "This command has changed: reload Discord (Ctrl+R) or wait a few minutes, then try again.", logging.WARNING
        ),
    ),
    (app_commands.TransformerError, _quiet("One of the options cannot be read: choose it anew and try again.")),
    (app_commands.CheckFailure, _quiet("You may not use this here: ask a manager of this server.")),
)


def about_job(interaction: Interaction, job_id: str) -> None:
    """Errors of this interaction are about that job and will name it."""
    interaction.extras[_JOB_ID_KEY] = job_id


def about_no_job(interaction: Interaction) -> None:
    """Errors of this interaction are not about a job any more."""
    interaction.extras.pop(_JOB_ID_KEY, None)


def explain(error: BaseException) -> Explanation:
    """The sentence for an error of any class."""
    if isinstance(error, app_commands.CommandInvokeError | app_commands.TransformerError) and error.__cause__:
        return explain(error.__cause__)
    planned = _planned(error)
    if planned is not None:
        return planned
    return _quiet(_NOT_THROUGH) if is_of_discord(error) else _DEFECT


async def answer_error(interaction: Interaction, error: BaseException) -> None:
    """Tell the member what went wrong, always, and the log what the operator has to know."""
    explanation = explain(error)
    job_id = _job_id(interaction)
    sentence = explanation.sentence
    if explanation.is_defect:
        error_id = secrets.token_hex(3)
        sentence = f"{sentence} Tell whoever runs this bot: error `{error_id}`."
        _log.error("unexpected error", exc_info=error, extra={"error_id": error_id, "job_id": job_id})
    else:
        _log.log(explanation.level, "not done: %s", _cause(error), extra={"job_id": job_id})
    if job_id and job_id not in sentence:
        sentence += f" (job `{job_id}`)"
    if explanation.appeal is None:
        await reply(interaction, sentence)
    else:
        await reply(interaction, view=build_refusal(sentence, explanation.appeal))


async def on_tree_error(interaction: Interaction, error: app_commands.AppCommandError) -> None:
    """For `CommandTree.error`: every command, and commands that Discord knows and we do not."""
    if interaction.type is discord.InteractionType.autocomplete:
        _log.info("no suggestions: %s", error)  # a list of suggestions has no place for a sentence
        return
    await answer_error(interaction, error)


def _planned(error: BaseException) -> Explanation | None:
    match error:
        case RequestRefused():
            return Explanation(error.sentence, logging.INFO, appeal=error.appeal)
        case DeliveryError():
            return _quiet(_DELIVERIES.get(error.reason, _NOT_DELIVERED))
        case app_commands.BotMissingPermissions():
            names = ", ".join(name.replace("_", " ").title() for name in error.missing_permissions)
            return _quiet(f"I lack permissions here: {names}. Ask a moderator to allow me that.")
        case app_commands.CommandOnCooldown():
            return _quiet(f"That was quick: try again in {error.retry_after:.0f} s.")
        case _:
            return next((explanation for kinds, explanation in _SENTENCES if isinstance(error, kinds)), None)


def _cause(error: BaseException) -> str:
    if isinstance(error, app_commands.CommandInvokeError):
        return _cause(error.original)
    return error.code if isinstance(error, RequestRefused) else type(error).__name__


def _job_id(interaction: Interaction) -> str:
    job_id = interaction.extras.get(_JOB_ID_KEY, "")
    return job_id if _JOB_ID.fullmatch(job_id) else ""
