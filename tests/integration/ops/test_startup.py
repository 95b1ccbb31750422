"""What may be wrong around a start: one sentence and a way on, instead of a traceback and an end."""

from __future__ import annotations

import logging
from pathlib import Path

import discord
import pytest

from cogs.connection import until_done
from klapper.clock import SystemClock
from klapper.database.database import DatabaseError
from klapper.database.lock import database_lock
from klapper.errors import SettingsError


class HastyClock(SystemClock):
    """Writes down how long it should have slept."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class Step:
    """Fails in these ways, then works."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    async def __call__(self) -> None:
        if self.errors:
            raise self.errors.pop(0)


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    owner = tmp_path / "klapper.db.owner"
    owner.mkdir()
    with pytest.raises(DatabaseError) as refused, database_lock(tmp_path / "klapper.db"):
        raise AssertionError("held without saying who")
    assert "cannot be locked" in refused.value.sentence
    owner.rmdir()
    with database_lock(tmp_path / "klapper.db"):
        assert owner.exists()


async def test_rests_between_tries_double_up_to_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    clock, failed = HastyClock(), list[str]()
    await until_done("login", Step(*[ConnectionResetError("x")] * 8), clock=clock, failed=failed.append)
    assert clock.slept == [1, 2, 4, 8, 16, 32, 60, 60]
    assert failed == ["login"] * 8
    assert {(record.levelno, record.exc_info) for record in caplog.records} == {(logging.WARNING, None)}


@pytest.mark.parametrize("error", [discord.RateLimited(40.0), TypeError("x")])
async def test_whatever_goes_wrong_is_tried_again(error: Exception) -> None:
    clock = HastyClock()
    await until_done("commands", Step(error), clock=clock, failed=lambda _: None)
    assert clock.slept == [1]


async def test_what_only_an_operator_can_mend_is_not_tried_again() -> None:
    clock = HastyClock()
    with pytest.raises(SettingsError):
        await until_done("login", Step(SettingsError("discord.token: no")), clock=clock, failed=lambda _: None)
    assert clock.slept == []
