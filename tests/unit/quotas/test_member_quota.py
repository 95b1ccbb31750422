"""Which rule decides for a member: the highest of their roles, their own, or everybody's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klapper.ledger.periods import Rhythm
from klapper.quotas.makes import EVERYTHING, Asked, Makes
from klapper.quotas.quota import (
    Allowance,
    GuildQuota,
    Limits,
    RoleQuota,
    Source,
)
from tests.quotas import GUILD_ID, OPERATOR, quota_of

ARTIST, PATRON, NEWBIE = 7, 8, 9
GUILD = GuildQuota(
    roles={GUILD_ID: RoleQuota(200), ARTIST: RoleQuota(300), PATRON: RoleQuota(900), NEWBIE: RoleQuota(0)}
)


@pytest.mark.parametrize(
    ("roles", "own", "decides"),
    [
        ((), None, Allowance(200, Source.EVERYONE)),
        ((GUILD_ID,), None, Allowance(200, Source.EVERYONE)),
        ((GUILD_ID, ARTIST), None, Allowance(300, Source.ROLE, ARTIST)),
        ((PATRON, ARTIST), None, Allowance(900, Source.ROLE, PATRON)),
        ((NEWBIE,), None, Allowance(0, Source.ROLE, NEWBIE)),  # a role may also lower it
        ((NEWBIE, ARTIST), None, Allowance(300, Source.ROLE, ARTIST)),
        ((PATRON,), 5, Allowance(5, Source.MEMBER)),
        ((999,), None, Allowance(200, Source.EVERYONE)),
    ],
)
def test_a_members_own_allowance_wins_over_roles_and_the_highest_role_over_everybodys(
    roles: tuple[int, ...], own: int | None, decides: Allowance
) -> None:
    assert quota_of(GUILD, role_ids=roles, own=own).allowance == decides


def test_where_a_guild_says_nothing_the_operator_decides() -> None:
    quota = quota_of(role_ids=(ARTIST,))
    assert quota.allowance == Allowance(500, Source.OPERATOR)
    assert (quota.rhythm, quota.limits, quota.makes) == (OPERATOR.rhythm, OPERATOR.limits, (EVERYTHING,))
    assert (quota.percent, quota.priced_by) == (100, None)


def test_a_guild_has_its_own_rhythm() -> None:
    rhythm = Rhythm("month", "Europe/Berlin")
    assert quota_of(replace(GUILD, rhythm=rhythm)).rhythm == rhythm


amounts = st.integers(0, 20)


@given(st.tuples(*[amounts] * 8))
def test_a_guilds_limits_only_lower_the_operators(numbers: tuple[int, ...]) -> None:
    own, operators = Limits(*numbers[:4]), Limits(*numbers[4:])
    limits = quota_of(GuildQuota(limits=own), replace(OPERATOR, limits=operators)).limits
    for name in ("running_per_member", "waiting_per_member", "running_per_guild", "largest_job"):
        guild, operator, counts = getattr(own, name), getattr(operators, name), getattr(limits, name)
        assert counts == min([number for number in (guild, operator) if number], default=0)


MAKES = st.builds(
    Makes,
    st.frozensets(st.sampled_from(["v3", "o3", "v1"]), max_size=2),
    st.frozensets(st.sampled_from(["std", "pro"]), max_size=1),
    st.sampled_from([0, 5, 10]),
)


@given(MAKES, MAKES, st.sampled_from(["v3", "o3", "v1"]), st.sampled_from(["std", "pro", None]), st.integers(1, 15))
def test_of_several_roles_one_has_to_allow_a_request_as_a_whole(
    one: Makes, other: Makes, model: str, mode: str | None, seconds: int
) -> None:
    guild = GuildQuota(roles={ARTIST: RoleQuota(makes=one), PATRON: RoleQuota(makes=other)})
    both = quota_of(guild, role_ids=(ARTIST, PATRON))
    assert both.made_by == (ARTIST, PATRON)
    asked = Asked(model, mode, seconds)
    assert any(makes.allows(asked) for makes in both.makes) == (one.allows(asked) or other.allows(asked))


def test_two_roles_that_restrict_do_not_free_each_other() -> None:
    guild = GuildQuota(
        roles={
            ARTIST: RoleQuota(makes=Makes(models=frozenset({"v1"}))),
            PATRON: RoleQuota(makes=Makes(modes=frozenset({"std"}))),
        }
    )
    makes = quota_of(guild, role_ids=(ARTIST, PATRON)).makes
    assert not any(one.allows(Asked("o3", "pro", 5)) for one in makes)


def test_a_role_that_says_what_may_be_made_stands_instead_of_everybodys_word() -> None:
    only_v1 = Makes(models=frozenset({"v1"}))
    guild = GuildQuota(roles={GUILD_ID: RoleQuota(makes=only_v1), ARTIST: RoleQuota(makes=EVERYTHING)})
    assert quota_of(guild).makes == (only_v1,)
    assert quota_of(guild).made_by == ()
    assert quota_of(guild, role_ids=(ARTIST,)).makes == (EVERYTHING,)
    assert quota_of(guild, role_ids=(PATRON,)).makes == (only_v1,)


@pytest.mark.parametrize(
    ("channels", "percent"), [((), (100, None)), ((1, 5), (100, None)), ((3, 5), (150, 3)), ((5, 3, 4), (150, 3))]
)
def test_the_nearest_channel_that_has_a_price_counts(
    channels: tuple[int, ...], percent: tuple[int, int | None]
) -> None:
    quota = quota_of(GuildQuota(channels={3: 150, 4: 50}), channel_ids=channels)
    assert (quota.percent, quota.priced_by) == percent
