"""What parameters must be together: Kling's own rules, which Segmind's pages pass on.

Each rule gets the body with the model's defaults filled in and raises `Refused` (406).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.segmind.refusals import value_refused

Body = Mapping[str, Any]
Rule = Callable[[Body], None]


def shots_fill_the_clip(body: Body) -> None:
    """Kling API: the durations of all shots add up to `duration`; each is at least 1 second."""
    shots = body.get("multi_prompt")
    if shots is None:
        return
    seconds = [_shot_seconds(number, shot) for number, shot in enumerate(shots)]
    if sum(seconds) != int(body["duration"]):
        raise value_refused("multi_prompt", f"durations add up to {sum(seconds)}, duration is {body['duration']}")


def _shot_seconds(number: int, shot: Body) -> int:
    text = shot.get("duration")
    if text is None:
        raise value_refused(f"multi_prompt[{number}].duration", "must be given")
    return int(text)


def shots_exclude_an_end_image(body: Body) -> None:
    """Kling API: multi-shot does not go with a start and end frame."""
    if "multi_prompt" in body and "end_image_url" in body:
        raise value_refused("end_image_url", "cannot be combined with multi_prompt")


def voices_need_audio(body: Body) -> None:
    """Kling API: voices are spoken, so `generate_audio` must be on."""
    if "voice_ids" in body and not body["generate_audio"]:
        raise value_refused("voice_ids", "needs generate_audio")


def voices_are_named_in_the_prompt(body: Body) -> None:
    """Segmind model page, kling-3-standard: voices are referenced as <<<voice_1>>> and <<<voice_2>>>."""
    spoken = " ".join([body["prompt"], *(shot.get("prompt", "") for shot in body.get("multi_prompt", []))])
    for number in range(1, len(body.get("voice_ids", [])) + 1):
        if f"<<<voice_{number}>>>" not in spoken:
            raise value_refused("voice_ids", f"<<<voice_{number}>>> is not referenced in the prompt")


def voices_exclude_elements(body: Body) -> None:
    """Kling API: `element_list` and `voice_list` cannot be combined."""
    if "voice_ids" in body and "elements" in body:
        raise value_refused("elements", "cannot be combined with voice_ids")


def camera_is_complete(body: Body) -> None:
    """Kling API: "simple" moves along exactly one axis by a value other than 0; a preset takes neither."""
    kind = body.get("camera_control_type")
    axis, amount = body.get("camera_control_config"), body.get("camera_control_config_value")
    if kind == "simple":
        if axis is None:
            raise value_refused("camera_control_config", "is needed with camera_control_type simple")
        if not amount:
            raise value_refused("camera_control_config_value", "must be given and not 0")
    elif axis is not None or amount is not None:
        raise value_refused("camera_control_config", "is only taken with camera_control_type simple")


def camera_only_on_std_and_5_seconds(body: Body) -> None:
    """Kling API, Capability Map: text-to-video camera control exists on v1, std, 5 s only."""
    if "camera_control_type" in body and (body["mode"] != "std" or body["duration"] != 5):
        raise value_refused("camera_control_type", "is only supported with mode std and duration 5")
