"""What is compared with documents outside the repository, and that somebody says so where they are not there."""

from __future__ import annotations

from tests.discord_schema import needed_schema_checker


def test_bodies_are_compared_with_discords_own_description() -> None:
    checker = needed_schema_checker()
    assert checker.validate("POST", "/channels/1/messages", {"content": "hi"}) == []
    assert checker.validate("POST", "/channels/1/messages", {"content": 5}) != []
