"""What is known about a clip, and whether Discord plays it where it is posted. Pure."""

from __future__ import annotations

from dataclasses import dataclass

# What every client of Discord plays in its place. HEVC, AV1 and VP9 depend on the device, MPEG-4 part 2 and ten bits
# play nowhere; Discord names no list, so what is not sure counts as not played.
PLAYED_CODECS = frozenset({"h264"})
PLAYED_PIXEL_FORMATS = frozenset({"yuv420p", "yuvj420p"})
PLAYED_AUDIO_CODECS = frozenset({None, "aac"})


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """A playable MP4. codec, audio_codec, pixel_format: FFmpeg's names, audio None when silent; width, height: pixels.

    frames_per_s: on average.
    """

    codec: str
    pixel_format: str
    audio_codec: str | None
    width: int
    height: int
    frames_per_s: float
    duration_s: float
    bytes: int


def plays_inline(clip: ClipFacts) -> bool:
    """Whether Discord plays the clip in the message, instead of offering it for download."""
    return (
        clip.codec in PLAYED_CODECS
        and clip.pixel_format in PLAYED_PIXEL_FORMATS
        and clip.audio_codec in PLAYED_AUDIO_CODECS
    )
