"""What Segmind's five model pages say, read by hand: every parameter, and requests that use them all.

Nothing here and beside it is derived from the program. A picture is named by its colour: in what a member gives it is a
file of that colour, in the body the address of one.
"""

from __future__ import annotations

from typing import Any

from tests.acceptance import pages_o3, pages_v1, pages_v3
from tests.acceptance.page_case import O3_IMAGE, O3_TEXT, V1_TEXT, V3_IMAGE, V3_TEXT

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

CASES = (*pages_v3.CASES, *pages_o3.CASES, *pages_v1.CASES)
