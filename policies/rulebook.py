"""The rulebook: everything that decides, made from its texts, so that one hash over the texts names it (the epoch).

Lines of the policy file, lines that the lists and the agreements give, which agreements may be named, and which
emergencies are declared. What begins or ends by itself is judged at each request, against a clock.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from policies.agreements import agreement_columns, check_lists, cited, hidden_from, negative_columns
from policies.clock import Moment
from policies.compile import Policy
from policies.errors import PolicyFileError, PolicyRefusedError
from policies.lines import Line, PolicyFacts
from policies.load import Matched, load, matched_by, read_line
from policies.text import Row
from vocabulary.agreement import Agreement, Lists, Negative, Status, Wish
from vocabulary.area import Area
from vocabulary.coordinate import Coordinate
from vocabulary.principal import Action, Mode


@dataclass(frozen=True, slots=True)
class DeclaredEmergency:
    """A confirmed emergency: `start` inclusive, `end` exclusive, both aware."""

    id: str
    area: Area
    basis: str
    start: dt.datetime
    end: dt.datetime


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Immutable. `idle` are problems of agreements in the registry that no longer fit: their lines are left out."""

    policy: Policy
    lists: Lists = field(default_factory=Lists)
    agreements: Mapping[str, Agreement] = field(default_factory=dict)
    emergencies: tuple[DeclaredEmergency, ...] = ()
    idle: tuple[PolicyFileError, ...] = ()
    _hidden: dict[str, frozenset[Coordinate]] = field(default_factory=dict, compare=False, repr=False)

    def agreement(self, name: str, organisation: str, purpose: str, mode: Mode, moment: Moment) -> Agreement | None:
        """The agreement of this name, where a question of that organisation may come under it now."""
        found = self.agreements.get(name)
        if found is None or found.asker != organisation or found.purpose != purpose:
            return None
        fits = found.mode in {"any", mode.value} and moment.is_between(found.start, found.end)
        return found if fits else None

    def agreed_with(self, organisation: str, purpose: str, mode: Mode, moment: Moment) -> frozenset[str]:
        """The agreements under which an exchange that this organisation runs may ask for a purpose in a mode now."""
        askers = (name for name, one in self.agreements.items() if one.asker == organisation)
        return frozenset(one for one in askers if self.agreement(one, organisation, purpose, mode, moment) is not None)

    def emergencies_at(self, moment: Moment) -> tuple[DeclaredEmergency, ...]:
        """Those in force."""
        return tuple(one for one in self.emergencies if moment.is_between(one.start, one.end))

    def hidden_from(self, organisation: str) -> frozenset[Coordinate]:
        """What the negative list keeps from an organisation; remembered, since every question asks."""
        hidden = self._hidden.get(organisation)
        if hidden is None:
            hidden = hidden_from(self.lists, organisation, self.policy.facts.coordinates)
            self._hidden[organisation] = hidden
        return hidden


def assemble(text: str, file: str, lists: Lists, registry: str, facts: PolicyFacts) -> Rulebook:
    """Make the rulebook of a policy file, the lists and the registry's text (empty: no registry yet).

    Raises:
        PolicyRefusedError: with every mistake of the file and the lists. An agreement of the registry that does not
            fit only falls idle: it must not keep a revocation in the file from acting.
    """
    loaded = load(text, file=file, facts=facts)
    problems = list(check_lists(lists, facts))
    matched = matched_by(facts)
    lines = list(loaded.lines)
    entries: tuple[Agreement | Negative, ...] = (*lists.negatives, *lists.demands)
    for entry in entries:
        said = _lines_of(entry, facts, matched, problems)
        lines.extend(said)
    if problems:
        raise PolicyRefusedError(tuple(problems))
    agreements = {one.id: one for one in lists.demands}
    kept, emergencies = _read(registry)
    idle: list[PolicyFileError] = []
    wrongs: dict[str, list[PolicyFileError]] = {}
    for problem in check_lists(replace(lists, demands=tuple(kept)), facts) if kept else ():
        wrongs.setdefault(problem.file, []).append(problem)
    for agreement in kept:
        wrong = wrongs.get(agreement.origin, [])
        said = _lines_of(agreement, facts, matched, wrong)
        if agreement.id in agreements:
            wrong.append(
                PolicyFileError(agreement.origin, 1, None, "a list has an agreement of this id", "rename that")
            )
        if wrong:
            idle.extend(wrong)
        else:
            lines.extend(said)
            agreements[agreement.id] = agreement
    return Rulebook(Policy.build(lines, loaded.role_links, facts), lists, agreements, emergencies, tuple(idle))


