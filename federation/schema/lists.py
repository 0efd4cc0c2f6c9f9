"""`lists.yaml` read into the three lists (三清单), or refused with every mistake, its line and what to write instead.

The file is optional; where it stands it is read as strictly as `exchange.yaml`, by the same three judges: how it is
written (`yaml_lines`), its shape (`lists.schema.json`) and, here, what it must mean by itself. Whether its
organisations, roles, purposes, masks and coordinates exist, and whether the lists agree with one another, is judged by
`policies.lists.check_lists`, which judges agreements of other origin too.
"""

from __future__ import annotations

import datetime as dt
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from federation.schema.declare import ExchangeRefusedError
from federation.schema.declare_problem import DeclarationProblem, quoted
from federation.schema.declare_shape import judge_shape, published
from federation.schema.yaml_lines import load
from vocabulary.agreement import Agreement, Lists, Negative, Openness, Responsibility, Wish
from vocabulary.moment import CITY_ZONE
from vocabulary.principal import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from federation.schema.yaml_lines import Part

SCHEMA: Final = published("lists.schema.json")

_MOST_PROBLEMS: Final = 200  # of one judge
_DAY: Final = len("2026-12-31")  # a longer text has a time


def parse_lists(text: str, *, file: str) -> Lists:
    """Read the text of a `lists.yaml`; `file` is what its problems and the origins of its entries call it.

    A date means a day of the city (Asia/Shanghai): an agreement starts as its first day begins, and is over as its last
    day ends.

    Raises:
        ExchangeRefusedError: with every problem that was found (of shape and of meaning, the first 200 each).
    """
    root, written = load(text)
    problems = list(written)
    if root is not None:
        for judged in (judge_shape(root, SCHEMA), _judge_meaning(root)):
            lines = {one.line for one in problems}
            problems += islice((one for one in judged if one.line not in lines), _MOST_PROBLEMS)
    if root is None or problems:
        raise ExchangeRefusedError(file, tuple(sorted(set(problems))))
    return _lists(root, file)


def _judge_meaning(root: Part) -> Iterator[DeclarationProblem]:
    for rule in RULES:
        yield from rule(root)


def _ids_are_used_once(root: Part) -> Iterator[DeclarationProblem]:
    """Receipts cite an entry by its id, of whichever list it is."""
    negatives = root.named("negatives")
    for name, part in root.named("demands").items():
        if name in negatives:
            problem = f"{quoted(name)} stands on the negative list already, on line {negatives[name].line}"
            yield DeclarationProblem(part.line, problem, "write another id")


def _nobody_asks_oneself(root: Part) -> Iterator[DeclarationProblem]:
    for part in root.named("demands").values():
        asker = part.text("asker")
        if asker is not None and asker == part.text("owner"):
            problem = f"{quoted(asker)} asks itself"
            yield DeclarationProblem(part.line_of("owner"), problem, "write the organisation that answers for the data")


def _agreements_run(root: Part) -> Iterator[DeclarationProblem]:
    for part in root.named("demands").values():
        moments: list[dt.datetime] = []
        for word, read in (("start", _starts_at), ("end", _ends_at)):
            text = part.text(word)
            if text is None:
                continue
            try:
                moments.append(read(text))
            except (ValueError, OverflowError):
                remedy = "write a date in quotes, as in `2026-12-31`, or a date and time with its offset"
                yield DeclarationProblem(part.line_of(word), f"{quoted(text)} is no date", remedy)
        match moments:
            case [start, end] if end <= start:
                remedy = "write an end that lies behind the start"
                yield DeclarationProblem(part.line_of("end"), "the agreement ends before it starts", remedy)


def _deliveries_have_a_receiver(root: Part) -> Iterator[DeclarationProblem]:
    for part in root.named("demands").values():
        wishes = part.parts.get("wishes")
        for wish in wishes.parts.values() if wishes is not None else ():
            action, told = wish.text("action"), "to" in wish.parts
            if action == Action.DELIVER and not told:
                remedy = "write `to: …`, the organisation whose system is told"
                yield DeclarationProblem(wish.line, "the wish delivers to nobody", remedy)
            elif action in tuple(Action) and action != Action.DELIVER and told:
                problem = f"`to` stands beside {action}, which gives to nobody but the asker"
                yield DeclarationProblem(wish.line_of("to"), problem, "write `action: deliver`, or no `to`")


RULES: Final[tuple[Callable[[Part], Iterator[DeclarationProblem]], ...]] = (
    _ids_are_used_once,
    _nobody_asks_oneself,
    _agreements_run,
    _deliveries_have_a_receiver,
)


def _starts_at(text: str) -> dt.datetime:
    """The moment that a text names; of a date, the one in which the day begins in the city."""
    moment = dt.datetime.fromisoformat(text)
    if len(text) == _DAY:
        return moment.replace(tzinfo=CITY_ZONE)
    if moment.tzinfo is None:
        raise ValueError("a time without its offset")
    return moment


def _ends_at(text: str) -> dt.datetime:
    """The moment that a text names; of a date, the one in which the day ends in the city."""
    moment = _starts_at(text)
    return moment + dt.timedelta(days=1) if len(text) == _DAY else moment


# From here on the shape is known to be right: `Any` is what the JSON Schema has vouched for.


def _lists(root: Part, file: str) -> Lists:
    entries = root.parts.get("responsibilities")
    return Lists(
        responsibilities=tuple(
            _responsibility(part.value, f"{file}:{part.line}")
            for part in (entries.parts.values() if entries is not None else ())
        ),
        negatives=tuple(
            _negative(name, part.value, f"{file}:{part.line}") for name, part in root.named("negatives").items()
        ),
        demands=tuple(
            _agreement(name, part.value, f"{file}:{part.line}") for name, part in root.named("demands").items()
        ),
    )


def _responsibility(data: Any, origin: str) -> Responsibility:
    return Responsibility(
        organisation=data["organisation"],
        patterns=tuple(data["coordinates"]),
        openness=Openness(data["openness"]),
        article=data["article"],
        origin=origin,
    )


def _negative(name: str, data: Any, origin: str) -> Negative:
    return Negative(
        id=name,
        organisations=tuple(data.get("organisations", ())),
        patterns=tuple(data["coordinates"]),
        article=data["article"],
        origin=origin,
    )


def _agreement(name: str, data: Any, origin: str) -> Agreement:
    return Agreement(
        id=name,
        asker=data["asker"],
        owner=data["owner"],
        roles=tuple(data.get("roles", ())),
        wishes=tuple(map(_wish, data["wishes"])),
        rows=data["rows"],
        purpose=data["purpose"],
        mode=data["mode"],
        basis=data["basis"],
        start=_starts_at(data["start"]),
        end=_ends_at(data["end"]),
        origin=origin,
    )


def _wish(data: Mapping[str, Any]) -> Wish:
    return Wish(
        pattern=data["coordinate"],
        action=Action(data["action"]),
        shown=data["as"],
        to=data.get("to", ""),
    )
