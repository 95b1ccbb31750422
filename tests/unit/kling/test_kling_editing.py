"""Changing a request step by step."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from klapper.kling.catalogue import CATALOGUE
from klapper.kling.editing import add_shot, put_element, put_shot, remove_shot, set_option, untaken, without
from klapper.kling.request import Element, Shot, VideoRequest, with_images

EMPTY = VideoRequest(prompt="a fox")
SHOTS = [Shot(f"shot {number}", number) for number in range(1, 6)]


def with_shots(count: int) -> VideoRequest:
    request = EMPTY
    for shot in SHOTS[:count]:
        request = add_shot(request, shot)
    return request


def names(request: VideoRequest) -> list[str]:
    return [shot.prompt for shot in request.shots]


def test_shots_come_at_the_end_and_decide_the_length() -> None:
    request = add_shot(set_option(EMPTY, "duration_s", 10), SHOTS[0])
    assert (request.shots, request.duration_s) == ((SHOTS[0],), None)
    assert names(with_shots(3)) == ["shot 1", "shot 2", "shot 3"]


@given(st.integers(1, 5), st.data())
def test_a_shot_put_somewhere_is_there_and_the_others_keep_their_order(count: int, data: st.DataObject) -> None:
    request = with_shots(count)
    number, place = data.draw(st.integers(1, count)), data.draw(st.integers(1, count))
    moved = put_shot(request, number, Shot("new", 4), place)
    assert moved.shots[place - 1] == Shot("new", 4)
    others = [shot for at, shot in enumerate(request.shots, start=1) if at != number]
    assert [shot for shot in moved.shots if shot.prompt != "new"] == others


def test_a_shot_that_is_gone_is_not_put_back() -> None:
    request = with_shots(2)
    assert put_shot(request, 3, Shot("late", 4), 1) == request
    assert remove_shot(request, 3).shots == request.shots
    assert names(remove_shot(request, 1)) == ["shot 2"]


def test_an_element_is_replaced_added_and_taken_away() -> None:
    one, two, new = Element("1"), Element("2"), Element("3", ("4",))
    request = put_element(put_element(EMPTY, 1, one), 2, two)
    assert request.elements == (one, two)
    assert put_element(request, 1, new).elements == (new, two)
    assert put_element(request, 1, None).elements == (two,)
    assert put_element(request, 3, None).elements == (one, two)


def test_an_option_is_set_and_taken_back() -> None:
    request = set_option(set_option(EMPTY, "mode", "pro"), "voice_ids", ("v",))
    assert (request.mode, request.voice_ids) == ("pro", ("v",))
    assert set_option(set_option(request, "mode", None), "voice_ids", None) == EMPTY


def test_what_the_chosen_model_does_not_take_is_named_and_can_be_taken_back() -> None:
    request = VideoRequest(prompt="a fox", model="v1", generate_audio=True, start_image="a", mode="pro")
    assert set(untaken(request, CATALOGUE)) == {"generate_audio", "start_image"}
    assert without(request, untaken(request, CATALOGUE)) == VideoRequest(prompt="a fox", model="v1", mode="pro")
    assert untaken(VideoRequest(prompt="a fox", model="v9", mode="pro"), CATALOGUE) == ()


def test_images_get_their_names_wherever_they_are() -> None:
    request = VideoRequest(prompt="a fox", start_image="a", end_image="b", elements=(Element("a", ("c", "d")),))
    named = with_images(request, {"a": "1", "c": "3"})
    assert (named.start_image, named.end_image, named.elements) == ("1", "b", (Element("1", ("3", "d")),))
    assert with_images(EMPTY, {"a": "1"}) == EMPTY
