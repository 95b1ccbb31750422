"""The five Kling models, written down by hand from Segmind's model pages.

Deliberately independent of every other catalogue in the project: a misreading shared by both sides would hide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.segmind import prices, rules
from sandbox.segmind.parameters import Choice, Fields, Flag, ListOf, Number, Parameter, Text, Uri, Whole
from sandbox.segmind.prices import Price
from sandbox.segmind.rules import Rule

_PROMPT = Text(longest=2500)
_NEGATIVE = Text(2500, may_be_empty=True)  # no page says that nothing may not be avoided
_SECONDS = Choice(tuple(str(n) for n in range(3, 16)))
_SHOT_SECONDS = Choice(tuple(str(n) for n in range(1, 16)))
_RATIO = Choice(("16:9", "9:16", "1:1"))
_MODE = Choice(("std", "pro"))
_SHOT_TYPE = Choice(("customize",))
_SHOT_PROMPT = Text(longest=512)
_O3_SHOTS = ListOf(Fields({"prompt": _SHOT_PROMPT, "duration": _SHOT_SECONDS}), most=5)
_STANDARD_SHOTS = ListOf(Fields({"duration": _SHOT_SECONDS}, {"prompt": _SHOT_PROMPT}), most=5)
_VOICES = ListOf(Text(longest=200), most=2)
# The page calls both fields optional; an element is its frontal image (Kling API: elements).
_ELEMENTS = ListOf(
    Fields({"reference_image_urls": ListOf(Uri(), most=3)}, {"frontal_image_url": Uri()}),
    most=3,
)
_BLUR = "blur, distort, and low quality"
_SPOKEN: tuple[Rule, ...] = (rules.voices_need_audio, rules.voices_are_named_in_the_prompt)


@dataclass(frozen=True, slots=True)
class Model:
    """One slug: what it takes, what it fills in, what it costs (micro-dollars) and how long it runs (seconds)."""

    slug: str
    body: Fields
    defaults: Mapping[str, Any]
    rules: tuple[Rule, ...]
    price: Price
    mean_run_s: float
    shot_default_s: str | None = None  # 3.0 Standard gives a shot without a length its own; O3 documents none

    def check(self, sent: object) -> dict[str, Any]:
        """The sent body with the defaults filled in.

        Raises `Refused`: 400 for a wrong shape, 406 for a wrong value or combination.
        """
        self.body.check("", sent)
        assert isinstance(sent, dict)
        effective = {**self.defaults, **sent}
        if self.shot_default_s and "multi_prompt" in sent:
            effective["multi_prompt"] = [{"duration": self.shot_default_s, **shot} for shot in sent["multi_prompt"]]
        for rule in self.rules:
            rule(effective)
        return effective


O3_TEXT = Model(
    slug="kling-o3-text2video",
    body=Fields(
        required={"prompt": _PROMPT},
        optional={
            "aspect_ratio": _RATIO,
            "cfg_scale": Number(0, 1),
            "duration": _SECONDS,
            "generate_audio": Flag(),
            "mode": _MODE,
            "multi_prompt": _O3_SHOTS,
            "negative_prompt": _NEGATIVE,
            "shot_type": _SHOT_TYPE,
            "voice_ids": _VOICES,
        },
    ),
    defaults={
        "aspect_ratio": "16:9",
        "cfg_scale": 0.5,
        "duration": "5",
        "generate_audio": False,
        "mode": "pro",
        "negative_prompt": _BLUR,
        "shot_type": "customize",
    },
    rules=(rules.shots_fill_the_clip, *_SPOKEN),
    price=prices.o3,
    mean_run_s=153.5,
)

O3_IMAGE = Model(
    slug="kling-o3-image2video",
    body=Fields(
        required={"prompt": _PROMPT, "image_url": Uri()},
        optional={
            "duration": _SECONDS,
            "end_image_url": Uri(),
            "generate_audio": Flag(),
            "mode": _MODE,
            "multi_prompt": _O3_SHOTS,
            "shot_type": _SHOT_TYPE,
        },
    ),
    defaults={"duration": "5", "generate_audio": False, "mode": "pro", "shot_type": "customize"},
    rules=(rules.shots_fill_the_clip, rules.shots_exclude_an_end_image),
    price=prices.o3,
    mean_run_s=202.5,
)

V1_TEXT = Model(
    slug="kling-text2video",
    body=Fields(
        required={"prompt": _PROMPT},
        optional={
            "aspect_ratio": _RATIO,
            "camera_control_config": Choice(("horizontal", "vertical", "pan", "tilt", "roll", "zoom")),
            "camera_control_config_value": Whole(-10, 10),
            "camera_control_type": Choice(
                ("simple", "down_back", "forward_up", "right_turn_forward", "left_turn_forward")
            ),
            "cfg_scale": Number(0, 1),
            # Typed integer on the page although the page's own example sends "5".
            "duration": Whole(5, 10, only=(5, 10)),
            "mode": _MODE,
            "negative_prompt": _NEGATIVE,
        },
    ),
    defaults={
        "aspect_ratio": "16:9",
        "cfg_scale": 0.5,
        "duration": 5,
        "mode": "std",
        "negative_prompt": "No buildings, no artificial objects",
    },
    rules=(rules.camera_is_complete, rules.camera_only_on_std_and_5_seconds),
    price=prices.v1,
    mean_run_s=320.2,
)

_STANDARD_OPTIONAL: Mapping[str, Parameter] = {
    "aspect_ratio": _RATIO,
    "cfg_scale": Number(0, 1),
    "duration": _SECONDS,
    "generate_audio": Flag(),
    "multi_prompt": _STANDARD_SHOTS,
    "negative_prompt": _NEGATIVE,
    "shot_type": _SHOT_TYPE,
    "voice_ids": _VOICES,
}
_STANDARD_DEFAULTS = {
    "aspect_ratio": "16:9",
    "cfg_scale": 0.5,
    "duration": "5",
    "generate_audio": True,
    "negative_prompt": _BLUR,
    "shot_type": "customize",
}

STANDARD_TEXT = Model(
    slug="kling-3-standard-text2video",
    body=Fields(required={"prompt": _PROMPT}, optional=_STANDARD_OPTIONAL),
    defaults=_STANDARD_DEFAULTS,
    rules=(rules.shots_fill_the_clip, *_SPOKEN),
    price=prices.standard_3,
    mean_run_s=145.3,
    shot_default_s="5",
)

STANDARD_IMAGE = Model(
    slug="kling-3-standard-image2video",
    body=Fields(
        required={"prompt": _PROMPT, "start_image_url": Uri()},
        optional={**_STANDARD_OPTIONAL, "end_image_url": Uri(), "elements": _ELEMENTS},
    ),
    defaults=_STANDARD_DEFAULTS,
    rules=(
        rules.shots_fill_the_clip,
        rules.shots_exclude_an_end_image,
        *_SPOKEN,
        rules.voices_exclude_elements,
    ),
    price=prices.standard_3,
    mean_run_s=150.6,
    shot_default_s="5",
)

MODELS: Mapping[str, Model] = {
    model.slug: model for model in (O3_TEXT, O3_IMAGE, V1_TEXT, STANDARD_TEXT, STANDARD_IMAGE)
}
