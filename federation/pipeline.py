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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
from graphql import execute_sync

from federation.document.operation import Question, Questions
from federation.document.parse import Documents
from federation.errors import Code, InternalError, Refusal, Unavailable
from federation.execute.answer import assemble
from federation.execute.bind import bind
from federation.execute.book import MaskBook
from federation.execute.coverage import Coverage
from federation.execute.receipts import Recorded, Recorder, Trail
from federation.execute.rows import Reader
from federation.execute.state import State
from federation.execute.waves import Waves
from federation.identity import Tokens
from federation.plan.build import World, build
from federation.plan.govern import Governance
from federation.plan.nodes import Plan
from federation.sealing import Sealer
from federation.stages import Answered, Asked, Identified
from policies.errors import PolicyUnavailableError
from policies.keeper import InForce, Keeper
from vocabulary.principal import Mode, Standing
from vocabulary.receipt import Kind, Receipt, Who

_CITY = ZoneInfo("Asia/Shanghai")
_PLANS = 1_000
_LOGGER = logging.getLogger("tongguan.pipeline")


@dataclass(frozen=True, slots=True)
class Understood:
    """The question, and what every entry about it will say."""

    identified: Identified
    question: Question


@dataclass(frozen=True, slots=True)
class Decided:
    """The policy that decides, and its decisions for this standing."""

    understood: Understood
    in_force: InForce
    governance: Governance
    record: Recorded


@dataclass(frozen=True, slots=True)
class Planned:
    """What will be asked of whom."""

    decided: Decided
    plan: Plan


@dataclass(frozen=True, slots=True)
class Fetched:
    """Everything has arrived, and it is decided what of it may be seen; nothing can be shown yet."""

    planned: Planned
    state: State


@dataclass(frozen=True, slots=True)
class Masked:
    """Every column is as its reader may see it; `data` is the JSON put together from that, and not sent yet."""

    fetched: Fetched
    data: bytes


@dataclass(frozen=True, slots=True)
class Services:
    """What the pipeline works with; wired in `app.py`."""

    tokens: Tokens
    keeper: Keeper
    documents: Documents
    questions: Questions
    world: World
    waves: Waves
    recorder: Recorder
    book: MaskBook
    sealer: Sealer
    origin: str
    timeout: float
    archive: Callable[[InForce, bool], None]


