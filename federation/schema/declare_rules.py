"""What `exchange.yaml` must mean, beyond its shape: every name leads somewhere, and every row can be governed.

One rule, one generator of problems, all listed in `RULES`. A rule reads only what has the right shape and is silent
about the rest, so that one broken line does not hide what is wrong on the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from federation.schema.declare_graph_rules import GRAPH_RULES, graph_fields
from federation.schema.declare_named import listed, names
from federation.schema.declare_outline import Outline
from federation.schema.declare_problem import DeclarationProblem, choice, quoted
from vocabulary.area import Area, NotAnAreaError
from vocabulary.decision import PLAIN
from vocabulary.rows import Relation, Tie
from vocabulary.values import SCALARS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from federation.schema.declare_outline import Home
    from federation.schema.yaml_lines import Part

_TYPES_TAKEN: Final = frozenset(
    {
        *("Query", "Mutation", "Subscription", "Node", "PageInfo", "ID", *SCALARS),
        *("Access", "Released", "Given", "Agreement", "Emergency", "BrokenGlass", "Case", "PolicyChange"),
        "CatalogueEntry",
    }
)
_ENDINGS_TAKEN: Final = ("Connection", "Edge", "Where", "Order")  # made from the name of a type by the exchange
_FIELDS_TAKEN: Final = frozenset({"id", "and", "or", "not"})  # the sealed id, and what joins the parts of a filter
_COLLECTIONS_TAKEN: Final = frozenset(
    {"node", "nodes", "accesses", "agreements", "emergencies", "brokenGlasses", "cases", "policyChanges", "catalogue"}
)
_SOURCES_TAKEN: Final = frozenset({"exchange", "registry", "catalogue"})  # its own, which tell of itself
_MASKS_TAKEN: Final = frozenset({PLAIN, "withheld"})  # how decisions and receipts name what is no mask
_CONDITIONS_TAKEN: Final = frozenset({*Relation, *Tie, "any", "emergency", "for-us"})
"""What a policy line's rows may begin with, and what guards the catalogue."""
_PURPOSES_TAKEN: Final = frozenset({"any"})  # every purpose, in a policy line


def judge_meaning(root: Part) -> Iterator[DeclarationProblem]:
    """What the rules find wrong."""
    exchange = Outline.of(root)
    for rule in RULES:
        yield from rule(exchange)


def _areas_are_codes(exchange: Outline) -> Iterator[DeclarationProblem]:
    for organisation in exchange.root.named("organisations").values():
        for line, code in organisation.texts("areas"):
            try:
                Area.parse(code)
            except NotAnAreaError:
                remedy = "write 2 digits for a city, 6 for a district, 9 a street, 12 a committee, 15 a grid"
                yield DeclarationProblem(line, f"{quoted(code)} is no area code", f"{remedy}, as in `310115016`")


def _words_are_free(exchange: Outline) -> Iterator[DeclarationProblem]:
    for word, taken in (
        ("masks", _MASKS_TAKEN),
        ("purposes", _PURPOSES_TAKEN),
        ("sources", _SOURCES_TAKEN),
        ("conditions", _CONDITIONS_TAKEN),
    ):
        for name, part in exchange.root.named(word).items():
            if name in taken:
                yield _taken(part.line, name)


def _safeguards_are_declared(exchange: Outline) -> Iterator[DeclarationProblem]:
    """A safeguard that nothing meets, or that names nothing, would guard nothing without a word."""
    root = exchange.root
    fields = [part for home in exchange.homes for part in (*home.fields.values(), *home.companions.values())]
    fields += graph_fields(root)
    categories = {category for part in fields if (category := part.text("category")) is not None}
    for part in _items(root, "safeguards"):
        yield from listed(part.texts("categories"), categories, "a category of some field")
        yield from listed(part.texts("purposes"), root.named("purposes"), "a declared purpose")
        yield from listed(part.texts("require"), root.named("conditions"), "a declared condition")


