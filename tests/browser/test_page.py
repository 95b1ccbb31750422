"""What a newcomer does with the page, in a real browser with the real bot behind it."""

from __future__ import annotations

from playwright.async_api import expect

from tests.acceptance.town import Town
from tests.browser.visitor import CLIP_MS, Visitor
from tests.pictures import png, quarters

PROMPT = "A paper boat sails down a rainy street at night"
LATER = 60_000.0  # ms, for what a job's run stands between


async def test_a_first_visit_leads_to_a_clip_that_plays(page_town: Town, visitor: Visitor) -> None:
    await page_town.open(LIMITS__UNDO_S="1")
    await visitor.visit()
    await expect(visitor.page.locator(".welcome")).to_contain_text("/video makes a clip")
    await visitor.page.keyboard.press("Tab")  # the link that skips to the message box
    await visitor.page.locator("#message").press_sequentially(f"/video {PROMPT}")
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.page.locator("form.command textarea")).to_have_value(PROMPT)
    await visitor.page.keyboard.press("Enter")

    card = visitor.messages(PROMPT)
    await expect(card).to_contain_text("84 credits reserved")
    await expect(card).to_contain_text("Mira used /video")
    await visitor.plays(card)
    await expect(card).to_contain_text("84 credits charged")
    ping = visitor.messages("Your clip is ready.")
    await expect(ping).to_contain_text("@Mira")
    await expect(ping.locator(".message-above")).to_contain_text("Done")
    assert await page_town.posts() == 1


async def test_a_picture_that_is_dropped_on_the_page_becomes_a_clip(page_town: Town, visitor: Visitor) -> None:
    await page_town.open()
    await visitor.visit()
    await visitor.begin("video")
    await visitor.option("prompt", "The boat rocks on the waves")
    await visitor.drop("boat.png", png(quarters(320, 320)))
    await expect(visitor.page.locator(".option-image .file-chip")).to_contain_text("boat.png")
    await visitor.send()

    await visitor.plays(visitor.messages("The boat rocks"))
    [job] = await page_town.control.jobs()
    assert job.slug.endswith("image2video")


async def test_who_cannot_pay_is_told_alone_and_nothing_is_sent(page_town: Town, visitor: Visitor) -> None:
    await page_town.open(CREDITS__DEFAULT_ALLOWANCE="50")
    await visitor.visit()
    await visitor.command("video", {"prompt": PROMPT})
    refusal = visitor.messages("This costs 84 credits and you have 50")
    await expect(refusal).to_contain_text("Only you can see this")
    assert await page_town.posts() == 0

    await visitor.become("Tom")
    await expect(refusal).to_have_count(0)
    await visitor.become("Mira")
    await visitor.press("Dismiss message", refusal)
    await expect(visitor.page.locator(".message")).to_have_count(0)


async def test_a_job_is_cancelled_while_it_waits(page_town: Town, visitor: Visitor) -> None:
    await page_town.open(LIMITS__UNDO_S="300")
    await visitor.visit()
    await visitor.command("video", {"prompt": PROMPT, "duration": "3"})
    card = visitor.messages(PROMPT)
    await visitor.press("Cancel", card)
    await expect(card).to_contain_text("Cancelled")
    await expect(card.get_by_role("button", name="Cancel", exact=True)).to_have_count(0)
    assert await page_town.posts() == 0


async def test_a_storyboard_is_written_shot_by_shot(page_town: Town, visitor: Visitor) -> None:
    await page_town.open()
    await visitor.visit()
    await visitor.command("storyboard")
    dialog = visitor.page.get_by_role("dialog")
    for number, (text, length) in enumerate((("The harbour at first light", "3 s"), ("A boat leaves it", "2 s")), 1):
        await visitor.press("Add shot…")
        if number == 1:
            await dialog.get_by_role("button", name="Submit").click()
            await expect(dialog).to_contain_text("This is needed.")
        await dialog.get_by_label("What is seen in this shot").fill(text)
        await dialog.locator(".picker").click()
        await visitor.page.get_by_role("option", name=length, exact=True).click()
        await dialog.get_by_role("button", name="Submit").click()
        await expect(dialog).to_have_count(0)
        await expect(visitor.messages("Storyboard")).to_contain_text(f"Shot {number}")
    await visitor.page.get_by_role("button", name="Generate").click()

    await visitor.plays(visitor.messages("Asked by").filter(has_text="A boat leaves it"))
    [job] = await page_town.control.jobs()
    assert [shot["prompt"] for shot in job.parameters["multi_prompt"]] == [
        "The harbour at first light",
        "A boat leaves it",
    ]


