"""What decides, read and checked: the declared graph, its masks and its rulebook. No key, no log, no source.

The texts come from what two people approved (the registry), or from files before an exchange has that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from federation.exchange import catalogue_source, registry_source
from federation.exchange.declaration import SOURCE
from federation.exchange.own import own_sources
from federation.plan.world import World
from federation.schema.compose import CompositionFailedError, compose
from federation.schema.declare import ExchangeRefusedError, parse
from federation.schema.declare_graph import subgraph_sources
from federation.schema.lists import parse_lists
from federation.schema.subgraph import describe
from federation.schema.supergraph import FieldFacts, FieldKind, Supergraph, TypeFacts
from federation.settings import Settings
from masking import Mask, MaskError, make, make_companion
from policies.conditions import make_condition
from policies.epoch import parts
from policies.errors import PolicyError
from policies.keeper import Keeper
from policies.lines import ANY, CoordinateFacts, PolicyFacts
from policies.registry.errors import RegistryError
from policies.registry.registry import Registry
from policies.rulebook import Rulebook, assemble
from policies.sources import REGISTRY, FileSource, RegistrySource, Source
from vocabulary.agreement import Lists
from vocabulary.catalogue import Catalogue
from vocabulary.condition import Condition
from vocabulary.coordinate import Coordinate
from vocabulary.limits import GlassLimit

EXCHANGE_FILE, POLICY_FILE, LISTS_FILE = "exchange.yaml", "policy.csv", "lists.yaml"
SUPERGRAPH_FILE = "supergraph.graphql"
"""The graph of an exchange that has none of its own; a home with it declares `supergraph` in place of `sources`."""


class StartError(Exception):
    """The exchange can't start; the text says what to mend. For the operator."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides, without what answers: the declared graph, its masks and its policy. No key, no log, no source.

    `declared`: the texts that the graph was made of, by their names; they are part of every epoch.
    """

    world: World
    masks: Mapping[str, Mask]
    keeper: Keeper
    declared: Mapping[str, str]


def read_rules(settings: Settings) -> Rules:
    """Read and check the declaration and the policy, as they are in force; StartError where one is refused."""
    if not (settings.home / registry_source.DIRECTORY).is_dir():
        return rules_of(texts_of(settings.home), file_source(settings.home), settings.policy_patience)
    registry = open_registry(settings)
    approved = registry.changes.approved_text()
    if approved is None:
        return rules_of(texts_of(settings.home), file_source(settings.home), settings.policy_patience)
    return rules_of(parts(approved), RegistrySource(registry), settings.policy_patience)


def rules_of(texts: Mapping[str, str], source: Source, patience: float) -> Rules:
    """What decides, by these texts; later changes come from the source. StartError where something is refused."""
    return rules_over(world_of(texts), texts, source, patience)


def rules_over(world: World, texts: Mapping[str, str], source: Source, patience: float) -> Rules:
    """The same, over the graph of these texts."""
    catalogue, supergraph = world.catalogue, world.supergraph
    masks = check_masks(catalogue, supergraph)
    facts = policy_facts(catalogue, supergraph)
    declared = {name: texts[name] for name in (EXCHANGE_FILE, SUPERGRAPH_FILE) if name in texts}
    try:
        # The declaration is part of every epoch, and is taken with the graph as a whole: a later change of it must not
        # keep a revocation in the policy from acting now.
        keeper = Keeper(source, lambda read: rulebook_of(read, facts), constant=declared, patience=patience)
    except (PolicyError, ExchangeRefusedError) as error:
        raise StartError(str(error)) from None
    return Rules(world, masks, keeper, declared)


def world_of(texts: Mapping[str, str]) -> World:
    """The graph and who owns what in it: of the declared sources, or of a supplied supergraph.

    Raises:
        StartError: something is refused, or the supergraph and the declaration are not there together.
    """
    catalogue = catalogue_of(texts[EXCHANGE_FILE])
    sdl = texts.get(SUPERGRAPH_FILE)
    if catalogue.graph is None:
        if sdl is not None:
            remedy = f"declare `supergraph` in {EXCHANGE_FILE}, or take the file away"
            raise StartError(f"{SUPERGRAPH_FILE} is there, and {EXCHANGE_FILE} declares sources: {remedy}")
        return World(Supergraph.parse(compose_supergraph(catalogue)), catalogue)
    if sdl is None:
        raise StartError(f"{EXCHANGE_FILE} declares a supergraph, and {SUPERGRAPH_FILE} is not there: put it beside it")
    try:
        supergraph = Supergraph.federated(sdl, catalogue.graph)
    except CompositionFailedError as failed:
        raise StartError(f"{SUPERGRAPH_FILE}: {failed}") from None
    urls = {} if supergraph.join is None else supergraph.join.graphs
    return World(supergraph, replace(catalogue, sources=subgraph_sources(catalogue.graph, urls, catalogue.operator)))


def rulebook_of(texts: Mapping[str, str], facts: PolicyFacts) -> Rulebook:
    """The rulebook of the texts that decide; PolicyError or ExchangeRefusedError with every mistake."""
    lists = parse_lists(texts.get(LISTS_FILE, ""), file=LISTS_FILE) if texts.get(LISTS_FILE, "").strip() else Lists()
    return assemble(texts[POLICY_FILE], POLICY_FILE, lists, texts.get(REGISTRY, ""), facts)


def file_source(home: Path) -> FileSource:
    """What decides, as files: before an exchange has a registry, and of a supplied supergraph always."""
    names = [POLICY_FILE, LISTS_FILE, EXCHANGE_FILE]
    if (home / SUPERGRAPH_FILE).exists():
        names.append(SUPERGRAPH_FILE)
    return FileSource({name: home / name for name in names}, optional=frozenset({LISTS_FILE}))


def policy_files(home: Path) -> FileSource:
    """Those that are in force as they stand, of a supplied supergraph; the others are taken with the whole graph."""
    return FileSource({name: home / name for name in (POLICY_FILE, LISTS_FILE)}, optional=frozenset({LISTS_FILE}))


def texts_of(home: Path) -> Mapping[str, str]:
    """The files of a home that decide; StartError where one can't be read."""
    try:
        return {name: raw.decode() for name, raw in file_source(home).read().items()}
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(
            f"{home}: its files can't be read ({error}): `tongguan demo build` makes a demo city"
        ) from None


