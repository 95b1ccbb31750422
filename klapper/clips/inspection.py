"""Looking into a video file: is it whole, does it play, and what is in it?"""

from __future__ import annotations

import asyncio
from pathlib import Path

import av
import av.error
from av.container import InputContainer
from av.video.stream import VideoStream

from klapper.clips.boxes import broken, check_boxes
from klapper.clips.facts import ClipFacts

FRAMES_PER_S = 24.0  # where a file does not say


async def inspect_clip(path: Path) -> ClipFacts:
    """Look into a file in a worker thread. Raises DeliveryError (`media_broken`) when it is no whole, playable MP4."""
    return await asyncio.to_thread(look_into, path)


def look_into(path: Path) -> ClipFacts:
    """`inspect_clip` for whoever may wait."""
    size = path.stat().st_size
    with path.open("rb") as file:
        check_boxes(file, size)
    try:
        # Named, so that a file cannot choose another demuxer by what it looks like.
        with av.open(str(path), format="mp4") as container:
            return _facts(container, size)
    except av.error.FFmpegError as error:
        raise broken(f"it cannot be played ({type(error).__name__})") from error


def _facts(container: InputContainer, size: int) -> ClipFacts:
    if not container.streams.video:
        raise broken("it has no picture")
    video = container.streams.video[0]
    frame = next(container.decode(video), None)
    if frame is None:
        raise broken("its picture cannot be decoded")
    audio = container.streams.audio
    return ClipFacts(
        codec=video.codec_context.name,
        pixel_format=frame.format.name,
        audio_codec=audio[0].codec_context.name if audio else None,
        width=frame.width,
        height=frame.height,
        frames_per_s=float(video.average_rate or 0) or FRAMES_PER_S,
        duration_s=_duration_s(container, video),
        bytes=size,
    )


def _duration_s(container: InputContainer, video: VideoStream) -> float:
    if video.duration is not None and video.time_base is not None:
        return float(video.duration * video.time_base)
    return (container.duration or 0) / av.time_base