def _limits_are_for_purposes(exchange: Outline) -> Iterator[DeclarationProblem]:
    first: dict[str, int] = {}
    limits = exchange.root.parts.get("limits")
    for part in _items(limits, "principals") if limits is not None else ():
        yield from names(part, "purpose", [*exchange.root.named("purposes"), *_PURPOSES_TAKEN], "a declared purpose")
        purpose = part.text("purpose")
        if purpose in first:
            yield _twice(part.line, purpose or "", first[purpose])
        elif purpose is not None:
            first[purpose] = part.line


def _owners_are_organisations(exchange: Outline) -> Iterator[DeclarationProblem]:
    organisations = exchange.root.named("organisations")
    yield from names(exchange.root, "operator", organisations, "a declared organisation")
    for source in exchange.root.named("sources").values():
        yield from names(source, "owner", organisations, "a declared organisation")


def _pairs_are_with_exchanges(exchange: Outline) -> Iterator[DeclarationProblem]:
    sources = exchange.root.named("sources")
    exchanges = {name for name, one in sources.items() if one.text("connector") == "exchange"}
    for source in sources.values():
        paired = source.parts.get("paired")
        if paired is not None:
            yield from names(paired, "with", exchanges, "a source that is another exchange")


def _exchanges_are_run_by_others(exchange: Outline) -> Iterator[DeclarationProblem]:
    """What is agreed with an organisation bounds its exchange; with ourselves nothing is agreed."""
    root = exchange.root
    callers = root.named("exchanges")
    for name, caller in callers.items():
        yield from names(caller, "organisation", root.named("organisations"), "a declared organisation")
        if caller.text("organisation") == root.text("operator"):
            problem = f"{quoted(name)} is run by the operator of this exchange"
            yield DeclarationProblem(
                caller.line_of("organisation"), problem, "write the organisation that agreements are made with"
            )
        if name == root.text("exchange"):
            yield DeclarationProblem(caller.line, f"{quoted(name)} is this exchange", "write the name of another")
    if callers and "supergraph" in root.parts:
        yield DeclarationProblem(
            root.line_of("exchanges"),
            "a supplied supergraph is served to no other exchange",
            "leave `exchanges` out, or declare `sources`",
        )


def _types_have_one_home(exchange: Outline) -> Iterator[DeclarationProblem]:
    first: dict[str, int] = {}
    for home in exchange.homes:
        line = home.part.line
        if home.name in _TYPES_TAKEN or home.name.endswith(_ENDINGS_TAKEN):
            yield _taken(line, home.name)
        elif home.name in first:
            yield _twice(line, home.name, first[home.name])
        first.setdefault(home.name, line)


def _coordinates_have_one_owner(exchange: Outline) -> Iterator[DeclarationProblem]:
    first: dict[str, int] = {}
    words = ("fields", "companions", "references")
    declared = [
        *((home.name, *item) for home in exchange.homes for word in words for item in home.part.named(word).items()),
        *((added.type, *item) for added in exchange.extensions for item in added.relations.items()),
    ]
    for owner, name, part in declared:
        coordinate = f"{owner}.{name}"
        if name in _FIELDS_TAKEN:
            yield _taken(part.line, name)
        elif coordinate in first:
            yield _twice(part.line, coordinate, first[coordinate])
        first.setdefault(coordinate, part.line)


def _collections_can_be_governed(exchange: Outline) -> Iterator[DeclarationProblem]:
    first: dict[str, int] = {}
    for home in exchange.homes:
        name, line = home.text("collection"), home.part.line_of("collection")
        if name is None:
            continue
        if name in _COLLECTIONS_TAKEN:
            yield _taken(line, name)
        elif name in first:
            yield _twice(line, name, first[name])
        first.setdefault(name, line)
        area = home.text("area")
        if (home.text("subject") is not None and area is None) or area in home.references:
            problem = "the collection lists rows whose area this source does not know"
            yield DeclarationProblem(line, problem, "write `area: …` with a field of this type, or no `collection`")


