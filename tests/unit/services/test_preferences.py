"""Members' own choices, and their guild's."""

from __future__ import annotations

from klapper.choices.choices import MemberChoices
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import ANN, BOB, GUILD, OTHER_GUILD, World


async def test_choices_are_a_members_own_in_one_guild(world: World) -> None:
    desk = world.klapper.preferences
    await desk.notify(GUILD, ANN, "silent")
    chosen = await desk.defaults(GUILD, ANN, model="o3", aspect_ratio="9:16", mode="pro")
    assert chosen == MemberChoices("silent", "o3", "9:16", "pro") == await desk.of(GUILD, ANN)
    assert await desk.of(GUILD, BOB) == MemberChoices() == await desk.of(OTHER_GUILD, ANN)


async def test_a_default_can_be_given_back_and_the_rest_stays(world: World) -> None:
    desk = world.klapper.preferences
    await desk.defaults(GUILD, ANN, model="o3", aspect_ratio="9:16", mode="pro")
    await desk.defaults(GUILD, ANN, model=None, aspect_ratio="9:16", mode=None)
    await desk.notify(GUILD, ANN, "dm")
    assert await desk.of(GUILD, ANN) == MemberChoices("dm", None, "9:16", None)


async def test_a_request_means_what_its_member_set(world: World) -> None:
    await world.klapper.preferences.defaults(GUILD, ANN, model="o3", aspect_ratio="9:16", mode="pro")
    mine, yours = await world.submit("a fox"), await world.submit("a fox", user_id=BOB)
    assert (mine.slug, yours.slug) == ("kling-o3-text2video", "kling-3-standard-text2video")
    assert '"aspect_ratio":"9:16"' in mine.request


async def test_sharing_is_off_until_a_manager_turns_it_on(open_world: OpenWorld) -> None:
    world = await open_world()
    guilds = world.klapper.guilds
    assert not await guilds.shares_images(GUILD)
    await guilds.share_images(GUILD, sharing=True)
    await world.kill()
    assert await world.klapper.guilds.shares_images(GUILD)
    assert not await world.klapper.guilds.shares_images(OTHER_GUILD)
    await world.klapper.guilds.share_images(GUILD, sharing=False)
    assert not await world.klapper.guilds.shares_images(GUILD)
