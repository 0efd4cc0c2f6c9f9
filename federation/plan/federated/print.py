"""A plan over a federated graph as text that a person can read, and that tests compare. No value stands in it."""

from __future__ import annotations

from collections.abc import Iterator

from federation.plan.federated.places import Federated, Kept, Request, Sent
from vocabulary.decision import Decision


def print_federated(plan: Federated) -> str:
    """The whole plan: what each subgraph is asked and told, how objects are decided and shown, what is withheld."""
    lines: list[str] = []
    for number, wave in enumerate(plan.waves):
        lines.append(f"wave {number}")
        for request in wave:
            lines += [f"  {line}" for line in _request(request)]
    for kept in plan.kept:
        lines += _kept(kept, plan)
    if plan.withheld:
        lines.append("withheld")
        lines += [f"  {one.coordinate}: {one.reason}. {one.ask}" for one in plan.withheld]
    return "\n".join(lines) + "\n"


def _request(request: Request) -> Iterator[str]:
    yield f"ask {request.graph}: {request.document}"
    for step, (_, variable) in zip(request.steps, request.entries, strict=True):
        for one in step.representations:
            yield f"  ${variable} from #{step.place}: {one.name} {{{_sent(one.sent)}}}"
            for deliver in one.delivers:
                told = f"{deliver.organisation} {deliver.coordinate}: {_decision(deliver.decision)}"
                yield f"    tells {told}; on record first"


def _sent(sent: tuple[Sent, ...]) -> str:
    parts = []
    for one in sent:
        inner = "".join(f" {{{_sent(below)}}} of {name}" for name, below in (one.of or {}).items())
        parts.append(one.name + inner)
    return ", ".join(parts)


def _kept(kept: Kept, plan: Federated) -> Iterator[str]:
    path = ".".join(plan.paths.get(kept.place, ())) or "the root"
    yield f"#{kept.place} {kept.type} at {path}: shown where {kept.visible}"
    for column in kept.columns:
        yield f"  {column.field}: {_decision(column.decision)}"


def _decision(decision: Decision) -> str:
    ways = [f"{grant.shown} where {grant.rows} [{grant.line}]" for grant in decision.grants]
    ways += [f"denied where {deny.rows} [{deny.line}]" for deny in decision.denies]
    return "; ".join(ways)
