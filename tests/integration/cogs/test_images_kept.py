"""Edit and run: a job's request in a panel, its images carried over until they are replaced."""

from __future__ import annotations

import pytest

from klapper.images.files import Kind
from klapper.kling.request import Element
from tests.integration.cogs.real_house import Town, asked, open_town
from tests.integration.cogs.real_panel import Panel, said
from tests.pictures import FOREIGN, jpeg, noise, png, quarters, webp

town = pytest.fixture(open_town)

TINY = ("tiny.png", png(quarters(100, 100)))
PICTURES = {
    name: (f"{name}.png", png(noise(320, 320, seed))) for seed, name in enumerate(("fox", "wolf", "snow", "moon"))
}


async def with_images(town: Town) -> Panel:
    """Mira edits a job that has a first and a last image and an element."""
    await town.video(
        "@Element1 runs",
        image=PICTURES["fox"],
        end_image=PICTURES["snow"],
        element_1=PICTURES["moon"],
        duration=7,
        negative_prompt="rain",
        cfg_scale=0.3,
        spoiler=True,
    )
    return await town.edit(await town.ended())


async def test_the_panel_begins_as_the_job_was_asked_for(town: Town) -> None:
    panel = await with_images(town)
    assert "@Element1 runs".replace("@", "\\@") in panel.says
    assert "Avoid: rain" in panel.says
    assert "First image: 320 × 320 · Last image: 320 × 320 · Element 1: 1 image" in panel.says
    assert panel.chosen("length") == "Length: 7 s"
    assert panel.chosen("deliver") == "Post: in this channel, as a spoiler"


async def test_images_are_carried_over_to_the_new_job(town: Town) -> None:
    panel = await with_images(town)
    await panel.fill("words", prompt="@Element1 sleeps")
    await panel.press("generate")
    first, second = await town.jobs()
    assert asked(second, town).images() == asked(first, town).images()
    assert asked(second, town).prompt == "@Element1 sleeps"
    assert second.parent_job_id == first.job_id
    assert second.spoiler


async def test_one_image_is_replaced_and_the_others_stay(town: Town) -> None:
    panel = await with_images(town)
    await panel.fill("images", start_image=[PICTURES["wolf"]])
    await panel.press("generate")
    first, second = (asked(job, town) for job in await town.jobs())
    assert second.start_image not in (None, first.start_image)
    assert (second.end_image, second.elements) == (first.end_image, first.elements)


async def test_an_image_is_removed_by_its_tick(town: Town) -> None:
    panel = await with_images(town)
    await panel.fill("images", remove=["end_image"])
    assert "Last image" not in panel.says
    await panel.press("generate")
    first, second = (asked(job, town) for job in await town.jobs())
    assert second.end_image is None
    assert second.start_image == first.start_image


async def test_an_element_gets_its_reference_images(town: Town) -> None:
    panel = await with_images(town)
    await panel.fill("elements", element_1=[PICTURES["moon"], PICTURES["wolf"], PICTURES["snow"], PICTURES["fox"]])
    assert "Element 1: 4 images" in panel.says
    await panel.press("generate")
    first, second = (asked(job, town) for job in await town.jobs())
    [element] = second.elements
    assert element.frontal == first.elements[0].frontal
    assert len(element.references) == 3
    assert element.references[1:] == (first.end_image, first.start_image)


async def test_elements_are_added_and_removed(town: Town) -> None:
    panel = await with_images(town)
    await panel.fill("elements", element_2=[PICTURES["wolf"]], element_3=[PICTURES["snow"]])
    assert "Element 3: 1 image" in panel.says
    await panel.fill("elements", remove=["element_1", "element_2"])
    await panel.press("generate")
    first, second = (asked(job, town) for job in await town.jobs())
    assert second.elements == (Element(first.end_image or ""),)


async def test_a_first_image_makes_the_familys_other_model_the_chosen_one(town: Town) -> None:
    await town.video("a fox")
    panel = await town.edit(await town.ended())
    assert "text to video" in panel.says
    await panel.fill("images", start_image=[PICTURES["fox"]])
    assert "image to video" in panel.says
    assert "elements" in panel.controls
    await panel.fill("images", remove=["start_image"])
    assert "text to video" in panel.says


@pytest.mark.parametrize("kind", [Kind.GIF, Kind.HEIC, Kind.UNKNOWN])
async def test_a_refused_image_is_said_and_the_draft_is_as_it_was(town: Town, kind: Kind) -> None:
    panel = await with_images(town)
    before = panel.says
    answer = await panel.fill("images", start_image=[("photo.jpg", FOREIGN[kind])], remove=["start_image"])
    assert said(answer).startswith("First image")
    assert panel.says == before


async def test_the_good_image_of_a_form_counts_and_the_bad_one_is_named(town: Town) -> None:
    panel = await with_images(town)
    before = asked((await town.jobs())[0], town)
    answer = await panel.fill("images", start_image=[PICTURES["wolf"]], end_image=[TINY], remove=["end_image"])
    assert said(answer).startswith("Last image")
    assert said(answer).endswith("The rest of the form counts.")
    await panel.press("generate")
    after = asked((await town.jobs())[-1], town)
    assert after.start_image not in (None, before.start_image)
    assert after.end_image == before.end_image


