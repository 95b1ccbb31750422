"""What the audit says: in the audit channel, in `/moderate log` and in its file. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from klapper.ledger.records import KLAPPER
from klapper.messages import text
from klapper.moderation.audit import Action
from klapper.services.audit_lines import AuditLine

MESSAGE_CHARS = 2_000  # Discord docs: Create Message, content
DETAIL_CHARS = 80
WORDS_CHARS = 160
LINE_CHARS = 480  # at most, with all of its parts

# After who did it. {member}: whom it is about.
SENTENCES: Mapping[Action, str] = {
    Action.REQUEST_ALLOWED: "let a request of {member} pass",
    Action.REQUEST_REVIEW: "sent a request of {member} to review",
    Action.REQUEST_REFUSED: "refused a request of {member}",
    Action.REVIEW_APPROVED: "approved a request of {member}",
    Action.REVIEW_REJECTED: "rejected a request of {member}",
    Action.REVIEW_EXPIRED: "let a request of {member} expire that nobody had reviewed",
    Action.REVIEW_WITHDRAWN: "took a request of {member} out of review",
    Action.REVIEW_REPLACED: "changed a request of {member} that was in review",
    Action.MEMBER_BLOCKED: "blocked {member}",
    Action.MEMBER_UNBLOCKED: "unblocked {member}",
    Action.MEMBER_PAUSED: "paused {member}",
    Action.MEMBER_UNPAUSED: "ended the pause of {member}",
    Action.STRIKE_GIVEN: "gave {member} a strike",
    Action.PROVIDER_REFUSED: "was told by Segmind that it refused a request of {member}",
    Action.GUILD_PAUSED: "paused Klapper on this server",
    Action.GUILD_RESUMED: "let Klapper go on on this server",
    Action.MODE_CHANGED: "changed how requests are taken",
    Action.REVIEWERS_CHANGED: "changed who reviews",
    Action.LEVELS_CHANGED: "changed what clips may show",
    Action.TRUSTED_CHANGED: "changed who is trusted",
    Action.TERM_ADDED: "added a term",
    Action.TERM_REMOVED: "took a term away",
    Action.IMAGE_BLOCKED: "blocked an image",
    Action.IMAGE_UNBLOCKED: "unblocked an image",
    Action.REPORTED: "reported a clip of {member}",
    Action.REPORT_DISMISSED: "dismissed a report about a clip of {member}",
    Action.TAKEN_DOWN: "took down a clip of {member}",
    Action.APPEALED: "appealed against the refusal of a request of {member}",
    Action.WRONG_REFUSAL: "called the refusal of a request of {member} wrong",
}
SOMEBODY = "somebody who is forgotten"
OPERATOR = "The operator"


def label(action: Action) -> str:
    """The action where no sentence is made: `Request refused`."""
    return action.value.replace("_", " ").capitalize()


def line(found: AuditLine) -> str:
    """When, who, what, and why, on one line; nothing in it acts or pings by itself."""
    entry = found.logged.entry
    said = f"{text.timestamp(entry.at_ms, 'f')} {_who(found)} {_what(found)}"
    parts = [said, f"job `{entry.job_id}`" if entry.job_id else "", _why(found)]
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


def _what(found: AuditLine) -> str:
    member = SOMEBODY if found.member_id is None else text.mention(found.member_id)
    return SENTENCES[found.logged.entry.action].format(member=member)


def _why(found: AuditLine) -> str:
    """The rule by its code, which a search finds, what it was about, and of which rules it is one."""
    entry, version = found.logged.entry, found.logged.rules_version
    rule = f"`{entry.rule}`" if entry.rule else ""
    detail = text.shown_line(entry.detail, DETAIL_CHARS) if entry.detail else ""
    why = ": ".join(filter(None, (rule, detail)))
    return why if version is None else f"{why}, rules {version}" if why else f"rules {version}"
