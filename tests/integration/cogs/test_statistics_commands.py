"""/credits chart, /manage statistics, and histories as files."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date

import pytest
from simcord.backend.errors import OptionError

from klapper.charts.chart import RankedBars
from klapper.errors import ChartsNotDrawn
from klapper.ledger.records import Kind, Line
from klapper.ledger.spending import TopMember
from klapper.messages.statistics_texts import NOT_DRAWN
from klapper.services.history import MemberLines
from klapper.services.statistics import DailySpending, ModelSpending
from tests.integration.cogs.house import NOW_MS
from tests.integration.cogs.house_bot import Scene, words

SPENDING = DailySpending("Europe/Berlin", (date(2026, 1, 1), date(2026, 1, 2)), (ModelSpending("Kling", (84, 0)),))
GALLERY = 12  # Discord docs: Component Types


async def test_a_chart_has_its_numbers_and_a_description(scene: Scene) -> None:
    scene.bot.statistics.spending = SPENDING
    result = await scene.mira.slash(scene.channel, "credits chart", days=7)
    assert result.ephemeral
    assert result.response is not None
    assert scene.bot.statistics.asked == [(scene.mira.id, 7)]
    assert "You spent 84 credits" in words(result.response)
    assert "Europe/Berlin" in words(result.response)
    [gallery] = [part for part in result.response.components if part["type"] == GALLERY]
    [item] = gallery["items"]
    assert "Kling 84" in item["description"]
    assert [file.filename for file in result.response.attachments] == ["klapper-chart-1.png"]


async def test_a_month_is_shown_unless_told(scene: Scene) -> None:
    result = await scene.mira.slash(scene.channel, "credits chart")
    assert "You were charged nothing" in words(result.response)
    assert scene.bot.statistics.asked == [(scene.mira.id, 30)]
    with pytest.raises(OptionError):
        await scene.mira.slash(scene.channel, "credits chart", days=8)


async def test_statistics_name_members_without_a_ping(scene: Scene) -> None:
    found = scene.bot.statistics.found
    scene.bot.statistics.found = replace(
        found, spending=SPENDING, top=(TopMember(scene.tom.id, 84, 1), TopMember(999, 1, 1))
    )
    result = await scene.olga.slash(scene.channel, "manage statistics", days=90)
    assert result.ephemeral
    assert result.response is not None
    assert scene.bot.statistics.asked == [(scene.guild.id, 90)]
    assert f"<@{scene.tom.id}>: 84 credits" in words(result.response)
    assert len([part for part in result.response.components if part["type"] == GALLERY]) == 2
    sent = scene.env.http_requests[-1].json
    assert sent is not None
    assert sent["allowed_mentions"]["parse"] == []
    [_, top] = scene.bot.charts.drawn
    assert isinstance(top, RankedBars)
    assert [bar.label for bar in top.bars] == ["1. Tom", "2."]  # whom Discord does not know has no name


@pytest.mark.parametrize("reason", sorted(NOT_DRAWN))
async def test_what_cannot_be_drawn_is_told_in_words(scene: Scene, reason: str) -> None:
    scene.bot.statistics.spending = SPENDING
    scene.bot.charts.error = ChartsNotDrawn(reason)
    result = await scene.mira.slash(scene.channel, "credits chart")
    assert "You spent 84 credits" in words(result.response)
    assert NOT_DRAWN[reason] in words(result.response)


async def test_a_member_takes_their_history_as_a_file(scene: Scene) -> None:
    await scene.video()
    result = await scene.mira.slash(scene.channel, "credits history", export=True)
    assert result.ephemeral
    assert result.response is not None
    assert words(result.response).strip() == "Here is everything: 1 movement."
    assert scene.bot.history.readers == [(scene.guild.id, scene.mira.id)]
    [file] = result.response.attachments
    content = scene.env.backend.cdn.get(file.url)
    assert content is not None
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[1] == ["2026-01-01T00:00:00Z", "reserve", "-84", "84", "allowance", "", "", scene.job_id]


async def test_managers_take_the_servers_as_a_file(scene: Scene) -> None:
    line = Line(1, Kind.GRANT, "bonus", 5, 0, "grant", None, NOW_MS)
    scene.bot.history.guild_pages = [MemberLines(1, scene.tom.id, [line]), MemberLines(2, None, [line])]
    result = await scene.olga.slash(scene.channel, "manage export", days=365)
    assert result.response is not None
    assert words(result.response).strip() == "Here is everything: 2 movements."
    assert scene.bot.history.exports == [(scene.guild.id, 365)]
    assert [file.filename for file in result.response.attachments] == ["klapper-credits.csv"]


async def test_an_empty_file_is_not_sent(scene: Scene) -> None:
    own = await scene.mira.slash(scene.channel, "credits history", export=True)
    assert words(own.response).strip() == "Nothing has moved on your account here yet."
    result = await scene.olga.slash(scene.channel, "manage export")
    assert words(result.response).strip() == "No credits moved on this server in the last 90 days."
    assert result.response is not None
    assert not result.response.attachments