async def test_every_bad_image_of_a_form_is_named(town: Town) -> None:
    panel = await with_images(town)
    answer = said(await panel.fill("images", start_image=[TINY], end_image=[("a.gif", FOREIGN[Kind.GIF])]))
    assert answer.startswith("First image")
    assert "Last image is a GIF" in answer


async def test_more_bad_images_than_a_message_can_name_are_answered(town: Town) -> None:
    panel = await with_images(town)
    bad = [(f"{'x' * 60}.png", FOREIGN[Kind.GIF])] * 4
    answer = said(await panel.fill("elements", element_1=bad, element_2=bad, element_3=bad))
    assert answer.startswith("Element 1, image 1,")
    assert len(answer) <= 2_000


async def test_a_refused_image_of_an_element_is_named_and_its_others_count(town: Town) -> None:
    panel = await with_images(town)
    answer = await panel.fill("elements", element_2=[PICTURES["fox"], TINY, PICTURES["wolf"]])
    assert said(answer).startswith("Element 2, image 2, has")
    assert "Element 2: 2 images" in panel.says


async def test_an_element_whose_front_is_refused_stays_as_it_was(town: Town) -> None:
    panel = await with_images(town)
    answer = await panel.fill("elements", element_1=[TINY, PICTURES["fox"]], element_2=[PICTURES["wolf"]])
    assert said(answer).startswith("Element 1, image 1,")
    assert "Element 1: 1 image · Element 2: 1 image" in panel.says


async def test_an_element_that_comes_after_a_refused_one_waits_for_it(town: Town) -> None:
    panel = await with_images(town)
    before = panel.says
    answer = said(await panel.fill("elements", element_2=[TINY], element_3=[PICTURES["wolf"]]))
    assert answer.startswith("Element 2 has")
    assert "counts" not in answer
    assert panel.says == before


async def test_an_upload_that_discord_does_not_give_back_is_said(town: Town) -> None:
    panel = await with_images(town)
    town.cdn.is_down = True
    assert "could not be fetched" in said(await panel.fill("images", start_image=[PICTURES["wolf"]]))


@pytest.mark.parametrize(("form", "name"), [("images", "start_image"), ("elements", "element_1")])
async def test_no_image_of_a_form_is_stored_while_the_guild_is_paused(town: Town, form: str, name: str) -> None:
    panel = await with_images(town)
    before, stored = panel.says, await town.images()
    await town.klapper.guilds.pause(town.guild.id, town.olga.id)
    assert "Klapper is paused on this server" in said(await panel.fill(form, **{name: [PICTURES["wolf"]]}))
    assert panel.says == before
    assert await town.images() == stored


async def test_a_new_element_after_a_missing_one_is_refused_as_in_video(town: Town) -> None:
    panel = await with_images(town)
    before = panel.says
    answer = await panel.fill("elements", element_3=[PICTURES["wolf"]])
    assert said(answer) == "Element 3 is given without Element 2: fill in Element 2 first."
    assert panel.says == before


async def test_every_kind_of_picture_is_taken(town: Town) -> None:
    panel = await with_images(town)
    await panel.fill("images", start_image=[("a.jpg", jpeg())], end_image=[("b.webp", webp())])
    assert "First image: 400 × 320 · Last image: 400 × 320" in panel.says


async def test_images_survive_a_restart_between_form_and_answer(town: Town) -> None:
    panel = await with_images(town)
    shown = await panel.press("images")
    await town.restart()
    await panel.send(shown, start_image=[("a.jpg", jpeg())])
    assert "First image: 400 × 320" in panel.says


async def test_only_the_requester_may_edit_a_job(town: Town) -> None:
    await town.video("a fox")
    answer = await town.press_card(await town.ended(), "edit", by=town.tom)
    assert "another member's request" in said(answer)
    assert await town.drafts() == 0


# In direct messages


async def in_dm(town: Town) -> Panel:
    """Mira edits a job whose card is in her direct messages."""
    await town.video("a fox", deliver="dm")
    card = town.mira.user.dm_channel.last_message
    assert card is not None
    card = await town.ended(card, by=town.mira.user)
    return await town.edit(card, by=town.mira.user)


async def test_a_draft_begun_in_a_direct_message_goes_on_there(town: Town) -> None:
    panel = await in_dm(town)
    await panel.fill("words", prompt="a wolf")
    await panel.choose("deliver", "here")  # here is the direct message
    await panel.press("generate")
    first, second = await town.jobs()
    assert (second.deliver_to, second.guild_id, second.channel_id) == ("dm", first.guild_id, first.channel_id)
    assert asked(second, town).prompt == "a wolf"
    card = town.mira.user.dm_channel.last_message
    assert card is not None
    assert "https://discord.com/channels/@me/" in panel.says
    assert str(card.id) in panel.says


async def test_a_closed_direct_message_is_said_before_anything_is_charged(town: Town) -> None:
    await town.video("a fox")
    panel = await town.edit(await town.ended())
    await panel.choose("deliver", "dm")
    dm = town.mira.user.dm_channel
    town.env.inject_error("POST", f"/channels/{dm.id}/messages", status=403, code=50007)
    assert "Klapper may not send you direct messages" in said(await panel.press("generate"))
    assert len(await town.jobs()) == 1
    await panel.choose("deliver", "here")
    await panel.press("generate")
    assert len(await town.jobs()) == 2
