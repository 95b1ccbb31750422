"""What the audit says: in the audit channel, in `/moderate log` and in its file. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from klapper.ledger.records import KLAPPER, member_actor
from klapper.messages import rule_change_texts, text
from klapper.moderation.audit import Action, Entry
from klapper.services.audit_lines import AuditLine
from klapper.services.protecting import REFUSED_BY_SEGMIND, TOO_MANY_REFUSALS

MESSAGE_CHARS = 2_000  # Discord docs: Create Message, content
DETAIL_CHARS = 80
WORDS_CHARS = 160
LINE_CHARS = 480  # at most, with all of its parts

_HOURS = re.compile(r"\d+ h")
_MOVED = re.compile(r"(?P<credits>\d+)(?P<allowance> allowance)?")
_TAKEDOWN = re.compile(r"(?:refund (?P<credits>\d+))?(?:(?:^| )(?P<strike>strike))?")

# After who did it. {member}: whom it is about; {request}: one of theirs; {more}: what was done besides.
SENTENCES: Mapping[Action, str] = {
    Action.REQUEST_ALLOWED: "let {request} pass",
    Action.REQUEST_REVIEW: "sent {request} to review",
    Action.REQUEST_REFUSED: "refused {request}",
    Action.REVIEW_APPROVED: "approved {request}{more}",
    Action.REVIEW_REJECTED: "declined {request}{more}",
    Action.REVIEW_BLOCKED: "declined {request} and blocked them",
    Action.REVIEW_EXPIRED: "let {request} expire that nobody had reviewed",
    Action.REVIEW_WITHDRAWN: "took {request} back",
    Action.REVIEW_REPLACED: "changed {request} that was in review",
    Action.MEMBER_BLOCKED: "blocked {member}",
    Action.MEMBER_UNBLOCKED: "unblocked {member}",
    Action.MEMBER_PAUSED: "paused {member}{more}",
    Action.MEMBER_UNPAUSED: "ended the pause of {member}",
    Action.STRIKE_GIVEN: "gave {member} a strike",
    Action.PARDONED: "lifted {more} of {member}",
    Action.PROVIDER_REFUSED: "was told by Segmind that it refused {request}",
    Action.GUILD_PAUSED: "paused Klapper on this server",
    Action.GUILD_RESUMED: "resumed Klapper on this server",
    Action.MODE_CHANGED: "changed how requests are taken",
    Action.REVIEWERS_CHANGED: "changed who reviews",
    Action.LEVELS_CHANGED: "changed what clips may show",
    Action.TRUSTED_CHANGED: "changed who is trusted",
    Action.REVIEW_CHANNEL_SHUT: "could not post what waits for moderators in the review channel",
    Action.DELETED_FORGOTTEN: "took something that was deleted out of the rules",
    Action.TERM_ADDED: "added a term",
    Action.TERM_REMOVED: "took a term away",
    Action.IMAGE_BLOCKED: "blocked an image",
    Action.IMAGE_UNBLOCKED: "unblocked an image",
    Action.REPORTED: "reported a clip of {member}",
    Action.REPORT_DISMISSED: "dismissed a report about a clip of {member}",
    Action.TAKEN_DOWN: "took down a clip of {member}{more}",
    Action.APPEALED: "appealed the refusal of {request}",
    Action.WRONG_REFUSAL: "called the refusal of {request} wrong",
    Action.CREDITS_GRANTED: "granted {member} {more}",
    Action.CREDITS_REVOKED: "took {more} back from {member}",
    Action.CREDITS_REFUNDED: "gave {more} back to {member}",
    Action.CREDITS_GIVEN: "gave {member} {more} of their own",
    Action.SHARING_CHANGED: "changed whether members may animate each other's images",
    Action.QUOTA_CHANGED: "changed the rules about credits",
    Action.ALLOWANCE_SET: "set the allowance of {member}",
    Action.BUDGET_SET: "set the budget of this server",
    Action.MEMBER_FORGOTTEN: "had their data deleted",
}
_LABELS: Mapping[Action, str] = {
    Action.REVIEW_APPROVED: "Approved",
    Action.REVIEW_REJECTED: "Declined",
    Action.REVIEW_BLOCKED: "Declined, member blocked",
}
_SHARING = {"on": "let members animate each other's images", "off": "let members animate only their own images"}
_PAUSED_ITSELF = "paused itself on this server, because Segmind refused too much of it"
# Codes of rules that say no more than the sentence does.
_SAID_ALREADY = frozenset(
    {"approved", "rejected", "member_blocked", "no_objection", REFUSED_BY_SEGMIND, TOO_MANY_REFUSALS}
)
SOMEBODY = "somebody who is forgotten"
OPERATOR = "The operator"


def label(action: Action) -> str:
    """The action where no sentence is made: `Request refused`."""
    return _LABELS.get(action, action.value.replace("_", " ").capitalize())


def line(found: AuditLine) -> str:
    """When, who, what, and why, on one line; nothing in it acts or pings by itself."""
    entry = found.logged.entry
    what, is_detail_said = _what(found)
    said = f"{text.timestamp(entry.at_ms, 'f')} {_who(found)} {what}"
    parts = [said, f"job `{entry.job_id}`" if entry.job_id else "", _why(found, with_detail=not is_detail_said)]
    if entry.words:
        parts.append(f"“{text.shown_line(entry.words, WORDS_CHARS)}”")
    return text.cut(" · ".join(filter(None, parts)), LINE_CHARS)


def fit(lines: Sequence[AuditLine]) -> int:
    """How many lines, from the first on, one message takes; at least one."""
    left = MESSAGE_CHARS
    for number, found in enumerate(lines):
        left -= len(line(found)) + 1
        if left < -1:  # the last has no line end
            return number
    return len(lines)


def message(lines: Sequence[AuditLine]) -> str:
    """The lines as one message's text."""
    return text.cut("\n".join(map(line, lines)), MESSAGE_CHARS)


