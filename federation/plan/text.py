"""A plan as text that a person can read, and that tests compare: what is asked and told, how it is decided and shown.

No value stands in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from federation.plan.nodes import ColumnPlan, FactsPlan, Lead
from federation.plan.places import Hop, Kept, Plan, Request, RowsPlan, Sent
from vocabulary.decision import Decision
from vocabulary.fetch import And, Compare, IsNull, Not, Or, Predicate, Within


def print_plan(plan: Plan) -> str:
    """The whole plan: its waves, how what arrives is decided and masked, and what is withheld."""
    lines = [f"{act.name}: write {_decision(act.decision)}" for act in plan.acts]
    for number, wave in enumerate(plan.waves):
        lines.append(f"wave {number}")
        for one in wave:
            lines.extend(f"  {line}" for line in (_hop(one) if isinstance(one, Hop) else _request(one)))
    for kept in plan.kept:
        if kept.rows is not None:
            lines.extend(_rows(kept, kept.rows, plan))
        elif kept.source:
            lines.extend(_kept(kept, plan))
    if plan.withheld:
        lines.append("withheld")
        lines.extend(f"  {one.coordinate}: {one.reason}. {one.ask}" for one in plan.withheld)
    return "\n".join(lines) + "\n"


# ── what is asked of a subgraph ───────────────────────────────────────────────────────────────────────────────────────


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


# ── what is asked of a source ─────────────────────────────────────────────────────────────────────────────────────────


def _hop(hop: Hop) -> Iterator[str]:
    if hop.fetch is None:
        yield f"#{hop.place} {hop.type} known from #{hop.parent}, by {hop.given}: nothing is asked"
        return
    start = {
        Lead.COLLECTION: f"list {hop.type}",
        Lead.NODE: f"{hop.type} by id",
        Lead.ACT: f"{hop.type} that {hop.field} concerned",
        Lead.ENTITIES: f"{hop.type} by the ids of another exchange",
        Lead.RELATION: f"{hop.field} of #{hop.parent}, by {hop.given}",
        Lead.REFERENCE: f"{hop.field} of #{hop.parent}, {hop.type} by {hop.given}",
    }[hop.lead]
    yield f"#{hop.place} ask {hop.source}: {start}"
    yield f"     fields {', '.join(hop.fetch.fields)}"
    if (where := _predicate(hop.fetch.where)) != "all":
        yield f"     where {where}"
    if hop.fetch.order:
        yield f"     order {', '.join(('-' if term.descending else '') + term.field for term in hop.fetch.order)}"
    if hop.many:
        order = ", ".join(("-" if term.descending else "") + term.field for term in hop.sort)
        yield f"     told in the order of {order}" if order else "     told in no order"
    if hop.named is not None:
        yield f"     or by pseudonyms of {hop.named.field} ({hop.named.label}): {_decision(hop.named.match)}"
    if hop.rows is not None:
        yield f"     for rows where {hop.rows}"
    if hop.deliver is not None:
        told = "; ".join(f"where {grant.rows} [{grant.line}]" for grant in hop.deliver.decision.grants)
        yield f"     tells {hop.deliver.organisation} {hop.deliver.coordinate}: {told}; on record first"


def _predicate(where: Predicate) -> str:
    match where:
        case And(parts):
            inner = [text for part in parts if (text := _predicate(part)) != "all"]
            return "all" if not inner else inner[0] if len(inner) == 1 else "(" + " and ".join(inner) + ")"
        case Or(parts):
            return (
                "none"
                if not parts
                else "(" + " or ".join(map(_predicate, parts)) + ")"
                if len(parts) > 1
                else _predicate(parts[0])
            )
        case Not(part):
            return f"not {_predicate(part)}"
        case IsNull(field):
            return f"{field} is null"
        case Within(field, slot):
            return f"{field} within ${slot}"
        case Compare(field, op, slot):
            return f"{field} {op} ${slot}"


# ── how it is decided and shown ───────────────────────────────────────────────────────────────────────────────────────


def _kept(kept: Kept, plan: Plan) -> Iterator[str]:
    path = ".".join(plan.paths.get(kept.place, ())) or "the root"
    yield f"#{kept.place} {kept.type} at {path}: shown where {kept.visible}"
    for column in kept.columns:
        yield f"  {_column(column)}"


def _rows(kept: Kept, rows: RowsPlan, plan: Plan) -> Iterator[str]:
    yield f"rows of {kept.type}: shown where {kept.visible}{_area(rows)}"
    for facts in (rows.facts, rows.place):
        if facts is not None and not _is_reached(kept, facts, plan):
            told = f"; tells {facts.deliver.organisation}" if facts.deliver else ""
            known = f"{', '.join(facts.fields)} of {facts.type} from {facts.source}"
            yield f"  first, hidden: {known}, by {facts.by}{told}"
    for column in kept.columns:
        yield f"  {_column(column)}"


def _is_reached(kept: Kept, facts: FactsPlan, plan: Plan) -> bool:
    """Whether the rows that rest on them are reached from those entities themselves."""
    if kept.rows is None or kept.rows.facts is not facts:
        return False
    hops = (one for wave in plan.waves for one in wave if isinstance(one, Hop))
    return any(hop.lead is Lead.RELATION and hop.type == kept.type for hop in hops)


def _area(rows: RowsPlan) -> str:
    if rows.area is not None:
        return f", by {rows.area}"
    if rows.place is not None:
        return f", by the area of its {rows.place.type} ({rows.place.by})"
    return f", by the area of its {rows.area_of} ({rows.subject})" if rows.area_of else ""


def _column(column: ColumnPlan) -> str:
    computed = f" ({column.companion.kind} of {column.source})" if column.companion else ""
    return f"{column.field}{computed}: {_decision(column.decision)}"


def _decision(decision: Decision) -> str:
    grants = [f"{grant.shown} where {grant.rows} [{grant.line}]" for grant in decision.grants]
    denies = [f"denied where {deny.rows} [{deny.line}]" for deny in decision.denies]
    return "; ".join([*grants, *denies])
