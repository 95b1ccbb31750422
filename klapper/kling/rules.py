"""Rules between options, each a named refusal, and hints worth saying. Attached to models in `catalogue.py`.

Source of the rules: Kling's API reference (text to video, image to video, omni video, capability map of February
2026) and Segmind's model pages. Segmind passes most of them through, so a broken one costs a round trip.
"""

from __future__ import annotations

import re

from klapper.errors import RequestRefused
from klapper.kling.model import Note
from klapper.kling.request import VideoRequest

VOICE_MENTION = re.compile(r"<<<voice_(\d+)>>>")
ELEMENT_MENTION = re.compile(r"@Element(\d+)")


def shots_sum_to_duration(request: VideoRequest) -> RequestRefused | None:
    total_s = sum(shot.duration_s for shot in request.shots)
    if not request.shots or total_s == request.duration_s:
        return None
    return RequestRefused(
        "shots_sum_differs",
        f"The shots last {total_s} s together but duration is {request.duration_s} s: make the two equal.",
    )


def shots_exclude_end_image(request: VideoRequest) -> RequestRefused | None:
    if not request.shots or request.end_image is None:
        return None
    return RequestRefused("shots_with_end_image", "Shots cannot have an end_image: remove the end_image or the shots.")


def end_image_excludes_more_images(request: VideoRequest) -> RequestRefused | None:
    """Kling, omni video: no last frame with more than two images."""
    if request.end_image is None or len(request.images()) <= 2:
        return None
    return RequestRefused(
        "end_image_with_many_images",
        "An end_image cannot go with more than one other image: remove the end_image or the elements.",
    )


def voices_need_audio(request: VideoRequest) -> RequestRefused | None:
    if not request.voice_ids or request.generate_audio:
        return None
    return RequestRefused("voices_need_audio", "Voices are only heard with audio: turn audio on or remove the voices.")


def voices_exclude_elements(request: VideoRequest) -> RequestRefused | None:
    if not request.voice_ids or not request.elements:
        return None
    return RequestRefused("voices_with_elements", "Voices and elements exclude each other: remove one of the two.")


def voices_are_mentioned(request: VideoRequest) -> RequestRefused | None:
    missing = sorted(set(range(1, len(request.voice_ids) + 1)) - _mentions(VOICE_MENTION, request))
    if not missing:
        return None
    return RequestRefused(
        "voice_not_mentioned",
        f"Voice {missing[0]} is not used: write <<<voice_{missing[0]}>>> in the prompt where it should speak.",
    )


def camera_simple_is_complete(request: VideoRequest) -> RequestRefused | None:
    if request.camera != "simple":
        return None
    if request.camera_axis is None:
        return RequestRefused(
            "camera_needs_axis",
            "The simple camera moves along one axis: choose horizontal, vertical, pan, tilt, roll or zoom.",
        )
    if not request.camera_amount:
        return RequestRefused("camera_needs_amount", "The camera needs a camera_amount from -10 to 10 that is not 0.")
    return None


def camera_preset_stands_alone(request: VideoRequest) -> RequestRefused | None:
    if request.camera in (None, "simple"):
        return None
    if request.camera_axis is not None:
        return RequestRefused(
            "camera_preset_with_axis", f"The camera preset {request.camera} takes no axis: remove it."
        )
    if request.camera_amount is not None:
        return RequestRefused(
            "camera_preset_with_amount", f"The camera preset {request.camera} takes no camera_amount: remove it."
        )
    return None


def camera_settings_need_camera(request: VideoRequest) -> RequestRefused | None:
    if request.camera is not None or (request.camera_axis is None and request.camera_amount is None):
        return None
    return RequestRefused(
        "camera_missing", "camera_amount does nothing without a camera: choose a camera or remove camera_amount."
    )


def camera_needs_std(request: VideoRequest) -> RequestRefused | None:
    """Kling, capability map: camera control only for kling-v1 text to video, std, 5 s."""
    if request.camera is None or request.mode == "std":
        return None
    return RequestRefused("camera_with_pro", "Camera control works only in mode std: choose std or remove the camera.")


def camera_needs_5_s(request: VideoRequest) -> RequestRefused | None:
    if request.camera is None or request.duration_s == 5:
        return None
    return RequestRefused("camera_with_10_s", "Camera control works only with 5 s: choose 5 s or remove the camera.")


def element_not_mentioned(request: VideoRequest) -> Note | None:
    missing = sorted(set(range(1, len(request.elements) + 1)) - _mentions(ELEMENT_MENTION, request))
    if not missing:
        return None
    return Note("element_not_mentioned", f"The prompt does not mention @Element{missing[0]}; it may not appear.")


def mention_without_element(request: VideoRequest) -> Note | None:
    missing = sorted(_mentions(ELEMENT_MENTION, request) - set(range(1, len(request.elements) + 1)))
    if not missing:
        return None
    return Note("mention_without_element", f"The prompt mentions @Element{missing[0]}, which is not given.")


def mention_without_voice(request: VideoRequest) -> Note | None:
    missing = sorted(_mentions(VOICE_MENTION, request) - set(range(1, len(request.voice_ids) + 1)))
    if not missing:
        return None
    return Note("mention_without_voice", f"The prompt mentions voice {missing[0]}, which is not given.")


def _mentions(pattern: re.Pattern[str], request: VideoRequest) -> set[int]:
    texts = (request.prompt, *(shot.prompt for shot in request.shots))
    return {int(number) for text in texts for number in pattern.findall(text)}
