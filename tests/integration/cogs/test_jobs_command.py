"""/jobs list, show and cancel."""

from __future__ import annotations

from dataclasses import replace

from klapper.jobs.deliveries import Delivery
from klapper.jobs.job import DeliveryState, JobStatus
from klapper.services.views import MoneyState
from tests.integration.cogs.house_bot import Scene, words


async def test_somebody_without_jobs_is_told_how_to_make_one(scene: Scene) -> None:
    result = await scene.mira.slash(scene.channel, "jobs list")
    assert result.ephemeral
    assert words(result.response).strip() == "You have no jobs here yet. `/video` makes one."


async def test_the_list_has_state_money_and_the_way_to_the_card(scene: Scene) -> None:
    card = await scene.card()
    result = await scene.mira.slash(scene.channel, "jobs list")
    shown = words(result.response)
    assert f"`{scene.job_id}` **Waiting** · 84 credits reserved · <t:1767225600:R>" in shown
    assert f"[card]({card.jump_url})" in shown
    assert "> a fox in the snow" in shown


async def test_nobody_sees_anothers_list(scene: Scene) -> None:
    await scene.card()
    result = await scene.tom.slash(scene.channel, "jobs list")
    assert scene.job_id not in words(result.response)


async def test_show_is_the_card_for_its_requester_alone(scene: Scene) -> None:
    await scene.card()
    scene.house.move(scene.job_id, JobStatus.CANCELLED, MoneyState.RELEASED)
    result = await scene.mira.slash(scene.channel, "jobs show", job=f" `{scene.job_id.upper()}` ")
    assert result.ephemeral
    assert "a fox in the snow" in words(result.response)
    assert "Nothing charged, 84 credits given back." in words(result.response)


async def test_show_has_the_way_to_a_delivered_clip(scene: Scene) -> None:
    card = await scene.card()
    view = scene.house.move(scene.job_id, JobStatus.SUCCEEDED, MoneyState.CHARGED)
    delivered = Delivery(scene.job_id, DeliveryState.DELIVERED, "", "attached", None, 0, 0, None, 0)
    scene.house.jobs[scene.job_id] = replace(view, delivery=delivered)
    result = await scene.mira.slash(scene.channel, "jobs show", job=scene.job_id)
    assert f"The clip is in [the job's card]({card.jump_url})." in words(result.response)


async def test_show_shows_no_job_of_others(scene: Scene) -> None:
    await scene.card()
    result = await scene.tom.slash(scene.channel, "jobs show", job=scene.job_id)
    assert words(result.response) == f"This is another member's request. (job `{scene.job_id}`)"
    assert scene.refusals() == ["not_your_job"]


async def test_a_strange_job_id_is_not_repeated(scene: Scene) -> None:
    result = await scene.mira.slash(scene.channel, "jobs show", job="@everyone **x**")
    assert words(result.response) == "There is no such job here."


async def test_cancel_takes_the_job_back(scene: Scene) -> None:
    await scene.card()
    result = await scene.mira.slash(scene.channel, "jobs cancel", job=scene.job_id)
    assert result.ephemeral
    assert words(result.response) == f"Job `{scene.job_id}` is cancelled. Nothing charged, 84 credits given back."


async def test_cancelling_twice_is_refused(scene: Scene) -> None:
    await scene.card()
    await scene.mira.slash(scene.channel, "jobs cancel", job=scene.job_id)
    result = await scene.mira.slash(scene.channel, "jobs cancel", job=scene.job_id)
    assert "can no longer be cancelled" in words(result.response)
    assert scene.refusals() == ["too_late_to_cancel"]


async def test_own_jobs_are_suggested(scene: Scene) -> None:
    await scene.video(prompt="a fox")
    await scene.video(prompt="a bear")
    offered = await scene.mira.autocomplete(scene.channel, "jobs show", "job", "bear")
    bear = list(scene.house.jobs)[1]
    assert offered == [{"name": f"{bear} · Waiting · a bear", "value": bear}]
    assert await scene.tom.autocomplete(scene.channel, "jobs show", "job", "") == []


async def test_a_job_is_found_by_any_words_of_its_prompt_and_state(scene: Scene) -> None:
    await scene.video(prompt=f"a fox {'and another one ' * 20} at the River")
    await scene.video(prompt="a fox in the wood")
    for entered in ("river", "RIVER fox", "waiting riv", f" {scene.job_id[:5]} "):
        offered = await scene.mira.autocomplete(scene.channel, "jobs show", "job", entered)
        assert [choice["value"] for choice in offered] == [scene.job_id]
        assert all(len(choice["name"]) <= 100 for choice in offered)
    assert await scene.mira.autocomplete(scene.channel, "jobs show", "job", "river wood") == []


async def test_more_jobs_than_discord_takes_are_searched_and_not_offered(scene: Scene) -> None:
    await scene.video(prompt="the first")
    for _ in range(30):
        await scene.video()
    offered = await scene.mira.autocomplete(scene.channel, "jobs show", "job", "")
    assert len(offered) == 25
    offered = await scene.mira.autocomplete(scene.channel, "jobs show", "job", "the first")
    assert [choice["value"] for choice in offered] == [scene.job_id]


async def test_only_what_can_be_cancelled_is_suggested_for_it(scene: Scene) -> None:
    await scene.video()
    await scene.video()
    scene.house.move(scene.job_id, JobStatus.PROCESSING, MoneyState.HELD)
    offered = await scene.mira.autocomplete(scene.channel, "jobs cancel", "job", "")
    assert [choice["value"] for choice in offered] == list(scene.house.jobs)[1:]


async def test_a_moderator_is_known_to_the_service(scene: Scene) -> None:
    for member in (scene.mira, scene.max, scene.olga):
        await member.slash(scene.channel, "jobs list")
    assert [viewer.is_moderator for viewer in scene.bot.jobs.viewers] == [False, True, True]


async def test_words_that_only_one_job_has_name_it(scene: Scene) -> None:
    await scene.card()
    result = await scene.mira.slash(scene.channel, "jobs show", job="FOX the")
    assert f"job `{scene.job_id}`" in words(result.response)


async def test_words_that_several_jobs_have_name_none(scene: Scene) -> None:
    await scene.card()
    view = scene.house.jobs[scene.job_id]
    scene.house.jobs["hhhh2222"] = replace(view, job=replace(view.job, job_id="hhhh2222"))
    result = await scene.mira.slash(scene.channel, "jobs show", job="fox")
    assert words(result.response).startswith("2 of your jobs have these words: choose one from the list")
