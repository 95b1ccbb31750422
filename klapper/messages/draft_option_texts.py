"""What a panel calls the options of a request, whose own names are those of /video. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from klapper.kling.request import VideoRequest
from klapper.messages import draft_form_texts, text

LABEL_CHARS = 80  # Discord docs: Button
_AND_MORE = "and more"

# An option's name as it begins, or follows in, a sentence of ours. The sentence goes on as after the name itself.
_NAMES = {
    "aspect_ratio": "Shape",
    "mode": "Quality",
    "duration": "Length",
    "shot_type": "Shot type",
    "cfg_scale": f"“{draft_form_texts.CFG_SCALE}”",
    "negative_prompt": f"“{draft_form_texts.NEGATIVE_PROMPT}”",
    "camera_amount": f"“{draft_form_texts.HOW_FAR}”",
    "camera_axis": f"“{draft_form_texts.CAMERA.text}”",
}
_LAST_IMAGE, _FIRST_IMAGE = draft_form_texts.IMAGES["end_image"].text, draft_form_texts.IMAGES["start_image"].text
_PRESETS = ("down_back", "forward_up", "right_turn_forward", "left_turn_forward")
# The first that fits counts. What somebody typed stands in quotes and stays; so do mentions, which are written so.
_SAID = re.compile(
    "“[^”]*”|<<<[^>]*>>>|"
    + "|".join(
        (
            r"(?P<last>(?P<article>\b[Aa]n |\bthe )?\bend_image\b)",
            r"(?P<first>^image(?= (?:is|needs) )|(?<=\badd )image\b|(?<=\btake )image\b)",
            r"(?P<prompt>^prompt\b)",
            r"(?P<numbered>\b(?P<kind>element|voice)_(?P<number>[0-9]+)\b)",
            rf"(?P<preset>\b(?:{'|'.join(_PRESETS)})\b)",
            rf"(?P<name>\b(?:{'|'.join(_NAMES)})\b)",
        )
    )
)


def in_panel_words(sentence: str) -> str:
    """A refusal of ours for whoever has the panel before them: its options by the panel's names."""
    said = _SAID.sub(_called, sentence)
    return said[:1].upper() + said[1:]


def removal(request: VideoRequest, attributes: Iterable[str]) -> str:
    """The label of a button that takes these options back, `Remove 5 shots, 1 image`; at most 80 characters."""
    parts = list(dict.fromkeys(_parts(request, set(attributes))))
    label = f"Remove {', '.join(parts)}"
    while len(label) > LABEL_CHARS:
        parts.pop()
        label = f"Remove {', '.join(parts)} {_AND_MORE}"
    return label


def _parts(request: VideoRequest, attributes: set[str]) -> Iterator[str]:
    """The most work first, because the rest may be cut off."""
    images = len(attributes & {"start_image", "end_image"})
    for attribute, count, noun in (
        ("shots", len(request.shots), "shot"),
        ("start_image", images, "image"),
        ("end_image", images, "image"),
        ("elements", len(request.elements), "element"),
        ("voice_ids", len(request.voice_ids), "voice"),
    ):
        if attribute in attributes:
            yield text.counted(count, noun)
    for attribute, named in _SINGLE.items():
        if attribute in attributes and not (attribute == "shot_type" and "shots" in attributes):
            yield named


_SINGLE = {
    "camera": "the camera",
    "camera_axis": "the camera",
    "camera_amount": "the camera",
    "negative_prompt": "what to avoid",
    "cfg_scale": "the cfg scale",
    "duration_s": "the length",
    "aspect_ratio": "the shape",
    "mode": "the quality",
    "generate_audio": "the sound",
    "shot_type": "the shot type",
}


def _called(found: re.Match[str]) -> str:
    called = {
        "last": lambda: _last_image(found),
        "first": lambda: _FIRST_IMAGE if found.start() == 0 else f"a {_FIRST_IMAGE}",
        "prompt": lambda: f"“{draft_form_texts.PROMPT.text}”",
        "numbered": lambda: f"{found['kind'].capitalize()} {found['number']}",
        "preset": lambda: f"“{draft_form_texts.camera(found[0])}”",
        "name": lambda: _NAMES[found[0]],
    }
    kind = found.lastgroup
    return found[0] if kind is None else called[kind]()


def _last_image(found: re.Match[str]) -> str:
    before = found.string[: found.start()]
    if not before and found["article"] is None:
        return _LAST_IMAGE
    is_any = found["article"] in ("an ", "An ") or before.endswith("take ")
    return f"{'a' if is_any else 'the'} {_LAST_IMAGE}"
