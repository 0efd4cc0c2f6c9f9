"""What is asked of subgraphs: documents, each with the entities that it is about; what fails costs its own fields."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import orjson

from connectors.errors import SourceError
from connectors.post import Headers
from connectors.remote import Remote, RemoteError, Reply, Travels
from federation.document.structure import Constant, Item, Items, Members, Slot, Structure
from federation.errors import Code, InternalError
from federation.execute.decide import decide, due, everyone, present
from federation.execute.erred import concerns
from federation.execute.facts import About
from federation.execute.failures import CODES, Failure, note
from federation.execute.intake import Intake
from federation.execute.represent import Entities, Told, entities
from federation.execute.sending import Sending
from federation.execute.state import State
from federation.plan.places import Plan, Representation, Request, Select, Step
from federation.plan.world import World
from vocabulary.receipt import Given
from vocabulary.rows import EVERYTHING


class Subgraphs:
    """Asks the subgraphs of a federated graph."""

    def __init__(
        self, remotes: Mapping[str, Remote], world: World, about: About, observe: Callable[[str, str], None]
    ) -> None:
        self._remotes = remotes
        self._world = world
        self._about = about
        self._observe = observe

    async def sendings(self, requests: Sequence[Request], state: State) -> list[Sending]:
        """What a wave asks of them, as far as there is anything to ask about."""
        asked = [one for request in requests if (one := await self._asked(request, state, state.values)) is not None]
        return [self._sending(one, state) for one in asked]

    def _sending(self, asked: _Asked, state: State) -> Sending:
        given, people = self._given(asked, state)

        async def send(entry: int | None) -> Reply | SourceError:
            return await self._ask(asked, state, entry)

        async def take(reply: Reply | SourceError) -> None:
            self._take_in(asked, reply, state)

        return Sending(send, take, given, people)

    # ── what is asked ─────────────────────────────────────────────────────────────────────────────────────────────

    async def _asked(self, request: Request, state: State, values: Sequence[Item]) -> _Asked | None:
        """A request with its values; None where there is nothing to ask about."""
        told: list[Entities | None] = []
        lists: dict[str, Told] = {}
        variables: dict[str, Any] = {name: _json(one, values) for name, one in request.variables}
        for step, (_, variable) in zip(request.steps, request.entries, strict=True):
            if step.place is None:
                told.append(None)
                continue
            may = [await self._may(step, one, state) for one in step.representations]
            found = entities(step, state.held, may, lists.setdefault(variable, Told()))
            variables[variable] = found.representations
            told.append(found)
        if all(one is not None and one.is_empty for one in told):
            return None
        return _Asked(request, variables, told)

    async def _may(self, step: Step, one: Representation, state: State) -> Sequence[int]:
        """The objects of which a subgraph may be told: visible ones, unless what makes them so is still to be found."""
        place = step.place or 0
        held = state.held[place]
        for kept in state.kept.get(place, ()):
            if kept.type in one.types and step.wave > kept.wave:
                if kept.is_open and not one.delivers and one.rows == EVERYTHING:
                    return everyone(kept, held)
                if due(place, state, step.wave):
                    await decide(place, state, self._about, before=step.wave)
                return state.told(kept, one)
        if held.place.parent is not None and due(held.place.parent, state, step.wave):
            await decide(held.place.parent, state, self._about, before=step.wave)
        if any(deliver.decision.plain != EVERYTHING for deliver in one.delivers):
            return ()  # planned for objects that are decided by now: none may be told of others
        there = present(place, state)
        if held.kinds is None or one.types.isdisjoint(held.place.types):  # or all: of which type is to be told
            return there
        return [number for number in there if held.kinds[number] in one.types]

    def _given(self, asked: _Asked, state: State) -> tuple[list[Given], dict[str, dict[str, None]]]:
        """What an organisation is told, of whom, and what is about to be done."""
        request, owner = asked.request, self._world.owner(asked.request.graph)
        given: list[Given] = []
        subjects: dict[str, dict[str, None]] = {}
        if self._is_signed(request.graph):
            about = state.plan.places[request.steps[0].select.place].types[0]
            given.append(Given(owner, request.graph, about, "passport", 0))
        for step, told in zip(request.steps, asked.told, strict=True):
            if step.act:
                line = ", ".join(line.line for line in state.plan.shown if line.coordinate == _act(step))
                given.append(Given(owner, step.graph, _act(step), line, 1))
            for representation, numbers in zip(step.representations, told.objects, strict=True) if told else ():
                count = state.count(step.place or 0, numbers) if representation.delivers else 0
                for deliver in representation.delivers if numbers else ():
                    line = ", ".join(grant.line for grant in deliver.decision.grants)
                    receiver, coordinate = deliver.organisation, str(deliver.coordinate)
                    given.append(Given(receiver, step.graph, coordinate, line, count))
                if representation.delivers:
                    _add_people(step, representation, numbers, state, subjects)
        return given, subjects

    def _is_signed(self, graph: str) -> bool:
        """Whether a subgraph is told who asks."""
        return self._remotes[graph].travels is Travels.SIGNED

    async def _ask(self, asked: _Asked, state: State, entry: int | None) -> Reply | SourceError:
        graph, key = asked.request.graph, asked.request.steps[0].act
        if key and (known := state.trail.replies.get(key)) is not None:
            done: Reply | SourceError = known  # before the policy changed on the way
            return done
        body = orjson.dumps({"query": asked.request.document, "variables": asked.variables})
        try:
            about = asked.request.about
            headers = self._passport(graph, state, entry)
            reply = await self._remotes[graph].ask(body, about=about, safe=not key, headers=headers)
        except SourceError as error:
            self._observe(graph, error.kind.value)
            if key:
                state.trail.replies[key] = error
            return error
        self._observe(graph, "answered")
        if key:
            state.trail.replies[key] = reply
        return reply

    def _passport(self, graph: str, state: State, entry: int | None) -> Headers:
        """What tells a subgraph who asks: it names the entry that says so."""
        if not self._is_signed(graph):
            return {}
        if entry is None:
            raise InternalError(f"{graph} would be told who asks before that is on record")
        return state.vouch(graph, entry)

    # ── what arrives ──────────────────────────────────────────────────────────────────────────────────────────────

    def _take_in(self, asked: _Asked, reply: Reply | SourceError, state: State) -> None:
        graph = asked.request.graph
        if isinstance(reply, SourceError):
            state.sources[graph] = reply.kind.value
            for step in asked.request.steps:
                self._fail(step, CODES[reply.kind], state)
            return
        state.sources[graph] = "answered"
        state.later += [partial(self._tell, asked, error, state) for error in reply.errors]
        for step, (key, _), told in zip(asked.request.steps, asked.request.entries, asked.told, strict=True):
            intake = Intake(state.held, partial(self._lied, step, state, is_told=bool(reply.errors)))
            if told is None:
                self._take_root(intake, step, reply, state)
            elif not told.is_empty:
                self._take_entities(intake, step, reply, (reply.data or {}).get(key), told, state)

    def _take_root(self, intake: Intake, step: Step, reply: Reply, state: State) -> None:
        if reply.data is not None:
            intake.root(step.select, reply.data)
        elif not reply.errors:
            self._fail(step, Code.SOURCE_INVALID, state)

    def _take_entities(  # noqa: PLR0917  (one answer, with what it is an answer to)
        self, intake: Intake, step: Step, reply: Reply, found: object, told: Entities, state: State
    ) -> None:
        if isinstance(found, list) and len(found) == len(told.representations):
            mine = told.taken(found)
            if mine.is_other and not reply.errors:
                self._fail(step, Code.SOURCE_INVALID, state)
            intake.entities(step.select, mine.entities, mine.at, mine.kinds)
        elif not reply.errors or found is not None:
            self._fail(step, Code.SOURCE_INVALID, state)

    @staticmethod
    def _lied(step: Step, state: State, place: int, type_name: str, field: str, *, is_told: bool) -> None:
        """A field that is not what was asked for; where the subgraph tells of errors, those are told instead."""
        if not is_told:
            coordinate = f"{type_name}.{field}" if type_name else field
            note(Failure(Code.SOURCE_INVALID, step.graph, coordinate, state.plan.paths.get(place, ())), state.failures)

    @staticmethod
    def _fail(step: Step, code: Code, state: State) -> None:
        """Nothing of a step has arrived."""
        for one in _coordinates(step, state.plan):
            note(Failure(code, step.graph, one, state.plan.paths.get(step.select.place, ())), state.failures)

    def _tell(self, asked: _Asked, error: RemoteError, state: State) -> None:
        """An error of a subgraph's: where it stands in the answer, and of what kind; its text is not passed on."""
        for step, rest, objects in asked.steps_of(list(error.path)):
            if concerns(step.select, objects, rest, state):
                names = [one for one in rest if isinstance(one, str)]
                place, coordinate = _at(step.select, names, state.plan)
                code = _REMOTE.get(error.code, Code.SOURCE_ERROR)
                note(Failure(code, step.graph, coordinate, state.plan.paths.get(place, ())), state.failures)


