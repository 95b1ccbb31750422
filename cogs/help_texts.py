"""What /help says, made of what is true where it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cogs import quota_texts, rule_texts
from cogs.texts import fit, listed
from klapper.choices.choices import Notify
from klapper.clock import MINUTE_MS
from klapper.drafts.draft import KEPT_MS
from klapper.images.checks import LEAST_SIDE_PX, MEGABYTE, MOST_PIXELS, MOST_RATIO, MOST_READ_BYTES
from klapper.kling.model import Catalogue
from klapper.messages import appeal_texts, card_texts, text
from klapper.messages.pages import VIEW_CHARS
from klapper.moderation.rules import GuildRules, Place
from klapper.moderation.standing import Standing
from klapper.quotas.quota import MemberQuota
from klapper.services.credits import PriceLine
from klapper.services.rules import Rules

HELP = "What Klapper does, what it costs and what the limits are"
IN_MENU = "in a message's menu (Apps)"
OWN_ONLY = "You may animate only images of your own."
SHARED = "You may animate images of others, too."
ELEMENTS = "**Elements** are people or things to keep the same: give images of them, and write @Element1 in the prompt."

IN_REVIEW = (
    f"**In review:** a moderator decides first; the credits are reserved meanwhile, and given back if it is declined. "
    f"{card_texts.CHANGE_REQUEST} on the job's card changes the request, {card_texts.CANCEL} takes it back. "
    f"{appeal_texts.APPEAL} on a refusal, where it has one, asks a moderator to look at it."
)
_NEWS: dict[Notify, str] = {
    "ping": "when a job of yours ends, a message mentions you.",
    "silent": "when a job of yours ends, its card changes without a message.",
    "dm": "when a job of yours ends, you get a direct message.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What is true for a member on a server.

    quota: what counts for them.
    place: where they ask, and as who. standing: theirs with the moderators. commands: a line for each of theirs.
    """

    rules: Rules
    quota: MemberQuota
    guild_rules: GuildRules
    place: Place
    standing: Standing
    catalogue: Catalogue
    prices: Sequence[PriceLine]
    commands: Sequence[str]
    is_paused: bool
    shares_images: bool
    notify: Notify


def help_text(here: Here) -> str:
    """One message: what Klapper is, what can be asked of it, and what that costs."""
    return fit(list(_parts(here)), chars=VIEW_CHARS)


def command_line(name: str, parts: Sequence[str], description: str) -> str:
    """A command, or a group of them, and what it is for."""
    return f"`/{' '.join((name, *[' | '.join(parts)])).strip()}` {description}"


def menu_line(names: Sequence[str]) -> str:
    """The commands of the menu of messages."""
    return f"{listed([f'**{name}**' for name in names])}, {IN_MENU}"


def _parts(here: Here) -> Iterator[str]:
    rules = here.rules
    if here.is_paused:
        yield "**Paused:** this server takes no new requests for now."
    titles = listed([family.title for family in here.catalogue.families()])
    yield f"**Klapper** makes clips with {titles}. One message carries each from the request to the clip."
    yield from (f"- {line}" for line in here.commands)
    yield f"**Images:** {_images()}. {SHARED if here.shares_images else OWN_ONLY}"
    yield ELEMENTS
    yield (
        f"**Again:** {card_texts.AGAIN} and {card_texts.EDIT} are on the card of an ended job. A draft is kept for "
        f"{KEPT_MS // MINUTE_MS} min, an image for {text.counted(rules.keep_days, 'day')} after its last use."
    )
    yield f"**Credits:** {quota_texts.allowance(here.quota)} Only a finished clip is charged.{_asked_first(here)}"
    yield f"**Prices:** {_examples(here)}; `/credits prices` has all.{quota_texts.reckoned_in(here.quota)}"
    yield f"**Limits:** {quota_texts.limits(here.quota)}"
    yield f"**Here:** {rule_texts.here(here.guild_rules, here.place, here.standing, is_paused=here.is_paused)}"
    yield IN_REVIEW
    yield f"**Rules:** {_rules(here)}"
    yield f"**News:** {_NEWS[here.notify]}"


def _images() -> str:
    long, short = MOST_RATIO
    return (
        f"JPEG, PNG or WebP, at least {LEAST_SIDE_PX} pixels a side, at most {MOST_PIXELS // 1_000_000} megapixels and "
        f"{MOST_READ_BYTES // MEGABYTE} MB, up to {long / short:g} times as long as wide"
    )


def _examples(here: Here) -> str:
    """The first line of each model; families and models that cost the same stand together."""
    first = {line.model_title: line for line in reversed(here.prices)}
    costs = {title: (line.what, line.credits) for title, line in reversed(first.items())}
    named = {_name(title, costs, here.catalogue): cost for title, cost in costs.items()}
    return "; ".join(
        f"{' or '.join(name for name, own in named.items() if own == cost)}, {cost[0]}: {text.credits(cost[1])}"
        for cost in dict.fromkeys(named.values())
    )


def _name(title: str, costs: Mapping[str, tuple[str, int]], catalogue: Catalogue) -> str:
    """The family of a model where all of it cost the same, else the model."""
    family = next((model.family for model in catalogue.models if model.title == title), None)
    siblings = [model.title for model in catalogue.models if model.family == family]
    is_one_price = len({costs[sibling] for sibling in siblings if sibling in costs}) == 1
    return family.title if family is not None and is_one_price else title


def _asked_first(here: Here) -> str:
    above, largest = here.rules.confirm_above, here.quota.limits.largest_job
    is_possible = above and not 0 < largest <= above
    return f" You are asked first above {text.credits(above)}." if is_possible else ""


def _rules(here: Here) -> str:
    undo = f", which is after {here.rules.undo_s} s at the earliest" if here.rules.undo_s else ""
    allowed = (
        " once a moderator has allowed it" if rule_texts.waits(here.guild_rules, here.place, here.standing) else ""
    )
    said = [
        f"you can cancel a job until it is sent to Segmind{undo}.",
        f"The job's card shows your prompt to the channel{allowed}.",
    ]
    if terms := here.rules.blocked_terms + here.guild_rules.blocks(here.place):
        said.append(f"{text.counted(terms, 'word or phrase', 'words or phrases')} may not be in a prompt.")
    return " ".join(said)
