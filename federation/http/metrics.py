"""Metrics for Prometheus: counts and times by code. No label ever holds a person, an area or a value."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from connectors.breaker import State
from policies.diff import Difference

_LOGGER = logging.getLogger("tongguan.shadow")
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The metrics of one process, in a registry of its own."""

    media = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "tongguan_answers_total", "Answers and refusals, by code.", ["code"], registry=self._registry
        )
        self._answer_codes: dict[str, Counter] = {}
        self._seconds = Histogram(
            "tongguan_answer_seconds", "Time to an answer or refusal.", buckets=_BUCKETS, registry=self._registry
        )
        self._sources = Counter(
            "tongguan_source_requests_total",
            "Requests made to each source, by outcome.",
            ["source", "outcome"],
            registry=self._registry,
        )
        self._source_outcomes: dict[tuple[str, str], Counter] = {}
        self._ready = Gauge("tongguan_ready", "1 while questions can be answered.", registry=self._registry)

        self._refused = Gauge(
            "tongguan_policy_refused",
            "1 while the policy file is refused and the policy before it stays in force.",
            registry=self._registry,
        )

        self._acts = Counter(
            "tongguan_acts_total",
            "Acts on the registry, by what they are about and their step; glass/break wants an alarm.",
            ["what", "step"],
            registry=self._registry,
        )
        self._unreviewed = Gauge(
            "tongguan_glass_unreviewed",
            "Broken glasses that nobody has reviewed yet, whichever process they were broken in.",
            registry=self._registry,
        )
        self._clock = Gauge(
            "tongguan_clock_jump_seconds",
            "Seconds by which the wall clock is ahead of what was expected; behind: negative.",
            registry=self._registry,
        )

        self._shadow = Counter(
            "tongguan_shadow_differences_total",
            "Fields of questions that the shadow policy would have shown otherwise, by sign (+ more, - less).",
            ["sign"],
            registry=self._registry,
        )

        self._reloads = Counter(
            "tongguan_supergraph_reloads_total",
            "Times that another supergraph was there, by what came of it.",
            ["outcome"],
            registry=self._registry,
        )
        self._supergraph = Gauge(
            "tongguan_supergraph_in_force", "1 for the SHA-256 of it.", ["sha256"], registry=self._registry
        )
        self._supergraph_refused = Gauge(
            "tongguan_supergraph_refused",
            "1 while the supergraph that is there is refused and the one before it stays in force.",
            registry=self._registry,
        )
        self._circuits = Gauge(
            "tongguan_source_circuit",
            "1 for the state that a source's circuit breaker is in, 0 for the others.",
            ["source", "state"],
            registry=self._registry,
        )

    def reloaded(self, outcome: str) -> None:
        """Another supergraph was there."""
        self._reloads.labels(outcome).inc()

    def supergraph(self, digest: str, *, is_refused: bool) -> None:
        """The supergraph in force, by its SHA-256 in hexadecimal, and whether another one is there that is refused."""
        self._supergraph.clear()
        self._supergraph.labels(digest).set(1)
        self._supergraph_refused.set(1 if is_refused else 0)

    def circuits(self, states: Mapping[str, State]) -> None:
        """The circuit breakers of all sources that have one, as they are now."""
        self._circuits.clear()  # of a source that is no more, nothing is said
        for source, current in states.items():
            for state in State:
                self._circuits.labels(source, state.value).set(1 if state is current else 0)

    def shadowed(self, differences: Sequence[Difference]) -> None:
        """What the shadow policy would have shown otherwise, in one question."""
        for one in differences:
            self._shadow.labels(one.sign).inc()
            _LOGGER.debug("shadow", extra={"difference": str(one)})

    def acted(self, what: str, step: str) -> None:
        """One act that was done."""
        self._acts.labels(what, step).inc()

    def unreviewed(self, count: int) -> None:
        """How many broken glasses wait for a review."""
        self._unreviewed.set(count)

    def clock_jumped(self, seconds: float) -> None:
        """By how much the clocks disagree."""
        self._clock.set(seconds)

    def answered(self, code: str, seconds: float) -> None:
        """One answer or refusal."""
        known = self._answer_codes.get(code)
        if known is None:
            known = self._answer_codes[code] = self._answers.labels(code)
        known.inc()
        self._seconds.observe(seconds)

    def asked(self, source: str, outcome: str) -> None:
        """One request to a source."""
        known = self._source_outcomes.get((source, outcome))
        if known is None:  # looking one up by its labels costs more than to count
            known = self._source_outcomes[source, outcome] = self._sources.labels(source, outcome)
        known.inc()

    def ready(self, *, is_ready: bool) -> None:
        """Whether questions can be answered."""
        self._ready.set(1 if is_ready else 0)

    def policy_refused(self, *, is_refused: bool) -> None:
        """Whether the policy in force is not the one in the file."""
        self._refused.set(1 if is_refused else 0)

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self._registry)
