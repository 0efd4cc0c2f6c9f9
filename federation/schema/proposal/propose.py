"""An outline to a proposal: whom each table is about first, then its columns, then what leads to it. Pure.

The rules of `declare_rules` decide what a section may say; where a table can't be governed by them, it is left out and
asked about, never bent to fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from federation.schema.declare_rules import is_taken_word
from federation.schema.proposal.ground import Ground
from federation.schema.proposal.meanings import HEALTH, guess
from federation.schema.proposal.members import Members, described, members
from federation.schema.proposal.names import (
    field_name,
    is_understood,
    is_writable,
    plural,
    shown,
    source_name,
    type_name,
    unused,
    words_of,
)
from federation.schema.proposal.subjects import Footing, Lost, Seen, foot
from federation.schema.proposal.values import LeftOut, Note, Proposal, ProposedRelation, ProposedType
from vocabulary.outline import Outline, Table

_Taken: TypeAlias = Callable[[str], bool]

_VERB: Final = re.compile(r"^(search|list|find|get|query|fetch)_?(?=[A-Z_])")
_REMOTE: Final = (2, 4)
_LIMITS: Final[Mapping[str, tuple[float, int]]] = {"files": (5, 2)}
_SHOWN: Final = 8
_ON_ONE_FILE: Final = (2, 2)
"""Seconds for one request, and requests at a time: few, until the owner has seen what they cost."""


def propose(outline: Outline, ground: Ground) -> Proposal:
    """Propose the section for a whole source."""
    name = ground.name or source_name(outline.name, ground.has_source)
    seen, unnamed = _see(outline, ground, name)
    register = ground.register()
    feet = foot(seen, register, lists=outline.lists, promises=outline.connector != "files")
    types: list[ProposedType] = []
    relations: list[ProposedRelation] = []
    left_out = list(unnamed)
    collections: set[str] = set()
    for table, one in seen.items():
        at = feet[table]
        made = members(one, at, feet, seen, ground) if isinstance(at, Footing) else None
        if isinstance(at, Lost) or made is None or not made.fields:
            left_out.append(LeftOut(table, at.note if isinstance(at, Lost) else _NOTHING_LEFT))
            continue
        declared = _type(one, at, made, ground, collections)
        types.append(declared)
        if outline.connector != "graphql":  # a remote subgraph has relations of its own, which its notes speak of
            relations += _relations(declared, one, at, made, ground, others=[added.name for added in relations])
    timeout, concurrency = _LIMITS.get(outline.connector, _REMOTE)
    if str(outline.options.get("url", "")).startswith("sqlite:"):
        timeout, concurrency = _ON_ONE_FILE
    used = {mask for one in types for part in one.fields for mask in part.masks}
    return Proposal(
        name=name,
        owner=ground.owner,
        connector=outline.connector,
        options=outline.options,
        timeout=timeout,
        concurrency=concurrency,
        types=tuple(types),
        relations=tuple(relations),
        left_out=tuple(left_out),
        masks=tuple(mask for mask in ground.masks if mask.name in used),
        is_known=ground.catalogue is not None,
        notes=(*_notes(outline, ground, types), *(Note(reason=note) for note in outline.notes)),
        deliver=()
        if register is None or register.owner == ground.owner
        else tuple(dict.fromkeys(f"{one.owner}.{one.owner_key}" for one in relations)),
    )


def _see(outline: Outline, ground: Ground, source: str) -> tuple[dict[str, Seen], list[LeftOut]]:
    seen: dict[str, Seen] = {}
    left_out = []
    is_about_health = HEALTH.names_it("_".join(words_of(outline.name))) or HEALTH.names_it(source.replace("-", "_"))
    for place, table in enumerate(outline.tables, start=1):
        if not is_writable(table.name):
            left_out.append(
                LeftOut(shown(table.name), Note("its name can't be written", "make a view with a plain name"))
            )
            continue
        types = {one.type for one in seen.values()}
        title = _title(table.name)
        if outline.connector == "rest":
            title = _VERB.sub("", title) or title
        name = type_name(title, place, _taken_type(ground, types))
        in_health = is_about_health or HEALTH.names_it("_".join(words_of(title)))
        columns = [column for column in table.columns if is_writable(column.name)]
        names: dict[str, str] = {}
        for at, column in enumerate(columns, start=1):
            called = f"{name} id" if column.name.strip().lower() == "id" else column.name
            names[column.name] = field_name(called, at, _taken_field(set(names.values())))
        guesses = {column.name: guess(column, in_health=in_health) for column in columns}
        seen[table.name] = Seen(table, name, names, guesses)
    return seen, left_out


def _title(table: str) -> str:
    """What a table is called. A file is called like what it holds: visits.csv, book.xlsx#Visits."""
    return table.rpartition("#")[2] if "#" in table else table.partition(".")[0] or table


