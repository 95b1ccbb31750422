"""A blocked image is refused before anything is held, however its copy was made; and nobody else is."""

from __future__ import annotations

import pytest
from PIL import ImageOps

from klapper.errors import RequestRefused
from klapper.kling.likeness import Likeness
from klapper.kling.picture import InputImage
from klapper.kling.request import Element
from klapper.moderation.image_block import EVERYWHERE
from klapper.services.image_blocks import MOST_BLOCKED, BlockedNow
from klapper.services.intake import Attached
from tests.fake_attachments import picture
from tests.pictures import jpeg, landscape, png, webp
from tests.unit.services.world import ANN, BOB, GUILD, OTHER_GUILD, World

FOX, OWL = landscape(1), landscape(2)


async def taken(world: World, data: bytes) -> InputImage:
    """A member has attached this."""
    image = await world.klapper.intake.take(attached(world, data), ANN)
    await world.settle()
    return image


def attached(world: World, data: bytes) -> Attached:
    return world.attachments.attach(data)


async def blocked_fox(world: World, guild_id: int = GUILD) -> None:
    """Bob is a moderator, and has blocked the fox."""
    assert await world.klapper.image_blocks.block(guild_id, BOB, [await taken(world, png(FOX))]) == BlockedNow(added=1)


@pytest.mark.parametrize(
    "copy",
    [
        png(FOX),
        jpeg(FOX, quality=40),
        webp(FOX, quality=50),
        png(FOX.resize((630, 600))),
        jpeg(ImageOps.mirror(FOX).resize((330, 315))),
        png(FOX.crop((4, 4, 416, 396))),
    ],
    ids=["the same file", "JPEG", "WebP", "larger", "mirrored and smaller", "cropped"],
)
async def test_a_copy_of_a_blocked_image_is_refused_before_anything_is_held(world: World, copy: bytes) -> None:
    await blocked_fox(world)
    image = await taken(world, copy)
    refused = await world.refused(world.asking(start_image=image.sha256))
    assert refused.code == "blocked_image"
    assert refused.sentence == ("image is on the block list of this server: choose another one.")
    assert (await world.balance()).held == 0
    assert await world.rows("SELECT 1 FROM jobs") == await world.rows("SELECT 1 FROM drafts") == []
    assert await world.rows("SELECT verdict, rule FROM decisions") == [("refused", "blocked_image")]


async def test_another_image_is_taken(world: World) -> None:
    await blocked_fox(world)
    assert await world.submit(start_image=(await taken(world, png(OWL))).sha256)
    assert await world.submit()


async def test_another_guild_does_not_share_the_list(world: World) -> None:
    await blocked_fox(world, OTHER_GUILD)
    assert await world.submit(start_image=(await taken(world, png(FOX))).sha256)


async def test_the_operators_list_is_for_every_guild(world: World) -> None:
    await world.klapper.image_blocks.block_everywhere([await taken(world, png(FOX))], by="operator:root")
    fox = (await taken(world, jpeg(FOX))).sha256
    for guild_id in (GUILD, OTHER_GUILD):
        refused = await world.refused(world.asking(guild_id=guild_id, start_image=fox))
        assert "of this bot" in refused.sentence


async def test_an_image_of_an_element_is_judged_like_the_first_one(world: World) -> None:
    await blocked_fox(world)
    fox, owl = (await taken(world, png(FOX))).sha256, (await taken(world, png(OWL))).sha256
    ask = world.asking("@Element2 runs", start_image=owl, elements=(Element(owl), Element(owl, (fox,))))
    refused = await world.refused(ask)
    assert refused.code == "blocked_image"
    assert refused.sentence.startswith("element_2 is on")


async def test_what_is_not_here_yet_is_no_reason_to_refuse(world: World) -> None:
    await blocked_fox(world)
    await world.klapper.submission.preview(world.asking(start_image=attached(world, png(FOX)).key))


async def test_a_preview_leaves_what_can_be_appealed_to_the_whole_request(world: World) -> None:
    await blocked_fox(world)
    fox = (await taken(world, png(FOX))).sha256
    await world.klapper.submission.preview(world.asking(start_image=fox))
    with pytest.raises(RequestRefused, match="with a minor"):
        await world.klapper.submission.preview(world.asking("a nude child", start_image=fox))


async def test_an_image_from_before_likenesses_is_refused_only_where_a_list_is_in_force(world: World) -> None:
    owl = (await taken(world, png(OWL))).sha256
    await world.execute("UPDATE images SET likeness = NULL")
    assert await world.submit(start_image=owl)
    await blocked_fox(world)
    refused = await world.refused(world.asking(start_image=owl))
    assert refused.code == "image_not_compared"
    assert "attach it again" in refused.sentence
    assert (await taken(world, png(OWL))).sha256 == owl
    assert await world.submit(start_image=owl)


async def test_blocking_again_changes_nothing(world: World) -> None:
    await blocked_fox(world)
    fox = await taken(world, png(FOX))
    assert await world.klapper.image_blocks.block(GUILD, ANN, [fox, fox]) == BlockedNow(known=2)
    assert len(await world.klapper.image_blocks.listed(GUILD)) == 1


async def test_a_plain_image_is_not_blocked_and_never_found(world: World) -> None:
    black, teal = await taken(world, picture(colour="black")), await taken(world, picture())
    assert await world.klapper.image_blocks.block(GUILD, BOB, [black]) == BlockedNow(plain=1)
    await blocked_fox(world)
    assert await world.submit(start_image=teal.sha256)


async def test_an_unblocked_image_is_taken_again(world: World) -> None:
    await blocked_fox(world)
    blocks = world.klapper.image_blocks
    [line] = await blocks.listed(GUILD)
    assert not await blocks.unblock_line(OTHER_GUILD, BOB, line.block_id)
    assert await blocks.unblock_line(GUILD, BOB, line.block_id)
    assert not await blocks.unblock_anywhere(line.block_id)
    assert await world.submit(start_image=(await taken(world, png(FOX))).sha256)


async def test_a_full_list_takes_no_more_and_says_so(world: World) -> None:
    async with world.database.write() as tx:
        for number in range(MOST_BLOCKED):
            likeness = Likeness.of(positive=(1 << 80) + number, negative=0)
            await world.klapper.blocked_images.block(tx, EVERYWHERE, likeness, by="operator:root", now_ms=5)
    with pytest.raises(RequestRefused, match="room for 1000 images"):
        await world.klapper.image_blocks.block_everywhere([await taken(world, png(FOX))], by="operator:root")
    assert len(await world.klapper.image_blocks.listed(EVERYWHERE)) == MOST_BLOCKED
    assert await world.klapper.image_blocks.block(GUILD, BOB, [await taken(world, png(FOX))]) == BlockedNow(added=1)
