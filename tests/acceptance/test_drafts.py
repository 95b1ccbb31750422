"""Questions and draft panels as members use them, with a bot that is killed between two steps."""

from __future__ import annotations

from PIL import Image

from sandbox.driver import File, MessageView
from tests.acceptance.panel import Panel
from tests.acceptance.town import Town
from tests.pictures import png

NO_SUCH_DRAFT = "no such draft"


async def test_a_dear_request_is_made_only_after_its_author_said_yes(town: Town) -> None:
    await town.open(CREDITS__CONFIRM_ABOVE="100")
    asked = await town.ask(prompt="a long river", duration=10)
    question = await Panel.of(town.driver, asked)
    assert "168 credits" in question.text
    assert question.shown.ephemeral
    assert "500" in await town.balance()

    await town.bot.kill()
    await town.open()
    stolen = await town.driver.forge_press("Tom", question.shown, question.shown.button(question.price).custom_id)
    assert NO_SUCH_DRAFT in await town.answer(stolen)
    card = await question.generate(presses=3)
    await town.clip_on(card)

    soon = await town.ask(prompt="a short river")
    assert not soon.ephemeral
    twice = await town.ask(prompt="a short river")
    again = await Panel.of(town.driver, twice)
    assert soon.message.id in again.text
    assert "84 credits" in again.text
    await town.clip_on(await again.generate())
    assert await town.posts() == 3
    assert (await town.bot.ledger())["spent_credits"] == 168 + 84 + 84


async def test_a_question_can_be_changed_or_discarded(town: Town) -> None:
    await town.open(CREDITS__CONFIRM_ABOVE="100")
    panel = await _question(town, "a wide river")
    await panel.press("Discard")
    assert "discarded" in panel.text
    assert panel.shown.buttons == []

    panel = await _question(town, "a wild river")
    await panel.press("Change")
    await panel.choose("length", "Length: 3 s")
    assert "51 credits" in panel.price
    card = await panel.generate()
    assert "51 credits" in card.text
    await town.clip_on(card)
    assert await town.posts() == 1


async def test_a_storyboard_of_three_shots_is_one_job(town: Town) -> None:
    await town.open()
    opened = await town.driver.slash("Mira", "videos", "storyboard")
    panel = await Panel.of(town.driver, opened)
    assert not panel.is_ready
    for text, seconds in (("A boat leaves", "2 s"), ("A storm comes", "4 s"), ("Nobody is there", "5 s")):
        await panel.fill("Add shot…", {"What is seen in this shot": text, "How long it lasts": seconds})
    assert "3 shots, 11 s" in panel.text
    assert "185 credits" in panel.price

    await town.bot.kill()
    await town.open()
    form = await panel.fill("Edit…", {"Where it comes": "1st shot"}, beside="A storm comes")
    assert form.field("What is seen in this shot").held == "A storm comes"
    assert _in_order(panel.text, "A storm comes", "A boat leaves", "Nobody is there")
    await panel.fill("Edit…", {"Where it comes": "Remove this shot"}, beside="Nobody is there")
    assert "Nobody is there" not in panel.text
    assert "2 shots, 6 s" in panel.text
    await panel.fill("Add shot…", {"What is seen in this shot": "The sun comes out", "How long it lasts": "9 s"})
    await panel.fill("Edit…", {"How long it lasts": "3 s"}, beside="A boat leaves")
    assert "3 shots, 16 s" in panel.text
    assert not panel.is_ready
    await panel.fill("Edit…", {"How long it lasts": "8 s"}, beside="The sun comes out")
    assert "252 credits" in panel.price

    half_open = await panel.open("Words…")
    await town.bot.kill()
    await town.open()
    await panel.send(half_open, {"negative_prompt": "people"})
    assert "people" in panel.text

    stolen = await town.driver.forge_modal("Tom", "videos", half_open.form.custom_id, {})
    assert NO_SUCH_DRAFT in await town.answer(stolen)
    await town.clip_on(await panel.generate(presses=2))
    (sent,) = await town.control.submits()
    assert sent.body == {
        "prompt": "A storm comes. A boat leaves. The sun comes out.",
        "duration": "15",
        "aspect_ratio": "16:9",
        "generate_audio": False,
        "cfg_scale": 0.5,
        "negative_prompt": "people",
        "multi_prompt": [
            {"prompt": "A storm comes", "duration": "4"},
            {"prompt": "A boat leaves", "duration": "3"},
            {"prompt": "The sun comes out", "duration": "8"},
        ],
        "shot_type": "customize",
    }
    books = await town.bot.ledger()
    assert (books["spent_credits"], books["held_credits"]) == (252, 0)


