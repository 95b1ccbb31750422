"""What Segmind's five model pages say, read by hand: every parameter, and the exact body of requests that use them all.

Nothing here is derived from the program. A picture is named by its colour: in what a member gives it is a file of that
colour, in the body the address of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

O3_TEXT = "kling-o3-text2video"
O3_IMAGE = "kling-o3-image2video"
V1_TEXT = "kling-text2video"
V3_TEXT = "kling-3-standard-text2video"
V3_IMAGE = "kling-3-standard-image2video"

# Section "Parameters" of each page.
_OF_ALL = frozenset({"prompt", "duration"})
_SHOTS = frozenset({"multi_prompt", "multi_prompt.prompt", "multi_prompt.duration", "shot_type"})
_SHAPED = frozenset({"aspect_ratio", "cfg_scale", "negative_prompt"})
_ELEMENTS = frozenset({"elements", "elements.frontal_image_url", "elements.reference_image_urls"})
_CAMERA = frozenset({"camera_control_type", "camera_control_config", "camera_control_config_value"})
PARAMETERS: dict[str, frozenset[str]] = {
    O3_TEXT: _OF_ALL | _SHOTS | _SHAPED | {"mode", "generate_audio", "voice_ids"},
    O3_IMAGE: _OF_ALL | _SHOTS | {"image_url", "end_image_url", "mode", "generate_audio"},
    V1_TEXT: _OF_ALL | _SHAPED | _CAMERA | {"mode"},
    V3_TEXT: _OF_ALL | _SHOTS | _SHAPED | {"generate_audio", "voice_ids"},
    V3_IMAGE: _OF_ALL
    | _SHOTS
    | _SHAPED
    | _ELEMENTS
    | {"start_image_url", "end_image_url", "generate_audio", "voice_ids"},
}
# What is sent when a member says nothing. The one value that every page has for shot_type is always that.
DEFAULTS: dict[str, tuple[Any, ...]] = {
    "aspect_ratio": ("16:9",),
    "cfg_scale": (0.5,),
    "duration": ("5", 5),
    "generate_audio": (False,),
    "mode": ("std",),
    "negative_prompt": ("blur, distort, and low quality",),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A file of one colour."""

    colour: str


@dataclass(frozen=True, slots=True)
class Fill:
    """A form of the draft panel, filled in; values by the custom ids of its fields."""

    form: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Choose:
    """A select of the draft panel."""

    select: str
    value: str


@dataclass(frozen=True, slots=True)
class Case:
    """One request: options of /video, or steps in a panel that /storyboard opened; and what must come of it.

    credits: by the published price of the model, a credit for each begun cent.
    """

    slug: str
    body: dict[str, Any]
    credits: int
    options: dict[str, Any] | None = None
    steps: tuple[Fill | Choose, ...] = ()


TEAL, CORAL, GOLD, NAVY = (Picture(colour) for colour in ("teal", "coral", "gold", "navy"))

