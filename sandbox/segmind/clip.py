"""Draws a playable clip: MP4, a page with the prompt, a square that crosses it, AAC when there is sound."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from sandbox.segmind.page import FORMAT, Page

FRAMES_PER_S = 8
SAMPLES_PER_S = 22_050
_SQUARE = 12
_BOX_HEADER = 8
_AAC_SAMPLES = 1024


@dataclass(frozen=True, slots=True)
class ClipSpec:
    """What a clip shows. Two equal specs are one file."""

    title: str
    prompt: str
    size: tuple[int, int]  # width and height in pixels, both even
    seconds: int
    audio: bool
    picture: Path | None = None  # a JPEG or PNG file that fills the frame
    padding_bytes: int = 0
    dense_bytes: int = 0  # of picture data; 0: as little as it takes
    codec: str = "h264"


@dataclass(frozen=True, slots=True)
class _Codec:
    encoder: str
    pixels: str
    options: Mapping[str, str]


_X264 = {"preset": "ultrafast", "crf": "24", "threads": "1"}
CODECS: Mapping[str, _Codec] = {
    "h264": _Codec("libx264", FORMAT, _X264),
    "h264_10bit": _Codec("libx264", "yuv420p10le", _X264),
    "hevc": _Codec("libx265", FORMAT, {"preset": "ultrafast", "crf": "28", "x265-params": "log-level=none:pools=1"}),
    "mpeg4": _Codec("mpeg4", FORMAT, {"qscale": "5"}),  # MPEG-4 part 2
    "vp9": _Codec("libvpx-vp9", FORMAT, {"deadline": "realtime", "cpu-used": "8", "threads": "1"}),
}
_FAITHFUL = {"preset": "ultrafast", "qp": "18", "g": "1", "threads": "1"}  # noise costs about what it has in bytes


def write_clip(spec: ClipSpec, path: Path) -> None:
    """Write the clip of `spec`; the index comes first in the file, as from a media host made for streaming."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        container.metadata["title"] = spec.prompt
        video = _video_stream(container, spec)
        sound = container.add_stream("aac", rate=SAMPLES_PER_S) if spec.audio else None
        _write_frames(container, video, spec)
        if sound is not None:
            _write_tone(container, sound, spec.seconds)
    if spec.padding_bytes:
        _pad(path, spec.padding_bytes)


def _video_stream(container: OutputContainer, spec: ClipSpec) -> VideoStream:
    codec = CODECS[spec.codec]
    stream: VideoStream = container.add_stream(codec.encoder, rate=FRAMES_PER_S)  # type: ignore[assignment]
    stream.width, stream.height = spec.size
    stream.pix_fmt = codec.pixels
    stream.options = dict(_FAITHFUL if spec.dense_bytes else codec.options)
    return stream


def _write_frames(container: OutputContainer, stream: VideoStream, spec: ClipSpec) -> None:
    width, height = spec.size
    page = Page(size=spec.size, title=spec.title, prompt=spec.prompt, picture=spec.picture)
    total = spec.seconds * FRAMES_PER_S
    noise = random.Random(spec.prompt)
    for number in range(total):
        left = (width - _SQUARE) * number // max(total - 1, 1)
        frame = page.with_square(left, height - _SQUARE - 2, _SQUARE)
        if spec.dense_bytes:
            _fill_with_noise(frame, spec.dense_bytes // total, noise)
        if stream.pix_fmt != FORMAT:
            frame = frame.reformat(format=stream.pix_fmt)
        frame.pts = number
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def _fill_with_noise(frame: VideoFrame, count: int, noise: random.Random) -> None:
    """So many bytes of it at the foot of the brightness: no encoder makes them much fewer without a loss."""
    plane = frame.planes[0]
    count = min(count, plane.buffer_size)
    plane.update(bytes(plane)[: plane.buffer_size - count] + noise.randbytes(count))


def _write_tone(container: OutputContainer, stream: AudioStream, seconds: int) -> None:
    """330 Hz throughout: a whole number of periods a second, so one second is computed and repeated."""
    second = array("f", (0.1 * math.sin(2 * math.pi * 330 * n / SAMPLES_PER_S) for n in range(SAMPLES_PER_S)))
    wave = second + second[:_AAC_SAMPLES]
    total = seconds * SAMPLES_PER_S
    for start in range(0, total, _AAC_SAMPLES):
        count, at = min(_AAC_SAMPLES, total - start), start % SAMPLES_PER_S
        frame = av.AudioFrame(format="fltp", layout="mono", samples=count)
        plane = frame.planes[0]
        plane.update(wave[at : at + count].tobytes().ljust(plane.buffer_size, b"\0"))
        frame.sample_rate, frame.pts = SAMPLES_PER_S, start
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def _pad(path: Path, padding_bytes: int) -> None:
    """Append a `free` box, which every player skips (ISO/IEC 14496-12)."""
    with path.open("ab") as file:
        file.write((_BOX_HEADER + padding_bytes).to_bytes(4, "big") + b"free")
        file.truncate(file.tell() + padding_bytes)
