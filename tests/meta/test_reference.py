"""What is compared with documents outside the repository, and that somebody says so where they are not there."""

from __future__ import annotations

from tests.discord_schema import complaints, needed_schema_checker


def test_bodies_are_compared_with_discords_own_description() -> None:
    checker = needed_schema_checker()
    assert checker.validate("POST", "/channels/1/messages", {"content": "hi"}) == []
    assert checker.validate("POST", "/channels/1/messages", {"content": 5}) != []


def test_no_fault_is_missed_where_bodies_that_are_alike_are_compared_once() -> None:
    checker = needed_schema_checker()

    def pressed(*names: str, label: str = "go") -> dict[str, object]:
        buttons = [{"type": 2, "style": 1, "label": label, "custom_id": name} for name in names]
        return {"content": "hi", "components": [{"type": 1, "components": buttons}]}

    good = [{"content": "hi"}, {"content": "x" * 2_000}, pressed("a:1", "a:2"), pressed("b:1", label="x" * 80)]
    bad = [
        {"content": 5},
        {"content": "x" * 2_001},
        pressed("a:1", "a:1"),
        pressed("b:1", label="x" * 81),
        {"content": ""},
    ]
    found = [complaints(checker, "POST", "/channels/1/messages", body) for body in (*good, *bad)]
    assert [bool(one) for one in found] == [False] * len(good) + [True] * len(bad)
