"""The path of a request, on one screen.

asked → identified → understood → decided → planned → fetched → masked and receipted → answered

Each step takes the value of the one before and returns the next. Only `_release` makes an answer, and it takes masked
rows together with their receipt; there is no other way to bytes.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import traceback
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
from graphql import execute_sync

from connectors.deadline import Deadlines
from federation.document.about_schema import is_about_schema
from federation.document.persisted import PersistedDocuments
from federation.document.shape import shape_of
from federation.errors import Code, InternalError, Refusal, Unavailable
from federation.exchange.acts import CLOSING, Acts
from federation.exchange.told import covers_act, told
from federation.execute.answer import assemble
from federation.execute.beside import left, limit, missing, undone, withheld, withheld_below
from federation.execute.book import MaskBook
from federation.execute.cells import Reader, recipient_of
from federation.execute.coverage import Coverage
from federation.execute.engine import Engine, Whom
from federation.execute.receipts import Recorder
from federation.execute.subjects import Subjects
from federation.execute.trail import Trail, recorded
from federation.identity import Envoy, Identity, Passport
from federation.plan.govern import Governance
from federation.plan.outlook import outlook
from federation.plan.places import Plan
from federation.plan.text import print_plan
from federation.plan.world import World
from federation.schema.as_subgraph import ENTITIES, SERVICE
from federation.sealing import Sealer
from federation.stages import Answered, Asked, Identified
from federation.steps import Decided, Fetched, Masked, Planned, Understood
from federation.views import View, Views
from policies.clock import Clock
from policies.errors import PolicyUnavailableError
from policies.keeper import InForce, Keeper
from policies.rulebook import DeclaredEmergency
from vocabulary.coordinate import Coordinate
from vocabulary.moment import day_of
from vocabulary.outlook import Outlook
from vocabulary.principal import Mode, Principal, Standing, Through
from vocabulary.receipt import Caller, Kind, Receipt
from vocabulary.rows import Asker
from vocabulary.shape import Shape

_PLANS = 1_000
_LOGGER = logging.getLogger("tongguan.pipeline")


@dataclass(frozen=True, slots=True)
class Services:
    """What the pipeline works with; wired in `app.py`. `own_sources` are those that tell of the exchange itself.

    `lease` is for how many seconds a process may act on a policy that it can't read again.
    """

    identity: Identity
    keeper: Keeper
    clock: Clock
    persisted: PersistedDocuments
    views: Views
    world: World
    engine: Engine
    subjects: Subjects
    acts: Acts
    recorder: Recorder
    book: MaskBook
    sealer: Sealer
    envoy: Envoy
    origin: str
    timeout: float
    lease: float
    own_sources: frozenset[str]
    archive: Callable[[InForce, bool], None]
    shadow: Callable[[Standing, Sequence[Coordinate]], object] | None


class Pipeline:
    """Answers requests over one graph; all its state is caches that a policy epoch outdates.

    `replaces`: in a running process it takes the place of another, and so its first epoch is a change to be on record.
    """

    def __init__(self, services: Services, *, replaces: bool = False) -> None:
        self._with = services
        self._replaces = replaces
        self._epoch = ""
        self._adopting = asyncio.Lock()
        self._deadlines = Deadlines(services.timeout)
        self._governed: dict[Standing, Governance] = {}
        self._plans: OrderedDict[tuple[str, Standing], Plan] = OrderedDict()
        self._outlooks: OrderedDict[Standing, Outlook] = OrderedDict()

    async def answer(self, asked: Asked) -> Answered:
        """Answer one request, or raise the refusal that answers it; either way it is on record first.

        Raises:
            Refusal: with its code and sentence. `Unidentified` ones are not on record yet: the door tallies them.
        """
        return await self._on_record(asked, self._answer)

    async def plan(self, asked: Asked) -> Answered:
        """The plan of a question, as text under `data.plan`: nothing is asked or done; it is on record like a question.

        Raises:
            Refusal: as `answer` does.
        """
        return await self._on_record(asked, self._planned)

    async def adopt(self) -> None:
        """Put the policy in force on record, before the first question.

        Raises:
            Refusal: it can't be read, or not be put on record.
        """
        await self._adopted()

    async def principal(self, asked: Asked) -> Principal:
        """Who asks; holds no data.

        Raises:
            Refusal: nobody that is trusted.
        """
        return (await self._identify(asked)).principal

    async def outlook(self, asked: Asked) -> Outlook:
        """What whoever asks could see for a purpose; holds no data.

        Raises:
            Refusal: as `answer` does before anything is fetched.
        """
        identified = await self._identify(asked)
        self._check(asked)
        in_force = await self._adopted()
        self._emergencies(identified, in_force)
        standing = self._standing(identified, in_force)
        found = self._outlooks.get(standing)
        if found is None:
            governance, view = self._governance(standing, in_force), self._view(identified)
            found = self._outlooks[standing] = outlook(governance, self._with.world, view.api)
            if len(self._outlooks) > _PLANS:
                self._outlooks.popitem(last=False)
        return found

    async def shape(self, asked: Asked) -> Shape:
        """What stands behind each key of an answer to this question; holds no data.

        Raises:
            Refusal: as `answer` does before anything is decided.
        """
        view = self._view(await self._identify(asked))
        return shape_of(view.documents.parse(asked.document), asked.operation, view.api)

    async def _on_record(self, asked: Asked, work: Callable[[Identified, Trail], Awaitable[Answered]]) -> Answered:
        identified = await self._identify(asked)
        trail = Trail(recorded(identified))
        try:
            with self._deadlines.begin():
                return await work(identified, trail)
        except Refusal as refusal:
            if refusal.code is not Code.RECEIPT_UNAVAILABLE:
                await self._with.recorder.refuse(trail, Kind.REFUSAL, refusal.code.name)
            raise
        except TimeoutError:
            await self._with.recorder.refuse(trail, Kind.FAILURE, Code.DEADLINE_EXCEEDED.name)
            raise Unavailable(Code.DEADLINE_EXCEEDED, "The answer took too long. Ask for less at a time.") from None
        except Exception as error:
            where = {"kind": type(error).__name__, "where": _places(error)}
            _LOGGER.error("failure", extra=where)  # noqa: TRY400  (a traceback would quote values)
            await self._with.recorder.refuse(trail, Kind.FAILURE, Code.INTERNAL.name)
            raise Unavailable(
                Code.INTERNAL, "Something of ours went wrong; it is on record. Nothing was released."
            ) from error

    async def _planned(self, identified: Identified, trail: Trail) -> Answered:
        planned = await self._plan(await self._decide(self._understand(identified), trail), trail)
        receipt = await self._with.recorder.append(trail.record.entry(Kind.RELEASE, "planned"))
        body = {
            "data": {"plan": print_plan(planned.plan)},
            "extensions": {"receipt": self._receipt(receipt), "withheld": withheld(planned.plan)},
        }
        return Answered(orjson.dumps(body), receipt.index)

    async def _answer(self, identified: Identified, trail: Trail) -> Answered:
        understood = self._understand(identified)
        for _ in range(2):  # once more where the policy changed on the way
            decided = await self._decide(understood, trail)
            planned = await self._plan(decided, trail)
            await self._act(planned, trail)
            fetched = await self._fetch(planned, trail)
            if await self._still_holds(planned):
                charged = await self._charge(fetched)
                if charged is not None:
                    answered = await self._answered(charged, trail)
                    if await self._still_holds(planned):  # a log that was slow to write may have outlived the policy
                        return answered
        raise Unavailable(Code.POLICY_CHANGED, "What may be shown changed while this was answered. Ask again.")

    # ── the steps ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _identify(self, asked: Asked) -> Identified:
        passport = await self._with.identity.passport(asked.credentials)
        if passport is not None:
            return self._passenger(asked, passport)
        principal = await self._with.identity.principal(asked.credentials)
        if not asked.purpose and self._with.identity.is_anonymous(principal):
            asked = replace(asked, purpose=self._with.world.anonymous_purpose)
        declared = asked.purpose in self._with.world.catalogue.purposes
        mode = Mode.EMERGENCY if asked.mode == Mode.EMERGENCY else Mode.ORDINARY
        return Identified(asked, principal, asked.purpose if asked.purpose and declared else "", mode)

    def _passenger(self, asked: Asked, passport: Passport) -> Identified:
        """Who asks through another exchange: all that is said of it stands in the passport, and counts for no more."""
        asked = replace(asked, purpose=passport.purpose, agreement=passport.agreement, mode=passport.mode.value)
        purpose = passport.purpose if passport.purpose in self._with.world.catalogue.purposes else ""
        said = passport.receipt
        caller = Caller(passport.exchange, said.log if said else "", said.entry if said else 0)
        return Identified(asked, self._with.identity.passenger(passport), purpose, passport.mode, caller)

    def _understand(self, identified: Identified) -> Understood:
        asked, principal = identified.asked, identified.principal
        self._check(asked)
        text = self._with.persisted.text(asked, principal)
        view = self._view(identified)
        parsed = view.documents.parse(text)
        if asked.in_address and not is_about_schema(parsed):
            raise Refusal(Code.GET_REFUSED, "By GET only queries of the schema are answered. Send this by POST.")
        self._with.persisted.keep(asked, principal)
        return Understood(identified, view, view.questions.ask(parsed, asked.operation, asked.variables))

    def _view(self, identified: Identified) -> View:
        principal, rules = identified.principal, self._in_force().rules
        hidden = rules.hidden_from(principal.organisation)
        if principal.exchange:  # it sees nothing that it could not apply for itself
            hidden |= rules.hidden_from(self._with.identity.caller(principal.exchange).id)
        return self._with.views.of(hidden, as_subgraph=bool(principal.exchange))

    def _check(self, asked: Asked) -> None:
        purposes = self._with.world.catalogue.purposes
        known = ", ".join(purposes)
        if not asked.purpose:
            raise Refusal(Code.PURPOSE_MISSING, f"Say what the data is for: `X-Purpose`, one of {known}.")
        if asked.purpose not in purposes:
            raise Refusal(Code.PURPOSE_UNKNOWN, f"No such purpose. Known are {known}.")
        if asked.mode and asked.mode not in tuple(Mode):
            raise Refusal(Code.MODE_UNKNOWN, f"`X-Mode` is one of {', '.join(Mode)}, or left out.")

    async def _decide(self, understood: Understood, trail: Trail) -> Decided:
        in_force = await self._adopted()
        standing = self._standing(understood.identified, in_force)
        emergencies = self._emergencies(understood.identified, in_force)
        governance = self._governance(standing, in_force)
        parsed = understood.question.parsed
        record = trail.record.about(
            parsed.normalised,
            parsed.digest,
            in_force.epoch,
            agreement=standing.agreement,
            emergencies=tuple([one.id for one in emergencies]),
        )
        return Decided(understood, in_force, governance, emergencies, record)

    async def _adopted(self) -> InForce:
        """The policy in force; a new epoch is on record, whole, before anything is decided under it."""
        in_force = self._in_force()
        if in_force.epoch != self._epoch:
            async with self._adopting:
                if in_force.epoch != self._epoch:
                    await asyncio.to_thread(self._with.archive, in_force, self._replaces or bool(self._epoch))
                    self._epoch, self._governed = in_force.epoch, {}
                    self._plans, self._outlooks = OrderedDict(), OrderedDict()
        return in_force

    def _governance(self, standing: Standing, in_force: InForce) -> Governance:
        governance = self._governed.get(standing)
        if governance is None:
            if len(self._governed) >= _PLANS:
                self._governed.clear()
            governance = Governance(in_force.policy, self._with.world.supergraph, standing)
            self._governed[standing] = governance
        return governance

    def _standing(self, identified: Identified, in_force: InForce) -> Standing:
        """What decisions depend on: with the agreement, where one is named and lets this question come under it now."""
        principal, named = identified.principal, identified.asked.agreement or ""
        purpose, mode = identified.purpose, identified.mode
        if principal.exchange:
            return self._standing_through(identified, in_force)
        if named:
            moment = self._with.clock.now()
            if in_force.rules.agreement(named, principal.organisation, purpose, mode, moment) is None:
                raise Refusal(
                    Code.AGREEMENT_UNKNOWN,
                    "No such agreement of your organisation is in force for this purpose and mode. Leave `X-Agreement` "
                    "out, or see `agreements`.",
                )
        return Standing(principal.roles, principal.organisation, purpose, mode, named)

    def _standing_through(self, identified: Identified, in_force: InForce) -> Standing:
        """What decisions depend on where another exchange asks: also on what is agreed with it now.

        An agreement that the person asks under is one of the calling exchange's, and may be none of ours.
        """
        principal, purpose, mode = identified.principal, identified.purpose, identified.mode
        moment, rules, named = self._with.clock.now(), in_force.rules, identified.asked.agreement or ""
        if named and rules.agreement(named, principal.organisation, purpose, mode, moment) is None:
            named = ""
        organisation = self._with.identity.caller(principal.exchange).id
        through = Through(organisation, rules.agreed_with(organisation, purpose, mode, moment))
        return Standing(principal.roles, principal.organisation, purpose, mode, named, through)

    def _emergencies(self, identified: Identified, in_force: InForce) -> tuple[DeclaredEmergency, ...]:
        """The emergencies that a question in emergency mode rests on; it has none to rest on otherwise."""
        if identified.mode is not Mode.EMERGENCY:
            return ()
        emergencies = in_force.rules.emergencies_at(self._with.clock.now())
        if not emergencies:
            raise Refusal(Code.EMERGENCY_MISSING, "No emergency is in force. Leave `X-Mode` out.")
        return emergencies

    async def _plan(self, decided: Decided, trail: Trail) -> Planned:
        operation = decided.understood.question.operation
        key = (operation.key, decided.governance.standing)
        plan = self._plans.get(key)
        if plan is None:
            trail.record = decided.record
            plan = self._plans[key] = self._with.engine.plan(operation, decided.governance)
            if len(self._plans) > _PLANS:
                self._plans.popitem(last=False)
        if self._with.shadow is not None:
            self._with.shadow(key[1], plan.cells)
        identified = decided.understood.identified
        ties = await self._with.subjects.ties(identified.principal, plan)
        trail.record = replace(decided.record, glass=ties.glass) if ties.glass else decided.record
        principal, areas = identified.principal, tuple(one.area for one in decided.emergencies)
        asker = Asker(principal.organisation, principal.areas, areas, ties.keys, self._moment(plan))
        return Planned(decided, plan, asker, ties)

    def _moment(self, plan: Plan) -> dt.datetime:
        """What time it is for the plan's conditions."""
        moment = self._with.clock.now()
        if any(one.rests_on_time for one in plan.judges) and moment.is_doubtful:
            sentence = "A clock of the exchange was set, so what rests on the time is not decided. Tell the operator."
            raise Unavailable(Code.POLICY_UNAVAILABLE, sentence)
        return moment.earliest

    async def _act(self, planned: Planned, trail: Trail) -> None:
        """Do what a mutation asks for, in its order, each act once; the first that is refused is the last tried."""
        acts = planned.plan.acts
        values = planned.decided.understood.question.values
        for act in acts:  # all are permitted before the first is done
            if not covers_act(act, told(act, values), planned.asker):
                raise Refusal(Code.ACT_REFUSED, f"{act.name} is not permitted to you for this.")
        closed = False
        for act in acts:
            if act.place in trail.acted or act.key in trail.refused:
                continue
            if trail.refused:
                trail.refused[act.key] = Refusal(Code.ACT_REFUSED, "It was not tried, since one before was refused.")
                continue
            given, subject = told(act, values), planned.decided.understood.identified.principal.subject
            try:
                done = await asyncio.to_thread(self._with.acts.perform, act.name, given, trail.record, subject)
            except Refusal as refusal:
                if not trail.acted:
                    raise
                trail.refused[act.key] = refusal
            else:
                trail.acted[act.place] = done
                closed |= act.name in CLOSING
        if closed:
            # Nobody is told that it is done before it holds everywhere: a process looks before it decides, and one that
            # can't look goes on for this long at most (promise 10).
            await asyncio.sleep(self._with.lease)

    async def _fetch(self, planned: Planned, trail: Trail) -> Fetched:
        """Wave by wave; rows are decided where they arrive."""
        services, understood = self._with, planned.decided.understood
        identified, question = understood.identified, understood.question
        principal, asker = identified.principal, planned.asker
        today = day_of(identified.asked.at)
        whose = recipient_of(principal)
        reader = Reader(whose, Coverage(asker), services.book, services.sealer, today, principal.exchange)
        vouch = services.envoy.speak_for(principal, planned.decided.governance.standing)
        state = await services.engine.fetch(planned.plan, question, Whom(principal, asker, reader, trail, vouch))
        return Fetched(planned, state)

    async def _charge(self, fetched: Fetched) -> Fetched | None:
        """Count what is about to leave; None where somebody's budget was spent meanwhile, and it is to be seen anew."""
        identified = fetched.planned.decided.understood.identified
        at = self._with.clock.earliest()
        charged = await self._with.subjects.charge(fetched.state, identified.purpose, self._with.own_sources, at)
        if charged is None:
            return fetched
        if charged.over:
            raise Refusal(Code.LIMIT_EXCEEDED, limit(charged))
        return replace(fetched, left=charged.left) if charged.allowed else None

    async def _answered(self, fetched: Fetched, trail: Trail) -> Answered:
        """Mask, and make the closing entry durable."""
        masked = self._mask(fetched, self._introspect(fetched.planned))
        return self._release(masked, await self._with.recorder.close(trail, fetched.state))

    def _mask(self, fetched: Fetched, introspection: dict[str, object]) -> Masked:
        fetched.state.mask()
        data = assemble(fetched.state, fetched.planned.decided.understood.question, introspection)
        return Masked(fetched, orjson.dumps(data))

    def _release(self, masked: Masked, receipt: Receipt) -> Answered:
        """The one place where values become visible: masked columns, and the receipt that is durable for them."""
        state, plan = masked.fetched.state, masked.fetched.planned.plan
        body: dict[str, object] = {"data": orjson.Fragment(masked.data)}
        if errors := [*missing(state), *undone(state.trail)]:
            body["errors"] = errors
        extensions: dict[str, object] = {
            "receipt": self._receipt(receipt),
            "masked": state.masked,
            "withheld": [*withheld(plan), *withheld_below(state, self._with.world)],
        }
        if masked.fetched.left is not None:
            extensions["left"] = left(masked.fetched.left)
        body["extensions"] = extensions
        return Answered(orjson.dumps(body), receipt.index)

    def _receipt(self, receipt: Receipt) -> dict[str, object]:
        return {"log": self._with.origin, "index": receipt.index, "leaf": receipt.leaf.hex()}

    def _introspect(self, planned: Planned) -> dict[str, object]:
        """`__schema` and `__type`, answered by graphql-core from the visible schema; it holds no data."""
        if not planned.plan.introspective:
            return {}
        question = planned.decided.understood.question
        result = execute_sync(
            planned.decided.understood.view.api,
            question.parsed.ast,
            operation_name=question.name or None,
            variable_values=dict(question.variables),
            root_value={SERVICE: {"sdl": planned.decided.understood.view.sdl}, ENTITIES: []},
        )
        if result.data is None:
            raise InternalError("the visible schema could not be introspected")
        return result.data

    async def _still_holds(self, planned: Planned) -> bool:
        """Whether nothing that the answer rests on has changed or ended: policy and list, ties and consents."""
        if not self._is_in_force(planned.decided):
            return False
        principal = planned.decided.understood.identified.principal
        return planned.ties == await self._with.subjects.ties(principal, planned.plan)

    def _is_in_force(self, decided: Decided) -> bool:
        """Whether policy, agreement and emergencies are as they were."""
        in_force, standing = self._in_force(), decided.governance.standing
        if in_force.epoch != decided.in_force.epoch:
            return False
        if standing.through is not None and standing != self._standing(decided.understood.identified, in_force):
            return False
        if not (decided.emergencies or standing.agreement):
            return True
        moment = self._with.clock.now()
        if not all(moment.is_between(one.start, one.end) for one in decided.emergencies):
            return False
        if not standing.agreement:
            return True
        under = (standing.agreement, standing.organisation, standing.purpose, standing.mode, moment)
        return in_force.rules.agreement(*under) is not None

    def _in_force(self) -> InForce:
        try:
            return self._with.keeper.current()
        except PolicyUnavailableError:
            raise Unavailable(
                Code.POLICY_UNAVAILABLE, "The policy can't be read just now, so nothing is decided. Try again later."
            ) from None


def _places(error: BaseException) -> list[str]:
    """Where an error came from, for the operator: files and lines only, because messages quote values."""
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]


def now() -> dt.datetime:
    """The time of a request, aware."""
    return dt.datetime.now(dt.UTC)
