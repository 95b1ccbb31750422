"""Every acceptance test ends with the same questions: books in order, bodies that Discord takes, no secret anywhere."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.acceptance.town import Town
from tests.acceptance.town import town as build_town
from tests.discord_schema import complaints, schema_checker


@pytest.fixture
async def quiet_town(tmp_path: Path) -> AsyncIterator[Town]:
    """A town whose bot is not started, and without questions at the end."""
    async with build_town(tmp_path) as town:
        yield town


@pytest.fixture
async def town(quiet_town: Town) -> AsyncIterator[Town]:
    """A town; the test opens it. Afterwards the bot stops in time and everything it said is looked at."""
    yield quiet_town
    if quiet_town.bot.is_running:
        assert await quiet_town.bot.stop() == 0, quiet_town.bot.log.read_text()[-3000:]
    await quiet_town.bot.ledger()
    _check_log(quiet_town)
    await _check_keys(quiet_town)
    await _check_bodies(quiet_town)


def _check_log(town: Town) -> None:
    log = town.bot.log.read_text()
    assert "DEBUG" in log, "the search for secrets means nothing without the debug lines"
    for secret in (town.discord.token, town.segmind.api_key):
        assert secret not in log
    assert not re.findall(r"aW50ZXJhY3Rpb246[\w-]{8,}", log), "an interaction token is in the log"
    assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:3000]


async def _check_keys(town: Town) -> None:
    """The key goes to the API and nowhere else; the media host gets none."""
    for request in await town.control.requests():
        if request.path.startswith("/generations/"):
            assert request.api_key is None
    for seen in await town.driver.requests():
        assert town.segmind.api_key not in str(seen)


async def _check_bodies(town: Town) -> None:
    checker = schema_checker()
    if checker is None:
        return
    for request in await town.driver.requests():
        if request.body is not None or request.files:
            wrong = complaints(checker, request.method, request.path, request.body, files=request.parts)
            assert wrong == [], f"{request.method} {request.path}: {wrong}\n{request.body}"
