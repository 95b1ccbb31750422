"""What /moderate filter says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cogs.texts import MESSAGE_CHARS, fit
from klapper.messages import text
from klapper.moderation.policy import Verdict
from klapper.moderation.rule_store import FilterTerm
from klapper.moderation.term_lists import MOST_TERMS
from klapper.moderation.terms import Match
from klapper.moderation.text import normalise
from klapper.services.filter_desk import Added, Imported, Trial

FILTER = "Words and phrases that this server looks for in requests"
ADD = "Look for a word or phrase, or do something else about one"
REMOVE = "Look for a word or phrase no longer"
LIST = "Every word and phrase of this server, with how often a refusal by it was called wrong"
TEST = "What would become of a text in this channel, and how it was read; nothing is made"
IMPORT = "Add every term of a text file, or none when a line is wrong"
EXPORT = "A text file with every term, to keep or to import elsewhere"
ADD_OPTIONS = {
    "term": "Found as whole words however they are written; a phrase with blanks",
    "action": "block: refused; review: a moderator looks; allow: a phrase in which no term counts",
    "category": "One word; adult counts only outside of channels of that level",
    "inflected": "Its simple endings count, too",
    "note": "For moderators alone: why it is there",
}
REMOVE_OPTION = "As the list shows it"
TEST_OPTION = "What a member might write"
IMPORT_OPTION = f"A line each: category, term, flags, note, with tabs between them; at most {MOST_TERMS:,} terms"

LARGEST_FILE_BYTES = 1_000_000  # four columns at their longest, times as many terms as a server may have
NO_TEXT_FILE = "This is no text file in UTF-8: save it as one, or begin with `/moderate filter export`."
TOO_LARGE = f"The file is too large: at most {MOST_TERMS:,} lines of a few words are read."
NOT_FETCHED = "Discord did not hand out the file: attach it again in a moment."
EMPTY = "The filter has no term of this server: `/moderate filter add` or `/moderate filter import`."
IN_FILE = "They are in the file."
SHOWN_CHARS = 200  # of a term, with what escapes it

_DOES = {
    "block": "is refused",
    "review": "waits for a moderator",
    "allow": "shields what stands in it",
}
_WAS = {
    "block": "a request with it was refused",
    "review": "a request with it waited for a moderator",
    "allow": "it was a phrase that shields what stands in it",
}
_VERDICTS = {
    Verdict.ALLOWED: "would be made",
    Verdict.REVIEW: "would wait for a moderator",
    Verdict.REFUSED: "would be refused",
}
_READINGS = {
    "plain": "as it is written",
    "marks": "without marks over the letters",
    "latin": "with look-alike letters and accents taken for plain ones",
    "cyrillic": "with Latin letters taken for the Cyrillic ones around them",
    "leet": "with digits and signs taken for letters",
    "spelled": "with the letters put together",
    "joined": "with its pieces put together",
    "stretched": "without doubled letters",
    "masked": "with hidden letters filled in",
}


def added(term: Added) -> str:
    """What is done about a term from now on."""
    name = _name(term.term.text)
    before = _before(term)
    if term.term.action == "allow":
        said = f"{name} is allowed: no term counts within it.{before}"
    else:
        said = f"A request with {name} {_DOES[term.term.action]}{_where(term.term.category)}.{before}"
    return "\n".join((said, f"⚠ {term.doubt} Try it with `/moderate filter test`.")) if term.doubt else said


def removed(term: str) -> str:
    return f"{_name(term)} is not looked for any more."


def imported(done: Imported) -> str:
    """What a file changed."""
    return (
        f"{text.counted(done.added, 'term')} added and {done.changed:,} changed: the filter has "
        f"{text.counted(done.terms, 'term')} now."
    )


def exported(terms: int) -> str:
    return f"{text.counted(terms, 'term')}."


def listed(terms: Sequence[FilterTerm]) -> str | None:
    """The whole list as one message; None when it is too long for that."""
    if not terms:
        return EMPTY
    said = "\n".join((_count(terms), *(f"- {_line(term)}" for term in terms)))
    return said if len(said) <= MESSAGE_CHARS else None


def list_head(terms: Sequence[FilterTerm]) -> str:
    """What stands beside the file with a list that is too long for a message."""
    return f"{_count(terms)} {IN_FILE}"


def list_file(terms: Sequence[FilterTerm]) -> str:
    """The list as plain text."""
    return "".join(f"{_plain_line(term)}\n" for term in terms)


def trial(tried: Trial) -> str:
    """What would become of the text, why, and what stands in it."""
    return fit(list(_trial(tried)))


def _trial(tried: Trial) -> Iterator[str]:
    decision = tried.decision
    yield f"Asked for here by a member without any role, this {_VERDICTS[decision.verdict]}."
    if decision.sentence:
        yield f"They would read: {decision.sentence}"
    elif decision.reasons:
        yield f"Because of: {', '.join(dict.fromkeys(f'`{reason.rule}`' for reason in decision.reasons))}."
    yield from (f"- {_match(match)}" for match in tried.matches)
    if not tried.matches:
        yield "No term stands in it."


def _before(added: Added) -> str:
    """What was done about a term that was there."""
    before, now = added.before, added.term
    if before is None:
        return ""
    if before == now:
        return " It was so before."
    if (before.action, before.category) == (now.action, now.category):
        return " So it was before; what else is said about it is new."
    return f" Before, {_WAS[before.action]}{_where(before.category)}."


def _match(match: Match) -> str:
    term = match.term
    is_plain = normalise(match.where) in ("", match.words)
    where = "" if is_plain else f"found in “{text.shown_line(match.where, SHOWN_CHARS)}”, "
    category = f", category `{term.category}`" if term.category else ""
    note = f", note: {text.shown_line(term.note, SHOWN_CHARS)}" if term.note else ""
    return f"{_name(match.words)} ({term.action}{category}{note}): {where}read {_how(match.reading)}."


def _how(reading: str) -> str:
    names = [name.strip() for one in reading.split(";") for name in one.split(",")]
    return " and ".join(dict.fromkeys(_READINGS.get(name, name) for name in names))


def _where(category: str) -> str:
    return " outside of channels of the level adult" if category == "adult" else ""


def _count(terms: Sequence[FilterTerm]) -> str:
    return f"The filter has {text.counted(len(terms), 'term')} of this server."


def _line(term: FilterTerm) -> str:
    beside = _beside(term)
    note = f": {text.shown_line(term.note, SHOWN_CHARS)}" if term.note else ""
    return f"{_name(term.text)} {beside}{note}"


def _plain_line(term: FilterTerm) -> str:
    note = f": {text.plain_line(term.note, SHOWN_CHARS)}" if term.note else ""
    return f"{text.plain_line(term.text, SHOWN_CHARS)} {_beside(term)}{note}"


def _beside(term: FilterTerm) -> str:
    wrongs = f"{term.wrongs:,} called wrong" if term.wrongs else ""
    parts = (term.action, term.category, "inflected" if term.inflected else "", wrongs)
    return f"({', '.join(filter(None, parts))})"


def _name(term: str) -> str:
    return f"“{text.shown_line(term, SHOWN_CHARS)}”"
