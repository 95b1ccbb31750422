"""/manage grant, revoke and refund, and /credits give, with everything that the program is composed of."""

from __future__ import annotations

import pytest
import simcord
from simcord.backend.errors import OptionError

from klapper.moderation.rules import NOWHERE
from klapper.quotas.quota import Giving, RoleQuota
from tests.integration.cogs.house_bot import words
from tests.integration.cogs.real_house import Town, open_town
from tests.integration.cogs.real_panel import Answer, controls_of, said
from tests.integration.cogs.test_reports import delivered

town = pytest.fixture(open_town)
TOLD = "They are told why by direct message, where they take any."


async def manage(town: Town, command: str, **options: object) -> str:
    """What Olga, a manager, reads."""
    answer = await town.olga.slash(town.channel, f"manage {command}", **options)
    assert _private(answer)
    return said(answer)


def _private(answer: Answer) -> bool:
    return all(message.ephemeral for message in [*filter(None, [answer.response]), *answer.followups])


async def bonus(town: Town, member: simcord.MemberActor) -> int:
    return (await town.klapper.credits.balance(town.guild.id, member.id, NOWHERE)).balance.bonus


async def let_give(town: Town, *, per_day: int = 0) -> None:
    klapper = town.klapper
    async with klapper.database.write() as tx:
        await klapper.quota_store.set_giving(tx, town.guild.id, Giving(is_on=True, per_day=per_day))


async def asked(town: Town, amount: int = 25, *, member: object = None) -> Answer:
    """Mira wants to give Tom credits."""
    return await town.mira.slash(town.channel, "credits give", member=member or town.tom, amount=amount)


def button(answer: Answer, action: str) -> str:
    """The custom id of a button of a question."""
    assert answer.response is not None
    ids = [one["custom_id"] for one in controls_of(answer.response.components)]
    return str(next(one for one in ids if one.endswith(f":{action}")))


async def press(town: Town, answer: Answer, action: str) -> str:
    """What Mira reads when she has answered the question."""
    assert answer.response is not None
    return said(await town.mira.click(answer.response, custom_id=button(answer, action)))


async def test_managers_grant_and_take_back_and_the_member_has_it_in_their_history(town: Town) -> None:
    granted = await manage(town, "grant", member=town.mira, amount=50, reason="won the contest")
    assert granted == f"<@{town.mira.id}> got 50 credits and now has 5,050 credits. {TOLD}"
    left = "and now has {} of the allowance and 30 that do not expire"
    revoked = await manage(town, "revoke", member=town.mira, amount=20, reason="too many")
    first = left.format("5,000")
    assert revoked == f"<@{town.mira.id}> lost 20 credits that do not expire, {first}. {TOLD}"
    revoked = await manage(town, "revoke", **{"member": town.mira, "amount": 30, "reason": "x", "from": "allowance"})
    then = left.format("4,970")
    assert revoked == f"<@{town.mira.id}> lost 30 credits of their allowance, {then}. {TOLD}"
    assert "They have 30 credits that do not expire" in await manage(
        town, "revoke", member=town.mira, amount=31, reason="x"
    )
    assert "say why" in await manage(town, "grant", member=town.mira, amount=5, reason="   ")
    history = said(await town.mira.slash(town.channel, "credits history"))
    assert "**-20** taken back by a manager" in history
    log = said(await town.max.slash(town.channel, "moderate log"))
    assert f"granted <@{town.mira.id}> 50 credits · “won the contest”" in log
    assert f"took 30 credits of the allowance back from <@{town.mira.id}>" in log


async def test_a_command_that_the_gateway_brings_twice_moves_once(town: Town) -> None:
    await manage(town, "grant", member=town.mira, amount=50, reason="x")
    await manage(town, "revoke", member=town.mira, amount=20, reason="x")
    for payload in [payload for _, name, payload in town.env.backend.transcript if name == "INTERACTION_CREATE"]:
        town.env.backend.emit("INTERACTION_CREATE", payload)
        await town.env.settle()
    assert await bonus(town, town.mira) == 30


async def test_somebody_who_has_left_keeps_nothing_that_managers_take_back(town: Town) -> None:
    rita = town.env.create_user("Rita")
    await manage(town, "grant", member=town.guild.add_member(rita), amount=50, reason="x")
    town.env.backend.remove_member(town.guild.id, rita.id)
    await town.env.settle()
    assert "lost 50 credits" in await manage(town, "revoke", member=rita, amount=50, reason="has left")


