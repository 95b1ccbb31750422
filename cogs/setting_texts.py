"""What /settings says."""

from __future__ import annotations

from collections.abc import Iterator

from klapper.choices.choices import MemberChoices, Notify
from klapper.kling.model import Catalogue

SETTINGS = "How Klapper treats you on this server"
NOTIFY = "How you hear of the end of a job"
NOTIFY_OPTION = "From now on"
NOTIFY_CHOICES: dict[Notify, str] = {
    "ping": "ping: a message that mentions you, under the card",
    "silent": "silent: no message, only the card changes",
    "dm": "dm: a direct message with the way to the card",
}
DEFAULTS = "What your requests mean where they say nothing; without an option: what is set"
DEFAULT_OPTIONS = {
    "model": "Which Kling model makes your clips",
    "aspect_ratio": "Shape of your clips; with an image its shape counts",
    "mode": "std is cheaper, pro is finer; used by the models that have both",
}
KLAPPERS_DEFAULT = "Klapper's default"

DM_CLOSED = (
    "Klapper may not send you direct messages, so nothing was changed: allow them for this server, or choose another "
    "way."
)
_NOTIFIED: dict[Notify, str] = {
    "ping": (
        "When a job of yours ends, a message under its card mentions you. That a moderator declined it or Segmind "
        "refused it comes as a direct message, if you take any."
    ),
    "silent": (
        "When a job of yours ends, its card changes and no message is sent. Only that a moderator declined it comes as "
        "a direct message, if you take any."
    ),
    "dm": "When a job of yours ends, you get a direct message with the way to its card.",
}


def notified(notify: Notify) -> str:
    """How a member hears of the end of a job."""
    return _NOTIFIED[notify]


def defaults(choices: MemberChoices, catalogue: Catalogue) -> str:
    """What a member's requests mean where they say nothing."""
    return "\n".join(["Where a request of yours here says nothing else:", *_lines(choices, catalogue)])


def _lines(choices: MemberChoices, catalogue: Catalogue) -> Iterator[str]:
    titles = {family.key: family.title for family in catalogue.families()}
    yield f"- model: {_shown(titles.get(choices.model or ''))}"
    yield f"- shape: {_shown(choices.aspect_ratio)}"
    yield f"- mode: {_shown(choices.mode)}"
    yield "-# Each counts for the models that take it. `/settings defaults` changes them."


def _shown(chosen: str | None) -> str:
    return KLAPPERS_DEFAULT if chosen is None else f"**{chosen}**"
