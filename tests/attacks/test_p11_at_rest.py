"""Promise 11. No personal data at rest outside the sources: what the exchange writes holds no value of a record."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.city import ACCESSES, QUESTION, STREET, City


def test_nothing_that_the_exchange_wrote_holds_a_value(make_city: Callable[..., City]) -> None:
    city = make_city()
    people = city.rows(
        "SELECT identity_no, name, phone FROM resident WHERE area_code LIKE '310115016003%' AND phone IS NOT NULL ORDER BY serial LIMIT 200"
    )
    city.ask("analyst", QUESTION, {"street": STREET, "first": 500})
    city.ask("committee", "{ residents(first: 1000) { nodes { id name } } }")
    for identity, name, phone in people[:5]:
        city.ask("officer", ACCESSES, {"person": identity})
        city.ask("officer", f'{{ accesses(where: {{subject: {{eq: "{identity}"}}}}) {{ nodes {{ at }} }} }}')
        city.ask("analyst", f'{{ x{identity}: residents(where: {{name: {{eq: "{name}"}}}}) {{ nodes {{ area }} }} }}')
        city.ask(
            "analyst", f'query Q{phone} {{ residents(where: {{phone: {{eq: "{phone}"}}}}) {{ nodes {{ area }} }} }}'
        )
        city.ask("analyst", QUESTION, {"street": identity}, purpose=f"ask-{identity}")
    written = [path for path in city.home.rglob("*") if path.is_file() and path.suffix not in {".key", ".pem"}]
    kept = {
        *city.home.glob("*.sqlite"),
        *(path for name in ("housing", "care", "sensors") for path in (city.home / name).iterdir()),
    }
    contents = b"".join(path.read_bytes() for path in written if path not in kept)
    assert b"release" in contents
    for identity, name, phone in people:
        assert identity.encode() not in contents
        assert phone.encode() not in contents
        if len(name) > 2:  # a two-character name may be a word
            assert name.encode() not in contents


def test_the_keys_and_the_log_are_their_owners_alone(city: City) -> None:
    for path in [
        *(city.home / "keys").glob("*.key"),
        *(city.home / "keys").glob("*.pem"),
        *(city.home / "audit").iterdir(),
    ]:
        assert path.stat().st_mode & 0o077 == 0, path
    assert (city.home / "audit").stat().st_mode & 0o077 == 0
