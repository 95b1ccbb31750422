"""/help says what is true, for this member, here, now."""

from __future__ import annotations

from dataclasses import replace

import discord
import pytest
import simcord

from klapper.kling.catalogue import CATALOGUE
from klapper.ledger.periods import Rhythm
from klapper.messages.pages import VIEW_CHARS
from klapper.moderation.rules import ADULT, ChannelRule, GuildRules, Level, Mode, Place, RoleRule
from klapper.moderation.terms import Term
from klapper.quotas.quota import GuildQuota, Limits, Operator, RoleQuota
from klapper.services.credits import PriceLine
from klapper.setting_values import LARGEST_AMOUNT
from tests.integration.cogs.house import NOW_MS, RULES
from tests.integration.cogs.house_bot import Scene, words
from tests.quotas import OPERATOR, quota_of

LAST = "**News:**"


def owner(scene: Scene) -> simcord.MemberActor:
    """Somebody who may use every command."""
    everything = scene.guild.create_role("Owners", permissions=discord.Permissions.all())
    return scene.guild.add_member(scene.env.create_user("Ada"), roles=[everything])


async def shown(scene: Scene) -> str:
    result = await scene.mira.slash(scene.channel, "help")
    assert result.ephemeral
    return words(result.response).strip()


async def test_help_says_what_is_true_here(scene: Scene) -> None:
    said = await shown(scene)
    assert "your 500 a week are what everybody gets; managers can give more." in said
    assert "of your jobs 2 may run and 5 may wait at a time." in said
    assert "Kling 3.0 Standard, 5 s: 84 credits" in said
    assert "you can cancel a job until it is sent to Segmind, which is after 3 s at the earliest." in said
    assert "JPEG, PNG or WebP, at least 300 pixels a side, at most 40 megapixels and 50 MB" in said
    assert "A draft is kept for 15 min, an image for 7 days after its last use." in said


async def test_help_names_every_command_that_discord_got(scene: Scene) -> None:
    (sent,) = [one for one in scene.env.http_requests if one.path.endswith("/commands") and one.method == "PUT"]
    assert sent.json is not None
    result = await owner(scene).slash(scene.channel, "help")
    said = words(result.response)
    for command in sent.json:
        assert command["name"] == "help" or command["name"] in said
        assert all(part["name"] in said for part in command.get("options", ()) if part["type"] in (1, 2))


async def test_help_leaves_out_what_only_managers_or_moderators_may_use(scene: Scene) -> None:
    said = await shown(scene)
    assert "/manage" not in said
    assert "Block this image" not in said
    assert "/moderate" not in said
    said = words((await scene.max.slash(scene.channel, "help")).response)
    assert "/moderate filter" in said.replace("`", "")
    assert "/manage" not in said


HERE = [
    (GuildRules(), "are made at once."),
    (GuildRules(mode=Mode.REVIEW), "wait for a moderator."),
    (GuildRules(mode=Mode.CLOSED), "are refused."),
]


@pytest.mark.parametrize(("rules", "said"), HERE)
async def test_help_says_what_becomes_of_requests_here(scene: Scene, rules: GuildRules, said: str) -> None:
    scene.bot.rule_desk.rules = rules
    assert f"**Here:** your requests in this channel {said}" in await shown(scene)


async def test_help_knows_how_the_member_stands(scene: Scene) -> None:
    mira = scene.mira.user.id
    assert "shows your prompt to the channel." in await shown(scene)
    scene.bot.members.watched.add(mira)
    said = await shown(scene)
    assert "**Here:** a moderator looks at your requests first." in said
    assert "shows your prompt to the channel once a moderator has allowed it." in said
    scene.house.paused.add(scene.guild.id)
    assert "**Here:** Klapper is paused on this server" in await shown(scene)
    scene.bot.members.paused[mira] = NOW_MS
    assert f"**Here:** you can make clips here again <t:{NOW_MS // 1000}:R>" in await shown(scene)
    scene.bot.members.blocked.add(mira)
    assert "**Here:** you are blocked from making clips here" in await shown(scene)


async def test_help_counts_the_terms_that_count_here(scene: Scene) -> None:
    terms = (Term("peg", "block"), Term("nude", "block", ADULT), Term("dragon", "review"))
    scene.bot.rule_desk.rules = GuildRules(terms=terms)
    scene.house.rules = replace(scene.house.rules, blocked_terms=2)
    assert "4 words or phrases may not be in a prompt." in await shown(scene)
    adult = GuildRules(terms=terms, channels={7: ChannelRule(level=Level.ADULT)})
    assert adult.blocks(Place((7,), is_age_restricted=True)) == 1


async def test_help_says_what_in_review_means(scene: Scene) -> None:
    said = await shown(scene)
    assert "**In review:** a moderator decides first" in said
    assert "Change request" in said
    assert "Appeal…" in said


