"""Numbers for Prometheus: of this process, and of what waits in the database."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from push.live.model import Standing

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Requests:
    """Labels come from the routes and from the statuses there are, never from what a caller writes."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._answers = Counter(
            "fanfare_http_answers", "Answered requests.", ["method", "route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "fanfare_http_seconds",
            "How long requests took.",
            ["method", "route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._events = Counter("fanfare_events", "Reported events.", ["outcome"], registry=self._registry)
        for outcome in ("accepted", "duplicate", "rejected"):
            self._events.labels(outcome)
        self._events_queued = self._gauge("fanfare_events_queued", "Events of this process that are being stored.")
        self._database_up = self._gauge("fanfare_database_up", "1 while the database answers.")
        self._batches = self._gauge("fanfare_batches", "Batches to be sent, in all apps.", "state")
        self._waiting = self._gauge("fanfare_batches_oldest_seconds", "For how long the first that is due has waited.")
        self._lanes = self._gauge("fanfare_lanes", "Ways to push services, in all apps.", "service", "state")

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(name, what, labels, registry=self._registry)

    def count_events(self, accepted: int, duplicates: int, rejected: int) -> None:
        for outcome, count in (("accepted", accepted), ("duplicate", duplicates), ("rejected", rejected)):
            self._events.labels(outcome).inc(count)

    def tell(self, queued: int, standing: Standing | None) -> None:
        """How it is now; without a `standing` the database does not answer, and what it would say is left out."""
        self._events_queued.set(queued)
        self._database_up.set(standing is not None)
        self._batches.clear()
        self._lanes.clear()
        if standing is not None:
            waiting = standing.batches - standing.held - standing.due
            for state, count in (("later", waiting), ("held", standing.held), ("due", standing.due)):
                self._batches.labels(state).set(count)
            self._waiting.set(standing.oldest_waiting_seconds)
            for (service, state), count in standing.lanes.items():
                self._lanes.labels(service, state).set(count)

    def count(self, method: str, route: str | None, status: int, seconds: float) -> None:
        method, route = method if method in _METHODS else "other", route or "none"
        self._answers.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def page(self) -> bytes:
        """Prometheus' text format."""
        return generate_latest(self._registry)
