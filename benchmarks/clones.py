"""Copies of waiting jobs, written as rows: ten thousand real requests take longer than what is measured with them.

A copy has rows of its own wherever its model has some (decision, job, event, reservation, legs, transfers, card), and
the accounts hold what it holds; so the books of the copies add up, which a test asks of them.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from klapper.jobs.job import new_job_id

_OWN_ID = {"decisions": "decision_id", "job_events": "event_id", "transfers": "seq"}  # given by SQLite
_OF_JOB = ("jobs", "job_events", "reservations", "reservation_legs", "transfers", "cards")

Rows = list[dict[str, object]]


def clone_jobs(database: Path, models: Sequence[str], count: int, message_id: Callable[[], int]) -> list[str]:
    """Add so many copies of these jobs, in turn; their ids. message_id: that of each copy's card.

    The models wait and were never sent, and nobody else has the database open.
    """
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.row_factory = sqlite3.Row
        found = [{table: _rows(connection, table, job_id) for table in _OF_JOB} for job_id in models]
        decisions = [_decision(connection, job_id) for job_id in models]
        numbers = _free_interactions(connection)
        ids = []
        for at in range(count):
            which = at % len(models)
            ids.append(new_job_id())
            _clone(connection, found[which], decisions[which], ids[-1], models[which], next(numbers), message_id())
    return ids


def _clone(
    connection: sqlite3.Connection,
    found: dict[str, Rows],
    decision: dict[str, object],
    job_id: str,
    model: str,
    interaction_id: int,
    message_id: int,
) -> None:
    decision_id = _insert(connection, "decisions", decision)
    for table in _OF_JOB:
        for row in found[table]:
            new = {**row, "job_id": job_id}
            match table:
                case "jobs":
                    new |= {"interaction_id": interaction_id, "decision_id": decision_id, "body_hash": job_id}
                case "transfers":
                    new["transfer_id"] = str(row["transfer_id"]).replace(model, job_id)
                case "cards":
                    new |= {"message_id": message_id}
            _insert(connection, table, new)
    for leg in found["reservation_legs"]:
        connection.execute(
            "UPDATE accounts SET debits_pending = debits_pending + :amount WHERE account_id = :account_id", leg
        )


def _insert(connection: sqlite3.Connection, table: str, row: dict[str, object]) -> int:
    values = {name: value for name, value in row.items() if name != _OWN_ID.get(table)}
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    return connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", values).lastrowid or 0  # noqa: S608


def _rows(connection: sqlite3.Connection, table: str, job_id: str) -> Rows:
    found = connection.execute(f"SELECT * FROM {table} WHERE job_id = ?", (job_id,))  # noqa: S608
    return [dict(row) for row in found]


def _decision(connection: sqlite3.Connection, job_id: str) -> dict[str, object]:
    sql = "SELECT decisions.* FROM decisions JOIN jobs USING (decision_id) WHERE job_id = ?"
    return dict(connection.execute(sql, (job_id,)).fetchone())


def _free_interactions(connection: sqlite3.Connection) -> Iterator[int]:
    [highest] = connection.execute("SELECT MAX(interaction_id) FROM jobs").fetchone()
    return itertools.count(highest + 1)