_REMOTE: Final = {
    "UNAUTHENTICATED": Code.SOURCE_REFUSED,
    "UNAUTHORIZED": Code.SOURCE_REFUSED,
    "FORBIDDEN": Code.SOURCE_REFUSED,
}


class _Asked:
    """A request with its values, and what it asks about."""

    def __init__(self, request: Request, variables: Mapping[str, Any], told: Sequence[Entities | None]) -> None:
        self.request = request
        self.variables = variables
        self.told = told

    def steps_of(self, path: list[str | int]) -> list[tuple[Step, list[str | int], list[int]]]:
        """The steps whose answer a path is in, the rest of it, and the objects of their place that it is about."""
        named: list[tuple[Step, list[str | int], list[int]]] = []
        asked: list[tuple[Step, list[str | int], list[int]]] = []
        for step, (key, _), told in zip(self.request.steps, self.request.entries, self.told, strict=True):
            if key and path and path[0] == key and told is not None:
                of = [at for at, one in enumerate(told.at) if one is not None]
                asked.append((step, path[2:], of))
                if mine := [at for at in of if len(path) > 1 and told.at[at] == path[1]]:
                    named.append((step, path[2:], mine))
        if asked:
            return named or asked  # an entity that was not asked for is none: it may be any
        return [self._unplaced(path)]

    def _unplaced(self, path: list[str | int]) -> tuple[Step, list[str | int], list[int]]:
        """The step that an error is told of which is in the answer to no list of entities."""
        for step, told in zip(self.request.steps, self.told, strict=True):
            if told is None:
                return step, path, [0]
        step, told = self.request.steps[0], self.told[0]
        return step, [], [at for at, one in enumerate(told.at if told else ()) if one is not None]


