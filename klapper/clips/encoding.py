"""Writing a copy of a clip: H.264 and AAC in MP4, the index first, so that it plays while it loads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from klapper.clips.plan import BUFFER_S, CopyPlan

PIXEL_FORMAT = "yuv420p"
FINEST_CRF = 18  # looks like the original; less is spent where the picture is simple
PRESET = "veryfast"
THREADS = 2
SAMPLES_PER_S = 48_000


def write_copy(source: Path, target: Path, plan: CopyPlan) -> None:
    """Read one clip and write the other. Raises av.error.FFmpegError."""
    with (
        av.open(str(source), format="mp4") as clip,
        av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as copy,
    ):
        picture = _picture_stream(copy, clip.streams.video[0], plan)
        sound = _sound_stream(copy, clip.streams.audio[0], plan) if clip.streams.audio else None
        for frame in _frames(clip):
            if isinstance(frame, VideoFrame):
                # A fresh kind: the encoder decides which pictures stand for themselves.
                fitting = frame.reformat(plan.width, plan.height, PIXEL_FORMAT)
                fitting.pict_type = 0
                copy.mux(picture.encode(fitting))
            elif sound is not None:
                sound.write(frame)
        copy.mux(picture.encode(None))
        if sound is not None:
            sound.write(None)


def _frames(clip: InputContainer) -> Iterator[VideoFrame | AudioFrame]:
    """The first picture track and the first sound track, in the order in which they play."""
    tracks = [*clip.streams.video[:1], *clip.streams.audio[:1]]
    for packet in clip.demux(*tracks):
        for frame in packet.decode():
            if isinstance(frame, VideoFrame | AudioFrame):
                yield frame


def _picture_stream(copy: OutputContainer, of: VideoStream, plan: CopyPlan) -> VideoStream:
    stream = copy.add_stream("libx264", rate=of.average_rate or 24)
    stream.width, stream.height, stream.pix_fmt = plan.width, plan.height, PIXEL_FORMAT
    if of.time_base is not None:
        stream.codec_context.time_base = of.time_base
    if of.sample_aspect_ratio:
        stream.sample_aspect_ratio = of.sample_aspect_ratio
    stream.options = {
        "preset": PRESET,
        "crf": str(FINEST_CRF),
        "maxrate": str(plan.video_bps),
        "bufsize": str(round(plan.video_bps * BUFFER_S)),
        "threads": str(THREADS),
    }
    return stream


def _sound_stream(copy: OutputContainer, of: AudioStream, plan: CopyPlan) -> _Sound:
    layout = "mono" if of.codec_context.layout.nb_channels == 1 else "stereo"
    stream = copy.add_stream("aac", rate=SAMPLES_PER_S, layout=layout)
    stream.bit_rate = plan.audio_bps
    return _Sound(copy, stream, layout)


class _Sound:
    """A sound track that takes frames of any kind."""

    def __init__(self, copy: OutputContainer, stream: AudioStream, layout: str) -> None:
        self._copy = copy
        self._stream = stream
        self._resampler = AudioResampler("fltp", layout, SAMPLES_PER_S)

    def write(self, frame: AudioFrame | None) -> None:
        """None: that was the last one."""
        for fitting in self._resampler.resample(frame):
            self._copy.mux(self._stream.encode(fitting))
        if frame is None:
            self._copy.mux(self._stream.encode(None))
