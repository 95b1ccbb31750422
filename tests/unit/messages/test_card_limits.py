"""Discord takes every card, whatever people and Segmind wrote: 40 components, 4000 characters, a valid form."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klapper.jobs.job import DeliveryState, JobStatus
from klapper.kling.request import Element, Shot, VideoRequest
from klapper.messages.job_card import build_card, components
from klapper.services.views import JobView, WaitingFor
from tests.discord_schema import complaints, needed_schema_checker
from tests.unit.messages.job_views import FINISHED_MS, delivery, view_of
from tests.unit.messages.rendered import parts
from tests.unit.messages.test_card_states import STATES

V2_FLAG = 1 << 15

HOSTILE = st.one_of(
    st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=2500),
    st.text(alphabet="*_`<>|\\", min_size=2000, max_size=2500),
    st.sampled_from(["\n" * 2500, "👨‍👩‍👧" * 500, "a\u0301" * 1200, "<@1>" * 600, "x" * 2500]),
)


@pytest.fixture(scope="module")
def checker() -> ModuleType:
    return needed_schema_checker()


ELEMENTS = tuple(Element(f"front{n}", tuple(f"r{n}.{m}" for m in range(3))) for n in range(3))
LARGEST = VideoRequest(
    prompt="-", model="v3", negative_prompt="-", cfg_scale=0.1, start_image="s", elements=ELEMENTS, generate_audio=True
)


def stored_with(prompt: str, avoid: str, **view: Any) -> JobView:
    """The largest job there is, whose texts no check has seen."""
    parent = {"spoiler": True, "parent_job_id": "zzzz9999"}
    shown = view_of(request=LARGEST, **view | {"job": parent | view["job"]})
    assert shown.request is not None
    asked, filled = (
        replace(request, prompt=prompt, negative_prompt=avoid, shots=(Shot(prompt, 15),) * 5, voice_ids=("v", "w"))
        for request in (shown.request.asked, shown.request.filled)
    )
    return replace(shown, request=replace(shown.request, asked=asked, filled=filled))


def views() -> st.SearchStrategy[JobView]:
    """Jobs of every status whose every text is as bad as it can be."""
    return st.builds(
        lambda status, prompt, avoid, said, link, place: stored_with(
            prompt,
            avoid,
            status=status,
            job={"provider_text": said},
            link=f"https://h/{link}",
            link_until_ms=FINISHED_MS,
            waiting_for=WaitingFor.TURN if status is JobStatus.WAITING else None,
            place=place,
            overdue=True,
            delivery=delivery(DeliveryState.DELIVERED, way="linked") if status is JobStatus.SUCCEEDED else None,
        ),
        st.sampled_from(JobStatus),
        HOSTILE,
        HOSTILE,
        HOSTILE,
        HOSTILE,
        st.integers(1, 10**6),
    )


@settings(max_examples=60)
@given(views())
def test_a_card_is_within_discords_limits(view: JobView) -> None:
    for card in (build_card(view), build_card(view, with_buttons=False, for_requester=True)):
        assert len(parts(card)) <= 40
        assert card.content_length() <= 4000
        assert all(part["content"].strip() for part in parts(card) if part["type"] == 10)


@pytest.mark.parametrize("view", [view for view, _, _ in STATES])
def test_discords_description_takes_every_card(view: JobView, checker: ModuleType) -> None:
    body = {"components": components(build_card(view)), "flags": V2_FLAG, "allowed_mentions": {"parse": []}}
    assert complaints(checker, "POST", "/channels/1/messages", body) == []