def judge(texts: Mapping[str, str]) -> None:
    """See that a policy, whole, could act: PolicyError where it could not."""
    try:
        rules_of(texts, Given(texts), 1.0)
    except StartError as error:
        raise PolicyError(str(error)) from None


@dataclass(frozen=True, slots=True)
class Given:
    """A source of texts that never change."""

    texts: Mapping[str, str]

    def stamp(self) -> tuple[object, ...]:
        """Always the same."""
        return ()

    def read(self) -> Mapping[str, bytes]:
        """All of them."""
        return {name: text.encode() for name, text in self.texts.items()}

    def is_fresh(self) -> bool:
        """Never: nothing changes."""
        return False


def read_catalogue(home: Path) -> Catalogue:
    """The declared exchange as its file says; StartError where it is refused."""
    return catalogue_of(texts_of(home)[EXCHANGE_FILE])


def catalogue_of(text: str) -> Catalogue:
    """The declared exchange, with its own sources where it composes its graph; StartError where the text is refused."""
    try:
        catalogue = parse(text, file=EXCHANGE_FILE)
    except ExchangeRefusedError as refused:
        raise StartError(str(refused)) from None
    return catalogue if catalogue.graph is not None else with_own_source(catalogue)


def with_own_source(catalogue: Catalogue) -> Catalogue:
    """The catalogue with the exchange's own sources in it, and what they need."""
    return replace(
        catalogue,
        sources={**catalogue.sources, **own_sources(catalogue.operator)},
        conditions={**catalogue.conditions, catalogue_source.FOR_US.name: catalogue_source.FOR_US},
        safeguards=(*catalogue.safeguards, catalogue_source.OWN_ENTRIES),
    )


