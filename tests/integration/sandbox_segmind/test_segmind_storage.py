"""Image upload: what is taken, what is refused, what is remembered."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from sandbox.segmind import Fault, Kind, SandboxSegmind, SegmindControl, Stage
from tests.integration.sandbox_segmind.caller import Answer, Caller, data_url
from tests.integration.sandbox_segmind.drawing import drawn

PATH = "/upload-asset"
TINY = data_url(b"\x89PNG")


async def test_an_upload_answers_as_the_sdk_reads_it(caller: Caller, server: SandboxSegmind) -> None:
    answer = await caller.upload(TINY)
    assert answer.status == 200
    assert answer.json.keys() == {"file_urls", "message"}
    assert answer.json["message"] == "Files uploaded successfully"
    assert answer.json["file_urls"][0].startswith(f"{server.url}/assets/")


@pytest.mark.parametrize(("form", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
async def test_an_upload_is_served_as_it_came_without_a_key(caller: Caller, form: str, media_type: str) -> None:
    content = drawn(form=form)
    served = await caller.get(await caller.uploaded(content, media_type), headers={})
    assert (served.status, served.content_type, served.body) == (200, media_type, content)


async def test_the_addresses_are_in_the_order_of_the_files(caller: Caller) -> None:
    files = [b"first", b"second", b"third"]
    urls = (await caller.upload(*map(data_url, files))).json["file_urls"]
    assert [(await caller.get(url)).body for url in urls] == files


async def test_a_file_that_is_uploaded_twice_gets_two_addresses(caller: Caller, control: SegmindControl) -> None:
    first, second = [await caller.uploaded(b"same") for _ in range(2)]
    assert first != second
    assert len({upload.sha256 for upload in await control.uploads()}) == 1


async def test_the_driver_sees_every_upload(caller: Caller, control: SegmindControl) -> None:
    url = await caller.uploaded(b"a picture", "image/webp")
    (upload,) = await control.uploads()
    assert url.endswith(f"/{upload.name}")
    assert upload.name.endswith(".webp")
    assert (upload.media_type, upload.size_bytes) == ("image/webp", 9)
    assert upload.sha256 == hashlib.sha256(b"a picture").hexdigest()


async def test_the_driver_can_wait_for_an_upload(caller: Caller, control: SegmindControl) -> None:
    url = await caller.uploaded(b"a picture")
    event = await control.wait_for_event(lambda event: event.kind == "uploaded")
    assert url.endswith(f"/{event.detail}")


async def test_the_record_keeps_the_head_of_a_file_only(caller: Caller, control: SegmindControl) -> None:
    await caller.uploaded(bytes(3_000_000))
    (entry,) = await control.requests("POST", PATH)
    assert entry.body == {"data_urls": ["data:image/png;base64,AAAAAAAAAAAAAAAAAA"]}


async def test_a_file_of_50_megabytes_is_taken(caller: Caller, control: SegmindControl) -> None:
    await caller.uploaded(bytes(50_000_000))
    assert [upload.size_bytes for upload in await control.uploads()] == [50_000_000]


async def test_an_upload_without_the_key_is_a_401(caller: Caller, control: SegmindControl) -> None:
    missing = await caller.request("POST", PATH, json={"data_urls": [TINY]}, headers={})
    assert (missing.status, missing.error) == (401, "Missing Authorization or x-api-key in header")
    assert (await caller.upload(TINY, api_key="SG_0000000000000000")).status == 401
    assert await control.uploads() == []


async def test_a_wrong_content_type_is_a_406(caller: Caller, server: SandboxSegmind) -> None:
    headers = {"x-api-key": server.api_key, "Content-Type": "multipart/form-data"}
    answer = await caller.request("POST", PATH, data=b"{}", headers=headers)
    assert (answer.status, answer.error) == (406, "Invalid content type")


MALFORMED: list[tuple[Any, str]] = [
    ([TINY], "JSON object"),
    ({}, "data_urls"),
    ({"data_urls": []}, "at least one"),
    ({"data_urls": TINY}, "must be an array"),
    ({"data_urls": [TINY], "folder": "mine"}, "nothing else"),
    ({"data_urls": [TINY, 5]}, "data_urls[1]"),
    ({"data_urls": [TINY, ""]}, "data_urls[1]"),
    ({"data_urls": ["https://images.segmind.com/assets/a.png"]}, "data_urls[0]"),
    ({"data_urls": ["data:image/png,plain"]}, "data_urls[0]"),
    ({"data_urls": ["data:image/png;base64,"]}, "data_urls[0]"),
    ({"data_urls": ["data:image/png;base64,AAA"]}, "not valid base64"),
    ({"data_urls": ["data:image/png;base64,AA AA"]}, "not valid base64"),
    ({"data_urls": ["data:image/png;base64,_-__"]}, "not valid base64"),
    ({"data_urls": ["data:text/html;base64,AAAA"]}, "text/html"),
    ({"data_urls": ["data:image/jpg;base64,AAAA"]}, "image/jpg"),
]


@pytest.mark.parametrize(("body", "words"), MALFORMED)
async def test_a_body_of_another_shape_is_a_400_that_says_why(
    caller: Caller, control: SegmindControl, body: Any, words: str
) -> None:
    answer = await caller.request("POST", PATH, json=body)
    assert answer.status == 400
    assert words in answer.error
    assert await control.uploads() == []  # of several files all are kept, or none


async def test_a_wrong_verb_is_answered_in_html(caller: Caller) -> None:
    answer = await caller.get(PATH)
    assert (answer.status, answer.content_type) == (405, "text/html")


async def test_an_unknown_asset_is_a_404(caller: Caller) -> None:
    assert (await caller.get("/assets/nothing.png")).status == 404


async def test_a_body_above_the_limit_is_a_413(caller: Caller, control: SegmindControl) -> None:
    fits, exceeds = base64.b64encode(bytes(600)).decode(), base64.b64encode(bytes(900)).decode()
    await control.change(upload_limit_bytes=1000)
    assert (await caller.upload(f"data:image/png;base64,{fits}")).status == 200
    answer = await caller.upload(f"data:image/png;base64,{exceeds}")
    assert (answer.status, answer.error) == (413, "Request body is larger than 1000 bytes")
    assert [upload.size_bytes for upload in await control.uploads()] == [600]


async def test_a_limit_can_be_set_from_the_start(caller: Caller) -> None:
    async with SandboxSegmind(upload_limit_bytes=10) as server:
        headers = {"x-api-key": server.api_key}
        answer = await caller.request("POST", server.url + PATH, json={"data_urls": [TINY]}, headers=headers)
        assert answer.status == 413


async def test_an_upload_counts_against_the_rate(caller: Caller, control: SegmindControl) -> None:
    await control.change(requests_per_minute=1)
    assert (await caller.upload(TINY)).status == 200
    assert (await caller.upload(TINY)).status == 429
    assert (await caller.get("/v1/get-user-credits")).status == 429


@pytest.mark.parametrize("kind", [Kind.RATE_LIMITED, Kind.SERVER_ERROR, Kind.HTML, Kind.NOT_JSON])
async def test_a_scripted_answer_keeps_nothing(caller: Caller, control: SegmindControl, kind: Kind) -> None:
    await control.add_fault(Fault(Stage.UPLOAD, kind))
    await caller.upload(TINY)
    assert await control.uploads() == []
    await caller.uploaded(b"once more")
    assert len(await control.uploads()) == 1


async def _shaped(caller: Caller, control: SegmindControl, shape: str) -> Answer:
    await control.add_fault(Fault(Stage.UPLOAD, Kind.UPLOAD_SHAPE, text=shape))
    answer = await caller.upload(TINY)
    assert answer.status == 200
    assert len(await control.uploads()) == 1
    return answer


async def test_an_answer_can_have_the_shape_of_the_docs_page(
    caller: Caller, control: SegmindControl, server: SandboxSegmind
) -> None:
    answer = await _shaped(caller, control, "urls")
    assert answer.json.keys() == {"urls"}
    assert (await caller.get(answer.json["urls"][0])).body == b"\x89PNG"


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        ("empty", {"file_urls": [], "message": "Files uploaded successfully"}),
        ("nothing", {"message": "Files uploaded successfully"}),
    ],
)
async def test_an_answer_can_be_without_addresses(
    caller: Caller, control: SegmindControl, shape: str, body: dict[str, Any]
) -> None:
    assert (await _shaped(caller, control, shape)).json == body
