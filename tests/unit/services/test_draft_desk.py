"""Drafts: begun, changed, priced live; found by nobody but their author; over after fifteen minutes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from klapper.drafts.draft import Draft, DraftKind, DraftState
from klapper.errors import RequestRefused
from klapper.kling.editing import add_shot, set_option
from klapper.kling.request import Shot
from klapper.services.desk import Viewer
from klapper.services.drafts import Author, Change
from tests.unit.services.conftest import OpenWorld
from tests.unit.services.world import ANN, BOB, CHANNEL, CYD, GUILD, OTHER_GUILD, PRICE, World

ME = Author(GUILD, CHANNEL, ANN)


def with_shot(prompt: str, seconds: int) -> Change:
    return lambda draft: replace(draft, request=add_shot(draft.request, Shot(prompt, seconds)))


def option(attribute: str, value: object) -> Change:
    return lambda draft: replace(draft, request=set_option(draft.request, attribute, value))


async def test_a_storyboard_grows_with_its_price_and_becomes_one_job(world: World) -> None:
    desk = world.klapper.draft_desk
    view = await desk.storyboard(ME)
    assert (view.draft.kind, view.priced, view.is_live) == (DraftKind.STORYBOARD, None, True)
    assert view.refusal is not None
    assert view.refusal.code == "prompt_missing"
    prices = []
    for seconds in (2, 3, 5):
        view = await desk.change(view.draft.draft_id, ME, with_shot(f"{seconds} seconds of fox", seconds))
        prices.append(None if view.priced is None else view.priced.price.credits)
    assert prices == [None, PRICE, 2 * PRICE]  # two seconds alone are shorter than any clip
    job = (await world.submitted(await desk.ask(view.draft.draft_id, ME, 900, revision=view.draft.revision))).job
    assert job.price.credits == 2 * PRICE
    assert (await world.balance()).held == 2 * PRICE


async def test_editing_begins_as_the_job_was_asked_for(world: World) -> None:
    image = await world.image()
    job = await world.submit("a fox", start_image=image.sha256, duration_s=6, spoiler=True, deliver_to="dm")
    view = await world.klapper.draft_desk.edit(job.job_id, Viewer(GUILD, ANN), 99)
    draft = view.draft
    assert (draft.request.prompt, draft.request.duration_s, draft.request.start_image) == ("a fox", 6, image.sha256)
    assert (draft.spoiler, draft.deliver_to, draft.parent_job_id, draft.channel_id) == (True, "dm", job.job_id, 99)
    assert view.images == {image.sha256: image}
    again = (
        await world.submitted(await world.klapper.draft_desk.ask(draft.draft_id, ME, 900, revision=draft.revision))
    ).job
    assert (again.parent_job_id, again.body_hash) == (job.job_id, job.body_hash)


@pytest.mark.parametrize(
    ("viewer", "code"),
    [
        (Viewer(GUILD, BOB), "not_your_job"),
        (Viewer(OTHER_GUILD, ANN), "no_such_job"),
        (Viewer(GUILD, CYD, is_moderator=True), "not_your_job"),
    ],
)
async def test_nobody_but_its_requester_edits_a_job_or_runs_it_again(world: World, viewer: Viewer, code: str) -> None:
    job = await world.submit("a fox")
    for attempt in (
        world.klapper.draft_desk.edit(job.job_id, viewer, CHANNEL),
        world.klapper.desk.again(job.job_id, viewer, interaction_id=1, channel_id=CHANNEL),
    ):
        with pytest.raises(RequestRefused) as refused:
            await attempt
        assert refused.value.code == code


@pytest.mark.parametrize("stranger", [Author(GUILD, CHANNEL, BOB), Author(OTHER_GUILD, CHANNEL, ANN)])
async def test_a_draft_is_found_by_nobody_but_its_author(world: World, stranger: Author) -> None:
    desk = world.klapper.draft_desk
    draft_id = (await desk.storyboard(ME)).draft.draft_id
    for attempt in (
        desk.show(draft_id, stranger),
        desk.change(draft_id, stranger, with_shot("mine", 5)),
        desk.discard(draft_id, stranger),
        desk.ask(draft_id, stranger, 900, revision=1),
    ):
        with pytest.raises(RequestRefused) as refused:
            await attempt
        assert refused.value.code == "no_such_draft"
    assert (await desk.show(draft_id, ME)).draft.request.shots == ()


async def test_an_author_finds_a_draft_in_direct_messages_where_no_guild_is_named(world: World) -> None:
    draft_id = (await world.klapper.draft_desk.storyboard(ME)).draft.draft_id
    assert (await world.klapper.draft_desk.show(draft_id, Author(0, CHANNEL, ANN))).is_live


async def test_a_draft_is_over_fifteen_minutes_after_its_last_change(world: World) -> None:
    desk = world.klapper.draft_desk
    draft_id = (await desk.storyboard(ME)).draft.draft_id
    await world.advance(14 * 60)
    assert (await desk.change(draft_id, ME, with_shot("a fox", 5))).is_live
    await world.advance(15 * 60)
    late = await desk.change(draft_id, ME, with_shot("another", 5))
    assert (late.is_live, len(late.draft.request.shots)) == (False, 1)


async def test_a_discarded_draft_stays_as_it_is(world: World) -> None:
    desk = world.klapper.draft_desk
    draft_id = (await desk.storyboard(ME)).draft.draft_id
    assert (await desk.discard(draft_id, ME)).draft.state is DraftState.DISCARDED
    assert (await desk.change(draft_id, ME, with_shot("a fox", 5))).draft.request.shots == ()
    assert (await world.refused(await desk.ask(draft_id, ME, 900, revision=1))).code == "draft_over"


async def test_a_draft_says_what_its_model_does_not_take(world: World) -> None:
    desk = world.klapper.draft_desk
    view = await desk.animate(ME, await world.image())
    view = await desk.change(view.draft.draft_id, ME, option("prompt", "it moves"))
    assert (view.untaken, view.refusal) == ((), None)
    view = await desk.change(view.draft.draft_id, ME, option("model", "v1"))
    assert view.untaken == ("start_image",)
    assert view.refusal is not None
    assert view.model is not None
    assert view.model.slug == "kling-text2video"


async def test_a_draft_whose_image_was_swept_says_so(world: World) -> None:
    desk = world.klapper.draft_desk
    view = await desk.animate(ME, await world.image())
    await world.execute("DELETE FROM images")
    view = await desk.change(view.draft.draft_id, ME, option("prompt", "it moves"))
    assert view.refusal is not None
    assert view.refusal.code == "image_gone"
    assert view.images == {}


async def test_a_draft_is_priced_with_its_authors_own_defaults(world: World) -> None:
    await world.klapper.preferences.defaults(GUILD, ANN, model="o3", aspect_ratio=None, mode="pro")
    view = await world.klapper.draft_desk.storyboard(ME)
    view = await world.klapper.draft_desk.change(view.draft.draft_id, ME, with_shot("a fox", 5))
    assert view.priced is not None
    assert (view.priced.resolved.slug, view.priced.resolved.mode) == ("kling-o3-text2video", "pro")
    assert view.priced.price.credits == 140


async def test_changing_a_draft_keeps_its_images_from_being_swept(world: World) -> None:
    image = await world.image()
    view = await world.klapper.draft_desk.animate(ME, image)
    await world.advance(60)
    await world.klapper.draft_desk.change(view.draft.draft_id, ME, option("prompt", "it moves"))
    ((used_at_ms,),) = await world.rows("SELECT used_at_ms FROM images")
    assert used_at_ms == world.clock.now_ms()


async def test_a_change_about_what_was_seen_is_refused_when_the_draft_moved_on(world: World) -> None:
    desk = world.klapper.draft_desk
    seen = (await desk.storyboard(ME)).draft
    await desk.change(seen.draft_id, ME, with_shot("a fox", 5), revision=seen.revision)
    with pytest.raises(RequestRefused) as refused:
        await desk.change(seen.draft_id, ME, with_shot("another", 5), revision=seen.revision)
    assert refused.value.code == "draft_changed"
    assert len((await desk.show(seen.draft_id, ME)).draft.request.shots) == 1


async def test_a_refused_change_changes_nothing(world: World) -> None:
    def refuse(draft: Draft) -> Draft:
        raise RequestRefused("bad", "No.")

    view = await world.klapper.draft_desk.storyboard(ME)
    with pytest.raises(RequestRefused):
        await world.klapper.draft_desk.change(view.draft.draft_id, ME, refuse)
    assert (await world.klapper.draft_desk.show(view.draft.draft_id, ME)).draft == view.draft


async def test_a_draft_survives_a_restart(open_world: OpenWorld) -> None:
    world = await open_world()
    view = await world.klapper.draft_desk.storyboard(ME)
    await world.kill()
    view = await world.klapper.draft_desk.change(view.draft.draft_id, ME, with_shot("a fox", 5))
    assert (
        await world.submitted(
            await world.klapper.draft_desk.ask(view.draft.draft_id, ME, 900, revision=view.draft.revision)
        )
    ).is_new


async def test_a_storyboard_begins_with_a_model_that_takes_shots(world: World) -> None:
    await world.klapper.preferences.defaults(GUILD, ANN, model="v1", aspect_ratio="9:16", mode="pro")
    view = await world.klapper.draft_desk.storyboard(ME)
    assert view.model is not None
    assert view.model.field("shots") is not None
    assert view.meant.aspect_ratio == "9:16"


async def test_an_empty_draft_means_what_its_author_prefers(world: World) -> None:
    await world.klapper.preferences.defaults(GUILD, ANN, model="o3", aspect_ratio="9:16", mode="pro")
    view = await world.klapper.draft_desk.storyboard(ME)
    assert (view.meant.model, view.meant.aspect_ratio, view.meant.mode) == ("o3", "9:16", "pro")
    assert (view.draft.request.model, view.untaken) == (None, ())


async def test_what_is_in_a_draft_that_is_over_can_be_gone_on_with(world: World) -> None:
    desk = world.klapper.draft_desk
    old = (await desk.storyboard(ME)).draft
    await desk.change(old.draft_id, ME, with_shot("a fox", 5))
    await world.advance(15 * 60)
    view = await desk.renew(old.draft_id, ME)
    assert view.draft.draft_id != old.draft_id
    assert (view.is_live, [shot.prompt for shot in view.draft.request.shots]) == (True, ["a fox"])
    with pytest.raises(RequestRefused):
        await desk.renew(old.draft_id, Author(GUILD, CHANNEL, BOB))


async def test_an_option_that_waits_for_its_image_is_not_called_untaken(world: World) -> None:
    desk = world.klapper.draft_desk
    image = await world.image()
    view = await desk.change((await desk.storyboard(ME)).draft.draft_id, ME, option("prompt", "it moves"))
    view = await desk.change(view.draft.draft_id, ME, option("end_image", image.sha256))
    assert view.refusal is not None
    assert (view.refusal.code, view.untaken) == ("end_image_needs_image", ())
