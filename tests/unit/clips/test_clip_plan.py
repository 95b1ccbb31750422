"""A copy is planned to fit its size, and to look as good as that allows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klapper.clips.facts import ClipFacts
from klapper.clips.plan import (
    BUFFER_S,
    LEAST_BITS_PER_PIXEL,
    LEAST_SIDE_PX,
    LEAST_VIDEO_BPS,
    MOST_SIDE_PX,
    plan_copy,
)
from klapper.errors import DeliveryError

MEBIBYTE = 1024 * 1024
CLIP = ClipFacts("h264", "yuv420p", "aac", 1920, 1080, 30.0, 15.0, 30_000_000)

clips = st.builds(
    ClipFacts,
    codec=st.just("hevc"),
    pixel_format=st.just("yuv420p"),
    audio_codec=st.sampled_from([None, "aac", "opus"]),
    width=st.integers(LEAST_SIDE_PX, 4096),
    height=st.integers(LEAST_SIDE_PX, 4096),
    frames_per_s=st.floats(8, 60),
    duration_s=st.floats(1, 30),
    bytes=st.just(1),
)
limits = st.integers(MEBIBYTE, 100 * MEBIBYTE)


@given(clips, limits)
def test_what_the_encoder_may_spend_at_most_fits_into_the_limit(clip: ClipFacts, limit: int) -> None:
    plan = plan_copy(clip, limit)
    assert (plan.video_bps + plan.audio_bps) * (clip.duration_s + BUFFER_S) / 8 < limit


@given(clips, limits)
def test_a_copy_has_even_sides_no_larger_than_the_clip(clip: ClipFacts, limit: int) -> None:
    plan = plan_copy(clip, limit)
    assert plan.width % 2 == plan.height % 2 == 0
    assert plan.width <= min(clip.width, MOST_SIDE_PX)
    assert plan.height <= min(clip.height, MOST_SIDE_PX)


@given(clips, limits)
def test_a_picture_is_made_smaller_rather_than_starved(clip: ClipFacts, limit: int) -> None:
    plan = plan_copy(clip, limit)
    bits_per_pixel = plan.video_bps / (plan.width * plan.height * clip.frames_per_s)
    assert bits_per_pixel >= LEAST_BITS_PER_PIXEL * 0.99 or min(plan.width, plan.height) <= LEAST_SIDE_PX


@given(clips, limits, limits)
def test_more_room_is_never_a_worse_copy(clip: ClipFacts, one: int, other: int) -> None:
    small, large = (plan_copy(clip, limit) for limit in sorted((one, other)))
    assert small.width <= large.width
    assert small.video_bps + small.audio_bps <= large.video_bps + large.audio_bps


def test_a_clip_of_fifteen_seconds_keeps_its_full_size_at_ten_mebibytes() -> None:
    plan = plan_copy(CLIP, 10 * MEBIBYTE)
    assert (plan.width, plan.height) == (1920, 1080)
    assert plan.video_bps > 4_500_000


def test_a_silent_clip_spends_nothing_on_sound() -> None:
    assert plan_copy(replace(CLIP, audio_codec=None), MEBIBYTE).audio_bps == 0


@pytest.mark.parametrize(("duration_s", "limit"), [(3600.0, 10 * MEBIBYTE), (15.0, 100_000), (1.0, 10)])
def test_a_clip_that_would_show_nothing_any_more_is_too_long(duration_s: float, limit: int) -> None:
    with pytest.raises(DeliveryError) as caught:
        plan_copy(replace(CLIP, duration_s=duration_s), limit)
    assert caught.value.reason == "copy_too_long"
    assert plan_copy(CLIP, 10 * MEBIBYTE).video_bps > LEAST_VIDEO_BPS
