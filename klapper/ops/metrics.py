"""What Prometheus is told."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan

from prometheus_client import CollectorRegistry, Counter, Gauge, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest


class Metrics:
    """Counters and gauges in a registry of their own. Every method is one fact and never raises.

    Labels come from closed sets (statuses, kinds, outcomes), never from guilds, members or texts: each new label value
    is a new series for ever.
    """

    CONTENT_TYPE = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        self._jobs = Counter("klapper_jobs", "Jobs that came into a status.", ["status"], registry=registry)
        self._open = Gauge("klapper_jobs_open", "Jobs in a status that is not final.", ["status"], registry=registry)
        self._requests = Counter(
            "klapper_provider_requests", "Requests to Segmind.", ["kind", "outcome"], registry=registry
        )
        self._edits = Counter("klapper_card_edits", "Edits of job cards.", registry=registry)
        self._deliveries = Counter(
            "klapper_deliveries", "Deliveries that came into a state.", ["state"], registry=registry
        )
        self._reserved = Gauge("klapper_credits_reserved", "Credits held for open jobs.", registry=registry)
        self._pauses = Gauge("klapper_provider_pauses", "Pauses of submits in force.", registry=registry)
        self._guild_pauses = Gauge(
            "klapper_guild_pauses",
            "Guilds paused because Segmind refused too much of them.",
            registry=registry,
        )
        self._balance = Gauge("klapper_provider_balance_usd", "Balance at Segmind, as last heard.", registry=registry)
        self._balance.set(nan)  # no amount is lower
        self._differences = Gauge(
            "klapper_bill_differences",
            "Differences between Segmind's bill and the books that were found in the last 31 days.",
            ["kind"],
            registry=registry,
        )
        self._compared = Gauge(
            "klapper_bill_compared_timestamp_seconds",
            "When Segmind's bill was compared with the books last; 0: never.",
            registry=registry,
        )
        self._restarts = Counter(
            "klapper_task_restarts", "Restarts of a background task after an error.", ["task"], registry=registry
        )

    def job_moved(self, to: str) -> None:
        """A job came into this status."""
        self._jobs.labels(to).inc()

    def jobs_open(self, counts: Mapping[str, int]) -> None:
        """How many jobs are in each open status now; a status that is not named has none."""
        self._open.clear()
        for status, count in counts.items():
            self._open.labels(status).set(count)

    def provider_request(self, kind: str, outcome: str) -> None:
        """A request to Segmind ended. kind: e.g. submit, status; outcome: e.g. ok, rate_limited, unreadable."""
        self._requests.labels(kind, outcome).inc()

    def card_edited(self) -> None:
        """A job card was edited."""
        self._edits.inc()

    def delivery_moved(self, state: str) -> None:
        """A delivery came into this state."""
        self._deliveries.labels(state).inc()

    def credits_reserved(self, amount_credits: int) -> None:
        """Credits held for open jobs now, all members together."""
        self._reserved.set(amount_credits)

    def provider_pauses(self, count: int) -> None:
        """Pauses of submits in force now."""
        self._pauses.set(count)

    def guild_pauses(self, count: int) -> None:
        """Guilds that Klapper has paused now, for Segmind's refusals."""
        self._guild_pauses.set(count)

    def provider_balance(self, micro_usd: int) -> None:
        """What Segmind says is left, in micro-USD."""
        self._balance.set(micro_usd / 1_000_000)

    def bill_differences(self, counts: Mapping[str, int]) -> None:
        """How many differences of each kind were found lately; a kind that is not named has none."""
        self._differences.clear()
        for kind, count in counts.items():
            self._differences.labels(kind).set(count)

    def bill_compared(self, at_ms: int) -> None:
        """Segmind's bill was compared then, for the last time; 0: never."""
        self._compared.set(at_ms / 1_000)

    def task_restarted(self, task: str) -> None:
        """A background task ended with an error and was started again."""
        self._restarts.labels(task).inc()

    def exposition(self) -> bytes:
        """All of it in Prometheus' text format; its content type is `CONTENT_TYPE`."""
        return generate_latest(self.registry)
