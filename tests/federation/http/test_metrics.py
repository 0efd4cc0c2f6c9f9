from __future__ import annotations

from connectors.breaker import State
from federation.http.metrics import Metrics
from tests.support.city import QUESTION, STREET, City


def test_answers_are_counted_by_code_and_timed() -> None:
    metrics = Metrics()
    metrics.answered("OK", 0.004)
    metrics.answered("OK", 0.2)
    metrics.answered("TOKEN_MISSING", 0.001)
    text = metrics.text().decode()
    assert 'tongguan_answers_total{code="OK"} 2.0' in text
    assert 'tongguan_answers_total{code="TOKEN_MISSING"} 1.0' in text
    assert "tongguan_answer_seconds_count 3.0" in text
    assert 'tongguan_answer_seconds_bucket{le="0.005"} 2.0' in text


def test_requests_to_sources_are_counted_by_outcome() -> None:
    metrics = Metrics()
    metrics.asked("delivery", "ok")
    metrics.asked("delivery", "timeout")
    text = metrics.text().decode()
    assert 'tongguan_source_requests_total{outcome="ok",source="delivery"} 1.0' in text
    assert 'tongguan_source_requests_total{outcome="timeout",source="delivery"} 1.0' in text


def test_readiness() -> None:
    metrics = Metrics()
    metrics.ready(is_ready=True)
    assert "tongguan_ready 1.0" in metrics.text().decode()
    metrics.ready(is_ready=False)
    assert "tongguan_ready 0.0" in metrics.text().decode()


def test_each_process_counts_for_itself() -> None:
    Metrics().answered("OK", 0.1)
    assert "code=" not in Metrics().text().decode()


def test_they_are_there_to_be_read_and_hold_nobody(city: City) -> None:
    reply = city.ask("analyst", QUESTION, {"street": STREET, "first": 20})
    city.ask("committee", QUESTION, {"street": STREET}, purpose="to look at wang.min")
    city.post({"query": "310115195001011234"}, {"Authorization": "Bearer wang.min"})
    response = city.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    for secret in ("wang.min", "li.na", STREET, "310115", "Resident", "epidemic-control", "health-commission"):
        assert secret not in response.text
    for node in reply.data["residents"]["nodes"]:
        assert node["name"] not in response.text
    names = {line.split("{")[0].split(" ")[0] for line in response.text.splitlines() if line[:1] not in {"#", ""}}
    assert all(name.startswith("tongguan_") for name in names)
    assert {"tongguan_answers_total", "tongguan_answer_seconds_sum", "tongguan_source_requests_total"} <= names
    assert 'source="population"' in response.text


def test_the_supergraph_in_force_is_one() -> None:
    metrics = Metrics()
    metrics.supergraph("aa", is_refused=False)
    metrics.supergraph("bb", is_refused=True)
    text = metrics.text().decode()
    assert 'tongguan_supergraph_in_force{sha256="bb"} 1.0' in text
    assert "aa" not in text
    assert "tongguan_supergraph_refused 1.0" in text


def test_reloads_are_counted_by_what_came_of_them() -> None:
    metrics = Metrics()
    for outcome in ("taken", "refused", "taken"):
        metrics.reloaded(outcome)
    text = metrics.text().decode()
    assert 'tongguan_supergraph_reloads_total{outcome="taken"} 2.0' in text
    assert 'tongguan_supergraph_reloads_total{outcome="refused"} 1.0' in text


def test_a_circuit_is_in_one_state_and_a_source_that_is_gone_in_none() -> None:
    metrics = Metrics()
    metrics.circuits({"a": State.CLOSED, "b": State.OPEN})
    metrics.circuits({"a": State.HALF_OPEN})
    text = metrics.text().decode()
    states = {
        state: f'tongguan_source_circuit{{source="a",state="{state}"}}' for state in ("closed", "half-open", "open")
    }
    assert [f"{states[one]} {value}" in text for one, value in zip(states, ("0.0", "1.0", "0.0"), strict=True)] == [
        True
    ] * 3
    assert 'source="b"' not in text
