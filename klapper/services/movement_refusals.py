"""The sentences of a no to what managers and members want to do with credits: what is wrong, and what to do."""

from __future__ import annotations

from klapper.clock import MINUTE_MS
from klapper.errors import RequestRefused
from klapper.services.notices import Purse
from klapper.services.refusals import relative_time

QUESTION_MS = 15 * MINUTE_MS


def bad_amount(largest: int) -> RequestRefused:
    """Discord checks this as well."""
    return RequestRefused("bad_amount", f"Credits move in whole numbers from 1 to {largest:,}: choose one.")


def no_reason(longest: int) -> RequestRefused:
    """Nothing but blanks, or more than an entry takes."""
    return RequestRefused(
        "no_reason",
        f"Nothing was changed: say why in at most {longest} characters. The member reads it, and so does the audit.",
    )


def too_little_to_revoke(available: int, purse: Purse, other: int) -> RequestRefused:
    """other: what is available in the other purse."""
    if purse == "bonus":
        kind, elsewhere = "that do not expire and", f"`from: allowance` for up to {other:,} of their allowance"
    else:
        kind, elsewhere = "left of their allowance that", f"`from: bonus` for up to {other:,} that do not expire"
    some = f"They have {_credits(available)} {kind} are not reserved for jobs: take back at most that."
    none = f"They have no credits {kind} are not reserved for jobs."
    more = f" Choose {elsewhere}." if other else ""
    return RequestRefused("too_little_to_revoke", f"{some if available else none}{more}")


def not_finished(job_id: str) -> RequestRefused:
    """Its credits are still reserved."""
    return RequestRefused(
        "not_finished",
        f"Job `{job_id}` is not finished and nothing was charged: should it end without a clip, its credits go back by "
        "themselves.",
    )


def nothing_charged(job_id: str, *, is_late: bool) -> RequestRefused:
    """It ended without a clip, or its clip came after the credits had gone back."""
    why = "its clip came late and free" if is_late else "it ended without a clip"
    return RequestRefused(
        "nothing_charged", f"Nothing was charged for job `{job_id}`, as {why}: there is nothing to give back."
    )


def free_of_charge(job_id: str) -> RequestRefused:
    """Its price was 0."""
    return RequestRefused("free_of_charge", f"Job `{job_id}` was free of charge: there is nothing to give back.")


def given_back_already(job_id: str, at_ms: int, by: int | None) -> RequestRefused:
    """by: the Discord id of who did it; None for Klapper itself and for somebody who is forgotten."""
    who = "" if by is None else f" by <@{by}>"
    return RequestRefused(
        "given_back_already",
        f"What job `{job_id}` cost was given back {relative_time(at_ms)}{who}: nothing was changed.",
    )


def no_account(user_id: int) -> RequestRefused:
    """They deleted their data and have not come back, which is nobody else's business: what they got would be lost."""
    return RequestRefused(
        "no_account",
        f"<@{user_id}> has no account with Klapper here at the moment: they get one when they ask for a clip, or with "
        "`/settings notify`.",
    )


# Giving


def giving_is_off() -> RequestRefused:
    """The guild's managers did not turn it on."""
    return RequestRefused(
        "giving_is_off",
        "Members cannot give each other credits on this server: its managers can turn that on in `/manage rules`.",
    )


def own_gift() -> RequestRefused:
    """To oneself."""
    return RequestRefused("own_gift", "These are your credits already: choose another member.")


def giver_blocked() -> RequestRefused:
    """The moderators blocked who wants to give."""
    return RequestRefused(
        "giver_blocked",
        "The moderators of this server have blocked you, so you cannot give credits; they can tell you more.",
    )


def giver_paused(until_ms: int) -> RequestRefused:
    """They are paused."""
    return RequestRefused(
        "giver_paused", f"You are paused on this server and can give credits again {relative_time(until_ms)}."
    )


def receiver_cannot() -> RequestRefused:
    """The moderators blocked or paused them, which is nobody else's business."""
    return RequestRefused(
        "receiver_cannot", "This member cannot be given credits at the moment: choose another one, or ask again later."
    )


def given_too_much(amount: int, per_day: int, given: int, ends_ms: int) -> RequestRefused:
    """More than a member may give on one day."""
    left, later = per_day - given, f"more {relative_time(ends_ms)}"
    if amount > per_day:
        sentence = f"You may give at most {_credits(per_day)} a day here: give fewer."
    elif left > 0:
        may = f"You may give {_credits(per_day)} a day here and have given {given:,} today"
        sentence = f"{may}: give at most {left:,} now, or {later}."
    else:
        sentence = f"You have given the {_credits(per_day)} that you may give here a day: give {later}."
    return RequestRefused("given_too_much", sentence)


def too_little_to_give(available: int) -> RequestRefused:
    """Only what does not expire can be given."""
    can = f"You can give at most {_credits(available)}" if available else "You have no credits that can be given"
    why = "an allowance stays with its member, and so does what is reserved"
    return RequestRefused("too_little_to_give", f"{can}: {why}.")


def gift_question_over() -> RequestRefused:
    """Nobody answered it in time."""
    age = f"{QUESTION_MS // MINUTE_MS} minutes"
    return RequestRefused(
        "gift_question_over", f"This question is older than {age} and nothing was given: use `/credits give` again."
    )


def _credits(amount: int) -> str:
    return f"{amount:,} credit" if amount == 1 else f"{amount:,} credits"