def _pages_say_nothing(exchange: Outline) -> Iterator[DeclarationProblem]:
    for home in exchange.homes:
        yield from names(home.part, "pageBy", home.fields, f"a field of {home.name}", signed=True)
        field = home.fields.get((home.text("pageBy") or "").removeprefix("-"))
        level = None if field is None else field.parts.get("level")
        if home.text("subject") is not None and level is not None and level.value != 1:
            problem = "pages in this order would tell something about people: its field is not of level 1"
            remedy = (
                "write a field that is unique, of level 1, and says nothing about anyone, as a random serial number"
            )
            yield DeclarationProblem(home.part.line_of("pageBy"), problem, remedy)


def _keys_are_fields(exchange: Outline) -> Iterator[DeclarationProblem]:
    for home in exchange.homes:
        for word, scalars in (("key", ("String", "Int")), ("area", ("String",))):
            known = {**home.fields, **(home.references if word == "area" else {})}
            yield from names(home.part, word, known, f"a field of {home.name}")
            scalar = home.scalar(home.text(word))
            if scalar is not None and scalar not in scalars:
                problem = f"`{word}` names a field of type {quoted(scalar)}"
                remedy = f"write a field of type {' or '.join(scalars)}"
                yield DeclarationProblem(home.part.line_of(word), problem, remedy)


def _areas_are_one_step_away(exchange: Outline) -> Iterator[DeclarationProblem]:
    """A row may have the area of an entity that it names (a resident's home), which then has a field for it."""
    for home in exchange.homes:
        reference = home.references.get(home.text("area") or "")
        target = exchange.home(None if reference is None else reference.text("type"))
        if target is not None and target.text("area") not in target.fields:
            problem = f"the area leads to {target.name}, which has no field for its own"
            yield DeclarationProblem(
                home.part.line_of("area"), problem, f"write `area: …` with a field in {target.name}"
            )


def _subjects_have_an_area(exchange: Outline) -> Iterator[DeclarationProblem]:
    """Who a row is about, and where: without both, no row rule can be evaluated and no subject receipted."""
    for home in exchange.homes:
        members = {**home.fields, **home.references}
        yield from names(home.part, "subject", members, f"a field or reference of {home.name}")
        subject, line = home.text("subject"), home.part.line_of("subject")
        reference = home.references.get(subject or "")
        target = exchange.home(None if reference is None else reference.text("type"))
        if subject in home.fields and home.text("area") is None:
            problem = f"{home.name} has a subject and no area"
            remedy = "write `area: …` with a field of this type, or as `subject` a reference to a type that has an area"
            yield DeclarationProblem(line, problem, remedy)
        if target is None:
            continue
        if target.text("subject") is None or target.text("subject") != target.text("key"):
            problem = f"the subject leads to {target.name}, which is not itself a data subject"
            yield DeclarationProblem(line, problem, "write a reference to a type whose own `subject` is its `key`")
        elif home.text("area") is None and target.text("area") is None:
            problem = f"neither {home.name} nor {target.name}, which its subject leads to, has an area"
            yield DeclarationProblem(line, problem, "write `area: …` in one of the two types")


def _personal_types_have_a_subject(exchange: Outline) -> Iterator[DeclarationProblem]:
    """Without a subject the log could not say whose data was seen."""
    for home in exchange.homes:
        for part in (*home.fields.values(), *home.companions.values()):
            if part.text("category") is not None and home.text("subject") is None:
                problem = f"a personal category in {home.name}, which names no subject"
                yield DeclarationProblem(part.line_of("category"), problem, "write `subject: …` in that type")


def _fields_name_fields(exchange: Outline) -> Iterator[DeclarationProblem]:
    for home in exchange.homes:
        for companion in home.companions.values():
            yield from names(companion, "of", home.fields, f"a field of {home.name}")
        for name, part in home.fields.items():
            others = home.fields.keys() - {name}
            yield from listed(part.texts("reveals"), others, f"another field of {home.name}")


