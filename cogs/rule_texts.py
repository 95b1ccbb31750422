"""What /manage says about a guild's rules, and what /help says of them to a member."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from cogs.texts import PERMISSIONS, fit, listed
from klapper.messages import text
from klapper.messages.request_form import DOES
from klapper.moderation.cases import CaseKind
from klapper.moderation.rules import ChannelRule, GuildRules, Level, Mode, Place, RoleRule
from klapper.moderation.standing import Standing

MODE = "Whether requests are made at once, wait for a moderator, or are refused"
REVIEWERS = "Where moderators find what waits for them, where decisions are told, and which roles decide"
TRUSTED = "Whether a role skips review"
LEVELS = "What a channel's clips may show, and where clips are always spoilers"
UNSURE = "What becomes of a request that a check cannot judge"
RULES = "See and change credits, allowances, limits, who may make what, and how requests are decided"
MODE_OPTIONS = {
    "mode": "open: at once; review: when a moderator approves; closed: not at all; default: as everywhere else",
    "channel": "Only there; a category counts for its channels",
    "role": "Only for members with this role",
}
REVIEWERS_OPTIONS = {
    "channel": "Where requests are shown that wait for a moderator",
    "audit_channel": "Where every decision is told",
    "role": "Only such roles and administrators decide from then on; without any, who may time members out",
    "remove": "Take away what you name; alone: channels that were deleted",
}
TRUSTED_OPTIONS = {"role": "Whose members are trusted", "state": "on: their requests skip review; off: they do not"}
LEVELS_OPTIONS = {
    "channel": "What counts there; adult only where Discord has the channel as age-restricted",
    "role": "Whose clips are spoilers",
    "level": "adult: words of the category adult are let through",
    "spoiler": "Whether clips are spoilers whatever members choose",
}
UNSURE_OPTIONS = {"state": "refuse: ask again later; review: a moderator decides"}

NO_TARGET = "Choose a channel or a role, one at a time, and what counts there."
LEVEL_OF_ROLE = "A level is of a channel: for a role choose spoiler alone."
NOTHING_TO_REMOVE = "Say what to remove: channel, audit_channel or role. No channel that is set was deleted."
NOTHING_CHANGED = "Nothing changed, it was so already:"

MOST_NAMED = 12  # channels or roles in one sentence

_ROLE_LIMITS = {
    False: "in every channel that is not closed; of several roles the most open counts",
    True: "unless another of their roles is more open",
}
_KINDS: dict[CaseKind, str] = {"review": "request", "report": "reported clip"}
_SEEN = {"review": "what is not decided yet", "audit": "who reported what and what moderators wrote"}
_ELSE = {
    "refuse": "A request that a check cannot judge is refused.",
    "review": "A request that a check cannot judge waits for a moderator.",
}


def channel(channel_id: int) -> str:
    """Discord docs, Message Formatting; also for categories."""
    return f"<#{channel_id}>"


def role(role_id: int) -> str:
    return f"<@&{role_id}>"


# After a change


def mode_undone(mode: Mode | None, what: str = "") -> str:
    """How to take a mode back; empty for one that is the default. what: the option it was set for."""
    if mode is None:
        return ""
    return f"`/manage mode` with `default`{f' for the same {what}' if what else ''} ends that."


def still_decidable(mode: Mode | None, in_review: int) -> str:
    """What a closed mode leaves as it was."""
    if mode is not Mode.CLOSED or not in_review:
        return ""
    return f"{text.counted(in_review, 'request')} in review can still be approved."


def of_guild(rules: GuildRules) -> str:
    """What counts where nothing else is said, and what is said elsewhere."""
    return "\n".join((f"Requests on this server {DOES[rules.mode]}{_skips(rules, rules.mode)}.", *_exceptions(rules)))


def of_channel(rules: GuildRules, channel_id: int, place: Place) -> str:
    """What counts in a channel for members without a role that says otherwise."""
    counts = GuildRules(mode=rules.mode, channels=rules.channels).mode_of(Place(place.channel_ids))
    said = f"Requests in {channel(channel_id)} {DOES[counts]}{_inherited(rules, channel_id, place)}"
    roles = () if counts is Mode.CLOSED else _role_modes(rules)
    return "\n".join((f"{said}{_skips(rules, counts)}.", *roles))


def of_role(rules: GuildRules, role_id: int) -> str:
    """What counts for members of a role."""
    rule = rules.roles.get(role_id, RoleRule())
    who = f"Requests of {role(role_id)}"
    if rule.mode is None:
        said = f"{who} are treated as their channel says."
    else:
        said = f"{who} {DOES[rule.mode]}, {_ROLE_LIMITS[rule.mode is Mode.CLOSED]}."
    return f"{said} The role skips review." if rule.is_trusted else said


def trusted(rules: GuildRules, role_id: int) -> str:
    """Whether a role skips review."""
    if rules.roles.get(role_id, RoleRule()).is_trusted:
        return (
            f"Requests of {role(role_id)} skip review: where others wait for a moderator, they are made at once. "
            "`/manage trusted` with `off` ends that."
        )
    return f"Requests of {role(role_id)} do not skip review: `/manage trusted` with `on` changes that."


def reviewers(rules: GuildRules) -> str:
    """Who decides, and where it is shown and told."""
    return "\n".join((_cases(rules), _deciders(rules), _told(rules)))


REVIEWERS_UNDONE = "`/manage reviewers` with the same and `remove: True` takes it away again."


def moved_in(waiting: Mapping[CaseKind, int], *, shown: bool) -> str:
    """What waited when a review channel was chosen. shown: cards can be posted there."""
    named = [text.counted(number, _KINDS[kind]) for kind, number in sorted(waiting.items(), reverse=True) if number]
    if not named:
        return ""
    verb = "waits" if sum(waiting.values()) == 1 else "wait"
    cards = ": the card is posted there." if verb == "waits" else ": their cards are posted there."
    return f"{listed(named)} {verb} already{cards if shown else '.'}"


def levels(rules: GuildRules, channel_id: int) -> str:
    """What a channel's clips may show now."""
    rule, name = rules.channels.get(channel_id, ChannelRule()), channel(channel_id)
    said = (
        f"Words of the category `adult` are let through in {name} as long as Discord has it as age-restricted."
        if rule.level is Level.ADULT
        else f"Clips in {name} show what is allowed everywhere on this server."
    )
    said += " Clips there are always spoilers." if rule.spoiler else " Spoilers are up to members."
    undo = [
        what
        for what, is_set in (("level: general", rule.level is Level.ADULT), ("spoiler: False", rule.spoiler))
        if is_set
    ]
    return f"{said} `/manage levels` with `{'`, `'.join(undo)}` ends that." if undo else said


