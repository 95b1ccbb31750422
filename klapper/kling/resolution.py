"""From what was asked to what will be sent: model chosen, defaults filled in, every rule checked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from klapper.errors import RequestRefused
from klapper.kling.checks import check, is_choice, spoken
from klapper.kling.model import Catalogue, Field, Model, Note, Support
from klapper.kling.request import VideoRequest, from_plain, is_set, option_values, to_plain, without_words


@dataclass(frozen=True, slots=True)
class ResolvedRequest:
    """A request that its model takes. Made by `resolve`; nothing else should build one.

    asked: as the member gave it. filled: the same with the slug as `model` and every default in its place.
    """

    model: Model
    asked: VideoRequest
    filled: VideoRequest

    @property
    def slug(self) -> str:
        return self.model.slug

    @property
    def duration_s(self) -> int:
        """Seconds of video; 0 for a model without a choice of length."""
        return self.filled.duration_s or 0

    @property
    def mode(self) -> str | None:
        """`std` or `pro`; None for a model without modes."""
        return self.filled.mode

    @property
    def audio(self) -> bool:
        return bool(self.filled.generate_audio)

    def to_json(self) -> str:
        """Stable text to store with the job: what was asked and what will be sent, whatever defaults become later."""
        plain = {"asked": to_plain(self.asked), "filled": to_plain(self.filled)}
        return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str, catalogue: Catalogue) -> ResolvedRequest:
        """What `to_json` wrote. Raises ValueError for other text, RequestRefused (`unknown_model`) for a gone slug."""
        plain = json.loads(text)
        if not isinstance(plain, dict) or plain.keys() != {"asked", "filled"}:
            raise ValueError("This stored request cannot be read.")
        filled = from_plain(plain["filled"])
        return cls(catalogue.model(filled.model or ""), from_plain(plain["asked"]), filled)


def wordless(text: str) -> str:
    """What `ResolvedRequest.to_json` wrote, with its settings alone; empty for text that cannot be read."""
    try:
        plain = json.loads(text)
        kept = {part: without_words(plain[part]) for part in ("asked", "filled")}
    except (ValueError, TypeError, KeyError):
        return ""
    return json.dumps(kept, sort_keys=True, separators=(",", ":"))


_ENDS = frozenset(".!?…:;,。！？")


def resolve(
    request: VideoRequest, catalogue: Catalogue, proposed: Mapping[str, str] = MappingProxyType({})
) -> ResolvedRequest:
    """Choose the model, fill in the defaults, check every rule. Nothing is dropped or clamped.

    proposed: values that count before the model's own defaults; `model` among them when the request names none.

    Raises RequestRefused with a stable code: `unknown_model`, `<option>_not_taken`, `<option>_needs_image`,
    `<option>_missing` and those of `checks` and `rules`.
    """
    model = catalogue.choose(replace(request, model=request.model or proposed.get("model")))
    _refuse_untaken(request, model, catalogue)
    filled = _fill(request, model, proposed)
    for field in sorted(model.fields, key=lambda field: field.attribute != "shots"):  # a prompt may be made of them
        if field.attribute == "duration_s":
            _refuse_length(field, filled, model, catalogue)
        _check_field(field, filled)
    for rule in model.rules:
        if (refusal := rule(filled)) is not None:
            raise refusal
    return ResolvedRequest(model, request, filled)


def refuse_hidden(request: VideoRequest, catalogue: Catalogue) -> None:
    """For ways of asking that offer only what is sure: refuse an option that the chosen model does not take openly.

    Raises RequestRefused (`unknown_model`, `<option>_not_taken`).
    """
    model = catalogue.choose(request)
    for name in option_values(request):
        field = model.field(name)
        if field is not None and field.support is Support.HIDDEN:
            raise _not_taken(name, request, model, catalogue)


def notes(resolved: ResolvedRequest) -> tuple[Note, ...]:
    """What the reader of a quote or card should know: options the member set that may have no effect, hints."""
    asked = {name for name, value in option_values(resolved.asked).items() if value is not False}
    if not resolved.asked.prompt:
        asked.discard("shots")  # whose note is about the prompt beside them
    doubts = (field.note for field in resolved.model.fields if field.attribute in asked)
    hints = (hint(resolved.filled) for hint in resolved.model.hints)
    return tuple(note for note in (*doubts, *hints) if note is not None)


def _refuse_untaken(request: VideoRequest, model: Model, catalogue: Catalogue) -> None:
    untaken = [name for name in option_values(request) if model.field(name) is None]
    if not untaken:
        return
    # The image first: without it the model may be another one, and the rest may be fine.
    attribute = "start_image" if "start_image" in untaken else untaken[0]
    if request.start_image is None and _with_image_takes(attribute, model, catalogue):
        option = _option(attribute, catalogue.models)
        needs = "need" if _is_many(attribute) else "needs"
        raise RequestRefused(f"{option}_needs_image", f"{option} {needs} a first image: add image or remove {option}.")
    raise _not_taken(attribute, request, model, catalogue)


def _is_many(attribute: str) -> bool:
    return attribute in ("shots", "voice_ids", "elements")


def _with_image_takes(attribute: str, model: Model, catalogue: Catalogue) -> bool:
    siblings = (m for m in catalogue.models if m.family == model.family and m.needs_image)
    return any(sibling.field(attribute) for sibling in siblings)


def _not_taken(attribute: str, request: VideoRequest, model: Model, catalogue: Catalogue) -> RequestRefused:
    option = _option(attribute, catalogue.models)
    takers = catalogue.takers(attribute, with_image=request.start_image is not None)
    remove = "remove them" if _is_many(attribute) else "remove it"
    advice = f"{remove} or choose model {_named(takers)}" if takers else remove
    return RequestRefused(f"{option}_not_taken", f"{model.title} does not take {option}: {advice}.")


def _refuse_length(field: Field, filled: VideoRequest, model: Model, catalogue: Catalogue) -> None:
    seconds = filled.duration_s
    if seconds is None or is_choice(field, seconds):
        return
    if filled.shots and seconds == sum(shot.duration_s for shot in filled.shots):
        what = f"The shots last {seconds} s together, and a clip of {model.title} lasts {spoken(field.choices)} s"
        raise RequestRefused("shots_sum_not_a_choice", f"{what}: {_nearer(seconds, field)}.")
    takers = catalogue.takers("duration_s", with_image=filled.start_image is not None)
    able = [m for m in takers if (f := m.field("duration_s")) is not None and is_choice(f, seconds)]
    advice = f": choose one of these, or model {_named(able)} for {seconds} s." if able else "."
    what = f"{field.option} of {model.title} must be {spoken(field.choices)} s, not {seconds} s{advice}"
    raise RequestRefused(f"{field.option}_not_a_choice", what)


def _nearer(seconds: int, field: Field) -> str:
    """How the shots come to a length that there is."""
    choice = min((int(choice) for choice in field.choices), key=lambda choice: abs(choice - seconds))
    return f"add {choice - seconds} s" if choice > seconds else f"take {seconds - choice} s away"


def _named(models: Iterable[Model]) -> str:
    return " or ".join(f"{model.family.key} ({model.title})" for model in models)


def _option(attribute: str, models: Iterable[Model]) -> str:
    fields = (model.field(attribute) for model in models)
    return next((field.option for field in fields if field is not None), attribute)


def _fill(request: VideoRequest, model: Model, proposed: Mapping[str, str]) -> VideoRequest:
    given = option_values(request)
    if request.shots and not request.prompt:
        # Segmind wants a prompt beside the shots, which its model reads as a summary at best.
        given["prompt"] = _summary(request, model)
    if request.shots and model.field("duration_s") and "duration_s" not in given:
        # Kling wants the shots to add up to the duration, so they decide when nothing was said.
        given["duration_s"] = sum(shot.duration_s for shot in request.shots)
    defaults = {
        field.attribute: field.default
        for field in model.fields
        if field.default is not None and (field.default_with is None or field.default_with in given)
    }
    wished = {name: value for name, value in proposed.items() if name != "model" and model.field(name)}
    return replace(request, model=model.slug, **{**defaults, **wished, **given})


def _summary(request: VideoRequest, model: Model) -> str:
    """The shots as one text, a sentence each."""
    sentences = (shot.prompt.strip() for shot in request.shots)
    text = " ".join(sentence if sentence[-1:] in _ENDS else f"{sentence}." for sentence in sentences if sentence)
    field = model.field("prompt")
    return text if field is None else text[: field.max_chars]


def _check_field(field: Field, filled: VideoRequest) -> None:
    value = getattr(filled, field.attribute)
    if is_set(value):
        check(field, value)
    elif field.required:
        raise RequestRefused(f"{field.option}_missing", f"{field.option} is missing: this model cannot do without it.")
