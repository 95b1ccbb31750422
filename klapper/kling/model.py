"""The shape of a catalogue: models, their fields, and the rules between fields. The data is in `catalogue.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum, StrEnum

from klapper.errors import RequestRefused
from klapper.kling.request import VideoRequest


class Kind(Enum):
    """How a value is checked and written."""

    TEXT = "text"
    CHOICE = "choice"
    SECONDS_AS_TEXT = "seconds as text"
    SECONDS_AS_INTEGER = "seconds as integer"
    SWITCH = "switch"
    NUMBER = "number"
    INTEGER = "integer"
    IMAGE = "image"
    SHOTS = "shots"
    TEXTS = "texts"
    ELEMENTS = "elements"


class Support(StrEnum):
    """How sure it is that a field does what it says."""

    YES = "yes"
    EXPERIMENTAL = "experimental"
    HIDDEN = "hidden"  # no option of /video; draft panel and service take it


@dataclass(frozen=True, slots=True)
class Note:
    """Something true about a request that its reader should know before paying. code: stable."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter of a model.

    attribute: of `VideoRequest`; option: the member's word for it; wire: Segmind's name. choices: the allowed values,
    empty when free. minimum, maximum: of a number, or the least seconds of a shot. max_chars: of the text, or of each
    text in a list. default: what is always sent when the member says nothing, None when nothing is sent;
    default_with: the default counts only when this other attribute is set. note: shown when the member sets the option.
    """

    attribute: str
    option: str
    wire: str
    kind: Kind
    required: bool = False
    default: str | int | float | bool | None = None
    default_with: str | None = None
    choices: tuple[str | int, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    max_chars: int | None = None
    max_items: int | None = None
    max_references: int | None = None
    support: Support = Support.YES
    note: Note | None = None


Rule = Callable[[VideoRequest], RequestRefused | None]
"""A cross-field rule over a request with its defaults filled in: the refusal, or None."""

Hint = Callable[[VideoRequest], Note | None]
"""Like a rule, but what it finds is only worth saying."""


@dataclass(frozen=True, slots=True)
class Family:
    """What a member chooses as `model`; the image decides between its models."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class Model:
    """One slug. average_run_s: published average run time, the prior of every estimate."""

    slug: str
    family: Family
    title: str
    average_run_s: float
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...] = ()
    hints: tuple[Hint, ...] = ()

    def field(self, attribute: str) -> Field | None:
        """The field for an attribute of `VideoRequest`, None when the model does not take it."""
        return next((field for field in self.fields if field.attribute == attribute), None)

    @property
    def needs_image(self) -> bool:
        """Whether nothing can be made without a first image."""
        image = self.field("start_image")
        return image is not None and image.required

    def suits(self, *, with_image: bool) -> bool:
        """Whether the model can be used with, or without, a first image."""
        return self.field("start_image") is not None if with_image else not self.needs_image


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All models that may be asked for. default_family: the key used when a member names no model."""

    models: tuple[Model, ...]
    default_family: str

    def families(self) -> tuple[Family, ...]:
        """Each family once, in the order of the models."""
        return tuple(dict.fromkeys(model.family for model in self.models))

    def titles(self) -> dict[str, str]:
        """Key of a family -> its title."""
        return {family.key: family.title for family in self.families()}

    def model(self, slug: str) -> Model:
        """The model with this slug. Raises RequestRefused (`unknown_model`)."""
        for model in self.models:
            if model.slug == slug:
                return model
        raise self._unknown(slug)

    def choose(self, request: VideoRequest) -> Model:
        """The model that a request means: a slug as it is; in a family the first that suits the image.

        Raises RequestRefused (`unknown_model`).
        """
        name = request.model or self.default_family
        family = [model for model in self.models if model.family.key == name]
        if not family:
            return self.model(name)
        with_image = request.start_image is not None
        return next((model for model in family if model.suits(with_image=with_image)), family[0])

    def takers(self, attribute: str, *, with_image: bool) -> tuple[Model, ...]:
        """Models that take an option openly; only those that also suit the image, when there are any."""
        openly = [m for m in self.models if (f := m.field(attribute)) and f.support is not Support.HIDDEN]
        return tuple(m for m in openly if m.suits(with_image=with_image)) or tuple(openly)

    def _unknown(self, name: str) -> RequestRefused:
        names = [family.key for family in self.families()] + [model.slug for model in self.models]
        near = get_close_matches(name, names, n=1, cutoff=0.0)[0]
        return RequestRefused("unknown_model", f"There is no model `{name[:60]}`; did you mean `{near}`?")
