from __future__ import annotations

import orjson

from benchmarks.questions import post
from democity.personas import PERSONAS
from tests.support.city import City


def test_a_refusal_of_what_the_load_asks_has_a_status_of_its_own(city: City) -> None:
    head, _, body = post("{ nothing }", {}, {}).partition(b"\r\n\r\n")
    accept = dict(line.split(": ", 1) for line in head.decode().splitlines()[1:])["Accept"]
    persona = PERSONAS["analyst"]
    who = {"Authorization": f"Bearer {city.token(persona)}", "X-Purpose": persona.purpose}
    reply = city.post(orjson.loads(body), {**who, "Accept": accept})
    assert (reply.status, "data" in reply.body) == (400, False)
    assert city.post({"query": "{ __typename }"}, {**who, "Accept": accept}).status == 200
