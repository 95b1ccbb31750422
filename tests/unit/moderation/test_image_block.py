"""Which images a list finds, what is said then, and what is kept of a blocked image."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from klapper.kling.likeness import BITS, Likeness
from klapper.kling.picture import InputImage
from klapper.moderation.blocked_images import BlockedImageStore
from klapper.moderation.image_block import EVERYWHERE, MOST_APART, AskedImage, Blocked, find, object_to_images
from tests.pictures import landscape, likeness_in
from tests.unit.services.world import GUILD, OTHER_GUILD, World

FOX = likeness_in(landscape(1))
OWL = likeness_in(landscape(2))
PLAIN = Likeness(0)


def differing(likeness: Likeness, bits: int) -> Likeness:
    """The same but for so many bits."""
    return Likeness(likeness.bits ^ ((1 << bits) - 1))


@pytest.mark.parametrize(
    ("image", "is_found"),
    [
        (FOX, True),
        (FOX.mirrored(), True),
        (differing(FOX, MOST_APART), True),
        (differing(FOX.mirrored(), MOST_APART), True),
        (differing(FOX, MOST_APART + 1), False),
        (OWL, False),
        (PLAIN, False),
        (Likeness((1 << BITS) - 1), False),
    ],
)
def test_what_differs_up_to_the_limit_is_found(image: Likeness, is_found: bool) -> None:
    line = Blocked(GUILD, FOX)
    assert find(image, [Blocked(GUILD, PLAIN), line]) == (line if is_found else None)


ON_LIST = "{} is on the block list of this {}: choose another one."


@pytest.mark.parametrize(
    ("images", "blocked", "said"),
    [
        ([FOX], [(GUILD, FOX)], {"image": ON_LIST.format("image", "server")}),
        ([FOX], [(EVERYWHERE, FOX)], {"image": ON_LIST.format("image", "bot")}),
        ([OWL, FOX], [(GUILD, FOX)], {"end_image": ON_LIST.format("end_image", "server")}),
        ([OWL, None], [(GUILD, FOX)], {"end_image": "attach it again"}),
        ([None, FOX], [(GUILD, FOX)], {"image": "attach it again", "end_image": ON_LIST.format("end_image", "server")}),
        ([OWL], [(GUILD, FOX)], {}),
        ([], [(GUILD, FOX)], {}),
        ([None, FOX], [], {}),
    ],
)
def test_the_objections_name_each_image_and_the_list(
    images: Sequence[Likeness | None], blocked: Sequence[tuple[int, Likeness]], said: dict[str, str]
) -> None:
    asked = [AskedImage(name, image) for name, image in zip(("image", "end_image"), images, strict=False)]
    objections = object_to_images(asked, [Blocked(*line) for line in blocked])
    assert [objection.detail for objection in objections] == list(said)
    assert all(said[objection.detail] in objection.sentence for objection in objections)


async def test_an_image_is_on_a_list_once_and_its_first_line_stays(world: World) -> None:
    store = BlockedImageStore()
    async with world.database.write() as tx:
        assert await store.block(tx, GUILD, FOX, by="member:1", now_ms=5, reason="gore", note="seen in #art")
        assert not await store.block(tx, GUILD, FOX, by="member:2", now_ms=6)
        assert await store.block(tx, OTHER_GUILD, FOX, by="member:3", now_ms=7)
        assert await store.block(tx, EVERYWHERE, FOX, by="operator:root", now_ms=8)
        [line] = await store.lines(tx, GUILD)
    assert (line.likeness, line.reason, line.note) == (FOX, "gore", "seen in #art")
    assert (line.blocked_by, line.at_ms) == ("member:1", 5)


async def test_a_guild_is_compared_with_its_own_list_and_the_one_for_all(world: World) -> None:
    store = BlockedImageStore()
    async with world.database.write() as tx:
        for guild_id, likeness in ((GUILD, FOX), (OTHER_GUILD, OWL), (EVERYWHERE, OWL)):
            await store.block(tx, guild_id, likeness, by="member:1", now_ms=5)
        in_force = await store.in_force(tx, GUILD)
    assert in_force == [Blocked(GUILD, FOX), Blocked(EVERYWHERE, OWL)]


async def test_a_line_goes_once(world: World) -> None:
    store = BlockedImageStore()
    async with world.database.write() as tx:
        await store.block(tx, GUILD, FOX, by="member:1", now_ms=5)
        [line] = await store.lines(tx, GUILD)
        assert await store.get(tx, line.block_id) == line
        assert await store.unblock(tx, line.block_id)
        assert not await store.unblock(tx, line.block_id)
        assert await store.get(tx, line.block_id) is None


async def test_an_image_that_is_attached_again_gets_the_likeness_that_it_lacked(world: World) -> None:
    image = InputImage("a" * 64, "image/png", 640, 360, 10)
    likely = InputImage("a" * 64, "image/png", 640, 360, 10, str(FOX))
    async with world.database.write() as tx:
        for one in (image, likely, image):
            await world.klapper.images.add(tx, one, 5)
        assert await world.klapper.images.get(tx, image.sha256) == likely
