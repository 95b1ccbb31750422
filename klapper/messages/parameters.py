"""The options of a request in a few short words. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from klapper.kling.request import VideoRequest
from klapper.kling.resolution import ResolvedRequest
from klapper.messages import text

AVOIDED_CHARS = 200
SHOT_CHARS = 120
_PRESETS = {
    "down_back": "down and back",
    "forward_up": "forward and up",
    "right_turn_forward": "turning right, then forward",
    "left_turn_forward": "turning left, then forward",
}


def short_words(request: ResolvedRequest, *, images: bool = True, shots: bool = True) -> str:
    """Every option that counts, without anybody's own words: `5 s · 16:9 · pro · with audio`.

    images, shots: False where those, and for shots the seconds that they last, stand beside it.
    """
    filled = request.filled
    words = [_length(request, shots=shots), *_always(request), *_when_set(filled, request.asked)]
    if shots and filled.shots:
        words.append(text.counted(len(filled.shots), "shot"))
    if images:
        words += _images(filled)
    return " · ".join(filter(None, words))


def avoided(request: ResolvedRequest) -> str:
    """What the requester wants to avoid, safe to show; empty when they said nothing."""
    words = text.shown_line(request.asked.negative_prompt or "", AVOIDED_CHARS)
    return f"Avoid: {words}" if words else ""


def shots(request: ResolvedRequest) -> str:
    """What happens in each shot and for how long, a line each, safe to show; empty without shots."""
    numbered = enumerate(request.filled.shots, start=1)
    return "\n".join(f"{n}. {shot.duration_s} s · {text.shown_line(shot.prompt, SHOT_CHARS)}" for n, shot in numbered)


def _length(request: ResolvedRequest, *, shots: bool) -> str | None:
    is_said = bool(request.duration_s) and (shots or not request.filled.shots)
    return f"{request.duration_s} s" if is_said else None


def _always(request: ResolvedRequest) -> Iterator[str | None]:
    filled = request.filled
    yield filled.aspect_ratio
    yield filled.mode
    if filled.generate_audio is not None:
        yield "with audio" if request.audio else "silent"


def _when_set(filled: VideoRequest, asked: VideoRequest) -> Iterator[str | None]:
    yield f"cfg scale {asked.cfg_scale:g}" if asked.cfg_scale is not None else None
    yield _camera(filled)
    yield text.counted(len(filled.voice_ids), "voice") if filled.voice_ids else None


def _images(filled: VideoRequest) -> Iterator[str | None]:
    yield "from an image" if filled.start_image else None
    yield "to an end image" if filled.end_image else None
    yield _elements(filled)


def _elements(filled: VideoRequest) -> str | None:
    """`2 elements`, with the number of their images when some have several."""
    if not filled.elements:
        return None
    images = sum(1 + len(element.references) for element in filled.elements)
    elements = text.counted(len(filled.elements), "element")
    return elements if images == len(filled.elements) else f"{elements} from {images} images"


def _camera(filled: VideoRequest) -> str | None:
    if filled.camera is None:
        return None
    if filled.camera_axis is None:
        return f"camera {_PRESETS.get(filled.camera, filled.camera.replace('_', ' '))}"
    return f"camera {filled.camera_axis} {filled.camera_amount or 0:+d}"
