"""The models, as data. Adding one is an entry here and its prices in `prices.py`.

Source: Segmind's page of each model; limits and doubts that Segmind does not state come from Kling's API reference.
Every default is Klapper's own and is always sent, because Segmind's differ between siblings (audio is on for 3.0,
mode is pro for O3).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from klapper.kling import rules
from klapper.kling.model import Catalogue, Family, Field, Kind, Model, Note, Support

V3 = Family("v3", "Kling 3.0 Standard")
O3 = Family("o3", "Kling O3")
V1 = Family("v1", "Kling 1")

PROMPT = Field("prompt", "prompt", "prompt", Kind.TEXT, required=True, max_chars=2500)
# Sent to every model and never empty: an empty text might be taken as unset, and kling-text2video's own default would
# keep buildings out of the picture. These are the words that its siblings' pages document as theirs.
NEGATIVE_PROMPT = Field(
    "negative_prompt",
    "negative_prompt",
    "negative_prompt",
    Kind.TEXT,
    default="blur, distort, and low quality",
    max_chars=2500,
)
DURATION = Field("duration_s", "duration", "duration", Kind.SECONDS_AS_TEXT, default=5, choices=tuple(range(3, 16)))
SHORT_OR_LONG = replace(DURATION, kind=Kind.SECONDS_AS_INTEGER, choices=(5, 10))
ASPECT_RATIO = Field(
    "aspect_ratio", "aspect_ratio", "aspect_ratio", Kind.CHOICE, default="16:9", choices=("16:9", "9:16", "1:1")
)
MODE = Field("mode", "mode", "mode", Kind.CHOICE, default="std", choices=("std", "pro"))
AUDIO = Field("generate_audio", "audio", "generate_audio", Kind.SWITCH, default=False)
CFG_SCALE = Field("cfg_scale", "cfg_scale", "cfg_scale", Kind.NUMBER, default=0.5, minimum=0, maximum=1)
SHOTS = Field(
    "shots",
    "shots",
    "multi_prompt",
    Kind.SHOTS,
    minimum=1,
    max_chars=512,
    max_items=5,
    note=Note("prompt_is_summary", "With shots the prompt is sent as a summary and may have no effect."),
)
SHOT_TYPE = Field(
    "shot_type",
    "shot_type",
    "shot_type",
    Kind.CHOICE,
    default="customize",
    default_with="shots",
    choices=("customize",),
)
VOICES = Field(
    "voice_ids",
    "voices",
    "voice_ids",
    Kind.TEXTS,
    max_chars=128,
    max_items=2,
    support=Support.EXPERIMENTAL,
    note=Note("voices_experimental", "Voices are experimental on this model and may have no effect."),
)
IMAGE = Field("start_image", "image", "start_image_url", Kind.IMAGE, required=True)
END_IMAGE = Field("end_image", "end_image", "end_image_url", Kind.IMAGE)
ELEMENTS = Field("elements", "elements", "elements", Kind.ELEMENTS, max_items=3, max_references=3)
CAMERA = Field(
    "camera",
    "camera",
    "camera_control_type",
    Kind.CHOICE,
    choices=("simple", "down_back", "forward_up", "right_turn_forward", "left_turn_forward"),
)
CAMERA_AXIS = Field(
    "camera_axis",
    "camera_axis",
    "camera_control_config",
    Kind.CHOICE,
    choices=("horizontal", "vertical", "pan", "tilt", "roll", "zoom"),
)
CAMERA_AMOUNT = Field(
    "camera_amount", "camera_amount", "camera_control_config_value", Kind.INTEGER, minimum=-10, maximum=10
)

# Kling's omni endpoint, which O3 is, knows neither of the two; Segmind's page lists them.
CFG_SCALE_IN_DOUBT = replace(
    CFG_SCALE, note=Note("cfg_scale_may_have_no_effect", "The cfg scale may have no effect on this model.")
)
NEGATIVE_PROMPT_IN_DOUBT = replace(
    NEGATIVE_PROMPT,
    note=Note("negative_prompt_may_have_no_effect", "What to avoid may have no effect on this model."),
)
# Kling takes no aspect ratio with an image: the clip follows the picture.
ASPECT_RATIO_IN_DOUBT = replace(
    ASPECT_RATIO,
    note=Note("aspect_ratio_may_have_no_effect", "The clip follows the image, so the aspect ratio may have no effect."),
)
# Kling's capability map: no voice control for kling-v3-omni.
VOICES_IN_DOUBT = replace(
    VOICES, support=Support.HIDDEN, note=Note("voices_may_have_no_effect", "Voices may have no effect on this model.")
)

SHOT_RULES = (rules.shots_sum_to_duration, rules.shots_exclude_end_image)
VOICE_RULES = (rules.voices_need_audio, rules.voices_exclude_elements, rules.voices_are_mentioned)
CAMERA_RULES = (
    rules.camera_settings_need_camera,
    rules.camera_simple_is_complete,
    rules.camera_preset_stands_alone,
    rules.camera_needs_std,
    rules.camera_needs_5_s,
)

THREE_STANDARD_FIELDS = (
    PROMPT,
    DURATION,
    ASPECT_RATIO,
    AUDIO,
    NEGATIVE_PROMPT,
    CFG_SCALE,
    SHOTS,
    SHOT_TYPE,
    VOICES,
)

CATALOGUE: Final = Catalogue(
    default_family=V3.key,
    models=(
        Model(
            slug="kling-3-standard-text2video",
            family=V3,
            title="Kling 3.0 Standard text to video",
            average_run_s=145.3,
            fields=THREE_STANDARD_FIELDS,
            rules=SHOT_RULES + VOICE_RULES,
            hints=(rules.mention_without_voice,),
        ),
        Model(
            slug="kling-3-standard-image2video",
            family=V3,
            title="Kling 3.0 Standard image to video",
            average_run_s=150.6,
            fields=(
                PROMPT,
                IMAGE,
                END_IMAGE,
                DURATION,
                ASPECT_RATIO_IN_DOUBT,
                AUDIO,
                NEGATIVE_PROMPT,
                CFG_SCALE,
                SHOTS,
                SHOT_TYPE,
                VOICES,
                ELEMENTS,
            ),
            rules=SHOT_RULES + VOICE_RULES,
            hints=(rules.mention_without_voice, rules.element_not_mentioned, rules.mention_without_element),
        ),
        Model(
            slug="kling-o3-text2video",
            family=O3,
            title="Kling O3 text to video",
            average_run_s=153.5,
            fields=(
                PROMPT,
                DURATION,
                ASPECT_RATIO,
                MODE,
                AUDIO,
                NEGATIVE_PROMPT_IN_DOUBT,
                CFG_SCALE_IN_DOUBT,
                SHOTS,
                SHOT_TYPE,
                VOICES_IN_DOUBT,
            ),
            rules=SHOT_RULES + VOICE_RULES,
            hints=(rules.mention_without_voice,),
        ),
        Model(
            slug="kling-o3-image2video",
            family=O3,
            title="Kling O3 image to video",
            average_run_s=202.5,
            fields=(
                PROMPT,
                replace(IMAGE, wire="image_url"),
                END_IMAGE,
                DURATION,
                MODE,
                AUDIO,
                SHOTS,
                SHOT_TYPE,
            ),
            rules=(*SHOT_RULES, rules.end_image_excludes_more_images),
        ),
        Model(
            slug="kling-text2video",
            family=V1,
            title="Kling 1 text to video",
            average_run_s=320.2,
            fields=(
                PROMPT,
                SHORT_OR_LONG,
                ASPECT_RATIO,
                MODE,
                NEGATIVE_PROMPT,
                CFG_SCALE,
                CAMERA,
                CAMERA_AXIS,
                CAMERA_AMOUNT,
            ),
            rules=CAMERA_RULES,
        ),
    ),
)