def _act(step: Step) -> str:
    (part,) = step.select.parts
    return f"Mutation.{part.takes[0].name}"


def _coordinates(step: Step, plan: Plan) -> list[str]:
    """What a step would have brought: the fields that it asks for at its own place."""
    types = plan.places[step.select.place].types
    echoes = {column for one in step.representations for _, column in one.echoes}
    found = ((part.on or types[0], take) for part in step.select.parts for take in part.takes)
    return [f"{on}.{take.name}" for on, take in found if take.column not in echoes] or [types[0]]


def _at(select: Select, names: list[str], plan: Plan) -> tuple[int, str]:
    """The place and the coordinate that a path of columns leads to."""
    coordinate = plan.places[select.place].types[0]
    while names:
        name, *names = names
        found = next(((part, take) for part in select.parts for take in part.takes if take.column == name), None)
        if found is None:
            break
        part, take = found
        coordinate = f"{part.on or plan.places[select.place].types[0]}.{take.name}"
        if take.select is None:
            break
        select = take.select
    return select.place, coordinate


def _add_people(
    step: Step,
    representation: Representation,
    numbers: Sequence[int],
    state: State,
    subjects: dict[str, dict[str, None]],
) -> None:
    """Whose data a subgraph is told: the subjects of the objects that it is asked about."""
    for kept in state.kept.get(step.place or 0, ()):
        if kept.subject_type is None or kept.type not in representation.types:
            continue
        decided = state.decided.get((kept.place, kept.type))
        if decided is not None:
            among = set(numbers)
            people = zip(decided.numbers, decided.facts.subjects, strict=True)
            mine = {str(one): None for number, one in people if number in among}
            subjects.setdefault(kept.subject_type, {}).update(mine)


def _json(structure: Structure, values: Sequence[Item]) -> Any:
    """The value of a variable, as JSON has it."""
    match structure:
        case Slot(index):
            value = values[index]
            return [_text(one) for one in value] if isinstance(value, tuple) else _text(value)
        case Members(items):
            return {name: _json(one, values) for name, one in items}
        case Items(items):
            return [_json(one, values) for one in items]
        case Constant(text):
            raise TypeError(f"{text} stands in the document")
        case _:
            return structure


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
