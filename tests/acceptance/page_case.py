"""How a request of a model's page is written down by hand, and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

O3_TEXT = "kling-o3-text2video"
O3_IMAGE = "kling-o3-image2video"
V1_TEXT = "kling-text2video"
V3_TEXT = "kling-3-standard-text2video"
V3_IMAGE = "kling-3-standard-image2video"


@dataclass(frozen=True, slots=True)
class Picture:
    """A file of one colour."""

    colour: str


@dataclass(frozen=True, slots=True)
class Fill:
    """A form of the draft panel, filled in; values by the custom ids of its fields."""

    form: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Choose:
    """A select of the draft panel."""

    select: str
    value: str


@dataclass(frozen=True, slots=True)
class Case:
    """One request: options of /video, or steps in a panel that /storyboard opened; and what must come of it.

    credits: by the published price of the model, a credit for each begun cent.
    """

    slug: str
    body: dict[str, Any]
    credits: int
    options: dict[str, Any] | None = None
    steps: tuple[Fill | Choose, ...] = ()


TEAL, CORAL, GOLD, NAVY = (Picture(colour) for colour in ("teal", "coral", "gold", "navy"))
