"""OpenAI's moderation API: what is sent and what comes back. No other file knows its field names.

Sources: OpenAI API reference, Create moderation, and the types of its Python SDK: `input` is a list of texts, with one
result for each, or a list of parts, with one result for all. A second image in one request is refused (error code
`too_many_images`), and the guide Moderation allows 20 MB per image. A category that a model does not judge may be null.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from typing import Annotated, BinaryIO

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from klapper.moderation.contextual import CATEGORY, Report

MOST_IMAGE_BYTES = 20 * 1000 * 1000
READ_BYTES = 192 * 1024  # a multiple of three, so that the pieces' base64 is the base64 of the whole
_HERE = "<here>"


def texts_body(model: str, texts: Sequence[str]) -> bytes:
    """The question about some texts; its answer has a report on each, in their order."""
    return _json({"model": model, "input": list(texts)})


def image_body(model: str, media_type: str, file: BinaryIO) -> bytes:
    """The question about one image, read from here to its end."""
    part = {"type": "image_url", "image_url": {"url": f"data:{media_type};base64,{_HERE}"}}
    before, _, after = _json({"model": model, "input": [part]}).rpartition(_HERE.encode())
    body = BytesIO()
    body.write(before)
    while piece := file.read(READ_BYTES):
        body.write(b64encode(piece))
    body.write(after)
    return body.getvalue()


def read_reports(body: bytes, *, inputs: int) -> list[Report]:
    """The reports on so many texts or images. Raises ValueError for anything else, without repeating any of it."""
    try:
        results = _Answer.model_validate_json(body).results
    except ValueError:
        raise ValueError("not an answer of a moderation API") from None
    if len(results) != inputs:
        raise ValueError(f"{len(results)} results for {inputs} inputs")
    return [_report(result) for result in results]


def _category(name: str) -> str:
    if CATEGORY.fullmatch(name) is None:
        raise ValueError("not the name of a category")
    return name


_Category = Annotated[str, AfterValidator(_category)]
_Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Result(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    flagged: bool
    categories: Annotated[dict[_Category, bool | None], Field(min_length=1)]
    category_scores: dict[_Category, _Score | None]


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    results: list[_Result]


def _report(result: _Result) -> Report:
    return Report(
        flagged=result.flagged,
        flags={name: flag for name, flag in result.categories.items() if flag is not None},
        scores={name: score for name, score in result.category_scores.items() if score is not None},
    )


def _json(plain: object) -> bytes:
    return json.dumps(plain, separators=(",", ":")).encode()
