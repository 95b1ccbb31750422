"""Requests for kling-text2video, from its page."""

from __future__ import annotations

from tests.acceptance.page_case import V1_TEXT, Case, Choose, Fill

CASES = (
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
