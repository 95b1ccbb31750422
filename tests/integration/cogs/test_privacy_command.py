"""/privacy, with everything that the program is composed of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cogs import privacy_texts as texts
from klapper.messages.privacy_button import LABEL
from klapper.services.privacy import Kept, KnownAgain
from tests.integration.cogs.house_bot import words
from tests.integration.cogs.real_house import Town, open_town

town = pytest.fixture(open_town)


async def export(town: Town) -> dict[str, Any]:
    result = await town.mira.slash(town.channel, "privacy export")
    assert result.ephemeral
    assert result.response is not None
    assert words(result.response) == texts.EXPORTED
    (file,) = result.response.attachments
    assert file.filename == texts.FILE_NAME
    data = town.env.backend.cdn.get(file.url)
    assert data is not None
    plain = json.loads(data)
    assert isinstance(plain, dict)
    return plain


async def test_a_member_takes_their_data_and_has_it_deleted(town: Town) -> None:
    nothing = await town.mira.slash(town.channel, "privacy delete")
    assert "keeps nothing about you" in words(nothing.response)
    await town.video("a fox in the snow")
    assert (await export(town))["jobs"][0]["request"]["asked"]["prompt"] == "a fox in the snow"
    refused = await town.mira.slash(town.channel, "privacy delete")
    [job] = await town.jobs()
    assert f"Job `{job.job_id}` is not finished, so nothing was deleted" in words(refused.response)
    await town.ended()
    question = await town.mira.slash(town.channel, "privacy delete")
    assert question.ephemeral
    assert question.response is not None
    assert "in 1 job" in words(question.response)
    assert "stays until your allowance begins anew <t:" in words(question.response)
    assert "At Segmind" in words(question.response)
    await town.restart()
    done = await town.mira.click(question.response, label=LABEL)
    assert "Your data on this server is deleted." in words(done.response)
    [job] = await town.jobs()
    assert (job.user_id, job.has_words) == (None, False)
    assert (await export(town))["jobs"][0]["request"]["asked"]["prompt"] == ""
    again = await town.mira.slash(town.channel, "privacy delete")
    assert words(again.response) == texts.FORGOTTEN_ALREADY


def test_credits_are_given_up_unless_a_return_brings_them_back() -> None:
    always, unless = "would not expire: you give them up\n", "you give them up unless you return in time (see below)\n"
    assert always in texts.question(Kept(0, 0, 115, KnownAgain()))
    assert unless in texts.question(Kept(0, 0, 115, KnownAgain(is_blocked=True)))
