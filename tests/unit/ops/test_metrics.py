"""Metrics: each method is one fact, and two objects never share a number."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from klapper.ops.metrics import Metrics

FACTS: list[tuple[Callable[[Metrics], None], str, dict[str, str], float]] = [
    (lambda metrics: metrics.job_moved("sending"), "klapper_jobs_total", {"status": "sending"}, 1),
    (lambda metrics: metrics.jobs_open({"queued": 3}), "klapper_jobs_open", {"status": "queued"}, 3),
    (
        lambda metrics: metrics.provider_request("submit", "ok"),
        "klapper_provider_requests_total",
        {"kind": "submit", "outcome": "ok"},
        1,
    ),
    (lambda metrics: metrics.card_edited(), "klapper_card_edits_total", {}, 1),
    (lambda metrics: metrics.delivery_moved("delivered"), "klapper_deliveries_total", {"state": "delivered"}, 1),
    (lambda metrics: metrics.credits_reserved(84), "klapper_credits_reserved", {}, 84),
    (lambda metrics: metrics.provider_pauses(2), "klapper_provider_pauses", {}, 2),
    (lambda metrics: metrics.guild_pauses(1), "klapper_guild_pauses", {}, 1),
    (lambda metrics: metrics.provider_balance(2_500_000), "klapper_provider_balance_usd", {}, 2.5),
    (
        lambda metrics: metrics.bill_differences({"price_drift": 2}),
        "klapper_bill_differences",
        {"kind": "price_drift"},
        2,
    ),
    (lambda metrics: metrics.bill_compared(3_000), "klapper_bill_compared_timestamp_seconds", {}, 3),
    (lambda metrics: metrics.task_restarted("tracker"), "klapper_task_restarts_total", {"task": "tracker"}, 1),
]


@pytest.mark.parametrize(("tell", "name", "labels", "value"), FACTS)
def test_a_fact_is_one_sample(tell: Callable[[Metrics], None], name: str, labels: dict[str, str], value: float) -> None:
    metrics = Metrics()
    tell(metrics)
    assert metrics.registry.get_sample_value(name, labels) == value


def test_a_status_without_jobs_disappears() -> None:
    metrics = Metrics()
    metrics.jobs_open({"queued": 3})
    metrics.jobs_open({"processing": 1})
    assert metrics.registry.get_sample_value("klapper_jobs_open", {"status": "queued"}) is None


def test_a_balance_that_was_not_heard_is_lower_than_nothing() -> None:
    value = Metrics().registry.get_sample_value("klapper_provider_balance_usd")
    assert value is not None
    assert not value < 1_000_000


def test_two_objects_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.card_edited()
    assert other.registry.get_sample_value("klapper_card_edits_total") == 0


def test_the_exposition_names_every_metric() -> None:
    text = Metrics().exposition().decode()
    for _, name, _, _ in FACTS:
        assert f"# TYPE {name} " in text