class Pipeline:
    """Answers requests. One per process; all its state is caches that a policy epoch outdates."""

    def __init__(self, services: Services) -> None:
        self._with = services
        self._epoch = ""
        self._adopting = asyncio.Lock()
        self._governed: dict[Standing, Governance] = {}
        self._plans: OrderedDict[tuple[str, Standing], Plan] = OrderedDict()

    async def answer(self, asked: Asked) -> Answered:
        """Answer one request, or raise the refusal that answers it; either way it is on record first.

        Raises:
            Refusal: with its code and sentence. `Unidentified` ones are not on record yet: the door tallies them.
        """
        identified = self._identify(asked)
        trail = Trail(_record(identified))
        try:
            async with asyncio.timeout(self._with.timeout):
                return await self._answer(identified, trail)
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

    async def _answer(self, identified: Identified, trail: Trail) -> Answered:
        understood = self._understand(identified)
        for _ in range(2):  # once more where the policy changed on the way
            decided = await self._decide(understood)
            trail.record = decided.record
            fetched = await self._fetch(self._plan(decided), trail)
            if self._is_in_force(decided):
                answered = await self._answered(fetched, trail)
                if self._is_in_force(decided):  # a log that was slow to write may have outlived the policy
                    return answered
        raise Unavailable(Code.POLICY_CHANGED, "The policy changed while this was answered. Ask again.")

    # ── the steps ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _identify(self, asked: Asked) -> Identified:
        principal = self._with.tokens.principal(asked.token)
        declared = asked.purpose in self._with.world.catalogue.purposes
        return Identified(asked, principal, asked.purpose if asked.purpose and declared else "", Mode.ORDINARY)

    def _understand(self, identified: Identified) -> Understood:
        asked = identified.asked
        self._check_purpose(asked)
        parsed = self._with.documents.parse(asked.document)
        return Understood(identified, self._with.questions.ask(parsed, asked.operation, asked.variables))

    def _check_purpose(self, asked: Asked) -> None:
        purposes = self._with.world.catalogue.purposes
        known = ", ".join(purposes)
        if not asked.purpose:
            raise Refusal(Code.PURPOSE_MISSING, f"Say what the data is for: `X-Purpose`, one of {known}.")
        if asked.purpose not in purposes:
            raise Refusal(Code.PURPOSE_UNKNOWN, f"No such purpose. Known are {known}.")
        if asked.agreement:
            raise Refusal(Code.AGREEMENT_UNKNOWN, "No such agreement is in force here. Leave `X-Agreement` out.")

    async def _decide(self, understood: Understood) -> Decided:
        in_force = self._in_force()
        if in_force.epoch != self._epoch:
            async with self._adopting:
                if in_force.epoch != self._epoch:
                    await asyncio.to_thread(self._with.archive, in_force, bool(self._epoch))
                    self._epoch, self._governed, self._plans = in_force.epoch, {}, OrderedDict()
        standing = understood.identified.standing
        governance = self._governed.get(standing)
        if governance is None:
            if len(self._governed) >= _PLANS:
                self._governed.clear()
            governance = Governance(in_force.policy, self._with.world.supergraph, standing)
            self._governed[standing] = governance
        parsed = understood.question.parsed
        record = _record(understood.identified, parsed.normalised, parsed.digest, in_force.epoch)
        return Decided(understood, in_force, governance, record)

    def _plan(self, decided: Decided) -> Planned:
        operation = decided.understood.question.operation
        key = (operation.key, decided.governance.standing)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = build(operation, decided.governance, self._with.world)
            if len(self._plans) > _PLANS:
                self._plans.popitem(last=False)
        return Planned(decided, plan)

    async def _fetch(self, planned: Planned, trail: Trail) -> Fetched:
        """Wave by wave; rows are decided where they arrive."""
        services, understood = self._with, planned.decided.understood
        identified, question = understood.identified, understood.question
        principal = identified.principal
        today = identified.asked.at.astimezone(_CITY).date()
        reader = Reader(principal.organisation, Coverage(principal.areas), services.book, services.sealer, today)
        values = bind(planned.plan, question.values, principal, services.book, today)
        state = State(planned.plan, principal, reader, values)
        for probe in planned.plan.probes:
            value = question.values[probe.slot]
            people = {str(one): None for one in (value if isinstance(value, tuple) else (value,))}
            for kind in probe.subject_types:
                trail.probed.setdefault(kind, {}).update(people)
        await services.waves.run(state, question, trail)
        return Fetched(planned, state)

    async def _answered(self, fetched: Fetched, trail: Trail) -> Answered:
        """Mask, and make the closing entry durable: both at once, since neither waits for the other."""
        introspection = self._introspect(fetched.planned)
        closing = asyncio.create_task(self._with.recorder.close(trail, fetched.state))
        await asyncio.sleep(0)  # the entry is on its way to the disk
        try:
            masked = self._mask(fetched, introspection)
        finally:
            receipt = await closing
        return self._release(masked, receipt)

    def _mask(self, fetched: Fetched, introspection: dict[str, object]) -> Masked:
        fetched.state.mask()
        data = assemble(fetched.state, fetched.planned.decided.understood.question, introspection)
        return Masked(fetched, orjson.dumps(data))

    def _release(self, masked: Masked, receipt: Receipt) -> Answered:
        """The one place where values become visible: masked columns, and the receipt that is durable for them."""
        state, plan = masked.fetched.state, masked.fetched.planned.plan
        body: dict[str, object] = {"data": orjson.Fragment(masked.data)}
        if state.failures:
            body["errors"] = [
                {
                    "message": f"{one.source} did not answer, so {one.coordinate} is missing here.",
                    "path": [one.root] if one.root else [],
                    "extensions": {"code": one.code.name, "source": one.source, "coordinate": one.coordinate},
                }
                for one in state.failures
            ]
        body["extensions"] = {
            "receipt": {"log": self._with.origin, "index": receipt.index, "leaf": receipt.leaf.hex()},
            "masked": plan.masked,
            "withheld": [
                {"coordinate": str(one.coordinate), "reason": one.reason, "ask": one.ask} for one in plan.withheld
            ],
        }
        return Answered(orjson.dumps(body), receipt.index)

    def _introspect(self, planned: Planned) -> dict[str, object]:
        """`__schema` and `__type`, answered by graphql-core from the visible schema; it holds no data."""
        if not planned.plan.introspective:
            return {}
        question = planned.decided.understood.question
        result = execute_sync(
            self._with.world.supergraph.api,
            question.parsed.ast,
            operation_name=question.name or None,
            variable_values=dict(question.variables),
        )
        if result.data is None:
            raise InternalError("the visible schema could not be introspected")
        return result.data

    def _is_in_force(self, decided: Decided) -> bool:
        return self._in_force().epoch == decided.in_force.epoch

    def _in_force(self) -> InForce:
        try:
            return self._with.keeper.current()
        except PolicyUnavailableError:
            raise Unavailable(
                Code.POLICY_UNAVAILABLE, "The policy can't be read just now, so nothing is decided. Try again later."
            ) from None


def _record(identified: Identified, document: str = "", digest: str = "", epoch: str = "") -> Recorded:
    principal = identified.principal
    areas = tuple(area.code for area in principal.areas)
    roles = tuple(sorted(principal.roles))
    who = Who(principal.id, principal.organisation, principal.application, roles, areas)
    return Recorded(who, identified.asked.at, identified.purpose, identified.mode.value, document, digest, epoch)


def _places(error: BaseException) -> list[str]:
    """Where an error came from, for the operator: files and lines only, because messages quote values."""
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]


def now() -> dt.datetime:
    """The time of a request, aware."""
    return dt.datetime.now(dt.UTC)