def hidden_role(rules: GuildRules, role_id: int) -> str:
    """Whether clips of a role are spoilers."""
    if rules.roles.get(role_id, RoleRule()).spoiler:
        return f"Clips of {role(role_id)} are always spoilers. `/manage levels` with `spoiler: False` ends that."
    return f"Whether clips of {role(role_id)} are spoilers is up to them and their channel."


def unsure(rules: GuildRules) -> str:
    return _ELSE[rules.unsure]


def recalled(jobs: int) -> str:
    """What the change did to requests that were allowed before."""
    if not jobs:
        return ""
    went = "goes" if jobs == 1 else "go"
    return f"{text.counted(jobs, 'request')} that waited to be sent {went} to review; credits stay reserved."


# Everything

PAUSED = "Klapper is paused on this server: `/manage resume` goes on."


def overview(rules: GuildRules, warnings: Iterable[str] = (), *, shares_images: bool) -> str:
    """All of it, in one message; what has to be mended first."""
    return fit([*warnings, *_overview(rules, shares_images)])


def _overview(rules: GuildRules, shares_images: bool) -> Iterator[str]:
    yield of_guild(rules)
    if rules.mode is not Mode.REVIEW and (skips := _skips(rules, Mode.REVIEW)):
        yield f"Where requests wait for a moderator, {skips.removeprefix('; ')}."
    yield reviewers(rules)
    yield unsure(rules)
    adult = [one for one, rule in rules.channels.items() if rule.level is Level.ADULT]
    if adult:
        yield f"Words of the category `adult` are let through in {_channels(adult)}, where Discord restricts the age."
    hidden = [channel(one) for one, rule in rules.channels.items() if rule.spoiler]
    hidden += [role(one) for one, rule in rules.roles.items() if rule.spoiler]
    if hidden:
        yield f"Clips are always spoilers in or of {_some(hidden)}."
    yield f"Members may animate images {'of others, too' if shares_images else 'of their own only'}: `/manage sharing`."
    terms = len(rules.terms) + len(rules.allowed)
    yield f"The filter has {text.counted(terms, 'term')} of this server: `/moderate filter list`."


# What a manager has to mend

NO_REVIEW_CHANNEL = (
    "⚠ There is no review channel, so moderators are not told of what waits: `/manage reviewers channel` sets one."
)


def channel_gone(what: str) -> str:
    names = "channel" if what == "review" else "audit_channel"
    return (
        f"⚠ The {what} channel was deleted: `/manage reviewers {names}` names another one, "
        "`/manage reviewers remove: True` does without."
    )


def cannot_post(channel_id: int, what: str, missing: Iterable[str]) -> str:
    """missing: names of permissions."""
    names = ", ".join(f"**{PERMISSIONS[name]}**" for name in missing)
    return f"⚠ I lack permissions in the {what} channel {channel(channel_id)}: {names}."


