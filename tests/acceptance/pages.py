"""What Segmind's five model pages say, read by hand: every parameter, and the body of each request that a test makes.

Nothing here is derived from the program. A picture is named by its colour, `Picture("teal")`: in what is asked for it
is a file of that colour, in the body the address of one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

O3_TEXT = "kling-o3-text2video"
O3_IMAGE = "kling-o3-image2video"
V1_TEXT = "kling-text2video"
V3_TEXT = "kling-3-standard-text2video"
V3_IMAGE = "kling-3-standard-image2video"

SHOT = frozenset({"multi_prompt", "multi_prompt.prompt", "multi_prompt.duration", "shot_type"})
ELEMENT = frozenset({"elements", "elements.frontal_image_url", "elements.reference_image_urls"})

# Page of each model, section Parameters.
PARAMETERS: dict[str, frozenset[str]] = {
    O3_TEXT: SHOT
    | {"prompt", "aspect_ratio", "cfg_scale", "duration", "generate_audio", "mode", "negative_prompt", "voice_ids"},
    O3_IMAGE: SHOT | {"image_url", "prompt", "duration", "end_image_url", "generate_audio", "mode"},
    V1_TEXT: frozenset({"prompt", "aspect_ratio", "cfg_scale", "duration", "mode", "negative_prompt"})
    | {"camera_control_config", "camera_control_config_value", "camera_control_type"},
    V3_TEXT: SHOT
    | {"prompt", "aspect_ratio", "cfg_scale", "duration", "generate_audio", "negative_prompt", "voice_ids"},
    V3_IMAGE: SHOT
    | ELEMENT
    | {"prompt", "start_image_url", "aspect_ratio", "cfg_scale", "duration", "end_image_url", "generate_audio"}
    | {"negative_prompt", "voice_ids"},
}
# Values that are the same as saying nothing: the page's own, and Klapper's where it has another.
DEFAULTS: dict[str, tuple[Any, ...]] = {
    "aspect_ratio": ("16:9",),
    "cfg_scale": (0.5,),
    "duration": ("5", 5),
    "generate_audio": (False,),
    "mode": ("std",),
    "negative_prompt": ("blur, distort, and low quality", "No buildings, no artificial objects"),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of one colour."""

    colour: str


@dataclass(frozen=True, slots=True)
class Case:
    """One request. options: of /video; edits: forms and selects of the draft panel, in their order; body: as sent.

    credits: its price, from the published prices of the model (a credit is a cent of the list price).
    """

    slug: str
    options: dict[str, Any]
    body: dict[str, Any]
    credits: int
    edits: tuple[tuple[str, dict[str, Any]], ...] = ()
    storyboard: bool = field(default=False)


TEAL, CORAL, GOLD, NAVY, PLUM = (Picture(colour) for colour in ("teal", "coral", "gold", "navy", "plum"))
ONE_SPEAKS = "A sailor says <<<voice_1>>> and waits"
TWO_SPEAK = "A sailor says <<<voice_1>>>, another <<<voice_2>>>"
