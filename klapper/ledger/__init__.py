"""Two double-entry ledgers that never mix: members' credits and the operator's budget. See docs/ledger.md."""
