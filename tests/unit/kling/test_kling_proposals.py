"""What a request means where it says nothing."""

from __future__ import annotations

import pytest

from klapper.errors import RequestRefused
from klapper.kling.catalogue import CATALOGUE
from klapper.kling.proposals import Wishes, proposals
from klapper.kling.request import Shot, VideoRequest
from klapper.kling.resolution import notes, resolve

IMAGE = "a" * 64
NO_WISHES = Wishes()


def proposed(request: VideoRequest, wishes: Wishes = NO_WISHES, size: tuple[int, int] | None = None) -> dict[str, str]:
    return proposals(request, CATALOGUE, wishes, size)


@pytest.mark.parametrize(
    ("size", "ratio"),
    [
        ((1920, 1080), "16:9"),
        ((1080, 1920), "9:16"),
        ((1000, 1000), "1:1"),
        ((4000, 3000), "16:9"),  # exactly between 1:1 and 16:9
        ((3000, 4000), "9:16"),
        ((1200, 1000), "1:1"),
        ((3000, 2000), "16:9"),
        ((2500, 1000), "16:9"),
        ((400, 1000), "9:16"),
    ],
)
def test_the_shape_of_the_first_image_is_proposed(size: tuple[int, int], ratio: str) -> None:
    assert proposed(VideoRequest(prompt="a fox", start_image=IMAGE), size=size) == {"aspect_ratio": ratio}


def test_a_model_without_a_choice_of_shape_is_proposed_none() -> None:
    assert proposed(VideoRequest(prompt="a fox", model="o3", start_image=IMAGE), size=(400, 1000)) == {}


def test_what_the_member_says_is_proposed_nothing_else() -> None:
    wishes = Wishes(model="o3", aspect_ratio="9:16", mode="pro")
    said = VideoRequest(prompt="a fox", model="v1", aspect_ratio="1:1", mode="std")
    assert proposed(said, wishes) == {}


def test_a_members_own_defaults_fill_what_is_left_open() -> None:
    wishes = Wishes(model="o3", aspect_ratio="9:16", mode="pro")
    request = VideoRequest(prompt="a fox")
    resolved = resolve(request, CATALOGUE, proposed(request, wishes))
    assert (resolved.slug, resolved.filled.aspect_ratio, resolved.mode) == ("kling-o3-text2video", "9:16", "pro")
    assert resolved.asked == request


def test_the_image_says_more_about_the_shape_than_a_wish() -> None:
    request = VideoRequest(prompt="a fox", start_image=IMAGE)
    assert proposed(request, Wishes(aspect_ratio="16:9"), (900, 1600)) == {"aspect_ratio": "9:16"}


def test_a_wished_model_that_takes_no_image_is_left_out_for_one() -> None:
    request = VideoRequest(prompt="a fox", start_image=IMAGE)
    assert "model" not in proposed(request, Wishes(model="v1"))
    assert proposed(VideoRequest(prompt="a fox"), Wishes(model="v1")) == {"model": "v1"}


@pytest.mark.parametrize("wishes", [Wishes(model="v9"), Wishes(aspect_ratio="4:3"), Wishes(mode="ultra")])
def test_a_wish_that_nothing_takes_any_more_is_left_out(wishes: Wishes) -> None:
    assert proposed(VideoRequest(prompt="a fox"), wishes) == {}


def test_a_wish_for_a_mode_is_left_out_where_there_are_none() -> None:
    assert proposed(VideoRequest(prompt="a fox", model="v3"), Wishes(mode="pro")) == {}


def test_a_proposed_shape_is_no_doubt_of_the_members() -> None:
    request = VideoRequest(prompt="a fox", start_image=IMAGE)
    assert notes(resolve(request, CATALOGUE, {"aspect_ratio": "9:16"})) == ()
    said = VideoRequest(prompt="a fox", start_image=IMAGE, aspect_ratio="9:16")
    assert [note.code for note in notes(resolve(said, CATALOGUE))] == ["aspect_ratio_may_have_no_effect"]


def test_shots_without_a_prompt_are_their_own_summary() -> None:
    shots = (Shot("A fox wakes.", 2), Shot("It runs.", 3))
    resolved = resolve(VideoRequest(prompt="", shots=shots), CATALOGUE)
    assert resolved.filled.prompt == "A fox wakes. It runs."
    assert resolved.asked.prompt == ""
    assert resolved.duration_s == 5


def test_the_summary_of_the_longest_shots_fits() -> None:
    shots = tuple(Shot("x" * 512, 3) for _ in range(5))
    assert len(resolve(VideoRequest(prompt="", shots=shots), CATALOGUE).filled.prompt) == 2500


def test_nothing_to_see_is_still_refused() -> None:
    with pytest.raises(RequestRefused) as refused:
        resolve(VideoRequest(prompt=""), CATALOGUE)
    assert refused.value.code == "prompt_missing"
