"""What a call costs, in micro-dollars. Segmind's published ranges; inner cells follow Kling's own ratios."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Price = Callable[[Mapping[str, Any]], int]

_O3_PER_SECOND = {
    ("std", False): 210_000,
    ("std", True): 280_000,
    ("pro", False): 280_000,
    ("pro", True): 350_000,
}
_V1_PER_CLIP = {("std", 5): 280_000, ("std", 10): 560_000, ("pro", 5): 980_000, ("pro", 10): 1_960_000}


def o3(body: Mapping[str, Any]) -> int:
    """kling-o3-*: per second, by mode and audio."""
    return int(body["duration"]) * _O3_PER_SECOND[body["mode"], body["generate_audio"]]


def v1(body: Mapping[str, Any]) -> int:
    """kling-text2video: per clip, by mode and length."""
    return _V1_PER_CLIP[body["mode"], body["duration"]]


def standard_3(body: Mapping[str, Any]) -> int:
    """kling-3-standard-*: per second, dearer with audio and dearest with voices."""
    if "voice_ids" in body:
        per_second = 308_000
    elif body["generate_audio"]:
        per_second = 252_000
    else:
        per_second = 168_000
    return int(body["duration"]) * per_second
