"""What /metrics tells: gauges asked for at each look, counters of the database, times of requests.

Several web processes put their times together in the files of a folder that `triage web` names.
Every label has a closed set of values.
"""

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from flask import Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from models import outbox, totals
from models.base import now
from models.callback_figures import open_by_reason
from models.outbox import Job
from models.totals import Counts, Total, oldest_open, open_tickets
from triage import logs

FRESH = 10.0
"""Seconds for which one look serves everybody who looks."""
TIMES = (0.005, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)
_SHARED = "PROMETHEUS_MULTIPROC_DIR"

COUNTERS: tuple[tuple[str, str, Total], ...] = (
    ("triage_contacts", "Contacts read", totals.CONTACTS),
    ("triage_classifier_decisions", "What the classifier decided", totals.DECISIONS),
    ("triage_classifier_corrections", "Topics that people changed", totals.CORRECTIONS),
    ("triage_problem_alarms", "Days on which a problem was new, rose or came back", totals.ALARMS),
    ("triage_mail_received", "Mails received", totals.MAIL_RECEIVED),
    ("triage_jobs", "Promises kept or given up", totals.JOBS),
    ("triage_outbound_mail", "Mails of ours that left, failed or were taken back", totals.OUTBOUND),
    ("triage_calls", "Calls that ended", totals.CALLS),
)


@dataclass
class Look:
    """The last look at the database: when, and what it said."""

    at: float = -FRESH
    said: list[Metric] = field(default_factory=list)


def forget_process(pid: int) -> None:
    if os.environ.get(_SHARED):
        mark_process_dead(pid)  # type: ignore[no-untyped-call]


def init_app(app: Flask) -> None:
    """Measure every request; what an application has measured ends with it."""
    registry = CollectorRegistry()
    app.extensions["measured"] = registry
    app.extensions["request_times"] = Histogram(
        "triage_http_request_seconds",
        "Time to answer, by route",
        ["route", "method", "status"],
        buckets=TIMES,
        registry=registry,
    )
    app.extensions["last_look"] = Look()
    app.after_request(end)


def end(response: Response) -> Response:
    if response.mimetype != "text/event-stream" and "began" in g:
        route = request.url_rule.rule if request.url_rule else "none"
        times: Histogram = current_app.extensions["request_times"]
        method = request.method if request.method in METHODS else "other"
        status = f"{response.status_code // 100}xx"
        times.labels(route, method, status).observe(logs.seconds())
    return response


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def exposition() -> bytes:
    """Everything, in Prometheus's text format."""
    registry = CollectorRegistry()
    registry.register(_House())
    if os.environ.get(_SHARED):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    measured: CollectorRegistry = current_app.extensions["measured"]
    return generate_latest(registry) + generate_latest(measured)


class _House:
    """The figures of the house, as a collector."""

    def collect(self) -> Iterator[Metric]:
        look: Look = current_app.extensions["last_look"]
        if time.monotonic() - look.at >= FRESH:
            look.said, look.at = list(figures()), time.monotonic()
        yield from look.said


def figures() -> Iterator[Metric]:
    """What the database says now."""
    at = now()
    for name, words, total in COUNTERS:
        yield counter(name, words, total.labels, totals.count(total, at))
    withheld = totals.count(totals.WITHHELD, at) | totals.count(totals.OWN_LOOPS, at)
    yield counter(
        "triage_mail_loops_blocked",
        "Automatic mails that were withheld, and mails of ours that came back",
        ("reason",),
        withheld,
    )
    yield first_answers(totals.count(totals.ANSWERS, at))
    yield gauge("triage_tickets_open", "Open tickets", ("team", "state"), open_tickets())
    yield gauge(
        "triage_backlog_oldest_seconds",
        "Age of the oldest open ticket",
        ("team",),
        [(team, (at - opened).total_seconds()) for team, opened in oldest_open()],
    )
    waiting = dict.fromkeys(Job, 0) | outbox.waiting()
    yield gauge("triage_job_queue_depth", "Open promises", ("queue",), list(waiting.items()))
    yield gauge(
        "triage_outbox_oldest_seconds",
        "Age of the oldest promise that could be kept now",
        ("kind",),
        list(outbox.oldest_by_kind().items()),
    )
    yield gauge(
        "triage_callbacks_open", "Call-backs owed now", ("reason",), list(open_by_reason().items())
    )


def counter(name: str, words: str, labels: tuple[str, ...], counts: Counts) -> Metric:
    family = CounterMetricFamily(name, words, labels=labels)
    for values, many in sorted(counts.items()):
        family.add_metric(values, many)
    return family


def gauge(
    name: str, words: str, labels: tuple[str, ...], rows: Iterable[tuple[object, ...]]
) -> Metric:
    family = GaugeMetricFamily(name, words, labels=labels)
    for *values, measured in rows:
        family.add_metric([str(value) for value in values], float(str(measured)))
    return family


def first_answers(counts: Counts) -> Metric:
    """The histogram of human first answers, by the channel of the ticket."""
    family = HistogramMetricFamily(
        "triage_first_response_seconds",
        "Time until a person answered for the first time",
        labels=("channel",),
    )
    bounds = [*(str(bound) for bound in totals.ANSWERED_WITHIN), "+Inf"]
    for channel in sorted({channel for channel, _ in counts}):
        reached, buckets = 0, []
        for bound in bounds:
            reached += counts.get((channel, bound), 0)
            buckets.append((bound, float(reached)))
        family.add_metric([channel], buckets, counts[channel, totals.SECONDS])
    return family
