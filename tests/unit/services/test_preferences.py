"""Members' own choices, and their guild's."""

from __future__ import annotations

from klapper.choices.choices import MemberChoices
from klapper.services.desk import Viewer
from klapper.services.drafts import Author
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import ANN, BOB, CHANNEL, GUILD, OTHER_GUILD, World


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
    await guilds.share_images(GUILD, BOB, sharing=True)
    await world.kill()
    assert await world.klapper.guilds.shares_images(GUILD)
    assert not await world.klapper.guilds.shares_images(OTHER_GUILD)
    await world.klapper.guilds.share_images(GUILD, BOB, sharing=False)
    assert not await world.klapper.guilds.shares_images(GUILD)


async def test_running_a_job_again_means_what_it_meant_then(world: World) -> None:
    desk, viewer = world.klapper.preferences, Viewer(GUILD, ANN)
    await desk.defaults(GUILD, ANN, model="o3", aspect_ratio="9:16", mode="pro")
    job = await world.submit("a fox")
    await desk.defaults(GUILD, ANN, model="v1", aspect_ratio="1:1", mode="std")
    ask = await world.klapper.desk.again(job.job_id, viewer, interaction_id=900, channel_id=CHANNEL)
    assert (await world.submitted(ask)).job.body_hash == job.body_hash


async def test_running_an_image_job_again_leaves_its_shape_to_the_image(world: World) -> None:
    image = await world.image(width=400, height=700)
    job = await world.submit("a fox", start_image=image.sha256)
    viewer = Viewer(GUILD, ANN)
    ask = await world.klapper.desk.again(job.job_id, viewer, interaction_id=900, channel_id=CHANNEL)
    assert ask.request.aspect_ratio is None
    assert (await world.submitted(ask)).job.body_hash == job.body_hash


async def test_a_default_model_that_does_not_take_what_was_said_is_left_out(world: World) -> None:
    await world.klapper.preferences.defaults(GUILD, ANN, model="v1", aspect_ratio=None, mode=None)
    assert (await world.submit("a fox")).slug == "kling-text2video"
    assert (await world.submit("a fox", generate_audio=True)).slug == "kling-3-standard-text2video"


async def test_a_refused_draft_is_for_the_model_that_its_author_prefers(world: World) -> None:
    await world.klapper.preferences.defaults(GUILD, ANN, model="o3", aspect_ratio=None, mode=None)
    view = await world.klapper.draft_desk.storyboard(Author(GUILD, CHANNEL, ANN))
    assert view.priced is None
    assert view.model is not None
    assert view.model.slug == "kling-o3-text2video"
