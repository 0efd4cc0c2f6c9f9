"""Decisions of one standing → what it could see, for pages that offer only what would not be refused.

The same views and the same rules that a question is planned with: `tests/federation/plan/test_outlook.py` compares.
"""

from __future__ import annotations

from graphql import GraphQLField, GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema, get_named_type

from federation.plan.govern import Governance, TypeView
from federation.plan.rules import is_pushed
from federation.plan.world import World
from federation.schema.facts import MUTATION, Collection, FieldFacts, FieldKind, TypeFacts
from masking import make_companion
from vocabulary.coordinate import Coordinate
from vocabulary.decision import Decision
from vocabulary.outlook import MIXED, WITHHELD, FieldOutlook, Outlook, TypeOutlook
from vocabulary.rows import NOTHING

_EXACT = ("eq", "in")
_CELLS = (FieldKind.SCALAR, FieldKind.COMPANION)


def outlook(governance: Governance, world: World, api: GraphQLSchema) -> Outlook:
    """What the standing could see of the schema that its organisation sees."""
    standing = governance.standing
    graph = world.supergraph
    listed = {one.type: one for one in graph.collections.values() if one.field in _fields(api, "Query")}
    types = {
        name: _type(governance, world, api, facts, listed.get(name))
        for name, facts in graph.types.items()
        if name in api.type_map
    }
    shown = _fields(api, MUTATION)
    acts = tuple(
        name for name in graph.acts if name in shown and governance.write(Coordinate(MUTATION, name)).visible != NOTHING
    )
    return Outlook(standing.purpose, standing.mode.value, standing.agreement, types, acts)


def _type(
    governance: Governance, world: World, api: GraphQLSchema, facts: TypeFacts, listed: Collection | None
) -> TypeOutlook:
    view = governance.view(facts.name)
    shown = _fields(api, facts.name)
    operators = {} if listed is None else _operators(api, listed.field)
    return TypeOutlook(
        name=facts.name,
        text=facts.description,
        collection="" if listed is None else listed.field,
        is_person=facts.subject is not None and facts.subject == facts.key,
        area=facts.area if facts.area in shown else "",
        is_open=view.visible != NOTHING,
        fields={
            name: _field(governance, view, field, operators.get(name, ()), world.owner(field.graph or facts.home or ""))
            for name, field in facts.fields.items()
            if name in shown and name in view.decisions
        },
    )


def _field(
    governance: Governance, view: TypeView, facts: FieldFacts, operators: tuple[str, ...], owner: str
) -> FieldOutlook:
    decision = view.decisions[facts.name]
    companion = facts.companion
    return FieldOutlook(
        name=facts.name,
        type=facts.type,
        kind=facts.kind.value,
        many=facts.many,
        text=facts.description,
        way=_way(decision),
        owner=owner,
        level=facts.level,
        masks=tuple(dict.fromkeys(grant.shown for grant in decision.grants)),
        operators=_usable(governance, view, facts, operators),
        options=() if companion is None else make_companion(companion.kind, companion.parameters).labels,
    )


def _way(decision: Decision) -> str:
    """How every visible row shows the field."""
    if decision.visible == NOTHING:
        return WITHHELD
    ways = {grant.shown for grant in decision.grants}
    if len(ways) == 1:
        return ways.pop()
    first = decision.grants[0]  # the least strict: where it covers every visible row, the others show nothing
    return first.shown if first.rows == decision.visible else MIXED


def _usable(governance: Governance, view: TypeView, facts: FieldFacts, operators: tuple[str, ...]) -> tuple[str, ...]:
    """The operators that a filter may use, by the rules of `plan/declared/arguments.py`."""
    plain = view.decisions[facts.name].plain
    if plain != NOTHING:
        return operators if plain == view.visible or is_pushed(plain, view.facts) else ()
    if not facts.identifier:
        return ()
    match = governance.match(Coordinate(view.facts.name, facts.name)).visible
    if match == NOTHING or not (match == view.visible or is_pushed(match, view.facts)):
        return ()
    return tuple(one for one in operators if one in _EXACT)


def _operators(api: GraphQLSchema, collection: str) -> dict[str, tuple[str, ...]]:
    """What the filter of a collection takes, by field."""
    argument = _fields(api, "Query")[collection].args.get("where")
    where = None if argument is None else get_named_type(argument.type)
    if not isinstance(where, GraphQLInputObjectType):
        return {}
    found = {}
    for name, field in where.fields.items():
        operand = get_named_type(field.type)
        if isinstance(operand, GraphQLInputObjectType) and operand is not where:
            found[name] = tuple(operand.fields)
    return found


def _fields(api: GraphQLSchema, name: str) -> dict[str, GraphQLField]:
    found = api.type_map.get(name)
    return dict(found.fields) if isinstance(found, GraphQLObjectType) else {}
