"""Every error becomes a sentence that says what is wrong and what to do."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

import discord
import pytest
from discord import app_commands

from cogs.errors import NotServed, explain
from klapper.database.database import ConstraintViolated, DatabaseError
from klapper.errors import (
    DeliveryError,
    InsufficientCredits,
    KlapperError,
    NotTaken,
    OutcomeUnknown,
    ProviderRejected,
    RequestRefused,
)
from klapper.messages.discord_errors import reason_of
from klapper.services.intake import AttachmentError

MADE: dict[type[KlapperError], KlapperError] = {
    RequestRefused: RequestRefused("x", "This is wrong: do that."),
    NotTaken: NotTaken("rate_limited", "x"),
    ProviderRejected: ProviderRejected("bad_parameter", "x"),
    OutcomeUnknown: OutcomeUnknown("timeout", "x"),
    InsufficientCredits: InsufficientCredits("allowance:1", available=0, needed=1),
    DeliveryError: DeliveryError("try_later", "x"),
    AttachmentError: AttachmentError("gone", "x"),
}
DEFECTS = {ConstraintViolated}  # a constraint that no service expected
ABSTRACT = {KlapperError}


def kinds(base: type[KlapperError] = KlapperError) -> Iterator[type[KlapperError]]:
    """Every error class of the program that these modules know."""
    yield base
    for kind in base.__subclasses__():
        if kind.__module__.startswith("klapper."):
            yield from kinds(kind)


def made(kind: type[KlapperError]) -> KlapperError:
    return MADE[kind] if kind in MADE else kind("x")


@pytest.mark.parametrize("kind", [kind for kind in kinds() if kind not in DEFECTS | ABSTRACT])
def test_every_error_class_has_a_sentence(kind: type[KlapperError]) -> None:
    explanation = explain(made(kind))
    assert not explanation.is_defect
    assert _reads_well(explanation.sentence)


@pytest.mark.parametrize("error", [ConstraintViolated("x"), KlapperError(), ZeroDivisionError(), TypeError("x")])
def test_what_nobody_planned_for_is_a_defect(error: Exception) -> None:
    explanation = explain(error)
    assert explanation.is_defect
    assert explanation.level == logging.ERROR
    assert _reads_well(explanation.sentence)


def test_a_refusal_is_told_in_its_own_words() -> None:
    explanation = explain(RequestRefused("x", "This is wrong: do that."))
    assert explanation.sentence == "This is wrong: do that."
    assert explanation.level == logging.INFO


def test_the_ports_reasons_each_have_a_sentence() -> None:
    reasons = (
        "media_gone",
        "media_broken",
        "too_large",
        "card_deleted",
        "channel_gone",
        "forbidden",
        "dm_closed",
        "too_old",
        "try_later",
    )
    for reason in reasons:
        assert _reads_well(explain(DeliveryError(reason, "x")).sentence)


class _Command:
    name = "x"
    _error_display_name = "x"


def _command_errors() -> list[app_commands.AppCommandError]:
    command: Any = _Command()
    return [
        app_commands.CommandNotFound("x", []),
        app_commands.MissingPermissions(["manage_guild"]),
        app_commands.MissingRole("x"),
        app_commands.MissingAnyRole(["x"]),
        app_commands.BotMissingPermissions(["attach_files"]),
        app_commands.NoPrivateMessage(),
        app_commands.CommandOnCooldown(app_commands.Cooldown(1, 30), 12.3),
        app_commands.TransformerError("x", discord.AppCommandOptionType.string, command),
        app_commands.CheckFailure(),
        NotServed(),
    ]


@pytest.mark.parametrize("error", _command_errors())
def test_every_error_of_a_command_has_a_sentence(error: app_commands.AppCommandError) -> None:
    explanation = explain(error)
    assert not explanation.is_defect
    assert _reads_well(explanation.sentence)


def test_missing_permissions_of_the_bot_are_named() -> None:
    assert "Attach Files" in explain(app_commands.BotMissingPermissions(["attach_files"])).sentence


def test_an_error_inside_a_command_is_the_one_that_counts() -> None:
    cause = DatabaseError("disk full")
    command: Any = _Command()
    wrapped = app_commands.CommandInvokeError(command, cause)
    wrapped.__cause__ = cause
    assert explain(wrapped) == explain(cause)


class _Response:
    status, reason = 503, "x"


@pytest.mark.parametrize("error", [TimeoutError(), discord.HTTPException(_Response(), "x"), ConnectionResetError()])
def test_trouble_with_discord_is_not_our_defect(error: Exception) -> None:
    assert reason_of(error) == "try_later"
    assert not explain(error).is_defect


def test_no_sentence_lets_the_inside_out() -> None:
    for error in (DatabaseError("/secret/path"), ConstraintViolated("jobs.secret"), ZeroDivisionError("secret")):
        assert "secret" not in explain(error).sentence


def _reads_well(sentence: str) -> bool:
    return bool(re.fullmatch(r"[A-Z].{15,300}\.", sentence)) and "Error" not in sentence
