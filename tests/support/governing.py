"""What people do with the registry, as they do it: acts through the graph, and what they bring about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from democity.personas import PERSONAS, Persona
from federation.exchange.acts import ACTS
from tests.support.city import City, Reply

OWN: Final = "310115016003"
_TYPES: Final = {"wishes": "[String!]!", "roles": "[String!]", "start": "DateTime!", "end": "DateTime!"}


def hours(count: float) -> str:
    """The moment so many hours from now, as the graph takes it."""
    return (dt.datetime.now(dt.UTC) + dt.timedelta(hours=count)).isoformat()


def act(city: City, who: str | Persona, name: str, shown: str = "number", **said: Any) -> Reply:
    """Do one act, and ask of what it concerned for the fields `shown`."""
    assert name in ACTS
    declared = ", ".join(f"${one}: {_TYPES.get(one, 'String!')}" for one in said)
    given = ", ".join(f"{one}: ${one}" for one in said)
    return city.ask(who, f"mutation({declared}) {{ {name}({given}) {{ {shown} }} }}", said)


def done(city: City, who: str | Persona, name: str, **said: Any) -> str:
    """Do one act that is permitted; the id of what it concerned."""
    reply = act(city, who, name, **said)
    assert "errors" not in reply.body, reply.text
    number: str = reply.data[name]["number"]
    return number


def refused(city: City, who: str | Persona, name: str, **said: Any) -> str:
    """Try one act that is not permitted, or does not follow; the sentence that says why."""
    reply = act(city, who, name, **said)
    assert (reply.status, reply.code) == (403, "ACT_REFUSED"), reply.text
    message: str = reply.body["errors"][0]["message"]
    return message


def drafted(city: City, wishes: Sequence[str] = ("read Resident.sex",), *, end: str = "", **said: Any) -> str:
    """A draft of the health commission's steward, of what the register has."""
    request = {"owner": "public-security-bureau", "rows": "own", "purpose": "elderly-care", **said}
    return done(city, "steward", "draftAgreement", wishes=list(wishes), basis="test", end=end or hours(24), **request)


def agreed(city: City, wishes: Sequence[str] = ("read Resident.sex",), **said: Any) -> str:
    """An agreement in force: drafted and asked for by one steward, approved by another."""
    number = drafted(city, wishes, **said)
    done(city, "steward", "askAgreement", id=number)
    return done(city, "owner-steward", "approveAgreement", id=number)


def emergency(city: City, area: str, end: str = "") -> str:
    """An emergency in force, of two officers."""
    number = done(city, "emergency-officer", "declareEmergency", area=area, basis="test", end=end or hours(24))
    return done(city, "second-officer", "confirmEmergency", id=number)


def broken(city: City, who: str | Persona, key: str, reason: str = "unconscious, and the family is wanted") -> str:
    """A broken glass."""
    return done(city, who, "breakGlass", type="Resident", key=key, reason=reason)


def said(city: City, key: str, consent: str, purpose: str = "elderly-care") -> None:
    """Put on record what a resident said to the registrar."""
    reply = act(city, "registrar", "setConsent", "at", type="Resident", key=key, purpose=purpose, consent=consent)
    assert "errors" not in reply.body, reply.text


def proposed(city: City, who: str, policy: str, **texts: str) -> Reply:
    """Propose a policy: the files of the home, but for what is said."""
    whole = {
        name: (city.home / file).read_text("utf-8")
        for name, file in (("lists", "lists.yaml"), ("exchange", "exchange.yaml"))
    }
    return act(city, who, "proposePolicy", policy=policy, reason="as agreed in the council", **{**whole, **texts})


def policy_of(city: City) -> str:
    """The policy that a city began with."""
    return (city.home / "policy.csv").read_text("utf-8")


def without(city: City, part: str) -> str:
    """The demo city's policy without the lines that hold some text."""
    return "\n".join(line for line in policy_of(city).splitlines() if part not in line) + "\n"


def other(who: str, person: str, **changed: Any) -> Persona:
    """Another person of the same kind."""
    return replace(PERSONAS[who], person=person, **changed)


def under(city: City, mark: str) -> list[Mapping[str, Any]]:
    """What an officer finds on record under an id, newest first."""
    document = "query($m: String!) { accesses(first: 200, where: {under: {eq: $m}}) { nodes { entry kind act person under } } }"
    nodes: list[Mapping[str, Any]] = city.ask("officer", document, {"m": mark}).data["accesses"]["nodes"]
    return nodes
