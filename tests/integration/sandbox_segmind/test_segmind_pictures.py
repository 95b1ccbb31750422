"""Image to video: which images a job can use, and what its clip shows of them."""

from __future__ import annotations

import io
import os
from typing import Any

import pytest
from PIL import Image

from sandbox.segmind import Fault, JobView, Kind, SandboxSegmind, SegmindControl, Stage
from tests.integration.sandbox_segmind.caller import Caller
from tests.integration.sandbox_segmind.drawing import BLUE, GREEN, RED, YELLOW, drawn, field_at, frame_of

O3, STANDARD = "kling-o3-image2video", "kling-3-standard-image2video"
START = {O3: "image_url", STANDARD: "start_image_url"}
PROMPT = "the photo wakes"


def _body(slug: str, url: str, **more: Any) -> dict[str, Any]:
    return {"prompt": PROMPT, "duration": "3", "generate_audio": False, START[slug]: url, **more}


async def _failed(caller: Caller, control: SegmindControl, body: dict[str, Any], slug: str = STANDARD) -> JobView:
    return await control.wait_for_state(await caller.accepted(body, slug), "FAILED")


async def _shown(caller: Caller, content: bytes, slug: str = STANDARD, **more: Any) -> Image.Image:
    url = await caller.uploaded(content)
    return frame_of((await caller.output(await caller.finished(_body(slug, url, **more), slug))).body)


@pytest.mark.parametrize("slug", START)
@pytest.mark.parametrize("form", ["PNG", "JPEG"])
async def test_a_clip_shows_the_image_it_starts_from(caller: Caller, slug: str, form: str) -> None:
    frame = await _shown(caller, drawn(800, 600, form=form), slug)
    assert frame.size == (320, 240)
    assert field_at(frame, 0.25, 0.4) == RED
    assert field_at(frame, 0.75, 0.4) == GREEN
    assert field_at(frame, 0.25, 0.7) == BLUE
    assert field_at(frame, 0.75, 0.7) == YELLOW


async def test_the_pixels_count_and_not_the_orientation_tag(caller: Caller) -> None:
    frame = await _shown(caller, drawn(800, 600, form="JPEG", orientation=6))
    assert frame.size == (320, 240)
    assert field_at(frame, 0.25, 0.4) == RED


@pytest.mark.parametrize(
    ("size", "clip"),
    [((600, 800), (240, 320)), ((750, 300), (320, 128)), ((300, 750), (128, 320)), ((301, 303), (318, 320))],
)
async def test_a_clip_has_the_shape_of_its_image_whatever_was_asked(
    caller: Caller, size: tuple[int, int], clip: tuple[int, int]
) -> None:
    assert (await _shown(caller, drawn(*size), aspect_ratio="16:9")).size == clip


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
async def test_any_png_makes_a_film(caller: Caller, mode: str) -> None:
    through = "L" if mode == "I;16" else "RGB"
    image = Image.new(through, (400, 300), "white").convert(mode)
    assert (await _shown(caller, _saved(image))).size == (320, 240)


def _saved(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


async def test_a_long_prompt_leaves_most_of_the_image_to_be_seen(caller: Caller) -> None:
    frame = await _shown(caller, drawn(), prompt="word " * 400)
    assert field_at(frame, 0.25, 0.7) == BLUE
    assert field_at(frame, 0.75, 0.45) == GREEN


async def test_two_images_make_two_films(caller: Caller) -> None:
    upright, across = await _shown(caller, drawn(300, 400)), await _shown(caller, drawn(400, 300))
    assert upright.size != across.size


async def test_an_image_is_looked_at_when_the_job_runs_and_costs_nothing_if_it_is_bad(
    caller: Caller, control: SegmindControl
) -> None:
    job_id = await caller.accepted(_body(STANDARD, "https://images.segmind.com/assets/first.png"), STANDARD)
    job = await control.wait_for_state(job_id, "FAILED")
    assert (job.charged_usd, (await control.settings()).balance_usd) == (None, 100)
    answer = await caller.status(job_id)
    assert (answer.status, answer.json["status"]) == (422, "FAILED")
    assert answer.error == "start_image_url: the image could not be downloaded"


async def test_a_bad_image_fails_a_job_before_it_can_get_stuck(caller: Caller, control: SegmindControl) -> None:
    await control.add_fault(Fault(Stage.JOB, Kind.STUCK_PROCESSING))
    await _failed(caller, control, _body(STANDARD, "https://images.segmind.com/assets/first.png"))


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.discordapp.com/attachments/1/2/{name}",
        "https://images.segmind.com/generations/{name}",
        "https://images.segmind.com/assets/deeper/{name}",
        "https://images.segmind.com/assets/",
        "https://images.segmind.example/assets/{name}",
    ],
)
async def test_only_what_was_uploaded_here_is_fetched(caller: Caller, control: SegmindControl, url: str) -> None:
    await caller.uploaded(drawn())
    (upload,) = await control.uploads()
    job = await _failed(caller, control, _body(O3, url.format(name=upload.name)), O3)
    assert job.error == "image_url: the image could not be downloaded"