def problems_of(agreement: Agreement, lists: Lists, facts: PolicyFacts) -> list[PolicyFileError]:
    """What keeps an agreement from acting beside these lists; empty where nothing does.

    It is said to the asker, so it names nothing that the negative list keeps from them: that is as if misspelt.
    """
    wrong = _wrong(agreement, lists, facts)
    hidden = hidden_from(lists, agreement.asker, facts.coordinates)
    if not wrong or not hidden:
        return wrong
    seen = replace(facts, coordinates={one: known for one, known in facts.coordinates.items() if one not in hidden})
    # Entries of the lists name what is not there now: what is wrong with those is nothing to the asker.
    told = [one for one in _wrong(agreement, lists, seen) if one.file == agreement.origin]
    problem, remedy = "it asks for more than can be agreed on", "write a wish per field"
    return told or [PolicyFileError(agreement.origin, 1, "wishes", problem, remedy)]


def _wrong(agreement: Agreement, lists: Lists, facts: PolicyFacts) -> list[PolicyFileError]:
    wrong = list(check_lists(replace(lists, demands=(agreement,)), facts))
    _lines_of(agreement, facts, matched_by(facts), wrong)
    return wrong


def _lines_of(
    entry: Agreement | Negative, facts: PolicyFacts, matched: Matched, problems: list[PolicyFileError]
) -> list[Line]:
    """The lines that an entry gives, each read as strictly as one of a file."""
    file, _, number = entry.origin.rpartition(":")
    place = (file, int(number)) if number.isdigit() else (entry.origin, 0)
    columns: Iterable[tuple[str, ...]]
    if isinstance(entry, Agreement):
        columns, agreement = agreement_columns(entry), entry.id
    else:
        columns, agreement = negative_columns(entry, facts), ""
    found = []
    for part, row in enumerate(_rows(columns, place, problems), start=1):
        line = read_line(row, facts, matched)
        if line is not None:
            found.append(replace(line, origin=cited(entry), agreement=agreement, part=part))
    return found


def _rows(columns: Iterable[tuple[str, ...]], place: tuple[str, int], problems: list[PolicyFileError]) -> Iterator[Row]:
    for one in columns:
        yield Row(place[0], place[1], one, problems)


def _read(registry: str) -> tuple[list[Agreement], tuple[DeclaredEmergency, ...]]:
    """What the registry's text says; it is written by `policies.registry.registry`, and names no people."""
    if not registry:
        return [], ()
    said = json.loads(registry)
    agreements = [
        Agreement(
            id=one["id"],
            asker=one["asker"],
            owner=one["owner"],
            roles=tuple(one["roles"]),
            wishes=tuple(Wish(pattern, Action(action), shown, to) for pattern, action, shown, to in one["wishes"]),
            rows=one["rows"],
            purpose=one["purpose"],
            mode=one["mode"],
            basis=one["basis"],
            start=dt.datetime.fromisoformat(one["start"]),
            end=dt.datetime.fromisoformat(one["end"]),
            origin=f"registry:{one['id']}",
        )
        for one in said["agreements"]
        if one["step"] == Status.APPROVED.value  # what is suspended or revoked permits nothing
    ]
    emergencies = tuple(
        DeclaredEmergency(
            one["id"],
            Area(one["area"]),
            one["basis"],
            dt.datetime.fromisoformat(one["start"]),
            dt.datetime.fromisoformat(one["end"]),
        )
        for one in said["emergencies"]
    )
    return agreements, emergencies
