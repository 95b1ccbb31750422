"""What may have no effect is said, not refused and not hidden."""

from __future__ import annotations

from typing import Any

import pytest

from klapper.kling.catalogue import CATALOGUE
from klapper.kling.request import Element, Shot, VideoRequest
from klapper.kling.resolution import notes, resolve

A, B = "a" * 64, "b" * 64
VOICED = {"prompt": "<<<voice_1>>>", "generate_audio": True, "voice_ids": ("v-1",)}

ROWS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"model": "o3"}, []),
    ({"model": "v1", "cfg_scale": 0.2, "negative_prompt": "fog"}, []),
    ({"cfg_scale": 0.2, "negative_prompt": "fog", "aspect_ratio": "1:1"}, []),
    ({"start_image": A}, []),
    ({"model": "o3", "cfg_scale": 0.5}, ["cfg_scale_may_have_no_effect"]),
    ({"model": "o3", "cfg_scale": 0.0}, ["cfg_scale_may_have_no_effect"]),
    ({"model": "o3", "negative_prompt": "fog"}, ["negative_prompt_may_have_no_effect"]),
    ({"start_image": A, "aspect_ratio": "16:9"}, ["aspect_ratio_may_have_no_effect"]),
    ({"shots": (Shot("x", 5),)}, ["prompt_is_summary"]),
    (VOICED, ["voices_experimental"]),
    (VOICED | {"model": "o3"}, ["voices_may_have_no_effect"]),
    ({"prompt": "@Element1", "start_image": A, "elements": (Element(B),)}, []),
    ({"start_image": A, "elements": (Element(B),)}, ["element_not_mentioned"]),
    ({"prompt": "@Element2", "start_image": A}, ["mention_without_element"]),
    ({"prompt": "<<<voice_1>>> hi"}, ["mention_without_voice"]),
]


@pytest.mark.parametrize(("options", "codes"), ROWS)
def test_a_note_appears_exactly_when_the_member_set_what_is_in_doubt(options: dict[str, Any], codes: list[str]) -> None:
    resolved = resolve(VideoRequest(**{"prompt": "a fox", **options}), CATALOGUE)
    assert [note.code for note in notes(resolved)] == codes
    assert all(note.sentence.endswith(".") for note in notes(resolved))