async def test_a_moderator_approves_what_waits_for_review(page_town: Town, visitor: Visitor) -> None:
    await page_town.open()
    await visitor.visit("Ada")
    await visitor.command("manage reviewers", {"channel": "review"})
    await expect(visitor.messages("shown in")).to_contain_text("#review")
    await visitor.command("manage mode", {"mode": "review"})
    await expect(visitor.messages("wait for a moderator")).to_have_count(1)

    await visitor.become("Mira")
    await expect(visitor.page.locator(".place")).not_to_contain_text(["review"])
    await visitor.command("video", {"prompt": PROMPT})
    card = visitor.messages("In review")
    await expect(card).to_contain_text("Asked by")
    assert PROMPT not in await card.inner_text()

    await visitor.become("Max")
    await visitor.go("review")
    case = visitor.messages(PROMPT)
    await visitor.press("Approve", case)
    await expect(case).to_contain_text("Approved")
    await visitor.go("videos")
    await visitor.plays(visitor.messages(PROMPT))


async def test_faults_and_a_restart_in_the_middle_of_a_job_lose_nothing(page_town: Town, visitor: Visitor) -> None:
    await page_town.open()
    await visitor.visit()
    await visitor.page.get_by_role("button", name="Provider").click()
    await visitor.page.get_by_role("tab", name="Switches").click()
    await visitor.page.get_by_label("Next job fails").check()
    await visitor.command("video", {"prompt": "a job that fails"})
    failed = visitor.messages("a job that fails")
    await expect(failed).to_contain_text("84 credits given back", timeout=CLIP_MS)

    await page_town.control.change(run_time_s=None, speed=1)  # from here on a job takes minutes
    await visitor.command("video", {"prompt": "a job in the middle"})
    card = visitor.messages("a job in the middle")
    await expect(card).to_contain_text("Sent", timeout=CLIP_MS)
    await visitor.page.get_by_role("tab", name="Bot").click()
    await visitor.page.get_by_role("button", name="Restart").click()
    await expect(visitor.page.locator("#head")).to_contain_text("Klapper is online")
    await visitor.page.get_by_role("tab", name="Jobs").click()
    await visitor.page.get_by_role("button", name="Finish now").click()
    await visitor.plays(card)
    await expect(visitor.messages("Your clip is ready.")).to_have_count(1)
    assert await page_town.posts() == 2


async def test_everybody_is_offered_what_they_may_use(page_town: Town, visitor: Visitor) -> None:
    await page_town.open()
    await visitor.visit("Nia")
    offered = {}
    for member in ("Nia", "Mira", "Max", "Ada"):
        await visitor.become(member)
        await visitor.page.locator("#message").fill("/m")
        await expect(visitor.page.get_by_role("listbox")).to_be_visible()
        offered[member] = await visitor.page.locator(".listbox-label").all_inner_texts()
        await visitor.page.locator("#message").fill("")
    manages, moderates = "/manage rules", "/moderate record"
    assert {member: (manages in names, moderates in names) for member, names in offered.items()} == {
        "Nia": (False, False),
        "Mira": (False, False),
        "Max": (False, True),
        "Ada": (True, True),
    }


async def test_what_the_bot_suggests_is_chosen_and_what_a_command_takes_is_checked(
    page_town: Town, visitor: Visitor
) -> None:
    await page_town.open(LIMITS__UNDO_S="300")
    await visitor.visit()
    await visitor.command("video", {"prompt": PROMPT})
    await expect(visitor.messages(PROMPT)).to_have_count(1)
    await visitor.begin("jobs show")
    await visitor.page.locator(".option-job input").press_sequentially("paper")
    await visitor.page.get_by_role("option", name="paper boat").click()
    await visitor.send()
    await expect(visitor.messages("/jobs show")).to_contain_text(PROMPT)

    await visitor.begin("video")
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.page.locator("form.command")).to_contain_text("prompt is needed.")
    await visitor.option("prompt", PROMPT)
    await visitor.option("duration", "99")
    await visitor.page.keyboard.press("Enter")
    await expect(visitor.page.locator("form.command")).to_contain_text("duration takes 3 to 15.")
    await visitor.page.keyboard.press("Escape")
    await expect(visitor.page.locator("#message")).to_be_focused()