async def test_what_is_revoked_of_the_allowance_of_somebody_who_has_left_gives_them_nothing(town: Town) -> None:
    rita = town.env.create_user("Rita")
    role = town.guild.create_role("few")
    async with town.klapper.database.write() as tx:
        await town.klapper.quota_store.set_role(tx, town.guild.id, role.id, RoleQuota(100))
    actor = town.guild.add_member(rita, roles=[role])
    taken = {"amount": 1, "reason": "x", "from": "allowance"}
    assert "now has 99 of the allowance" in await manage(town, "revoke", member=actor, **taken)
    town.env.backend.remove_member(town.guild.id, rita.id)
    await town.env.settle()
    assert "now has 49 of the allowance" in await manage(town, "revoke", member=rita, **taken | {"amount": 50})


async def test_managers_give_back_what_a_clip_cost_and_its_card_says_so(town: Town) -> None:
    job = await delivered(town)
    assert "There is no such job on this server" in await manage(town, "refund", job="aaaaaaaa", reason="x")
    answer = await manage(town, "refund", job=f" `{job.job_id.upper()}` ", reason="the clip is empty")
    cost = f"What job `{job.job_id}` cost, {job.price.credits} credits, went back to <@{town.mira.id}>"
    assert answer == f"{cost}, who now has 5,000 credits. {TOLD}"
    assert "was given back" in await manage(town, "refund", job=job.job_id, reason="x")
    await town.klapper.board.flush(job.job_id)
    card = town.card()
    assert f"{job.price.credits} credits given back." in words(card)
    assert [file.filename for file in card.attachments] == [f"klapper-{job.job_id}.mp4"]
    receipt = said(await town.press_card(card, "receipt"))
    assert f"{job.price.credits} credits given back after it was charged" in receipt


async def test_a_gift_is_asked_about_and_pressing_twice_gives_once_after_a_restart(town: Town) -> None:
    assert "its managers can turn that on in `/manage rules`" in said(await asked(town))
    await let_give(town)
    await manage(town, "grant", member=town.mira, amount=100, reason="x")
    question = await asked(town)
    give = f"Give <@{town.tom.id}> **25 credits**?"
    assert f"{give} You have 100 credits that do not expire and keep 75." in said(question)
    custom_id = button(question, "give")
    await town.restart()
    given = f"You gave <@{town.tom.id}> 25 credits and have 75 credits that do not expire."
    assert given in await press(town, question, "give")
    await town.forger.presses_at_once(custom_id, 3, by=town.mira)
    assert (await bonus(town, town.mira), await bonus(town, town.tom)) == (75, 25)
    assert "**+25** given by another member" in said(await town.tom.slash(town.channel, "credits history"))


async def test_who_keeps_their_credits_gives_nothing(town: Town) -> None:
    await let_give(town)
    await manage(town, "grant", member=town.mira, amount=100, reason="x")
    assert "Nothing was given." in await press(town, await asked(town), "keep")
    assert await bonus(town, town.tom) == 0


async def test_nothing_is_given_to_who_has_left_meanwhile(town: Town) -> None:
    await let_give(town)
    await manage(town, "grant", member=town.mira, amount=100, reason="x")
    question = await asked(town)
    town.env.backend.remove_member(town.guild.id, town.tom.id)
    await town.env.settle()
    assert "not a member of this server any more" in await press(town, question, "give")
    assert await bonus(town, town.mira) == 100


async def test_a_question_is_for_who_was_asked_and_a_forged_one_gives_only_what_is_ones_own(town: Town) -> None:
    await let_give(town)
    await manage(town, "grant", member=town.mira, amount=100, reason="x")
    ends_s = town.clock.now_ms() // 1000 + 60
    forged = f"gift:1:{town.mira.id}:{town.tom.id}:25:{ends_s}:give"
    assert "Another member was asked this" in said(await town.forger.press(forged, by=town.tom))
    assert await bonus(town, town.mira) == 100


async def test_bots_get_nothing(town: Town) -> None:
    await let_give(town)
    robot = town.guild.add_member(town.env.create_user("Robot", bot=True))
    for answer in (
        await manage(town, "grant", member=robot, amount=5, reason="x"),
        said(await asked(town, member=robot)),
    ):
        assert answer == "Bots make no clips: choose a person."
    with pytest.raises(OptionError):
        await asked(town, 0)
