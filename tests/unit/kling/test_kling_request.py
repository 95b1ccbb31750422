"""What is stored with a draft or job reads back as it was."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klapper.errors import RequestRefused
from klapper.kling.catalogue import CATALOGUE
from klapper.kling.payload import payload
from klapper.kling.prices import PRICES
from klapper.kling.pricing import Tariff, quote
from klapper.kling.request import Element, Shot, VideoRequest
from klapper.kling.resolution import ResolvedRequest, resolve

hashes = st.sampled_from(["a" * 64, "b" * 64, "c" * 64])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
requests = st.builds(
    VideoRequest,
    prompt=texts,
    model=st.sampled_from([None, "v3", "o3", "v1", "kling-text2video", "kling-o3-image2video"]),
    duration_s=st.none() | st.integers(1, 16),
    aspect_ratio=st.sampled_from([None, None, "16:9", "9:16", "4:3"]),
    mode=st.sampled_from([None, None, "std", "pro"]),
    generate_audio=st.sampled_from([None, True, False]),
    negative_prompt=st.none() | texts,
    cfg_scale=st.none() | st.floats(0, 1),
    camera=st.sampled_from([None, None, None, "simple", "down_back"]),
    camera_axis=st.sampled_from([None, None, None, "pan"]),
    camera_amount=st.sampled_from([None, None, None, 0, 3]),
    shots=st.just(()) | st.lists(st.builds(Shot, texts, st.integers(1, 5)), max_size=3).map(tuple),
    shot_type=st.sampled_from([None, "customize"]),
    voice_ids=st.sampled_from([(), (), ("v",)]),
    start_image=st.none() | hashes,
    end_image=st.none() | st.none() | hashes,
    elements=st.just(()) | st.lists(st.builds(Element, hashes, st.just(())), max_size=2).map(tuple),
)
URLS = {digest: f"https://images.segmind.com/{digest}" for digest in ("a" * 64, "b" * 64, "c" * 64)}


@given(requests)
def test_a_request_survives_storage(request: VideoRequest) -> None:
    assert VideoRequest.from_json(request.to_json()) == request


@given(requests)
def test_a_request_is_either_refused_by_name_or_sent_with_the_parameters_of_its_model(request: VideoRequest) -> None:
    with suppress(RequestRefused):
        resolved = resolve(request, CATALOGUE)
        must_be_sendable(resolved)


def must_be_sendable(resolved: ResolvedRequest) -> None:
    body = payload(resolved, URLS)
    assert set(body) <= {field.wire for field in resolved.model.fields}
    assert json.loads(json.dumps(body)) == body
    assert ResolvedRequest.from_json(resolved.to_json(), CATALOGUE) == resolved
    assert resolve(resolved.filled, CATALOGUE).filled == resolved.filled
    assert quote(resolved, Tariff(PRICES)).price_credits > 0


plain_requests = st.fixed_dictionaries(
    {"model": st.sampled_from(["v3", "o3"])},
    optional={"generate_audio": st.booleans(), "start_image": hashes, "aspect_ratio": st.just("1:1")},
)


@given(plain_requests, st.integers(3, 14))
@settings(max_examples=50)
def test_a_longer_clip_never_costs_less(options: dict[str, Any], seconds: int) -> None:
    if options.get("model") == "o3" and "start_image" in options:
        options.pop("aspect_ratio", None)
    shorter, longer = (
        quote(resolve(VideoRequest(prompt="x", **options, duration_s=s), CATALOGUE), Tariff(PRICES))
        for s in (seconds, seconds + 1)
    )
    assert shorter.list_usd < longer.list_usd
    assert shorter.price_credits <= longer.price_credits


def test_the_stored_form_does_not_change_silently() -> None:
    request = VideoRequest(prompt="füchse", model="v3", cfg_scale=0.0, shots=(Shot("a", 2),), elements=(Element("ab"),))
    assert request.to_json() == (
        '{"cfg_scale":0.0,"elements":[{"frontal":"ab","references":[]}],"model":"v3","prompt":"füchse",'
        '"shots":[{"duration_s":2,"prompt":"a"}],"version":1}'
    )


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        '"x"',
        "nonsense",
        '{"version":2,"prompt":"x"}',
        '{"version":1}',
        '{"version":1,"prompt":"x","seed":1}',
        '{"version":1,"prompt":"x","elements":[{"references":[]}]}',
    ],
)
def test_text_that_is_no_stored_request_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"stored request|Expecting value"):
        VideoRequest.from_json(text)


@pytest.mark.parametrize("text", ["{}", "[]", '{"asked":{},"filled":{}}', '{"asked":{"version":1,"prompt":"x"}}'])
def test_text_that_is_no_stored_job_request_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="stored request"):
        ResolvedRequest.from_json(text, CATALOGUE)


def test_moderation_sees_every_text_and_every_image_once() -> None:
    request = VideoRequest(
        prompt="p",
        negative_prompt="n",
        shots=(Shot("s1", 1), Shot("s2", 1)),
        start_image="a",
        end_image="b",
        elements=(Element("c", ("a", "d")),),
    )
    assert request.texts() == ("p", "n", "s1", "s2", "s1 s2")
    assert request.images() == ("a", "b", "c", "d")
