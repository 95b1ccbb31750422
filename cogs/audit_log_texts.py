"""What /moderate log says. The lines themselves are with the audit channel's."""

from __future__ import annotations

from collections.abc import Sequence

from discord import app_commands

from klapper.errors import RequestRefused
from klapper.messages import audit_texts, text
from klapper.messages.audit_file import AuditFile
from klapper.moderation.audit import Action
from klapper.services.audit_lines import AuditLine

LOG = "Every decision and what moderators did, newest first, or as a file"
LOG_OPTIONS = {
    "member": "Whom it is about",
    "moderator": "Who did it; Klapper itself for what it decided",
    "action": "What was done",
    "search": "Words of it, a rule, or a job's id",
    "days": "How many days back",
    "export": "True: all that is found, as a file for spreadsheets",
}
NOTHING = "Nothing of that kind is in the audit."
UNKNOWN_ACTION = "There is no such action: choose one from the list that Discord shows while you type."
SEARCH_AGAIN = "This list is from another version of Klapper: use `/moderate log` again."
NOT_A_MODERATOR = "Only moderators and reviewers of this server may read on: use `/moderate log` if you are one."

SUGGESTIONS = 25  # Discord docs: Application Commands, choices


def listed(lines: Sequence[AuditLine]) -> str:
    """Some lines of the audit."""
    return "\n".join(map(audit_texts.line, lines)) or NOTHING


def exported(file: AuditFile) -> str:
    """How much is in the file, and how much is not."""
    entries = text.counted(file.entries, "entry", "entries")
    if not file.left_out:
        return f"Here is what was found: {entries}."
    older = text.counted(file.left_out, "older one", "older ones")
    return f"Here are the newest {entries}. **{older} did not fit in**: look for less, or for fewer days."


def suggested_actions(entered: str) -> list[app_commands.Choice[str]]:
    """Actions whose words are meant, as many as Discord shows."""
    words = entered.casefold().split()
    meant = [action for action in Action if all(word in audit_texts.label(action).casefold() for word in words)]
    return [app_commands.Choice(name=audit_texts.label(one), value=one.value) for one in meant[:SUGGESTIONS]]


def action_of(entered: str) -> Action:
    """The action that was chosen, or typed without choosing. Raises RequestRefused (`unknown_action`)."""
    for action in Action:
        if entered.casefold().strip() in (action.value, audit_texts.label(action).casefold()):
            return action
    raise RequestRefused("unknown_action", UNKNOWN_ACTION)