@pytest.mark.parametrize("host", ["images.segmind.com", "storage.segmind.com"])
async def test_an_upload_is_known_under_segmind_s_names(caller: Caller, control: SegmindControl, host: str) -> None:
    await caller.uploaded(drawn())
    (upload,) = await control.uploads()
    assert (await caller.finished(_body(O3, f"https://{host}/assets/{upload.name}"), O3)).state == "COMPLETED"


PNG = drawn()
REFUSED: list[tuple[str, bytes, str]] = [
    ("too narrow", drawn(299, 400), "299x400"),
    ("too low", drawn(400, 299), "400x299"),
    ("too wide", drawn(751, 300), "aspect ratio"),
    ("too tall", drawn(300, 751), "aspect ratio"),
    ("a GIF", drawn(form="GIF", mode="P"), "not a valid JPEG or PNG"),
    ("a WebP", drawn(form="WEBP"), "not a valid JPEG or PNG"),
    ("half a PNG", PNG[: len(PNG) // 2], "not a valid JPEG or PNG"),
    ("half a JPEG", drawn(form="JPEG")[:1500], "not a valid JPEG or PNG"),
    ("a PNG with a broken middle", PNG[:60] + bytes(40) + PNG[100:], "not a valid JPEG or PNG"),
    ("text", b"<html></html>", "not a valid JPEG or PNG"),
    ("more than 10 MB", PNG + os.urandom(10_000_001 - len(PNG)), "at most 10000000"),
]


@pytest.mark.parametrize(("content", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
async def test_an_image_that_kling_does_not_take_fails_the_job(
    caller: Caller, control: SegmindControl, content: bytes, words: str
) -> None:
    job = await _failed(caller, control, _body(STANDARD, await caller.uploaded(content)))
    assert words in str(job.error)
    assert str(job.error).startswith("start_image_url: ")


@pytest.mark.parametrize("size", [(300, 300), (750, 300), (300, 750)])
async def test_the_limits_themselves_are_taken(caller: Caller, size: tuple[int, int]) -> None:
    url = await caller.uploaded(drawn(*size))
    assert (await caller.finished(_body(STANDARD, url), STANDARD)).state == "COMPLETED"


async def test_an_image_of_exactly_10_megabytes_is_taken(caller: Caller) -> None:
    url = await caller.uploaded(PNG + os.urandom(10_000_000 - len(PNG)))
    assert (await caller.finished(_body(STANDARD, url), STANDARD)).state == "COMPLETED"


@pytest.mark.parametrize("slug", START)
async def test_the_end_image_must_be_one_too(caller: Caller, control: SegmindControl, slug: str) -> None:
    good, bad = await caller.uploaded(drawn()), await caller.uploaded(drawn(100, 100))
    job = await _failed(caller, control, _body(slug, good, end_image_url=bad), slug)
    assert str(job.error).startswith("end_image_url: ")


async def test_every_image_of_an_element_must_be_one(caller: Caller, control: SegmindControl) -> None:
    good, bad = await caller.uploaded(drawn()), await caller.uploaded(drawn(100, 100))
    whole = {"frontal_image_url": good, "reference_image_urls": [good]}
    for element, name in [
        ({**whole, "frontal_image_url": bad}, "frontal_image_url"),
        ({**whole, "reference_image_urls": [good, bad]}, "reference_image_urls[1]"),
    ]:
        job = await _failed(caller, control, _body(STANDARD, good, elements=[whole, element]))
        assert str(job.error).startswith(f"elements[1].{name}: ")


async def test_end_and_element_images_are_not_shown(caller: Caller) -> None:
    other = await caller.uploaded(drawn(300, 750))
    frame = await _shown(caller, drawn(), end_image_url=other, elements=[{"frontal_image_url": other}])
    assert frame.size == (320, 240)
    assert field_at(frame, 0.75, 0.7) == YELLOW


async def test_an_imported_job_shows_its_image(caller: Caller, control: SegmindControl) -> None:
    url = await caller.uploaded(drawn(300, 400))
    job = await control.import_job(STANDARD, _body(STANDARD, url), age_s=60)
    assert frame_of((await caller.output(job)).body).size == (240, 320)


async def test_an_imported_job_needs_no_image(caller: Caller, control: SegmindControl) -> None:
    job = await control.import_job(O3, _body(O3, "https://images.segmind.com/assets/gone.png"), age_s=60)
    assert frame_of((await caller.output(job)).body).size == (320, 180)


async def test_an_image_of_another_server_is_not_ours(caller: Caller, control: SegmindControl) -> None:
    async with SandboxSegmind() as other:
        headers = {"x-api-key": other.api_key}
        answer = await caller.request(
            "POST", f"{other.url}/upload-asset", json={"data_urls": ["data:image/png;base64,AAAA"]}, headers=headers
        )
        await _failed(caller, control, _body(STANDARD, answer.json["file_urls"][0]))