def deciders_blind(channel_id: int, role_ids: Sequence[int]) -> str:
    """role_ids: roles that decide and do not see where cases are shown."""
    roles, verb = listed([role(role_id) for role_id in role_ids]), "does" if len(role_ids) == 1 else "do"
    return f"⚠ {roles} {verb} not see the review channel {channel(channel_id)}: give View Channel there."


_HIDE = "in its permissions, take View Channel from @everyone, and give it to who decides and to Klapper."


def everybody_sees(channel_id: int, what: str) -> str:
    return f"⚠ Everybody can see the {what} channel {channel(channel_id)}, and so {_SEEN[what]}: {_HIDE}"


# For who may not decide


def not_a_reviewer(roles: Sequence[int]) -> str:
    """roles: those that decide; none: who may time members out does."""
    who = f"members with the role {_either(map(role, roles))}" if roles else "members who may time others out"
    return f"Only {who}, and administrators, decide about requests and reports: ask one of them."


# For members


def waits(rules: GuildRules, place: Place, standing: Standing) -> bool:
    """Whether a moderator looks first at what this member asks for there."""
    return standing.is_watched or rules.mode_of(place) is Mode.REVIEW


def here(rules: GuildRules, place: Place, standing: Standing, *, is_paused: bool) -> str:
    """What counts for who asks, where they ask. is_paused: the guild."""
    if standing.is_blocked:
        return "you are blocked from making clips here; the moderators of this server can tell you more."
    if standing.paused_until_ms is not None:
        again = text.timestamp(standing.paused_until_ms)
        return f"you can make clips here again {again}; the moderators of this server can tell you more."
    if is_paused:
        return "Klapper is paused on this server, and requests are refused until its managers let it go on."
    mode = rules.mode_of(place)
    said = [f"your requests in this channel {DOES[mode]}."]
    if standing.is_watched and mode is Mode.OPEN:
        said = ["a moderator looks at your requests first."]
    if mode is not Mode.CLOSED:
        if rules.level_of(place) is Level.ADULT:
            said.append("It is for adults, and so may clips be.")
        if rules.hides_clips(place):
            said.append("Your clips are spoilers.")
    return " ".join(said)


# Parts of sentences


def _inherited(rules: GuildRules, channel_id: int, place: Place) -> str:
    ruled = [one for one in (channel_id, *place.channel_ids) if rules.channels.get(one, ChannelRule()).mode is not None]
    if not ruled:
        return ", as everywhere else"
    return "" if ruled[0] == channel_id else f", as in {channel(ruled[0])}"


def _skips(rules: GuildRules, mode: Mode) -> str:
    """Who does not have to wait where others do."""
    trusted = [one for one, rule in rules.roles.items() if rule.is_trusted]
    if mode is not Mode.REVIEW or not trusted:
        return ""
    named = _some(map(role, trusted))
    return f"; the role {named} skips that" if len(trusted) == 1 else f"; the roles {named} skip that"


def _exceptions(rules: GuildRules) -> Iterator[str]:
    for mode, does in DOES.items():
        there = [one for one, rule in rules.channels.items() if rule.mode is mode and mode is not rules.mode]
        if there:
            yield f"In {_channels(there)} they {does}."
    yield from _role_modes(rules)


def _role_modes(rules: GuildRules) -> Iterator[str]:
    for mode, does in DOES.items():
        whose = [role(one) for one, rule in rules.roles.items() if rule.mode is mode]
        if whose:
            yield f"Those of {_some(whose)} {does}."


def _cases(rules: GuildRules) -> str:
    if rules.review_channel_id is None:
        return "There is no review channel."
    return f"What waits for a moderator is shown in {channel(rules.review_channel_id)}."


def _told(rules: GuildRules) -> str:
    if rules.audit_channel_id is None:
        return "Decisions are not told in any channel."
    return f"Every decision is told in {channel(rules.audit_channel_id)}."


def _deciders(rules: GuildRules) -> str:
    roles = sorted(rules.reviewer_roles())
    if not roles:
        return "Whoever may time members out on this server decides."
    return (
        f"Only {_some(map(role, roles))} and administrators decide about requests and reports and take clips down; "
        "the rest of `/moderate` does not need the role."
    )


def _channels(ids: Iterable[int]) -> str:
    return _some(map(channel, ids))


def _either(names: Iterable[str]) -> str:
    *most, last = list(names)[:MOST_NAMED]
    return f"{', '.join(most)} or {last}" if most else last


def _some(names: Iterable[str]) -> str:
    every = list(names)
    more = len(every) - MOST_NAMED
    return listed([*every[:MOST_NAMED], f"{more} more"] if more > 0 else every)
