"""Whose is a row of Segmind's request history, and what does it prove that a job has none? Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from klapper.clock import HOUR_MS, MINUTE_MS
from klapper.jobs.job import Job, JobStatus
from klapper.jobs.store import Known
from klapper.segmind.answers import HistoryRow, RowState
from klapper.segmind.wire import bare_id

MISSES_ARE_FINAL = 3
BETWEEN_MISSES_MS = 10 * MINUTE_MS
# The zone of the history's times is not documented, and either clock may be wrong. Wide is safe as long as the rows of
# all our own jobs among them are known by their ids: what is left and says what was sent is hardly anything else.
WINDOW_MS = 14 * HOUR_MS
# Our connection is closed by then: what is POSTed later is taken later.
POST_IS_OVER_MS = 2 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that Segmind's history said about one model around some POSTs, complete.

    rows: newest first. known: our own requests of all the days that the rows are of. unread: ids of rows that could not
    be read, '' where not even that. from_ms, to_ms: what was POSTed in between has to be among the rows.
    """

    rows: Sequence[HistoryRow]
    known: Sequence[Known]
    unread: Sequence[str] = ()
    from_ms: int = field(kw_only=True)
    to_ms: int = field(kw_only=True)

    @property
    def is_whole(self) -> bool:
        """Whether it has every request of ours that was made: else its ids, or its completeness, cannot be trusted."""
        shown = {bare_id(row.request_id) for row in self.rows} | set(map(bare_id, self.unread))
        due = [known for known in self.known if known.is_made and self.from_ms <= known.posted_at_ms <= self.to_ms]
        return all(bare_id(known.request_id) in shown for known in due)

    def row_of(self, job: Job, taken: Iterable[str] = ()) -> HistoryRow | None:
        """The unclaimed row that says what we sent for this job, the one nearest to its POST.

        taken: ids of rows that were given to other jobs just now.
        """
        away = set(map(bare_id, taken))
        fitting = [
            (away_ms, row)
            for away_ms, row in self._unclaimed(job)
            if bare_id(row.request_id) not in away and says_what_was_sent(row, job)
        ]
        return min(fitting, key=lambda found: found[0], default=(0, None))[1]

    def is_absent(self, job: Job) -> bool:
        """Whether this proves that the history does not have the job now: no row might be it."""
        ours = self._posted_at_ms()
        has_unsure = any(row.sent is None for _, row in self._unclaimed(job))
        return self.row_of(job) is None and not has_unsure and all(bare_id(id_) in ours for id_ in self.unread)

    def is_absent_for_good(self, job: Job, misses: int) -> bool:
        """Whether it will not turn up any more: it was missed often enough, or a later job of ours is in already.

        A job of ours that was POSTed later and is still unfinished shows that rows appear when a job is taken.
        """
        assert job.posted_at_ms is not None
        ours, over_ms = self._posted_at_ms(), job.posted_at_ms + POST_IS_OVER_MS
        unfinished = [bare_id(row.request_id) for row in self.rows if row.state is RowState.PENDING]
        return misses >= MISSES_ARE_FINAL or any(ours.get(id_, 0) >= over_ms for id_ in unfinished)

    def _unclaimed(self, job: Job) -> list[tuple[int, HistoryRow]]:
        """Rows of nobody that may be the job's by model and time, each with how far from its POST it was made."""
        assert job.posted_at_ms is not None
        ours = self._posted_at_ms()
        found = []
        for row in self.rows:
            # Without a time it is at least among the days that were asked about.
            away_ms = 0 if row.created_at_ms is None else abs(row.created_at_ms - job.posted_at_ms)
            if row.slug == job.slug and away_ms <= WINDOW_MS and bare_id(row.request_id) not in ours:
                found.append((away_ms, row))
        return found

    def _posted_at_ms(self) -> dict[str, int]:
        return {bare_id(known.request_id): known.posted_at_ms for known in self.known}


def says_what_was_sent(row: HistoryRow, job: Job) -> bool:
    """Whether the row has every value that we sent; Segmind may add its own defaults."""
    return row.sent is not None and not differing_keys(row, job)


def differing_keys(row: HistoryRow, job: Job) -> list[str]:
    """What was sent for the job and is not so in the row."""
    said = row.sent or {}
    return [key for key, value in sent_body(job).items() if not _same(said.get(key), value)]


def sent_body(job: Job) -> Mapping[str, Any]:
    """What was POSTed for a job whose sending is unclear."""
    body = json.loads(job.sent_body or "{}")
    assert isinstance(body, dict)
    return body


def in_order(jobs: Iterable[Job]) -> list[Job]:
    """Who gets a row that fits several equal jobs: who still holds credits for it, then who was sent first."""
    return sorted(jobs, key=lambda job: (job.status is not JobStatus.UNKNOWN, job.posted_at_ms or 0, job.decision_id))


def _same(said: Any, sent: Any) -> bool:
    if isinstance(sent, Mapping):
        return isinstance(said, Mapping) and all(_same(said.get(key), value) for key, value in sent.items())
    if isinstance(sent, list):
        return isinstance(said, list) and len(said) == len(sent) and all(map(_same, said, sent))
    if isinstance(sent, bool) or isinstance(said, bool):
        return said is sent
    return bool(said == sent) or (isinstance(sent, int | float) and str(said) == str(sent))
