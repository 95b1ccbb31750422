"""What the audit says of a change of the rules, made from the short form in which it is kept. Pure.

The form is written by `klapper/services/rule_desk.py` from ids and words of ours alone, so its mentions may act as
names: whoever posts them lets nobody be pinged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from klapper.messages import text
from klapper.moderation.audit import Action

QUOTA_CHARS = 120

_CHANNEL, _ROLE = r"<#\d+>", r"<@&\d+>"
_TARGET = rf"{_CHANNEL}|{_ROLE}"
_MODE = re.compile(rf"(?:(?P<target>{_TARGET}) )?(?P<mode>open|review|closed|default)")
_UNSURE = re.compile(r"unsure (?P<unsure>refuse|review)")
_REVIEWERS = re.compile(
    rf"(?P<remove>remove )?(?:review (?P<review>{_CHANNEL}))?(?:(?:^|, |(?<=remove ))audit (?P<audit>{_CHANNEL}))?"
    rf"(?:(?:^|, |(?<=remove ))role (?P<role>{_ROLE}))?"
)
_TRUSTED = re.compile(rf"(?P<role>{_ROLE}) (?P<state>on|off)")
_LEVELS = re.compile(rf"(?P<target>{_TARGET}) (?P<level>general|adult)?(?:(?:, |(?<= ))spoiler (?P<spoiler>on|off))?")


def changed(action: Action, detail: str) -> str | None:
    """What somebody did, after who it was; None for what is no such change or is written otherwise."""
    made = _MADE.get(action)
    return None if made is None else made(detail) or None


def _mode(detail: str) -> str:
    if unsure := _UNSURE.fullmatch(detail):
        becomes = "refused" if unsure["unsure"] == "refuse" else "reviewed"
        return f"let requests be {becomes} that a check cannot judge"
    found = _MODE.fullmatch(detail)
    if found is None:
        return ""
    target, mode = found["target"], found["mode"]
    if target is None:
        return f"set this server to {'open' if mode == 'default' else mode}"
    if mode == "default":
        return f"set {target} back to the mode of this server"
    return f"set {target} to {mode}"


def _reviewers(detail: str) -> str:
    found = _REVIEWERS.fullmatch(detail)
    if found is None:
        return ""
    if found["remove"]:
        said = {
            "review": "stopped review cards in {}",
            "audit": "stopped the audit in {}",
            "role": "took {} out of the reviewers",
        }
    else:
        said = {
            "review": "had review cards posted in {}",
            "audit": "had the audit posted in {}",
            "role": "made {} reviewers",
        }
    return ", ".join(words.format(found[what]) for what, words in said.items() if found[what])


def _trusted(detail: str) -> str:
    found = _TRUSTED.fullmatch(detail)
    if found is None:
        return ""
    if found["state"] == "on":
        return f"let requests of {found['role']} skip review"
    return f"let requests of {found['role']} skip review no more"


def _levels(detail: str) -> str:
    found = _LEVELS.fullmatch(detail)
    if found is None:
        return ""
    target = found["target"]
    where = f"in {target}" if target.startswith("<#") else f"of {target}"
    level = f"let clips {where} be {found['level']}" if found["level"] else ""
    spoilers = {"on": f"made clips {where} always spoilers", "off": f"made clips {where} spoilers no more"}
    return ", ".join(filter(None, (level, spoilers.get(found["spoiler"] or "", ""))))


def _quota(detail: str) -> str:
    return f"changed the rules about credits: {text.cut(detail, QUOTA_CHARS)}" if detail else ""


_MADE: Mapping[Action, Callable[[str], str]] = {
    Action.MODE_CHANGED: _mode,
    Action.REVIEWERS_CHANGED: _reviewers,
    Action.TRUSTED_CHANGED: _trusted,
    Action.LEVELS_CHANGED: _levels,
    Action.QUOTA_CHANGED: _quota,
}