async def test_edit_and_run_carries_the_images_over_and_takes_new_ones(town: Town) -> None:
    await town.open(CREDITS__DEFAULT_ALLOWANCE="2000")
    first = await town.clip_on(
        await town.video(prompt="they wait", image=_photo("teal"), end_image=_photo("coral"), spoiler=True)
    )
    pressed = await town.driver.press("Mira", first, label="Edit and run")
    panel = await Panel.of(town.driver, pressed)
    assert "they wait" in panel.text
    assert "640 × 360" in panel.text

    await town.bot.kill()
    await town.open()
    await panel.fill("Images…", {"First image": [_photo("gold")], "Remove": ["Last image"]})
    assert "Last image" not in panel.text
    assert "words.png" in await panel.refused("Images…", {"Last image": [File("words.png", b"just words")]})
    await panel.fill("Words…", {"prompt": "they run"})
    second = await town.clip_on(await panel.generate())
    assert "from job" in second.text
    (sent,) = await town.control.submits("they run")
    (before,) = await town.control.submits("they wait")
    assert "end_image_url" not in sent.body
    assert sent.body["start_image_url"] not in (before.body["start_image_url"], before.body["end_image_url"])
    assert len(await town.control.uploads()) == 3


async def test_members_animate_their_own_images_and_others_where_managers_allow_it(town: Town) -> None:
    await town.open()
    message = await town.driver.say("Mira", "videos", "look", files=[_photo("teal"), _photo("coral")])
    words = await town.driver.say("Mira", "videos", "only words")
    assert "image" in await town.answer(await town.driver.message_menu("Mira", words, "Animate this image"))

    panel = await _animated(town, "Mira", message)
    assert "2 images" in panel.text
    await town.bot.kill()
    await town.open()
    await panel.fill("Words…", {"prompt": "it wakes"})
    own = await panel.generate()

    refused = await town.answer(await town.driver.message_menu("Tom", message, "Animate this image"))
    assert "ask them" in refused
    await town.answer(await town.driver.slash("Ada", "videos", "manage sharing", state="on"))
    panel = await _animated(town, "Tom", message)
    await panel.fill("Words…", {"prompt": "it dances"})
    theirs = await panel.generate()
    for card in (own, theirs):
        await town.clip_on(card)
    assert len(await town.control.uploads()) == 1


async def test_who_left_the_server_begins_nothing_from_a_direct_message(town: Town) -> None:
    await town.open()
    card = await town.clip_on(await town.video(prompt="a diary", deliver="dm"))
    edited = await Panel.of(town.driver, await town.driver.press("Mira", card, label="Edit and run"))
    await town.driver.remove_member("Mira")
    for shown, label in ((card, "Run again"), (card, "Edit and run"), (edited.shown, edited.price)):
        pressed = await town.driver.press("Mira", shown, label=label)
        assert "You are not a member of that server any more" in await town.answer(pressed)
    assert await town.posts() == 1
    assert len(await town.jobs()) == 1


async def _question(town: Town, prompt: str) -> Panel:
    return await Panel.of(town.driver, await town.ask(prompt=prompt, duration=10))


async def _animated(town: Town, member: str, message: MessageView) -> Panel:
    chosen = await town.driver.message_menu(member, message, "Animate this image")
    return await Panel.of(town.driver, chosen, member)


def _photo(colour: str) -> File:
    return File(f"{colour}.png", png(Image.new("RGB", (640, 360), colour)))


def _in_order(text: str, *parts: str) -> bool:
    places = [text.index(part) for part in parts]
    return places == sorted(places)
