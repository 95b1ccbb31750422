"""Files that members attach, and what the CDN serves of them."""

from __future__ import annotations

import io

import aiohttp
import pytest
from PIL import Image

from sandbox.driver import AttachmentView, Driver, File, InteractionResult, NotPossible
from tests.integration.sandbox_discord.panel_bot import PanelBot
from tests.integration.sandbox_discord.rest import Rest

HERE = r"^/cdn/ephemeral-attachments/"


def picture(width: int = 8, height: int = 6, kind: str = "PNG") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (width, height)).save(target, kind)
    return target.getvalue()


async def look(driver: Driver, **files: File) -> InteractionResult:
    return await driver.slash("Mira", "videos", "look", **files)


async def attached(driver: Driver, file: File) -> AttachmentView:
    """What Mira attached, once the bot has read it and will not ask again."""
    result = await look(driver, first=file)
    await result.wait_message()
    return result.attachments[0]


async def test_a_command_takes_several_attachments(panels: PanelBot, driver: Driver) -> None:
    jpeg = picture(20, 10, "JPEG")
    files = {"first": File("a.png", picture()), "second": File("b.jpg", jpeg), "third": File("c.heic", b"ftypheic")}
    told = (await (await look(driver, **files)).wait_message()).content
    assert told.splitlines() == [
        "plain",
        f"a.png image/png 8x6 {len(picture())}",
        f"b.jpg image/jpeg 20x10 {len(jpeg)}",
        "c.heic image/heic NonexNone 8",
    ]


async def test_an_attachment_is_fetched_by_whoever_has_its_address(panels: PanelBot, driver: Driver) -> None:
    given = await attached(driver, File("a.png", picture()))
    assert "/ephemeral-attachments/" in given.url
    async with aiohttp.ClientSession() as stranger, stranger.head(given.url) as head:
        assert (head.status, head.content_type) == (200, "image/png")
        assert head.content_length == len(picture())
    assert await driver.fetch(given.url) == picture()


async def test_an_attachment_that_was_taken_down_is_gone(panels: PanelBot, driver: Driver) -> None:
    given = await attached(driver, File("a.png", picture()))
    await driver.take_down(given)
    with pytest.raises(aiohttp.ClientResponseError, match="404"):
        await driver.fetch(given.url)
    with pytest.raises(NotPossible, match="no file"):
        await driver.take_down(given.url)


async def test_a_member_attaches_no_more_than_the_place_takes(panels: PanelBot, driver: Driver) -> None:
    await driver.set_upload_limit(100)
    with pytest.raises(NotPossible, match="upload limit of 100"):
        await look(driver, first=File("a.bin", b"x" * 101))
    with pytest.raises(NotPossible, match="upload limit of 100"):
        await driver.say("Mira", "videos", files=[File("a.bin", b"x" * 101)])
    await driver.set_upload_limit(101)
    await (await look(driver, first=File("a.bin", b"x" * 101))).wait_message()


async def test_a_members_own_limit_counts_where_it_is_larger(panels: PanelBot, driver: Driver) -> None:
    await driver.set_upload_limit(100)
    await driver.set_member_upload_limit("Mira", 200)
    await (await look(driver, first=File("a.bin", b"x" * 200))).wait_message()
    assert panels.interactions[0].filesize_limit == 200
    with pytest.raises(NotPossible, match="upload limit of 200"):
        await look(driver, first=File("a.bin", b"x" * 201))


async def test_a_members_own_limit_helps_answers_but_not_the_bots_messages(
    panels: PanelBot, rest: Rest, driver: Driver
) -> None:
    await driver.set_upload_limit(1000)
    await driver.set_member_upload_limit("Mira", 2000)
    await (await driver.slash("Mira", "videos", "panel")).wait_response()
    interaction, files = panels.interactions[0], {0: ("a.bin", b"x" * 1001)}
    webhook = f"/webhooks/{interaction.application_id}/{interaction.token}"
    assert (await rest.call("POST", webhook, {}, files=files))[0] == 200
    messages = f"/channels/{interaction.channel_id}/messages"
    assert await rest.code("POST", messages, {}, files=files) == (413, 40005)


async def test_a_fetch_can_be_answered_with_an_error(panels: PanelBot, driver: Driver) -> None:
    given = await attached(driver, File("a.png", picture()))
    await driver.add_fault("GET", HERE, status=503)
    with pytest.raises(aiohttp.ClientResponseError, match="503"):
        await driver.fetch(given.url)
    assert await driver.fetch(given.url) == picture()


async def test_a_fetch_can_break_off_in_the_middle(panels: PanelBot, driver: Driver) -> None:
    given = await attached(driver, File("a.bin", b"x" * 1000))
    await driver.add_fault("GET", HERE, drop=True, when="after")
    with pytest.raises(aiohttp.ClientPayloadError):
        await driver.fetch(given.url)


async def test_a_fetch_can_be_refused_a_connection(panels: PanelBot, driver: Driver) -> None:
    given = await attached(driver, File("a.bin", b"x"))
    await driver.add_fault("GET", HERE, drop=True, times=2)  # aiohttp's client asks again once
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await driver.fetch(given.url)


async def test_a_fault_for_requests_spares_the_files(panels: PanelBot, driver: Driver) -> None:
    given = await attached(driver, File("a.bin", b"x"))
    await driver.add_fault("GET", status=500)
    assert await driver.fetch(given.url) == b"x"


@pytest.mark.parametrize(
    ("name", "entry"), [("SPOILER_a.png", {}), ("a.png", {"is_spoiler": True})], ids=["by name", "by flag"]
)
async def test_a_spoiler_is_marked(rest: Rest, driver: Driver, name: str, entry: dict[str, object]) -> None:
    body = {
        "flags": 32768,
        "attachments": [{"id": 0, "filename": name} | entry],
        "components": [{"type": 12, "items": [{"media": {"url": f"attachment://{name}"}, "spoiler": True}]}],
    }
    path = f"/channels/{await driver.channel_id('videos')}/messages"
    _, message = await rest.call("POST", path, body, files={0: (name, picture())})
    seen = await driver.message(message["id"])
    assert seen.attachments[0].spoiler
    assert [one.spoiler for one in seen.media] == [True]
    assert await driver.fetch(seen.media[0].url) == picture()


async def test_a_plain_file_is_no_spoiler(rest: Rest, driver: Driver) -> None:
    path = f"/channels/{await driver.channel_id('videos')}/messages"
    _, message = await rest.call("POST", path, {}, files={0: ("a.png", picture())})
    seen = (await driver.message(message["id"])).attachments[0]
    assert (seen.spoiler, seen.width, seen.height) == (False, 8, 6)


async def test_autocomplete_knows_the_options_filled_in_before(panels: PanelBot, driver: Driver) -> None:
    choices = await driver.autocomplete("Mira", "videos", "look", "style", "oil", first=File("a.png", picture()))
    assert choices == [{"name": "oil with first, style", "value": "oil"}]