def _changes_are_moments(exchange: Outline) -> Iterator[DeclarationProblem]:
    for home in exchange.homes:
        yield from names(home.part, "changedBy", home.fields, f"a field of {home.name}")
        scalar = home.scalar(home.text("changedBy"))
        if scalar is not None and scalar not in {"Date", "DateTime"}:
            problem = f"`changedBy` names a field of type {quoted(scalar)}"
            yield DeclarationProblem(home.part.line_of("changedBy"), problem, "write a field of type Date or DateTime")


def _codes_are_of_texts(exchange: Outline) -> Iterator[DeclarationProblem]:
    """A number is in no list of texts, and every one would be counted as outside."""
    for home in exchange.homes:
        for name, part in home.fields.items():
            if "codes" in part.parts and home.scalar(name) not in {None, "String"}:
                problem = f"{quoted(name)} has a code list and is of type {quoted(home.scalar(name) or '')}"
                yield DeclarationProblem(part.line_of("codes"), problem, "write `type: String`, or no `codes`")


def _masks_are_declared(exchange: Outline) -> Iterator[DeclarationProblem]:
    masks = exchange.root.named("masks")
    for home in exchange.homes:
        for part in home.fields.values():
            yield from listed(part.texts("masks"), masks, "a declared mask")


def _columns_are_taken_once(exchange: Outline) -> Iterator[DeclarationProblem]:
    """Two fields of one column could be classified and masked differently: the laxer would open the stricter.

    Parts of a column are taken once too, and none lies within another. A reference shows its column too, as the key of
    what it leads to.
    """
    for home in exchange.homes:
        omitted = {column for _, column in home.part.texts("omit")}
        first: list[tuple[str, str | None, int]] = []
        for part in home.fields.values():
            column, piece, line = part.text("column"), part.text("part"), part.line
            if column is None:
                continue
            taken = _overlapping(first, column, piece)
            if taken is None:
                first.append((column, piece, line))
            elif piece is None and taken[1] is None:
                problem = f"the column {quoted(column)} is a field already, on line {taken[2]}"
                yield DeclarationProblem(line, problem, "write one field for it")
            else:
                problem = f"what is taken of the column {quoted(column)} is part of a field already, on line {taken[2]}"
                yield DeclarationProblem(line, problem, "write fields for parts that do not lie within one another")
        for part in home.references.values():
            column = part.text("column")
            taken = None if column is None else _overlapping(first, column, None)
            if taken is not None:
                problem = f"the column {quoted(taken[0])} is a field already, on line {taken[2]}"
                yield DeclarationProblem(part.line, problem, "write a reference or a field for it, not both")
        for part in (*home.fields.values(), *home.references.values()):
            column = part.text("column")
            if column in omitted:
                problem = f"the column {quoted(column or '')} is taken here and stands in `omit`"
                yield DeclarationProblem(part.line, problem, "write it in one of the two places")


def _overlapping(
    first: Iterable[tuple[str, str | None, int]], column: str, piece: str | None
) -> tuple[str, str | None, int] | None:
    """What overlaps with it: the same column, where one part is, contains or lies in the other."""
    for known in first:
        other = known[1]
        if known[0] == column and (
            piece is None or other is None or f"{piece}/".startswith(f"{other}/") or f"{other}/".startswith(f"{piece}/")
        ):
            return known
    return None


def _references_lead_to_keys(exchange: Outline) -> Iterator[DeclarationProblem]:
    types = {home.name for home in exchange.homes}
    for home in exchange.homes:
        for part in home.references.values():
            yield from names(part, "type", types, "a declared type")
            yield from _is_key(part, exchange.home(part.text("type")))


