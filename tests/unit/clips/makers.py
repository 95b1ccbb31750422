"""Clips of every kind for the tests, made with PyAV: small, and as hard to compress as a test needs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

SIZE = (320, 180)
FRAMES_PER_S = 10


def make_clip(
    path: Path,
    *,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    audio: str | None = None,
    seconds: int = 1,
    size: tuple[int, int] = SIZE,
    noise: bool = False,
    options: dict[str, str] | None = None,
) -> Path:
    """A clip in this codec. noise: nothing in it repeats, so that it is large."""
    with av.open(str(path), "w", format="mp4") as container:
        video = container.add_stream(codec, rate=FRAMES_PER_S, options=options or {})
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = *size, pixel_format
        sound = container.add_stream(audio, rate=44_100, layout="stereo") if audio else None
        assert sound is None or isinstance(sound, AudioStream)
        for number in range(FRAMES_PER_S * seconds):
            container.mux(video.encode(_picture(number, size, pixel_format, noise=noise)))
        container.mux(video.encode())
        if sound is not None:
            for frame in _silence(seconds):
                container.mux(sound.encode(frame))
            container.mux(sound.encode())
    return path


def _picture(number: int, size: tuple[int, int], pixel_format: str, *, noise: bool) -> av.VideoFrame:
    frame = av.VideoFrame(*size, "yuv420p")
    for plane in frame.planes:
        plane.update(os.urandom(plane.buffer_size) if noise else bytes([number * 5 % 256]) * plane.buffer_size)
    shown = frame.reformat(format=pixel_format)
    shown.pts, shown.time_base = number, Fraction(1, FRAMES_PER_S)
    return shown


def _silence(seconds: int) -> Iterator[av.AudioFrame]:
    for start in range(0, 44_100 * seconds, 1152):
        frame = av.AudioFrame("fltp", "stereo", 1152)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts, frame.time_base = 44_100, start, Fraction(1, 44_100)
        yield frame
