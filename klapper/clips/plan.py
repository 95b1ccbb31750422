"""How a copy must be made to fit a size. Pure.

The sum: what is left of the limit after its reserve, the container and the sound, divided by the seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from klapper.clips.facts import ClipFacts
from klapper.errors import DeliveryError

SAFETY = 0.94  # of the limit: 10 MB where 10 MiB were said is still enough
CONTAINER_BYTES = 24_000
CONTAINER_BYTES_PER_FRAME = 24  # of the index: sizes, times and places of pictures and of the sound between them
BUFFER_S = 0.5  # the encoder keeps its rate over so long
AUDIO_BPS = 128_000
LOW_AUDIO_BPS = 64_000  # where the sound would take more than an eighth
LEAST_VIDEO_BPS = 60_000  # less shows nothing any more
MOST_VIDEO_BPS = 20_000_000
LEAST_BITS_PER_PIXEL = 0.04  # below that a smaller picture looks better
LEAST_SIDE_PX = 144
MOST_SIDE_PX = 1920


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """width, height: pixels, even. video_bps, audio_bps: most bits per second; audio 0 for a silent clip."""

    width: int
    height: int
    video_bps: int
    audio_bps: int


def plan_copy(clip: ClipFacts, limit_bytes: int) -> CopyPlan:
    """The best copy of at most so many bytes. Raises DeliveryError (`copy_too_long`) when none would show anything."""
    seconds = clip.duration_s + BUFFER_S
    frames = clip.duration_s * clip.frames_per_s
    media_bytes = limit_bytes * SAFETY - CONTAINER_BYTES - frames * CONTAINER_BYTES_PER_FRAME
    bps = int(media_bytes * 8 / seconds)
    audio_bps = 0
    if clip.audio_codec is not None:
        audio_bps = AUDIO_BPS if bps >= 8 * AUDIO_BPS else LOW_AUDIO_BPS
    video_bps = bps - audio_bps
    if video_bps < LEAST_VIDEO_BPS:
        raise DeliveryError(
            "copy_too_long",
            f"{clip.duration_s:.0f} s do not fit into {limit_bytes:,} bytes so that they can be watched.",
        )
    video_bps = min(video_bps, MOST_VIDEO_BPS)
    scale = _scale(clip, video_bps)
    return CopyPlan(_even(clip.width * scale), _even(clip.height * scale), video_bps, audio_bps)


def _scale(clip: ClipFacts, video_bps: int) -> float:
    """How much smaller the picture should be, 1.0 at most."""
    pixels_per_s = clip.width * clip.height * clip.frames_per_s
    affordable = math.sqrt(video_bps / (LEAST_BITS_PER_PIXEL * pixels_per_s))
    least = LEAST_SIDE_PX / min(clip.width, clip.height)
    return min(1.0, MOST_SIDE_PX / max(clip.width, clip.height), max(affordable, least))


def _even(side: float) -> int:
    """H.264 in this pixel format has even sides."""
    return max(2, int(side) // 2 * 2)
