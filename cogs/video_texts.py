"""What /video says about itself: its options and their choices, at most 100 characters each."""

from __future__ import annotations

from collections.abc import Sequence

VIDEO = "Make a video from a description or an image"
OPTIONS = {
    "prompt": "What should be seen",
    "model": "Which Kling model makes it",
    "image": "Starts with this image: JPEG, PNG or WebP, 300 pixels a side or more",
    "end_image": "Ends with this image; needs image",
    "duration": "Length in seconds",
    "aspect_ratio": "Shape of the clip; with an image its shape, unless you choose",
    "mode": "std is cheaper, pro is finer",
    "audio": "Make sound, too",
    "negative_prompt": "What should not be seen",
    "cfg_scale": "How closely to follow the prompt, from 0 (freely) to 1 (strictly)",
    "camera": "How the camera moves",
    "camera_amount": "How far the camera moves along its axis; the sign is the direction",
    "element": "Somebody or something to keep the same: write @Element{number} in the prompt; needs image",
    "voice": "Voice id: write <<<voice_{number}>>> in the prompt where it speaks; needs audio, experimental",
    "deliver": "Where the clip goes",
    "spoiler": "Hide the clip until it is clicked",
}
MODEL_DEFAULT = "{title} (used when you choose none)"
DELIVER = {"here": "in this channel", "dm": "in a direct message"}
CAMERAS = {
    "horizontal": "horizontal: slide left (-) or right (+)",
    "vertical": "vertical: slide down (-) or up (+)",
    "pan": "pan: turn left (-) or right (+)",
    "tilt": "tilt: turn down (-) or up (+)",
    "roll": "roll: counter-clockwise (-) or clockwise (+)",
    "zoom": "zoom: closer (-) or wider (+)",
    "down_back": "down and back (takes no camera_amount)",
    "forward_up": "forward and up (takes no camera_amount)",
    "right_turn_forward": "turn right, then forward (takes no camera_amount)",
    "left_turn_forward": "turn left, then forward (takes no camera_amount)",
}


def camera_label(name: str) -> str:
    """A camera movement as a choice."""
    return CAMERAS.get(name, name.replace("_", " "))


def option(key: str, number: int | None = None, *, only: Sequence[str] = ()) -> str:
    """The description of an option. only: keys of the models that take it, empty when all do."""
    return OPTIONS[key].format(number=number) + (f" ({', '.join(only)})" if only else "")


def left_out(name: str, number: int, missing: int) -> str:
    """Voices and elements are counted from 1, because the prompt mentions them by their numbers."""
    return f"{name}_{number} is given without {name}_{missing}: fill in {name}_{missing} first."


def no_picture(name: str) -> str:
    """Discord says that the attachment is something else."""
    return f"{name} is not a JPEG, PNG or WebP file, and only these can be used: attach one of them."
