"""The catalogue is data: a sixth model is an entry and its prices."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from klapper.errors import RequestRefused
from klapper.kling import catalogue as data
from klapper.kling.catalogue import CATALOGUE
from klapper.kling.model import Catalogue, Family, Field, Kind, Model, Support
from klapper.kling.payload import payload
from klapper.kling.price_table import Axis, ModelPrices, PriceTable, Rate, Sureness, Unit
from klapper.kling.prices import PRICES
from klapper.kling.pricing import Tariff, quote
from klapper.kling.request import VideoRequest
from klapper.kling.resolution import ResolvedRequest, resolve

PAGES = Path(__file__).parents[4] / "shared" / "reference" / "models"

SIXTH = Model(
    slug="marionette-9",
    family=Family("m9", "Marionette 9"),
    title="Marionette 9",
    average_run_s=30,
    fields=(
        data.PROMPT,
        replace(data.IMAGE, wire="still", required=False),
        Field("duration_s", "duration", "length", Kind.SECONDS_AS_INTEGER, default=4, choices=(4, 8)),
        Field("mode", "mode", "quality", Kind.CHOICE, default="draft", choices=("draft", "final")),
    ),
)
SIX_MODELS = Catalogue((*CATALOGUE.models, SIXTH), CATALOGUE.default_family)
SIX_PRICES = PriceTable(
    "six",
    {
        **PRICES.models,
        "marionette-9": ModelPrices(
            Unit.SECOND,
            (Axis.MODE,),
            {
                "draft": Rate(Decimal("0.05"), Sureness.LOW, "made up"),
                "final": Rate(Decimal("0.10"), Sureness.LOW, "made up"),
            },
        ),
    },
)


def test_a_sixth_model_is_asked_for_sent_and_priced_without_new_code() -> None:
    resolved = resolve(VideoRequest(prompt="a fox", model="m9", mode="final", duration_s=8), SIX_MODELS)
    assert payload(resolved, {}) == {"prompt": "a fox", "length": 8, "quality": "final"}
    assert quote(resolved, Tariff(SIX_PRICES)).price_credits == 80


def test_a_sixth_model_may_take_an_image_without_needing_one() -> None:
    resolved = resolve(VideoRequest(prompt="a fox", model="m9", start_image="a"), SIX_MODELS)
    assert payload(resolved, {"a": "https://x/a.png"}) == {
        "prompt": "a fox",
        "still": "https://x/a.png",
        "length": 4,
        "quality": "draft",
    }


def test_a_sixth_model_refuses_and_is_recommended_like_the_others() -> None:
    with pytest.raises(RequestRefused, match="Marionette 9 does not take cfg_scale"):
        resolve(VideoRequest(prompt="a fox", model="m9", cfg_scale=0.1), SIX_MODELS)
    with pytest.raises(RequestRefused, match="m9 \\(Marionette 9\\)"):
        resolve(VideoRequest(prompt="a fox", model="v3", mode="final"), SIX_MODELS)


def test_a_model_that_left_the_catalogue_is_named_when_its_job_is_read() -> None:
    stored = resolve(VideoRequest(prompt="a fox", model="m9"), SIX_MODELS).to_json()
    with pytest.raises(RequestRefused) as caught:
        ResolvedRequest.from_json(stored, CATALOGUE)
    assert caught.value.code == "unknown_model"


def test_families_appear_once_and_slugs_never_twice() -> None:
    assert [family.key for family in CATALOGUE.families()] == ["v3", "o3", "v1"]
    slugs = [model.slug for model in CATALOGUE.models]
    assert len(set(slugs)) == len(slugs) == 5


def test_every_default_is_a_value_that_its_own_field_takes() -> None:
    for model in CATALOGUE.models:
        request = VideoRequest(prompt="x", model=model.slug, start_image="a" if model.needs_image else None)
        assert resolve(request, CATALOGUE).slug == model.slug


def test_voices_are_hidden_on_o3_and_experimental_on_3_standard() -> None:
    support = {model.slug: field.support for model in CATALOGUE.models if (field := model.field("voice_ids"))}
    assert support == {
        "kling-o3-text2video": Support.HIDDEN,
        "kling-3-standard-text2video": Support.EXPERIMENTAL,
        "kling-3-standard-image2video": Support.EXPERIMENTAL,
    }


def test_no_code_outside_the_data_knows_a_model_by_name() -> None:
    names = {model.slug for model in CATALOGUE.models} | {family.key for family in CATALOGUE.families()}
    files = [path for path in Path(data.__file__).parent.glob("*.py") if path.name not in {"catalogue.py", "prices.py"}]
    nodes = [node for path in files for node in ast.walk(ast.parse(path.read_text()))]
    assert len(files) > 5
    assert [node.value for node in nodes if isinstance(node, ast.Constant) and node.value in names] == []


@pytest.mark.parametrize("model", CATALOGUE.models, ids=lambda model: model.slug)
def test_a_model_takes_exactly_the_parameters_that_its_page_lists(model: Model) -> None:
    if not PAGES.is_dir():
        pytest.skip("the model pages are not beside this checkout")
    page = next(text for text in map(Path.read_text, PAGES.glob("*.txt")) if f"/v1/{model.slug}" in text)
    listed = page.split("Parameters", 1)[1].split("Response Type", 1)[0]
    wires = [field.wire for field in model.fields]
    assert [wire for wire in wires if not re.search(rf"{wire}\s*(required|optional)", listed)] == []
    within_lists = 2 * len({"multi_prompt", "elements"} & set(wires))
    assert len(re.findall(r"(?:required|optional)\s*(?:string|number|integer|boolean|object)", listed)) == (
        len(wires) + within_lists
    )