async def test_help_follows_the_roles_of_who_asks(scene: Scene) -> None:
    trusted = scene.guild.create_role("Trusted")
    ned = scene.guild.add_member(scene.env.create_user("Ned"), roles=[trusted])
    scene.bot.rule_desk.rules = GuildRules(
        mode=Mode.REVIEW, roles={trusted.id: RoleRule(is_trusted=True, spoiler=True)}
    )
    assert "wait for a moderator." in await shown(scene)
    said = words((await ned.slash(scene.channel, "help")).response)
    assert "**Here:** your requests in this channel are made at once. Your clips are spoilers." in said


async def test_help_names_a_level_only_where_it_counts(scene: Scene) -> None:
    scene.bot.rule_desk.rules = GuildRules(channels={scene.channel.id: ChannelRule(level=Level.ADULT)})
    assert "for adults" not in await shown(scene)  # Discord does not have the channel as age-restricted


async def test_help_follows_the_rules(scene: Scene) -> None:
    operator = replace(OPERATOR, allowance=0, limits=Limits(largest_job=300))
    scene.house.quota = quota_of(operator=operator)
    scene.house.rules = replace(
        scene.house.rules,
        undo_s=0,
        blocked_terms=2,
        confirm_above=250,
        keep_days=1,
    )
    said = await shown(scene)
    assert "you get no allowance here; managers can give more." in said
    assert "may run" not in said
    assert "One clip may cost at most 300 credits." in said
    assert "2 words or phrases may not be in a prompt." in said
    assert "You are asked first above 250 credits." in said
    assert "for 1 day after" in said
    assert "after 0 s" not in said


async def test_help_names_a_model_apart_from_its_family_only_where_its_price_differs(scene: Scene) -> None:
    v3 = [PriceLine(model.title, "5 s", 84) for model in CATALOGUE.models if model.family.key == "v3"]
    o3 = [
        PriceLine(model.title, "5 s", 105 + i) for i, model in enumerate(CATALOGUE.models) if model.family.key == "o3"
    ]
    scene.bot.credits.lines = [*v3, *o3]
    said = await shown(scene)
    assert "**Prices:** Kling 3.0 Standard, 5 s: 84 credits; Kling O3 text to video, 5 s: 107 credits;" in said
    assert "Kling O3 image to video, 5 s: 108 credits; `/credits prices` has all." in said


async def test_help_says_what_an_element_is(scene: Scene) -> None:
    assert "**Elements** are people or things to keep the same" in await shown(scene)


async def test_help_follows_what_managers_decide(scene: Scene) -> None:
    said = await shown(scene)
    assert "Paused" not in said
    assert "You may animate only images of your own." in said
    scene.house.paused.add(scene.guild.id)
    scene.house.sharing.add(scene.guild.id)
    said = await shown(scene)
    assert said.startswith("**Paused:**")
    assert "You may animate images of others, too." in said


@pytest.mark.parametrize(("notify", "how"), [("ping", "mentions you"), ("silent", "without a"), ("dm", "direct")])
async def test_help_follows_what_the_member_chose(scene: Scene, notify: str, how: str) -> None:
    await scene.mira.slash(scene.channel, "settings notify", how=notify)
    assert how in (await shown(scene)).partition(LAST)[2]


WORST = replace(
    RULES,
    confirm_above=LARGEST_AMOUNT,
    undo_s=300,
    keep_days=3_650,
    blocked_terms=99_999,
)


WORST_QUOTA = quota_of(
    GuildQuota(roles={1: RoleQuota(allowance=LARGEST_AMOUNT)}),
    Operator(Rhythm("month", "UTC"), 0, Limits(10_000, 10_000, 10_000, LARGEST_AMOUNT), OPERATOR.budgets),
    role_ids=(1,),
)


async def test_nothing_is_cut_off_whatever_the_settings(scene: Scene) -> None:
    """Every part is the longer, the larger its numbers are; prices that differ cannot stand together."""
    scene.house.rules = WORST
    scene.house.quota = WORST_QUOTA
    scene.house.paused.add(scene.guild.id)
    scene.house.sharing.add(scene.guild.id)
    scene.bot.credits.lines = [
        PriceLine(model.title, "5 s, std", LARGEST_AMOUNT - i) for i, model in enumerate(CATALOGUE.models)
    ]
    scene.bot.rule_desk.rules = GuildRules(mode=Mode.REVIEW, channels={scene.channel.id: ChannelRule(spoiler=True)})
    ada = owner(scene)
    await ada.slash(scene.channel, "settings notify", how="silent")
    said = words((await ada.slash(scene.channel, "help")).response).strip()
    assert len(said) <= VIEW_CHARS
    assert said.startswith("**Paused:**")
    assert LAST in said.splitlines()[-1]
