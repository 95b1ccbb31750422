"""`python bot.py reconcile`: Segmind's bill beside the books, as an operator reads it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal

from rich.console import Console

from klapper.jobs.bills import Booked
from klapper.kling import corrections
from klapper.ops.job_report import say
from klapper.segmind.answers import RowState
from klapper.services.bill import (
    Bill,
    ChargeNotBooked,
    ChargeWithoutJob,
    Difference,
    Gap,
    JobWithoutCharge,
    PriceDrift,
    Totals,
)
from klapper.services.billing import facts
from klapper.services.statement import Progress

MICRO = 1_000_000
Prices = Mapping[str, Mapping[str, Decimal]]

_HEADINGS: Mapping[type, str] = {
    JobWithoutCharge: "Charged here, and not by Segmind",
    ChargeNotBooked: "Charged by Segmind, and to no member here",
    ChargeWithoutJob: "Charged by Segmind, and no job of this bot",
    PriceDrift: "Charged at another price than quoted",
}
_ROWS = {
    None: "Segmind's history does not have it",
    RowState.FAILED: "Segmind's history says that it failed",
    RowState.PENDING: "Segmind's history says that it is not finished",
    RowState.COMPLETED: "Segmind's history says that it cost nothing",
}
_BOOKED = {
    Booked.GIVEN_BACK: "It is {status} ({reason}), and its {credits} credits were given back.",
    Booked.WRITTEN_OFF: "Its clip came late: its {credits} credits had been given back, and it was written off.",
}
_NOT_BOOKED = "It is {status} ({reason}), and the books have nothing of it."
_GAPS = {
    Gap.UNREAD_DAYS: "Jobs of days that were not read: {count}",
    Gap.UNREAD_ROWS: "Rows of Segmind's history that cannot be read: {count}",
    Gap.LACKING: "Requests that Segmind knows by id and does not list: {count}. It may not list others",
    Gap.UNHEARD: "Jobs that Segmind does not list and was not asked about, or did not answer: {count}",
    Gap.UNPRICED: "Finished requests for which Segmind names no amount: {count}",
}


def progress_line(progress: Progress) -> str | None:
    """What is said while it takes long; None when there is nothing to wait for."""
    if progress.lookups:
        return f"Segmind's list lacks {_counted(progress.lookups, 'request')} of this bot: asking about each."
    if progress.trouble:
        return f"Segmind's history gave no readable answer ({progress.trouble}): trying again in a minute."
    if not progress.goes_on:
        return None
    back = "" if progress.back_to_ms is None else f", back to {_time(progress.back_to_ms)} UTC"
    return f"{progress.requests} requests so far{back}; going on, at most 5 questions a minute."


def corrected(bill: Bill, prices: Prices) -> dict[str, dict[str, Decimal]]:
    """The prices of the configuration with what Segmind charges; empty when none has to change."""
    rates = [one for one in bill.differences if isinstance(one, PriceDrift) and one.rate_usd is not None]
    merged = {slug: dict(cells) for slug, cells in prices.items()}
    for drift in rates:
        assert drift.rate_usd is not None
        merged.setdefault(drift.slug, {})[drift.cell] = drift.rate_usd
    return merged if rates else {}


def bill_json(bill: Bill, prices: Prices) -> str:
    """For programs. prices: those of the configuration."""
    new = corrected(bill, prices)
    return json.dumps(
        {
            "since": _iso(bill.since_ms),
            "until": _iso(bill.until_ms),
            "agrees": bill.agrees,
            "jobs": bill.jobs,
            "requests": bill.requests,
            "unfinished": bill.unfinished,
            "differences": [facts(one) for one in bill.differences],
            "gaps": {gap.value: count for gap, count in bill.gaps.items()},
            "broke_off": bill.broke_off,
            "other_models": [asdict(other) for other in bill.others],
            "totals": asdict(bill.totals),
            "prices": corrections.line(new) if new else None,
        }
    )


def print_bill(bill: Bill, prices: Prices, console: Console) -> None:
    """Totals, every difference, what could not be compared, and the line to paste. prices: of the configuration."""
    for paragraph in _head(bill):
        _wrapped(console, paragraph)
    for kind, heading in _HEADINGS.items():
        found = [one for one in bill.differences if isinstance(one, kind)]
        if found:
            say(console, f"\n{heading}: {len(found)}", "bold")
            for one in found:
                _wrapped(console, _words(one), bullet="- ")
    if new := corrected(bill, prices):
        _wrapped(console, "\nWith this line in config.toml, [segmind], quotes are what Segmind charges by now:")
        say(console, corrections.line(new))
    if bill.gaps or bill.broke_off:
        say(console, "\nNot compared", "bold")
        for words in _gaps(bill):
            _wrapped(console, words, bullet="- ")
    say(console, "")
    say(console, *_verdict(bill))


def _head(bill: Bill) -> Iterator[str]:
    yield (
        f"Compared: {_counted(bill.jobs, 'job')} and {_counted(bill.requests, 'request')} at Segmind, sent from "
        f"{_time(bill.since_ms)} to {_time(bill.until_ms)} UTC. Segmind lists no more than 31 days."
    )
    yield from _totals(bill.totals)
    if bill.unfinished:
        yield f"Left out, because not ended or only just: {_counted(bill.unfinished, 'job')}."
    if bill.others:
        others = ", ".join(
            f"{other.slug} ({_counted(other.requests, 'request')}, {_usd(other.charged_micro_usd)})"
            for other in bill.others
        )
        yield f"Other models with the same key, none of this bot's: {others}."


def _totals(totals: Totals) -> Iterator[str]:
    yield (
        f"Quoted for what was made: {_usd(totals.quoted_micro_usd)}. Charged by Segmind: "
        f"{_usd(totals.reported_micro_usd)}."
    )
    back = f"; charged and given back: {totals.refunded_credits}" if totals.refunded_credits else ""
    late = f"; written off for late clips: {totals.written_off_credits}" if totals.written_off_credits else ""
    yield f"Credits charged to members: {totals.credits}{back}{late}."
    yield f"Budget units (cents of list price): {totals.budget_units}."


def _words(difference: Difference) -> str:
    match difference:
        case JobWithoutCharge():
            return (
                f"job {difference.job_id} ({difference.slug}, request {difference.request_id or 'none'}): "
                f"{difference.credits} credits, quoted {_usd(difference.quoted_micro_usd)}; "
                f"{_ROWS[difference.row_state]}."
            )
        case ChargeNotBooked():
            booked = _BOOKED.get(difference.booked, _NOT_BOOKED)
            return (
                f"job {difference.job_id} ({difference.slug}, request {difference.request_id}): "
                f"{_usd(difference.charged_micro_usd)}. {booked.format_map(facts(difference))}"
            )
        case ChargeWithoutJob():
            return _unclaimed(difference)
        case PriceDrift():
            return _drift(difference)


def _unclaimed(charge: ChargeWithoutJob) -> str:
    made = "" if charge.made_at_ms is None else f", made {_time(charge.made_at_ms)} UTC"
    said = f"request {charge.request_id} ({charge.slug}{made}): {_usd(charge.charged_micro_usd)}."
    if charge.job_id is None:
        return said
    job = charge.job_id
    return f"{said} It says what was sent for job {job}: `python bot.py jobs adopt {job} {charge.request_id}`."


def _drift(drift: PriceDrift) -> str:
    what = f"{drift.slug} {drift.cell}".strip()
    newest = f"job {drift.job_id}, {_usd(drift.charged_micro_usd)} instead of {_usd(drift.quoted_micro_usd)}"
    if drift.jobs > 1:
        total = f"{_usd(drift.total_charged_micro_usd)} instead of {_usd(drift.total_quoted_micro_usd)}"
        newest = f"{drift.jobs} jobs, {total}; the newest, {newest}"
    if drift.is_corrected:
        follows = "By now it is charged as quoted: nothing to correct."
    elif drift.rate_usd is None:
        follows = "No price explains it, so none can be corrected."
    else:
        follows = f"The price by now: {drift.rate_usd:f} USD."
    return f"{what}: {newest}. {follows}"


def _gaps(bill: Bill) -> Iterator[str]:
    if bill.broke_off:
        yield f"Segmind's history was not read to its end ({bill.broke_off}): there may be more differences."
    for gap, count in bill.gaps.items():
        yield f"{_GAPS[gap].format(count=count)}."


def _verdict(bill: Bill) -> tuple[str, str]:
    if bill.agrees:
        return "Segmind's bill and the books agree.", "green"
    if not bill.differences:
        return "No difference was found, but not everything could be compared.", "yellow"
    return f"Differences: {len(bill.differences)}.", "red"


def _wrapped(console: Console, words: str, *, bullet: str = "") -> None:
    """Ids are never broken."""
    lines: Sequence[str] = textwrap.wrap(
        words.lstrip("\n"),
        width=max(console.width, 40),
        initial_indent=bullet,
        subsequent_indent=" " * len(bullet),
        break_long_words=False,
        break_on_hyphens=False,
    )
    if words.startswith("\n"):
        say(console, "")
    for line in lines:
        say(console, line)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _usd(micro_usd: int | None) -> str:
    if micro_usd is None:
        return "an amount that Segmind does not name"
    usd = Decimal(micro_usd) / MICRO
    return f"{usd:.2f} USD" if usd == round(usd, 2) else f"{usd.normalize():f} USD"


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds")