def _taken_type(ground: Ground, types: set[str]) -> _Taken:
    return lambda name: name in types or ground.has_type(name)


def _taken_field(names: set[str]) -> _Taken:
    return lambda name: name in names or is_taken_word("field", name)


def _type(one: Seen, at: Footing, made: Members, ground: Ground, collections: set[str]) -> ProposedType:
    collection = None
    if at.page_by is not None and at.key is not None:
        collection = unused(plural(one.type), lambda name: name in collections or ground.has_collection(name))
        collections.add(collection)
    names = made.names
    return ProposedType(
        name=one.type,
        table=one.table.name,
        description=described(_title(one.table.name), one.table.comment, None),
        size=_size(one.table),
        key=names[at.key] if at.key else None,
        subject=names[at.subject] if at.subject else None,
        area=names[at.area] if at.area else None,
        collection=collection,
        page_by=names[at.page_by] if collection and at.page_by else None,
        fields=made.fields,
        companions=made.companions,
        references=made.references,
        omissions=made.omissions,
        notes=(*_table_notes(one, ground), *at.notes),
    )


def _relations(
    declared: ProposedType, one: Seen, at: Footing, made: Members, ground: Ground, *, others: list[str]
) -> Iterator[ProposedRelation]:
    """What leads from a person of the exchange to their rows here."""
    register = ground.register()
    if register is None or at.leads_to != register or at.subject is None:
        return
    if one.table.searched_by not in {None, at.subject}:
        return
    column = one.column(at.subject)
    is_many = declared.key is not None or not (column.unique or one.table.key == (at.subject,))
    singular = one.type[:1].lower() + one.type[1:]
    called = plural(one.type) if is_many else singular
    name = unused(called, lambda word: word in others or ground.has_member(register.type, word))
    days = [part.name for part in made.fields if part.scalar in {"Date", "DateTime"} and part.category != "birth"]
    order = (f"-{days[0]}",) if days and not (not is_many and column.unique) else ()
    doubt = "how many rows may one person have? At most 50 are shown" if is_many else ""
    reason = "rows about one person, the newest first" if order else "rows about one person"
    yield ProposedRelation(
        name,
        register.type,
        register.key,
        one.type,
        f"{made.names[at.subject]}.{register.key}",
        is_many,
        order,
        declared.description,
        Note(reason, doubt),
    )


def _table_notes(one: Seen, ground: Ground) -> Iterator[Note]:
    title, table = _title(one.table.name), one.table
    if not is_understood(title):
        yield Note(doubt=f"what is one row called in English? {one.type} only counts")
    elif ground.has_type(one.type.removesuffix("Record").rstrip("0123456789")):
        yield Note(doubt=f"the exchange uses the name that this type would have: is {one.type} a good one?")
    if table.is_view:
        yield Note(
            doubt="this is a view: is it fast when it is asked for a few keys, and are its rows those of its tables?"
        )
    elif len(table.key) > 1:
        yield Note(
            doubt=f"its key has {len(table.key)} columns, and the graph knows an entity by one: is another one unique?"
        )
    if unwritable := [column.name for column in table.columns if not is_writable(column.name)]:
        yield Note(doubt=f"{len(unwritable)} columns have names that can't be written: rename them, or leave them out")
    strange = [column.name for column in table.columns if is_writable(column.name) and not is_understood(column.name)]
    if strange:
        yield Note(doubt=f"what are these columns called in English? Their fields only count: {_listed(strange)}")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(shown(name) for name in names[:_SHOWN]) + more


def _notes(outline: Outline, ground: Ground, types: list[ProposedType]) -> Iterator[Note]:
    if ground.catalogue is None:
        yield Note(doubt="are these masks declared in your exchange.yaml? With --home its own are taken")
    if ground.catalogue is not None and not any(mask.kind == "redact" for mask in ground.masks):
        yield Note(
            doubt="the exchange declares no mask of the kind redact: fields without one are shown plainly or not at all"
        )
    if types:
        yield Note(
            doubt="are the descriptions what people call these things? Where nothing better was known, they are names"
        )
    if outline.connector == "sql" and "password" not in outline.options and "sqlite" not in str(outline.options["url"]):
        yield Note(doubt="how does the exchange get in? Without `password` it uses none")


def _size(table: Table) -> str:
    looked_at = max((column.sample.cells for column in table.columns), default=0)
    rows = "an unknown number of" if table.rows is None else f"{'more than ' if table.is_more else ''}{table.rows:,}"
    return f"{rows} rows, {len(table.columns)} columns; {looked_at:,} rows were looked at"


_NOTHING_LEFT: Final = Note("none of its columns can be taken as it is", "what of it is needed?")
