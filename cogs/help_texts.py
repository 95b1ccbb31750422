"""What /help says, made of what is true where it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cogs.texts import fit
from klapper.choices.choices import Notify
from klapper.clock import MINUTE_MS
from klapper.drafts.draft import KEPT_MS
from klapper.images.checks import LEAST_SIDE_PX, MEGABYTE, MOST_PIXELS, MOST_RATIO, MOST_READ_BYTES
from klapper.kling.model import Catalogue
from klapper.messages import card_texts, text
from klapper.services.credits import PriceLine
from klapper.services.rules import Rules

HELP = "What Klapper does, what it costs and what the limits are"
IN_MENU = "in a message's menu, under Apps"

_NEWS: dict[Notify, str] = {
    "ping": "a message that mentions you",
    "silent": "its card, without a message",
    "dm": "a direct message",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What is true for a member on a server. commands: a line for each that they may use."""

    rules: Rules
    catalogue: Catalogue
    prices: Sequence[PriceLine]
    commands: Sequence[str]
    is_paused: bool
    shares_images: bool
    notify: Notify


def help_text(here: Here) -> str:
    """One message: what Klapper is, what can be asked of it, and what that costs."""
    return fit(list(_parts(here)))


def command_line(name: str, parts: Sequence[str], description: str) -> str:
    """A command, or a group of them, and what it is for."""
    return f"`/{' '.join((name, *[' | '.join(parts)])).strip()}` {description}"


def menu_line(name: str) -> str:
    """A command of the menu of messages."""
    return f"**{name}**, {IN_MENU}"


def _parts(here: Here) -> Iterator[str]:
    rules = here.rules
    if here.is_paused:
        yield "**Paused:** the managers of this server take no new requests for now."
    titles = ", ".join(family.title for family in here.catalogue.families())
    yield f"**Klapper** makes videos with {titles}. One message carries each to the playing clip."
    yield from (f"- {line}" for line in here.commands)
    yield (
        f"**Pictures:** {_pictures()}. Write @Element1 where an element appears. "
        f"{'Everybody may animate' if here.shares_images else 'You may animate only'} "
        f"{'what others posted, too' if here.shares_images else 'what you posted yourself'}."
    )
    yield (
        f"**Again:** {card_texts.AGAIN} and {card_texts.EDIT} are on the card of an ended job. A draft is kept for "
        f"{KEPT_MS // MINUTE_MS} min and a picture for {text.counted(rules.keep_days, 'day')} after its last use."
    )
    yield (
        f"**Credits:** {_allowance(rules)} A price is reserved, and charged only for a finished clip."
        f"{_asked_first(rules)}"
    )
    yield f"**Prices:** {_examples(here.prices)}."
    yield f"**Limits:** {_limits(rules)}"
    yield f"**Rules:** {_rules(rules)} News of the end of a job: {_NEWS[here.notify]}."


def _pictures() -> str:
    long, short = MOST_RATIO
    return (
        f"JPEG, PNG or WebP, at least {LEAST_SIDE_PX} pixels a side, at most {MOST_PIXELS // 1_000_000} megapixels and "
        f"{MOST_READ_BYTES // MEGABYTE} MB, the long side up to {long / short:g} times the short one"
    )


def _examples(lines: Sequence[PriceLine]) -> str:
    """The first line of each model; models that cost the same stand together."""
    first = {line.model_title: line for line in reversed(lines)}
    costs = dict.fromkeys((line.what, line.credits) for line in reversed(first.values()))
    return "; ".join(
        f"{' or '.join(t for t, line in reversed(first.items()) if (line.what, line.credits) == (what, credits))}, "
        f"{what}: {text.credits(credits)}"
        for what, credits in costs
    )


def _allowance(rules: Rules) -> str:
    if not rules.default_allowance:
        return "the managers of this server give them."
    return f"everybody gets {text.credits(rules.default_allowance)} per {rules.period}; managers can give more."


def _asked_first(rules: Rules) -> str:
    return f" You are asked first above {text.credits(rules.confirm_above)}." if rules.confirm_above else ""


def _limits(rules: Rules) -> str:
    own = ((rules.running_per_member, "may run"), (rules.waiting_per_member, "may wait"))
    said = " and ".join(f"{limit:,} {what}" for limit, what in own if limit)
    sentences = [f"of your jobs {said} at a time."] if said else []
    if rules.running_per_guild:
        sentences.append(f"On this server {text.counted(rules.running_per_guild, 'job')} may run at a time.")
    if rules.largest_job:
        sentences.append(f"One video may cost at most {text.credits(rules.largest_job)}.")
    return " ".join(sentences) or "none but your credits."


def _rules(rules: Rules) -> str:
    undo = f"for {rules.undo_s} s, and longer while it waits" if rules.undo_s else "while it waits"
    said = [f"you can take a job back {undo}; Segmind cannot cancel."]
    if rules.blocked_terms:
        said.append(
            f"{text.counted(rules.blocked_terms, 'word or phrase', 'words or phrases')} may not be in a prompt."
        )
    said.append("Its card shows your prompt to this channel.")
    return " ".join(said)
