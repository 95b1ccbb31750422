"""The five models with every parameter of their pages, given in Discord: Segmind gets exactly what the page has."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageColor

from sandbox.driver import Driver, File, MessageView
from tests.acceptance.page_case import Case, Choose, Fill, Picture
from tests.acceptance.pages import CASES, DEFAULTS, PARAMETERS
from tests.acceptance.panel import Panel
from tests.acceptance.town import Town, job_id_of
from tests.pictures import png

MODEL_PAGES = Path(__file__).parents[3] / "shared" / "reference" / "models"
TITLES = {
    "kling-o3-text2video": "Kling O3 Text-to-Video",
    "kling-o3-image2video": "Kling O3 Image To Video",
    "kling-text2video": "Kling AI Text to Video",
    "kling-3-standard-text2video": "Kling 3.0 Standard Text-to-Video",
    "kling-3-standard-image2video": "Kling 3.0 Standard Image-to-Video",
}


async def test_every_parameter_reaches_segmind_as_its_page_has_it(town: Town) -> None:
    await town.open(
        CREDITS__DEFAULT_ALLOWANCE="100000",
        CREDITS__BOT_BUDGET_PER_DAY="0",
        CREDITS__CONFIRM_ABOVE="0",
        LIMITS__RUNNING_PER_MEMBER="0",
        LIMITS__WAITING_PER_MEMBER="0",
        SEGMIND__MAX_RUNNING_JOBS="100",
    )
    cards = [await _ask(town, case) for case in CASES]
    done = [await town.clip_on(card) for card in cards]

    jobs = await town.jobs()
    for case, card in zip(CASES, done, strict=True):
        await _check_sent(town, case)
        await _check_paid(town, case, card, jobs[job_id_of(card)])
    assert await town.posts() == len(CASES)
    books = await town.bot.ledger()
    assert (books["spent_credits"], books["held_credits"]) == (sum(case.credits for case in CASES), 0)
    assert len(await town.control.uploads()) == len({picture.colour for case in CASES for picture in _pictures(case)})


def test_the_requests_use_every_parameter_with_a_value_of_their_own() -> None:
    for slug, names in PARAMETERS.items():
        cases = [case for case in CASES if case.slug == slug]
        used = {name for case in cases for name, value in case.body.items() if value not in DEFAULTS.get(name, ())}
        nested = {
            f"{name}.{key}"
            for case in cases
            for name, value in case.body.items()
            if isinstance(value, list)
            for item in value
            if isinstance(item, dict)
            for key in item
        }
        assert used | nested == names, slug


def test_the_parameters_are_those_of_the_pages() -> None:
    if not MODEL_PAGES.is_dir():
        pytest.skip("the pages of the models are not beside the repository (../shared/reference/models)")
    pages = [path.read_text() for path in MODEL_PAGES.glob("*.txt")]
    for slug, names in PARAMETERS.items():
        page = next(page for page in pages if page.startswith(TITLES[slug]))
        marks = re.findall(r"(?:required|optional)\s*(?:string|number|integer|boolean|object)", page)
        assert len(marks) == len(names), slug
        for name in names:
            assert re.search(rf"{name.rpartition('.')[2]}(?:required|optional)", page), name


async def _ask(town: Town, case: Case) -> MessageView:
    """The card of its job."""
    if case.options is None:
        return await _through_panel(town, case)
    options = {name: _as_file(value) for name, value in case.options.items()}
    result = await town.driver.slash("Mira", "videos", "video", **options)
    return await town.card_of(result)


async def _through_panel(town: Town, case: Case) -> MessageView:
    opened = await town.driver.slash("Mira", "videos", "storyboard")
    panel = await Panel.of(town.driver, opened)
    for step in case.steps:
        match step:
            case Fill(form, values):
                await panel.fill_by_id(form, {name: _as_file(value) for name, value in values.items()})
            case Choose(select, value):
                await panel.choose(select, value)
    assert f"{case.credits} credits" in panel.price
    return await panel.generate()


async def _check_sent(town: Town, case: Case) -> None:
    (sent,) = await town.control.submits(case.body["prompt"])
    assert sent.path == f"/v2/{case.slug}"
    seen = json.loads(json.dumps(sent.body))
    assert _plain(await _with_colours(town.driver, seen)) == _plain(_named(case.body))


async def _check_paid(town: Town, case: Case, card: MessageView, job: dict[str, Any]) -> None:
    made = await town.control.job(job["request_id"])
    assert (job["status"], job["price"]["credits"]) == ("succeeded", case.credits)
    assert f"{case.credits} credits charged" in card.text
    assert made.charged_usd is not None
    assert case.credits - 1 < round(made.charged_usd * 100, 6) <= case.credits


def _plain(body: Any) -> str:
    """As JSON: 5, 5.0, "5" and True are four different values there."""
    return json.dumps(body, sort_keys=True, indent=1)


async def _with_colours(driver: Driver, value: Any) -> Any:
    """The body with the colour of the picture in the place of its address."""
    match value:
        case dict():
            return {name: await _with_colours(driver, one) for name, one in value.items()}
        case list():
            return [await _with_colours(driver, one) for one in value]
        case str() if "/assets/" in value:
            return _colour_of(await driver.fetch(value))
    return value


def _named(value: Any) -> Any:
    match value:
        case dict():
            return {name: _named(one) for name, one in value.items()}
        case list():
            return [_named(one) for one in value]
        case Picture(colour):
            return colour
    return value


def _as_file(value: Any) -> Any:
    match value:
        case Picture(colour):
            return File(f"{colour}.png", png(Image.new("RGB", (640, 360), colour)))
        case list():
            return [_as_file(one) for one in value]
    return value


def _colour_of(data: bytes) -> str:
    pixel = Image.open(io.BytesIO(data)).convert("RGB").getpixel((320, 180))
    assert isinstance(pixel, tuple)
    colours = {picture.colour for case in CASES for picture in _pictures(case)}
    return min(colours, key=lambda one: sum((a - b) ** 2 for a, b in zip(pixel, ImageColor.getrgb(one), strict=False)))


def _pictures(value: Any) -> list[Picture]:
    match value:
        case Case():
            return _pictures(value.body)
        case dict():
            return _pictures(list(value.values()))
        case list():
            return [picture for one in value for picture in _pictures(one)]
        case Picture():
            return [value]
    return []