def _extensions_have_a_home(exchange: Outline) -> Iterator[DeclarationProblem]:
    for added in exchange.extensions:
        home = exchange.home(added.type)
        if home is None:
            known = {one.name for one in exchange.homes}
            yield DeclarationProblem(
                added.part.line, f"{quoted(added.type)} is not a declared type", choice(added.type, known)
            )
        else:
            yield from _is_key(added.part, home)


def _relations_find_rows(exchange: Outline) -> Iterator[DeclarationProblem]:
    for added, part in exchange.relations():
        types = exchange.types[added.source]
        yield from names(part, "type", types, "a type of this source")
        target = types.get(part.text("type") or "")
        if target is None:
            continue
        owner, key = exchange.home(added.type), added.part.text("key")
        scalar = None if owner is None else owner.scalar(key)
        fitting = {name for name in target.fields if scalar in {None, target.scalar(name)}}
        for name, reference in target.references.items():
            if (reference.text("type"), reference.text("key")) == (added.type, key):
                fitting.add(f"{name}.{key}")
        yield from names(part, "by", fitting, f"what holds the key of {added.type} in {target.name}")
        subject = target.part.text("subject")
        by = part.text("by") or ""
        if subject in target.references and target.part.text("area") is None and by.partition(".")[0] != subject:
            # Its rows have the area of their subject, which only the way over the subject brings along.
            problem = f"{target.name} has no area of its own, and {quoted(by)} is not its subject"
            yield DeclarationProblem(
                part.line_of("by"), problem, f"write {subject}.{key}, or give {target.name} an area"
            )
        yield from listed(part.texts("order"), target.fields, f"a field of {target.name}", signed=True)


RULES: Final[tuple[Callable[[Outline], Iterator[DeclarationProblem]], ...]] = (
    _areas_are_codes,
    _words_are_free,
    _safeguards_are_declared,
    _limits_are_for_purposes,
    _owners_are_organisations,
    _exchanges_are_run_by_others,
    _pairs_are_with_exchanges,
    _types_have_one_home,
    _coordinates_have_one_owner,
    _collections_can_be_governed,
    _pages_say_nothing,
    _keys_are_fields,
    _areas_are_one_step_away,
    _subjects_have_an_area,
    _personal_types_have_a_subject,
    _fields_name_fields,
    _changes_are_moments,
    _codes_are_of_texts,
    _masks_are_declared,
    _columns_are_taken_once,
    _references_lead_to_keys,
    _extensions_have_a_home,
    _relations_find_rows,
    *GRAPH_RULES,
)


def _items(part: Part, word: str) -> Iterable[Part]:
    """What the list under a word of the part holds."""
    listed = part.parts.get(word)
    return () if listed is None else listed.parts.values()


def _is_key(part: Part, home: Home | None) -> Iterator[DeclarationProblem]:
    """The word `key` of a reference or an extension is the key of the type that it leads to."""
    key = part.text("key")
    if home is None or key is None or home.text("key") == key:
        return
    declared = home.text("key")
    remedy = f"write `key: {declared}`" if declared else f"write `key: …` in {home.name} first: it has none"
    yield DeclarationProblem(part.line_of("key"), f"{quoted(key)} is not the key of {home.name}", remedy)


def _taken(line: int, name: str) -> DeclarationProblem:
    return DeclarationProblem(line, f"{quoted(name)} is a word of the exchange itself", "write another name")


def _twice(line: int, name: str, first: int) -> DeclarationProblem:
    problem = f"{quoted(name)} is declared already, on line {first}"
    return DeclarationProblem(line, problem, "write another name, or leave one of the two out")


def is_taken_word(kind: Literal["type", "field", "collection", "source"], name: str) -> bool:
    """Whether the exchange keeps a name of this kind for itself, so that no declaration may use it."""
    taken = {
        "type": _TYPES_TAKEN,
        "field": _FIELDS_TAKEN,
        "collection": _COLLECTIONS_TAKEN,
        "source": _SOURCES_TAKEN,
    }[kind]
    return name in taken or (kind == "type" and name.endswith(_ENDINGS_TAKEN))