def _who(found: AuditLine) -> str:
    actor = found.logged.entry.actor
    if found.actor_id is not None:
        return text.mention(found.actor_id)
    if actor == KLAPPER:
        return "Klapper"
    return OPERATOR if actor.startswith("operator:") else SOMEBODY.capitalize()


def _what(found: AuditLine) -> tuple[str, bool]:
    """What was done, and whether that says the entry's detail as well."""
    entry = found.logged.entry
    if entry.action is Action.GUILD_PAUSED and entry.rule == TOO_MANY_REFUSALS:
        return _PAUSED_ITSELF, False
    if entry.action is Action.SHARING_CHANGED and entry.detail in _SHARING:
        return _SHARING[entry.detail], True
    changed = rule_change_texts.changed(entry.action, entry.detail)
    if changed is not None:
        return changed, True
    member = SOMEBODY if found.member_id is None else text.mention(found.member_id)
    is_own = entry.member_ref is not None and entry.actor == member_actor(entry.member_ref)
    request = "their request" if is_own else f"a request of {member}"
    more = _more(entry)
    sentence = SENTENCES[entry.action]
    return sentence.format(member=member, request=request, more=more), "{more}" in sentence and bool(more)


def _more(entry: Entry) -> str:
    """What was done besides, as the detail of the entry has it; empty for nothing, or what is no such detail."""
    said = _BESIDES.get(entry.action)
    return "" if said is None else said(entry)


def _moved(entry: Entry) -> str:
    found = _MOVED.fullmatch(entry.detail)
    if found is None:
        return "credits"
    return text.credits(int(found["credits"])) + (" of the allowance" if found["allowance"] else "")


def _paused(entry: Entry) -> str:
    why = ", because Segmind refused too much of theirs" if entry.rule == TOO_MANY_REFUSALS else ""
    return f" for {entry.detail}{why}" if _HOURS.fullmatch(entry.detail) else ""


def _pardoned(entry: Entry) -> str:
    return text.shown_line(entry.detail, DETAIL_CHARS) or "all strikes"


def _declined(entry: Entry) -> str:
    return " with a strike" if entry.detail == "strike" else ""


def _approved(entry: Entry) -> str:
    wrong = text.shown_line(entry.detail, DETAIL_CHARS)
    return f", the refusal by “{wrong}” was wrong" if wrong else ""


def _taken_down(entry: Entry) -> str:
    found = _TAKEDOWN.fullmatch(entry.detail)
    if found is None:
        return ""
    refund = "" if found["credits"] is None else f"{text.credits(int(found['credits']))} given back"
    strike = " with a strike" if found["strike"] else ""
    return f"{strike}, {refund}" if refund else strike


_BESIDES: Mapping[Action, Callable[[Entry], str]] = {
    Action.CREDITS_GRANTED: _moved,
    Action.CREDITS_REVOKED: _moved,
    Action.CREDITS_REFUNDED: _moved,
    Action.CREDITS_GIVEN: _moved,
    Action.MEMBER_PAUSED: _paused,
    Action.PARDONED: _pardoned,
    Action.REVIEW_REJECTED: _declined,
    Action.REVIEW_APPROVED: _approved,
    Action.TAKEN_DOWN: _taken_down,
}


def _why(found: AuditLine, *, with_detail: bool) -> str:
    """The rule by its code, which a search finds, what it was about, and of which rules it is one."""
    entry, version = found.logged.entry, found.logged.rules_version
    rule = f"`{entry.rule}`" if entry.rule and entry.rule not in _SAID_ALREADY else ""
    detail = text.shown_line(entry.detail, DETAIL_CHARS) if entry.detail and with_detail else ""
    why = ": ".join(filter(None, (rule, detail)))
    return why if version is None else f"{why}, rules {version}" if why else f"rules {version}"
