"""What a guild's rules come to for one member in one place: a table of every combination that members meet."""

from __future__ import annotations

import pytest

from klapper.moderation.rules import ChannelRule, GuildRules, Level, Mode, Place, RoleRule

OPEN, REVIEW, CLOSED = Mode.OPEN, Mode.REVIEW, Mode.CLOSED
THREAD, CHANNEL, CATEGORY = 3, 2, 1
ARTISTS, NEWCOMERS, TRUSTED, EVERYBODY = 11, 12, 13, 10

ROLES = {
    ARTISTS: RoleRule(OPEN),
    NEWCOMERS: RoleRule(REVIEW),
    TRUSTED: RoleRule(is_trusted=True),
    14: RoleRule(CLOSED),
}

# guild, category, channel, thread; the member's roles; what counts
MODES = [
    (OPEN, None, None, None, (), OPEN),
    (REVIEW, None, None, None, (), REVIEW),
    (CLOSED, None, None, None, (), CLOSED),
    # the nearest channel that says something counts
    (OPEN, REVIEW, None, None, (), REVIEW),
    (REVIEW, OPEN, None, None, (), OPEN),
    (OPEN, REVIEW, OPEN, None, (), OPEN),
    (OPEN, OPEN, REVIEW, None, (), REVIEW),
    (OPEN, None, OPEN, REVIEW, (), REVIEW),
    (CLOSED, None, REVIEW, OPEN, (), OPEN),
    (CLOSED, None, OPEN, None, (), OPEN),
    (OPEN, CLOSED, None, None, (), CLOSED),
    # roles before channels, the most open of them
    (REVIEW, None, None, None, (ARTISTS,), OPEN),
    (CLOSED, None, None, None, (ARTISTS,), OPEN),
    (OPEN, None, REVIEW, None, (ARTISTS,), OPEN),
    (OPEN, None, None, None, (NEWCOMERS,), REVIEW),
    (OPEN, None, OPEN, None, (NEWCOMERS,), REVIEW),
    (OPEN, None, None, None, (NEWCOMERS, ARTISTS), OPEN),
    (OPEN, None, None, None, (14,), CLOSED),
    (OPEN, None, None, None, (14, NEWCOMERS), REVIEW),
    (OPEN, None, None, None, (EVERYBODY,), OPEN),
    # but not into a closed channel
    (OPEN, None, CLOSED, None, (ARTISTS,), CLOSED),
    (OPEN, CLOSED, None, None, (ARTISTS, TRUSTED), CLOSED),
    (OPEN, CLOSED, OPEN, None, (NEWCOMERS,), REVIEW),
    # trust skips review and nothing else
    (REVIEW, None, None, None, (TRUSTED,), OPEN),
    (OPEN, None, REVIEW, None, (TRUSTED,), OPEN),
    (OPEN, None, None, None, (NEWCOMERS, TRUSTED), OPEN),
    (CLOSED, None, None, None, (TRUSTED,), CLOSED),
    (OPEN, None, None, None, (14, TRUSTED), CLOSED),
]


@pytest.mark.parametrize(("guild", "category", "channel", "thread", "roles", "counts"), MODES)
def test_one_mode_counts_for_a_member_in_a_place(
    guild: Mode,
    category: Mode | None,
    channel: Mode | None,
    thread: Mode | None,
    roles: tuple[int, ...],
    counts: Mode,
) -> None:
    modes = {CATEGORY: category, CHANNEL: channel, THREAD: thread}
    channels = {target: ChannelRule(mode) for target, mode in modes.items() if mode is not None}
    rules = GuildRules(mode=guild, channels=channels, roles=ROLES)
    assert rules.mode_of(Place((THREAD, CHANNEL, CATEGORY), frozenset(roles))) is counts


@pytest.mark.parametrize("stricter", Mode)
@pytest.mark.parametrize("other", Mode)
def test_modes_are_ordered_by_what_they_let_through(stricter: Mode, other: Mode) -> None:
    order = [OPEN, REVIEW, CLOSED]
    assert stricter.is_stricter_than(other) == (order.index(stricter) > order.index(other))


@pytest.mark.parametrize(
    ("of", "restricted", "level"),
    [
        (CHANNEL, True, Level.ADULT),
        (CATEGORY, True, Level.ADULT),
        (CHANNEL, False, Level.GENERAL),
        (99, True, Level.GENERAL),
    ],
)
def test_a_channel_is_adult_only_while_discord_restricts_it(of: int, restricted: bool, level: Level) -> None:
    rules = GuildRules(channels={of: ChannelRule(level=Level.ADULT)})
    assert rules.level_of(Place((CHANNEL, CATEGORY), is_age_restricted=restricted)) is level


@pytest.mark.parametrize(
    ("channels", "roles", "hides"),
    [
        ({}, (), False),
        ({CHANNEL: ChannelRule(spoiler=True)}, (), True),
        ({CATEGORY: ChannelRule(spoiler=True)}, (), True),
        ({}, (21,), True),
        ({}, (ARTISTS,), False),
    ],
)
def test_a_channel_or_a_role_hides_clips(channels: dict[int, ChannelRule], roles: tuple[int, ...], hides: bool) -> None:
    rules = GuildRules(channels=channels, roles={21: RoleRule(spoiler=True), **ROLES})
    assert rules.hides_clips(Place((CHANNEL, CATEGORY), frozenset(roles))) is hides