CASES: tuple[Case, ...] = (
    # 0.168 USD a second, 0.252 with audio, 0.308 with audio and voices
    Case(
        V3_TEXT,
        options={"prompt": "v3 as it is"},
        body={
            "prompt": "v3 as it is",
            "duration": "5",
            "aspect_ratio": "16:9",
            "generate_audio": False,
            "cfg_scale": 0.5,
            "negative_prompt": "blur, distort, and low quality",
        },
        credits=84,
    ),
    Case(
        V3_TEXT,
        options={
            "prompt": "v3: <<<voice_1>>> calls and <<<voice_2>>> answers",
            "model": "v3",
            "duration": 7,
            "aspect_ratio": "9:16",
            "audio": True,
            "cfg_scale": 0.7,
            "negative_prompt": "rain",
            "voice_1": "voice-of-a-sailor",
            "voice_2": "voice-of-a-gull",
        },
        body={
            "prompt": "v3: <<<voice_1>>> calls and <<<voice_2>>> answers",
            "duration": "7",
            "aspect_ratio": "9:16",
            "generate_audio": True,
            "cfg_scale": 0.7,
            "negative_prompt": "rain",
            "voice_ids": ["voice-of-a-sailor", "voice-of-a-gull"],
        },
        credits=216,
    ),
    Case(
        V3_TEXT,
        steps=(
            Fill("shot", {"text": "v3 shots: a fox wakes", "seconds": "4"}),
            Fill("shot", {"text": "it runs", "seconds": "3"}),
            Choose("shape", "1:1"),
            Choose("quality", "sound"),
        ),
        body={
            "prompt": "v3 shots: a fox wakes it runs",
            "duration": "7",
            "aspect_ratio": "1:1",
            "generate_audio": True,
            "cfg_scale": 0.5,
            "negative_prompt": "blur, distort, and low quality",
            "multi_prompt": [
                {"prompt": "v3 shots: a fox wakes", "duration": "4"},
                {"prompt": "it runs", "duration": "3"},
            ],
            "shot_type": "customize",
        },
        credits=177,
    ),
    Case(
        V3_IMAGE,
        options={"prompt": "v3 with an image", "image": TEAL},
        body={
            "prompt": "v3 with an image",
            "start_image_url": TEAL,
            "duration": "5",
            "aspect_ratio": "16:9",
            "generate_audio": False,
            "cfg_scale": 0.5,
            "negative_prompt": "blur, distort, and low quality",
        },
        credits=84,
    ),
    Case(
        V3_IMAGE,
        options={
            "prompt": "v3 from image to image, <<<voice_1>>> tells",
            "image": TEAL,
            "end_image": CORAL,
            "duration": 12,
            "aspect_ratio": "1:1",
            "audio": True,
            "cfg_scale": 0.25,
            "negative_prompt": "fog",
            "voice_1": "voice-of-a-sailor",
        },
        body={
            "prompt": "v3 from image to image, <<<voice_1>>> tells",
            "start_image_url": TEAL,
            "end_image_url": CORAL,
            "duration": "12",
            "aspect_ratio": "1:1",
            "generate_audio": True,
            "cfg_scale": 0.25,
            "negative_prompt": "fog",
            "voice_ids": ["voice-of-a-sailor"],
        },
        credits=370,
    ),
    Case(
        V3_IMAGE,
        options={
            "prompt": "@Element1 meets @Element2 and @Element3",
            "image": TEAL,
            "element_1": CORAL,
            "element_2": GOLD,
            "element_3": NAVY,
        },
        body={
            "prompt": "@Element1 meets @Element2 and @Element3",
            "start_image_url": TEAL,
            "duration": "5",
            "aspect_ratio": "16:9",
            "generate_audio": False,
            "cfg_scale": 0.5,
            "negative_prompt": "blur, distort, and low quality",
            "elements": [
                {"frontal_image_url": CORAL},
                {"frontal_image_url": GOLD},
                {"frontal_image_url": NAVY},
            ],
        },
        credits=84,
    ),
    Case(
        V3_IMAGE,
        steps=(
            Fill("words", {"prompt": "@Element1 turns round", "negative_prompt": "a crowd", "cfg_scale": "0.9"}),
            Fill("images", {"start_image": [NAVY]}),
            Fill("elements", {"element_1": [TEAL, CORAL, GOLD, NAVY], "element_2": [GOLD]}),
            Choose("length", "3"),
        ),
        body={
            "prompt": "@Element1 turns round",
            "start_image_url": NAVY,
            "duration": "3",
            "aspect_ratio": "16:9",
            "generate_audio": False,
            "cfg_scale": 0.9,
            "negative_prompt": "a crowd",
            "elements": [
                {"frontal_image_url": TEAL, "reference_image_urls": [CORAL, GOLD, NAVY]},
                {"frontal_image_url": GOLD},
            ],
        },
        credits=51,
    ),
    Case(
        V3_IMAGE,
        steps=(
            Fill("images", {"start_image": [GOLD]}),
            Fill("shot", {"text": "the picture wakes", "seconds": "1"}),
            Fill("shot", {"text": "and moves", "seconds": "8"}),
            Fill("words", {"prompt": "v3 shots with an image"}),
            Choose("shape", "9:16"),
        ),
        body={
            "prompt": "v3 shots with an image",
            "start_image_url": GOLD,
            "duration": "9",
            "aspect_ratio": "9:16",
            "generate_audio": False,
            "cfg_scale": 0.5,
            "negative_prompt": "blur, distort, and low quality",
            "multi_prompt": [
                {"prompt": "the picture wakes", "duration": "1"},
                {"prompt": "and moves", "duration": "8"},
            ],
            "shot_type": "customize",
        },
        credits=152,
    ),
    # 0.21 USD a second in std, 0.28 in pro, 0.07 more with audio
    Case(
        O3_TEXT,
        options={"prompt": "o3 as it is", "model": "o3"},
        body={
            "prompt": "o3 as it is",
            "duration": "5",
            "aspect_ratio": "16:9",
            "mode": "std",
            "generate_audio": False,
            "cfg_scale": 0.5,
            "negative_prompt": "blur, distort, and low quality",
        },
        credits=105,
    ),
    Case(
        O3_TEXT,
        options={
            "prompt": "o3 with everything",
            "model": "o3",
            "duration": 15,
            "aspect_ratio": "1:1",
            "mode": "pro",
            "audio": True,
            "cfg_scale": 0.25,
            "negative_prompt": "rain",
        },
        body={
            "prompt": "o3 with everything",
            "duration": "15",
            "aspect_ratio": "1:1",
            "mode": "pro",
            "generate_audio": True,
            "cfg_scale": 0.25,
            "negative_prompt": "rain",
        },
        credits=525,
    ),
    Case(
        O3_TEXT,
        steps=(
            Choose("model", "o3"),
            Fill("shot", {"text": "o3 shots: <<<voice_1>>> calls", "seconds": "2"}),
            Fill("shot", {"text": "<<<voice_2>>> answers", "seconds": "4"}),
            Fill("voices", {"voice_1": "voice-of-a-sailor", "voice_2": "voice-of-a-gull"}),
            Choose("quality", "std,sound"),
            Choose("shape", "9:16"),
        ),
        body={
            "prompt": "o3 shots: <<<voice_1>>> calls <<<voice_2>>> answers",
            "duration": "6",
            "aspect_ratio": "9:16",
            "mode": "std",
            "generate_audio": True,
            "cfg_scale": 0.5,
            "negative_prompt": "blur, distort, and low quality",
            "multi_prompt": [
                {"prompt": "o3 shots: <<<voice_1>>> calls", "duration": "2"},
                {"prompt": "<<<voice_2>>> answers", "duration": "4"},
            ],
            "shot_type": "customize",
            "voice_ids": ["voice-of-a-sailor", "voice-of-a-gull"],
        },
        credits=168,
    ),
    Case(
        O3_IMAGE,
        options={"prompt": "o3 with an image", "model": "o3", "image": TEAL},
        body={
            "prompt": "o3 with an image",
            "image_url": TEAL,
            "duration": "5",
            "mode": "std",
            "generate_audio": False,
        },
        credits=105,
    ),
    Case(
        O3_IMAGE,
        options={
            "prompt": "o3 from image to image",
            "model": "o3",
            "image": TEAL,
            "end_image": NAVY,
            "duration": 3,
            "mode": "pro",
            "audio": True,
        },
        body={
            "prompt": "o3 from image to image",
            "image_url": TEAL,
            "end_image_url": NAVY,
            "duration": "3",
            "mode": "pro",
            "generate_audio": True,
        },
        credits=105,
    ),
    Case(
        O3_IMAGE,
        steps=(
            Fill("images", {"start_image": [CORAL]}),
            Choose("model", "o3"),
            Fill("shot", {"text": "o3 shots: the picture wakes", "seconds": "2"}),
            Fill("shot", {"text": "and sleeps", "seconds": "4"}),
            Choose("quality", "pro,silent"),
        ),
        body={
            "prompt": "o3 shots: the picture wakes and sleeps",
            "image_url": CORAL,
            "duration": "6",
            "mode": "pro",
            "generate_audio": False,
            "multi_prompt": [
                {"prompt": "o3 shots: the picture wakes", "duration": "2"},
                {"prompt": "and sleeps", "duration": "4"},
            ],
            "shot_type": "customize",
        },
        credits=168,
    ),
    # 0.28 USD for 5 s in std, 1.96 USD for 10 s in pro
    Case(
        V1_TEXT,
        options={"prompt": "v1 as it is", "model": "v1"},
        body={
            "prompt": "v1 as it is",
            "duration": 5,
            "aspect_ratio": "16:9",
            "mode": "std",
            "cfg_scale": 0.5,
            "negative_prompt": "blur, distort, and low quality",
        },
        credits=28,
    ),
    Case(
        V1_TEXT,
        options={
            "prompt": "v1 with everything",
            "model": "v1",
            "duration": 10,
            "aspect_ratio": "9:16",
            "mode": "pro",
            "cfg_scale": 0.3,
            "negative_prompt": "rain",
        },
        body={
            "prompt": "v1 with everything",
            "duration": 10,
            "aspect_ratio": "9:16",
            "mode": "pro",
            "cfg_scale": 0.3,
            "negative_prompt": "rain",
        },
        credits=196,
    ),
    Case(
        V1_TEXT,
        options={"prompt": "v1 turns", "model": "v1", "camera": "pan", "camera_amount": -7},
        body={
            "prompt": "v1 turns",
            "duration": 5,
            "aspect_ratio": "16:9",
            "mode": "std",
            "cfg_scale": 0.5,
            "negative_prompt": "blur, distort, and low quality",
            "camera_control_type": "simple",
            "camera_control_config": "pan",
            "camera_control_config_value": -7,
        },
        credits=28,
    ),
    Case(
        V1_TEXT,
        steps=(
            Choose("model", "v1"),
            Fill("words", {"prompt": "v1 from above"}),
            Fill("camera", {"camera": "down_back"}),
        ),
        body={
            "prompt": "v1 from above",
            "duration": 5,
            "aspect_ratio": "16:9",
            "mode": "std",
            "cfg_scale": 0.5,
            "negative_prompt": "blur, distort, and low quality",
            "camera_control_type": "down_back",
        },
        credits=28,
    ),
)
