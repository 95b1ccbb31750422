"""Requests for kling-o3-text2video and kling-o3-image2video, from their pages."""

from __future__ import annotations

from tests.acceptance.page_case import CORAL, NAVY, O3_IMAGE, O3_TEXT, TEAL, Case, Choose, Fill

CASES = (
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
            "prompt": "o3 shots: <<<voice_1>>> calls. <<<voice_2>>> answers.",
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
            "prompt": "o3 shots: the picture wakes. and sleeps.",
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
)
