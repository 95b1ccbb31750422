"""What the forms of drafts say. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from klapper.kling.checks import spoken
from klapper.kling.model import Field
from klapper.kling.request import Element
from klapper.messages import draft_controls as controls
from klapper.messages import text
from klapper.messages.draft_controls import Action


@dataclass(frozen=True, slots=True)
class Said:
    """text: above an input, at most 45 characters; description: below that, at most 100."""

    text: str
    description: str = ""


PROMPT = Said("What should be seen", "In plain words.")
SUMMARY = Said("All shots in short (may be left empty)", "The shots are what counts; this may have no effect.")
_FORMATS = "JPEG, PNG or WebP. A new one takes the place of the old one."
IMAGES = {
    "start_image": Said("First image", f"The clip begins with it. {_FORMATS}"),
    "end_image": Said("Last image", f"The clip ends with it. {_FORMATS}"),
}
REMOVE_IMAGES = Said("Remove", "Tick what should go.")
REMOVE_ELEMENTS = Said("Remove", "Tick what should go; those after it move up.")
CAMERA = Said("How the camera moves")
NEGATIVE_PROMPT = "What should not be seen"
CFG_SCALE = "How closely to follow the words"
HOW_FAR = "How far"
SHOT_TEXT = Said("What is seen in this shot")
PLACE = Said("Where it comes", "Another place moves the shots after it.")
REMOVE_SHOT = "Remove this shot"

_TITLES = {
    controls.WORDS: "Words",
    controls.IMAGES: "Images",
    controls.ELEMENTS: "Elements: people and things",
    controls.VOICES: "Voices",
    controls.CAMERA: "Camera",
}
_CAMERAS = {
    "none": "no movement chosen",
    "simple/horizontal": "slide left (-) or right (+)",
    "simple/vertical": "slide down (-) or up (+)",
    "simple/pan": "turn left (-) or right (+)",
    "simple/tilt": "tilt down (-) or up (+)",
    "simple/roll": "roll counter-clockwise (-) or clockwise (+)",
    "simple/zoom": "zoom closer (-) or wider (+)",
    "down_back": "down and back",
    "forward_up": "forward and up",
    "right_turn_forward": "turn right, then forward",
    "left_turn_forward": "turn left, then forward",
}


def title(action: Action) -> str:
    """Of the whole form; at most 45 characters."""
    if action.name == controls.SHOT:
        return "New shot" if action.number is None else f"Shot {action.number}"
    return _TITLES[action.name]


def uploaded(name: str) -> str:
    """An upload's input in a sentence about its file, by the input's name."""
    return IMAGES[name].text if name in IMAGES else name.replace("_", " ").capitalize()


def negative_prompt(field: Field) -> Said:
    """The input for what to avoid."""
    return Said(NEGATIVE_PROMPT, "" if field.default is None else f"Empty: {field.default}.")


def cfg_scale(field: Field) -> Said:
    """The input for a number that few people know by its name."""
    said = f"From {field.minimum:g} (freely) to {field.maximum:g} (strictly). Empty: {field.default}."
    return Said(CFG_SCALE, said)


def camera_amount(field: Field) -> Said:
    """The input for how far the camera moves."""
    said = f"From {field.minimum:g} to {field.maximum:g}, towards (-) or (+) of the movement; the others take none."
    return Said(HOW_FAR, said)


def element(number: int, field: Field) -> Said:
    """The input for an element's images."""
    more = text.counted(field.max_references or 0, "more view")
    said = f"Seen from the front first, then up to {more}. Write @Element{number} where it appears."
    return Said(f"Element {number}", said)


def element_there(number: int, element: Element) -> str:
    """An element that the draft has."""
    return f"Element {number} ({text.counted(1 + len(element.references), 'image')})"


def voice(number: int) -> Said:
    """The input for a voice."""
    return Said(
        f"Voice {number}", f"Its id. Write <<<voice_{number}>>> in the words where it speaks; audio must be on."
    )


def camera(value: str) -> str:
    """A movement of the camera in its select."""
    return _CAMERAS.get(value, value.replace("_", " ").replace("/", ": "))


def seconds(others_s: int, lengths: Field | None) -> Said:
    """The select of a shot's length. others_s: seconds of the other shots; lengths: of the whole clip."""
    together = "" if lengths is None else f"All shots together last {spoken(lengths.choices)} s."
    others = f"The others last {others_s} s." if others_s else ""
    return Said("How long it lasts", f"{together} {others}".strip())


def place(at: int) -> str:
    """A place in the order of the shots."""
    return f"{text.ordinal(at)} shot"
