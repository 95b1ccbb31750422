"""What is asked at every command and every look goes by an index."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from klapper.database.queries import load_queries
from tests.databases import new_database

PLANS = {
    "credit_order": [
        "SEARCH credit_orders USING COVERING INDEX sqlite_autoindex_credit_orders_1 (interaction_id=? AND by_ref=?)"
    ],
    "credit_orders_with_news": [
        "SCAN credit_orders USING INDEX orders_with_news",  # of those whose news are due alone
        "SEARCH audit USING INTEGER PRIMARY KEY (rowid=?)",
    ],
}


@pytest.mark.parametrize("name", PLANS)
def test_no_order_is_looked_at_that_is_done_and_told(tmp_path: Path, name: str) -> None:
    sql = load_queries("klapper.moderation")[name]
    with closing(sqlite3.connect(new_database(tmp_path / "klapper.db"))) as connection:
        params = dict.fromkeys(re.findall(r":([a-z0-9_]+)", sql), 0)
        assert [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", params)] == PLANS[name]