def compose_supergraph(catalogue: Catalogue) -> str:
    """The supergraph SDL of all sources; StartError with every reason where they do not compose."""
    subgraphs = {name: describe(source, root_node=name == SOURCE) for name, source in catalogue.sources.items()}
    try:
        return compose(subgraphs)
    except CompositionFailedError as failed:
        raise StartError(str(failed)) from None


def policy_facts(catalogue: Catalogue, supergraph: Supergraph) -> PolicyFacts:
    """What policy lines may name; StartError where a condition means nothing."""
    try:
        conditions = {name: make_condition(one) for name, one in catalogue.conditions.items()}
        return PolicyFacts(
            organisations=frozenset(catalogue.organisations),
            roles=frozenset(catalogue.roles),
            purposes=frozenset(catalogue.purposes),
            masks=frozenset(catalogue.masks),
            coordinates={
                coordinate: _coordinate_facts(coordinate, field, catalogue, supergraph, conditions)
                for coordinate, field in supergraph.coordinates().items()
            },
            conditions=conditions,
        )
    except PolicyError as error:
        raise StartError(f"{EXCHANGE_FILE}: {error}") from None


def _coordinate_facts(
    coordinate: Coordinate,
    field: FieldFacts,
    catalogue: Catalogue,
    supergraph: Supergraph,
    conditions: Mapping[str, Condition],
) -> CoordinateFacts:
    if field.kind is FieldKind.ACT:
        told = {argument.name for argument in supergraph.acts[coordinate.field].arguments}
        return CoordinateFacts(act=True, personal={"type", "key"} <= told)
    facts = supergraph.types[coordinate.type]
    judgeable = frozenset(name for name, one in conditions.items() if _is_judgeable(one, facts, supergraph))
    safeguards: dict[str, tuple[str, ...]] = {}
    for safeguard in catalogue.safeguards:
        if field.category in safeguard.categories:
            if lacking := [name for name in safeguard.require if name not in judgeable]:
                raise StartError(
                    f"{EXCHANGE_FILE}: {coordinate} is of category {field.category}, whose safeguard {lacking[0]} "
                    f"can't be judged on its rows"
                )
            for purpose in safeguard.purposes or (ANY,):
                safeguards[purpose] = (*safeguards.get(purpose, ()), *safeguard.require)
    return CoordinateFacts(
        chain=field.masks,
        identifier=field.identifier,
        personal=facts.subject is not None,
        conditions=judgeable,
        safeguards=safeguards,
    )


def _is_judgeable(condition: Condition, facts: TypeFacts, supergraph: Supergraph) -> bool:
    """Whether rows of a type, or their subject, have what the condition judges."""
    if condition.field is None:
        return facts.subject is not None
    place: TypeFacts | None = facts
    if condition.field not in facts.fields:
        subject = facts.subject_field
        leads = subject is not None and subject.kind in {FieldKind.REFERENCE, FieldKind.RELATION}
        place = supergraph.types[subject.type] if subject is not None and leads else None
    judged = place.fields.get(condition.field) if place is not None else None
    return judged is not None and judged.kind is FieldKind.SCALAR and condition.fits(judged.type)


def check_masks(catalogue: Catalogue, supergraph: Supergraph) -> dict[str, Mask]:
    """Every declared mask, made; StartError where one is wrong, or stands in the chain of a field it does not fit."""
    try:
        masks = {name: make(declared) for name, declared in catalogue.masks.items()}
        for coordinate, field in supergraph.coordinates().items():
            for name in field.masks:
                try:
                    masks[name].require_fit(field.type)
                except MaskError as error:
                    raise StartError(f"{EXCHANGE_FILE}: {coordinate} has mask {name}: {error}") from None
            if field.companion is not None:
                make_companion(field.companion.kind, field.companion.parameters)
    except MaskError as error:
        raise StartError(f"{EXCHANGE_FILE}: {error}") from None
    return masks


def open_registry(settings: Settings, per_day: int | None = None) -> Registry:
    """The registry of a home; StartError where it can't be opened."""
    try:
        return Registry.open(settings.home / registry_source.DIRECTORY, most_per_day=per_day or GlassLimit().per_day)
    except RegistryError as error:
        raise StartError(f"the registry can't be opened: {error}") from None
