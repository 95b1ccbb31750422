"""The cogs in process, on SimCord."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from types import ModuleType

import discord
import pytest
import simcord

from tests.discord_schema import complaints, schema_checker
from tests.integration.cogs.house import House
from tests.integration.cogs.house_bot import HouseBot, Scene


@pytest.fixture(scope="session")
def checker() -> ModuleType | None:
    """Discord's own description of its bodies, None where it is not at hand."""
    return schema_checker()


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def simcord_bot(house: House) -> HouseBot:
    return HouseBot(house)


@pytest.fixture
def scene(
    simcord_env: simcord.Env, house: House, checker: ModuleType | None, caplog: pytest.LogCaptureFixture
) -> Iterator[Scene]:
    """Afterwards every body that was sent is held against Discord's description, where that is at hand.

    A test that expects a defect clears the log.
    """
    caplog.set_level(logging.INFO, logger="cogs")
    guild = simcord_env.create_guild()
    moderators = guild.create_role("Moderators", permissions=discord.Permissions(moderate_members=True))
    managers = guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    built = Scene(
        simcord_env,
        caplog,
        house,
        guild,
        guild.create_text_channel("videos"),
        guild.add_member(simcord_env.create_user("Mira")),
        guild.add_member(simcord_env.create_user("Tom")),
        guild.add_member(simcord_env.create_user("Max"), roles=[moderators]),
        guild.add_member(simcord_env.create_user("Olga"), roles=[managers]),
    )
    yield built
    assert not built.defects()
    assert not built.bot.persistent_views  # a view that is remembered can take the dynamic items of others with it
    if checker is not None:
        for sent in simcord_env.http_requests:
            assert complaints(checker, sent.method, sent.path, sent.json) == [], sent
