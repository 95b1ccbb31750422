"""In an appeal moderators decide what was refused; what nobody may overrule stays refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klapper.moderation.appealable import is_appealable
from klapper.moderation.policy import APPEAL, Content, Decision, Objection, Policy, Situation, Verdict
from klapper.moderation.reasons import Reason
from klapper.moderation.rules import ADULT, ChannelRule, GuildRules, Level, Mode, Place
from klapper.moderation.standing import Standing
from klapper.moderation.terms import Term

CHANNEL, ADULT_CHANNEL = 7, 8
WORDS = ("fox", "peg", "gun", "lewd", "look", "nude child")
TERMS = (Term("gun", "block"), Term("lewd", "block", ADULT), Term("look", "review"))
POLICY = Policy(["peg"])
APPEALABLE = ("blocked_term", "guild_term", "adult_term", "blocked_image", "remote:violence", "remote:self-harm/intent")
FINAL = (
    "minors",
    "blocked_member",
    "paused_member",
    "channel_closed",
    "guild_closed",
    "role_closed",
    "image_not_compared",
    "check_unavailable",
    "remote:sexual/minors",
    "remote:CSAM",
    "remote:child_exploitation",
    "remote:unnamed",
    "no_objection",
    "approved",
)


@pytest.mark.parametrize("rule", APPEALABLE)
def test_what_people_may_see_otherwise_can_be_appealed(rule: str) -> None:
    assert is_appealable(rule)


@pytest.mark.parametrize("rule", FINAL)
def test_what_nobody_may_overrule_cannot(rule: str) -> None:
    assert not is_appealable(rule)


objections = st.builds(
    Objection,
    st.sampled_from([Verdict.REVIEW, Verdict.REFUSED]),
    st.sampled_from(["blocked_image", "image_not_compared", "check_unavailable", *APPEALABLE[-2:], *FINAL[-6:-2]]),
    is_unsure=st.booleans(),
)
rules = st.builds(
    GuildRules,
    mode=st.sampled_from(Mode),
    unsure=st.sampled_from(["refuse", "review"]),
    channels=st.builds(
        lambda mode: {CHANNEL: ChannelRule(mode), ADULT_CHANNEL: ChannelRule(level=Level.ADULT)},
        st.sampled_from([None, *Mode]),
    ),
    terms=st.sampled_from([(), TERMS]),
)
situations = st.builds(
    Situation,
    rules,
    st.builds(
        lambda channel, nsfw: Place((channel,), is_age_restricted=nsfw),
        st.sampled_from([CHANNEL, ADULT_CHANNEL]),
        st.booleans(),
    ),
    st.builds(
        Standing, is_blocked=st.booleans(), paused_until_ms=st.sampled_from([None, 5_000]), is_watched=st.booleans()
    ),
    st.lists(objections, max_size=3).map(tuple),
)
contents = st.lists(st.sampled_from(WORDS), max_size=3).map(lambda words: Content((" ".join(words),)))


def decided(content: Content, situation: Situation, *, is_appeal: bool) -> Decision:
    return POLICY.decide(content, replace(situation, is_appeal=is_appeal))


@given(contents, situations)
def test_an_appeal_changes_nothing_but_what_may_be_appealed(content: Content, situation: Situation) -> None:
    plain = decided(content, situation, is_appeal=False)
    appeal = decided(content, situation, is_appeal=True)
    if plain.verdict is not Verdict.REFUSED or not is_appealable(plain.rule):
        assert appeal == plain
    elif appeal.verdict is Verdict.REFUSED:
        assert not is_appealable(appeal.rule)
    else:
        assert (appeal.verdict, appeal.rule) == (Verdict.REVIEW, APPEAL)
        assert appeal.reasons[:2] == (Reason(APPEAL), Reason(plain.rule, plain.detail))
        assert appeal.detail == plain.detail


@given(contents, situations)
def test_no_appeal_is_allowed_or_reviewed_against_what_nobody_may_overrule(
    content: Content, situation: Situation
) -> None:
    appeal = decided(content, situation, is_appeal=True)
    if appeal.verdict is Verdict.REFUSED:
        return
    unsure = {objection.rule for objection in situation.found if objection.is_unsure}
    wanted = {objection.rule for objection in situation.found if objection.verdict is Verdict.REVIEW}
    turned = (
        {reason.rule for reason in appeal.reasons} - {"review_mode", "review_term", "provider_history", APPEAL} - wanted
    )
    assert {rule for rule in turned if not is_appealable(rule)} <= (
        unsure if situation.rules.unsure == "review" else set()
    )
    assert "child" not in content.texts[0]
    assert not situation.standing.is_blocked
    assert situation.standing.paused_until_ms is None


def test_every_reason_is_kept_and_the_refusal_stands_first() -> None:
    rules = GuildRules(mode=Mode.REVIEW, terms=TERMS)
    found = (Objection(Verdict.REFUSED, "blocked_image", detail="image"),)
    appeal = decided(Content(("a peg and a gun",)), Situation(rules, found=found), is_appeal=True)
    assert appeal.reasons == (
        Reason(APPEAL),
        Reason("blocked_term", "peg"),
        Reason("guild_term", "gun"),
        Reason("blocked_image", "image"),
        Reason("review_mode"),
    )
    assert (appeal.rule, appeal.detail) == (APPEAL, "peg")
