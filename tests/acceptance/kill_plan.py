"""What happens in a kill test: who asks for what, what goes wrong, and when the bot is killed. All from one seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from sandbox.discord.defaults import BOT_PERMISSIONS, default_world
from sandbox.discord.world import World
from sandbox.segmind import Fault, Kind, Stage

SECOND_GUILD = "Second Server"
PLACES: Mapping[str, Sequence[str]] = {  # channel: who asks there
    "videos": ("Mira", "Tom"),
    "lounge": ("Mira", "Ben"),
    "films": ("Tom", "Lea", "Ida"),
}
LONGEST_AFTER_EVENT_S = 0.08
LONGEST_ANY_S = 3.0
LONGEST_START = 1.3


@dataclass(frozen=True, slots=True)
class Wish:
    """One job that a member wants, until they get it. `text` is in its prompt and in no other's."""

    number: int
    member: str
    channel: str
    with_image: bool
    options: Mapping[str, Any]
    faults: tuple[Fault, ...]

    @property
    def text(self) -> str:
        return f"wish {self.number:03d}"


@dataclass(frozen=True, slots=True)
class Moment:
    """When the bot is killed: `delay_s` after the next event of this name once the bot is up; `any`: after it is up.

    `start`: before it is up or just then; `delay_s` is a share of the time that a start takes on this machine.
    """

    after: str
    delay_s: float


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault that strikes one request to Discord."""

    method: str
    path: str
    more: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """`troubles[i]` is set up before `moments[i]` is waited for."""

    wishes: Sequence[Wish]
    moments: Sequence[Moment]
    troubles: Sequence[Sequence[Trouble]]


EVENTS = (
    "asking",
    "posting",
    "accepted",
    "polling",
    "completed",
    "downloading",
    "uploading",
    "history",
    "card",
    "clip",
    "news",
)

# What Segmind does to one job in three. The first two are the heart of it: taken, and nobody was told.
_FAULTS: Sequence[tuple[Stage, Kind, dict[str, Any]]] = (
    (Stage.ACCEPTED, Kind.DROP, {}),
    (Stage.ACCEPTED, Kind.SERVER_ERROR, {}),
    (Stage.ACCEPTED, Kind.HTML, {}),
    (Stage.SUBMIT, Kind.DROP, {}),
    (Stage.SUBMIT, Kind.RATE_LIMITED, {}),
    (Stage.SUBMIT, Kind.BAD_GATEWAY, {}),
    (Stage.JOB, Kind.FAIL_TECHNICAL, {}),
    (Stage.JOB, Kind.FAIL_CONTENT, {}),
    (Stage.STATUS, Kind.HTML, {"times": 2}),
    (Stage.RESULT, Kind.DROP, {}),
    (Stage.MEDIA, Kind.CUT, {}),
    (Stage.MEDIA, Kind.BAD_GATEWAY, {}),
)
_MESSAGES = r"^/channels/\d+/messages"
_TROUBLES = (
    Trouble("PATCH", _MESSAGES, {"when": "before", "drop": True}),
    Trouble("PATCH", _MESSAGES, {"when": "after", "drop": True}),
    Trouble("PATCH", _MESSAGES, {"status": 502}),
    Trouble("POST", _MESSAGES, {"when": "before", "drop": True}),
    Trouble("POST", _MESSAGES, {"when": "after", "drop": True}),
    Trouble("POST", _MESSAGES, {"status": 429}),
    Trouble("POST", r"^/interactions/", {"when": "after", "drop": True}),
)


def plan_of(seed: int, *, jobs: int, kills: int, with_faults: bool = True) -> Plan:
    """The same plan for the same arguments; what comes of it depends on the machine's moments."""
    random = Random(seed)
    return Plan(
        wishes=[_wish(random, number, with_faults) for number in range(jobs)],
        moments=[_moment(random) for _ in range(kills)],
        troubles=[_troubles(random) if with_faults else () for _ in range(kills)],
    )


def two_guilds() -> World:
    """A world with two guilds that share a member."""
    world = default_world(members=("Mira", "Tom", "Ben"))
    people = {user.global_name: user for user in world.users.values()}
    guild = world.add_guild(SECOND_GUILD, owner=world.add_user("Olaf"))
    world.add_channel(guild, "films")
    for user in (people["Tom"], world.add_user("Lea"), world.add_user("Ida")):
        world.join(guild, user)
    world.join_bot(guild, BOT_PERMISSIONS)
    return world


def _wish(random: Random, number: int, with_faults: bool) -> Wish:
    channel = random.choice(list(PLACES))
    options: dict[str, Any] = {"model": random.choice(["v3", "v3", "o3"])}
    if random.random() < 0.15:
        options["deliver"] = "dm"
    wish = Wish(number, random.choice(PLACES[channel]), channel, random.random() < 0.3, options, ())
    if not with_faults or random.random() > 0.35:
        return wish
    stage, kind, more = random.choice(_FAULTS)
    fault = Fault(stage, kind, prompt=wish.text, **more)
    return Wish(number, wish.member, channel, wish.with_image, options, (fault,))


def _moment(random: Random) -> Moment:
    chance = random.random()
    if chance < 0.15:
        return Moment("start", random.uniform(0, LONGEST_START))
    if chance < 0.4:
        return Moment("any", random.uniform(0, LONGEST_ANY_S))
    return Moment(random.choice(EVENTS), random.uniform(0, LONGEST_AFTER_EVENT_S))


def _troubles(random: Random) -> Sequence[Trouble]:
    return [random.choice(_TROUBLES) for _ in range(random.choice((0, 1, 1, 2)))]
