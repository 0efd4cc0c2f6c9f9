from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from federation.schema import declare
from federation.schema.declare import DeclarationProblem, ExchangeRefusedError, parse, read
from federation.schema.declare_problem import choice, quoted
from vocabulary.area import Area
from vocabulary.catalogue import CompanionDeclaration, MaskDeclaration, RelationDeclaration, Safeguard, Words
from vocabulary.limits import GlassLimit

if TYPE_CHECKING:
    pass

DEMO = Path(declare.__file__).parents[2] / "democity" / "city" / "exchange.yaml"

SMALL = """\
exchange: small
organisations:
  bureau:
    name: {zh: 局, en: Bureau}
    contact: bureau@city.example
    areas: ["310115", "310104000000"]
purposes:
  care: {zh: 照护, en: Care}
roles:
  worker: {zh: 干部, en: Worker}
masks:
  redact: {kind: redact}
  stars: {kind: partial-name, keep: ends}
sources:
  people:
    owner: bureau
    connector: sql
    types:
      Person:
        table: person
        description: {zh: 人, en: A person}
        key: number
        subject: number
        area: area
        collection: people
        pageBy: -serial
        fields:
          serial: {column: serial, type: Int, level: 1, inaccessible: true, description: {zh: 号, en: Serial}}
          number:
            column: number
            type: String
            level: 4
            category: identifier
            masks: [stars, redact]
            reveals: [born]
            description: {zh: 号, en: Number}
          born: {column: born, type: Date, level: 3, filterable: false, description: {zh: 生, en: Born on}}
          area: {column: area_code, type: String, level: 2, description: {zh: 区, en: Area}}
        companions:
          ageBand: {of: born, kind: age-band, edges: [18, 60], type: String, level: 2, description: {zh: 段, en: Band}}
        references:
          guardian: {type: Person, key: number, column: guardian, level: 3, description: {zh: 监护人, en: Guardian}}
        omit: [photo]
  visits:
    owner: bureau
    connector: rest
    timeout: 1.5
    options: {password: hunter2}
    types:
      Visit:
        table: visits
        description: {zh: 探访, en: A visit}
        subject: person
        fields:
          at: {column: at, type: DateTime, level: 2, category: health, description: {zh: 时, en: At}}
          kinds: {column: kind, type: Int, level: 2, description: {zh: 类, en: Kind}}
        references:
          person: {type: Person, key: number, column: person_number, level: 3, description: {zh: 人, en: Whom}}
    extends:
      Person:
        key: number
        relations:
          visits: {type: Visit, by: person.number, many: true, order: [-at], bound: 5, level: 2, description: {zh: 访, en: Visits}}
operator: bureau
"""


def told(text: str) -> tuple[DeclarationProblem, ...]:
    try:
        parse(text, file="exchange.yaml")
    except ExchangeRefusedError as error:
        return error.problems
    return ()


def patched(old: str, new: str) -> str:
    assert SMALL.count(old) == 1, "a case patches one place"
    return SMALL.replace(old, new)


def test_the_demo_city_loads() -> None:
    catalogue = read(DEMO)
    assert catalogue.name == "demo-city"
    assert catalogue.organisations["huamu-committee-3"].areas == (Area("310115016003"),)
    assert catalogue.organisations["eatwell"].contact == "partners@eatwell.example"
    assert catalogue.purposes["epidemic-control"] == Words("疫情防控", "Epidemic control")
    assert {"health-analyst", "committee-worker", "security-officer", "data-steward"} <= set(catalogue.roles)
    assert catalogue.conditions["adult"].parameters == {"field": "birthDate", "atLeast": 14}
    assert catalogue.safeguards == (Safeguard(("health",), ("elderly-care",), ("consented",)),)
    assert catalogue.limits.glass == GlassLimit(3, 30)
    assert catalogue.masks["phone-partial"] == MaskDeclaration("phone-partial", "partial-phone", {"keep": 4})
    assert catalogue.masks["redact"].parameters == {}
    identity = next(one for one in catalogue.sources["population"].type("Resident").fields if one.identifier)
    assert identity.masks == ("identity-partial", "pseudonym", "redact")


def test_the_sources_of_the_demo_city() -> None:
    sources = read(DEMO).sources
    assert {name: (one.owner, one.connector) for name, one in sources.items()} == {
        "population": ("public-security-bureau", "sql"),
        "health": ("health-commission", "sql"),
        "delivery": ("eatwell", "rest"),
        "housing": ("housing-bureau", "files"),
        "care": ("civil-affairs-bureau", "files"),
        "sensors": ("city-operation-centre", "files"),
        "appearance": ("greening-appearance-bureau", "graphql"),
    }
    assert (sources["delivery"].timeout, sources["delivery"].concurrency) == (2.0, 4)
    assert sources["delivery"].options["auth"] == {"header": "X-Api-Key", "file": "keys/delivery.key"}
    resident = sources["population"].type("Resident")
    assert (resident.key, resident.subject, resident.area) == ("identityNo", "identityNo", "area")
    assert (resident.collection, resident.page_by) == ("residents", "serial")
    number = resident.fields[1]
    assert (number.name, number.scalar, number.column, number.level) == ("identityNo", "String", "identity_no", 4)
    assert (number.category, number.reveals, number.identifier) == ("identifier", ("birthDate", "sex"), True)
    assert (resident.fields[3].codes, number.codes) == (("男", "女"), ())
    assert (resident.fields[0].inaccessible, number.inaccessible, number.filterable) == (True, False, True)
    assert resident.companions == (
        CompanionDeclaration(
            name="ageBand",
            scalar="String",
            of="birthDate",
            kind="age-band",
            parameters={"edges": [18, 60, 70, 80, 90]},
            level=2,
            description=Words("年龄段", "Age band in full years"),
        ),
    )
    reference = resident.references[0]
    assert (reference.name, reference.type, reference.key) == ("emergencyContact", "Resident", "identityNo")
    vaccination = sources["health"].type("Vaccination")
    assert (vaccination.key, vaccination.subject, vaccination.area, vaccination.collection) == (
        None,
        "resident",
        None,
        None,
    )
    assert sources["health"].relation("Resident", "vaccinations") == RelationDeclaration(
        name="vaccinations",
        owner="Resident",
        owner_key="identityNo",
        type="Vaccination",
        by="resident.identityNo",
        many=True,
        order=("-date",),
        bound=20,
        level=3,
        description=Words("全部接种记录", "All vaccinations"),
    )
    assert sources["health"].relation("Resident", "healthCode").bound == 1


def test_what_is_not_written_has_its_default() -> None:
    catalogue = parse(SMALL, file="exchange.yaml")
    people, visits = catalogue.sources["people"], catalogue.sources["visits"]
    assert (people.timeout, people.concurrency, people.options, people.relations) == (2.0, 8, {}, ())
    assert (visits.timeout, visits.options) == (1.5, {"password": "hunter2"})
    assert people.type("Person").page_by == "-serial"
    assert people.type("Person").changed_by is None
    assert people.type("Person").fields[2].filterable is False
    assert catalogue.organisations["bureau"].areas == (Area("310115"), Area("310104"))


# What is patched in, at which text of the result the line is, and what the problem and its remedy say.
MISTAKES: dict[str, tuple[str, str, str, str, str]] = {
    # shape
    "unknown word": ("    contact: b", "    contct: b", "contct", "`contct` is not known", "`contact` if that is meant"),
    "unknown word at the top": ("roles:", "rolls: 1\nroles:", "rolls", "`rolls` is not known", "write `roles`"),
    "missing word": ("    connector: sql\n", "", "  people:", "`people` lacks `connector`", "write `connector: …`"),
    "missing description": (", description: {zh: 时, en: At}", "", "at: {", "`at` lacks `description`", "languages"),
    "one language": ("{zh: 人, en: A person}", "{zh: 人}", "{zh: 人}\n", "lacks `en`", "in English"),
    "empty text": ("en: A person", 'en: ""', '""', "`en` is empty", "not empty"),
    "wrong type": ('["310115", "310104000000"]', "bureau", "areas: b", "is a text", "write a list"),
    "number for a text": ('"310115", ', "310115, ", "areas", "`areas` is a number", 'write "310115", in quotes'),
    "boolean for a text": ("table: person", "table: true", "table: true", "true or false", 'write "true", in quotes'),
    "nothing": ("table: person", "table:", "table:\n", "is nothing", "write a text"),
    "text for a number": ("timeout: 1.5", 'timeout: "2"', "timeout", "has to be a number", "at most 30"),
    "unknown scalar": ("type: DateTime", "type: Datetime", "at: {", "`Datetime` is no value", "write `DateTime` if"),
    "scalar of another type": ("type: DateTime", "type: 3", "at: {", "a number is no value of `type`", "write one of"),
    "level 0": ("level: 4", "level: 0", "level: 0", "too small", "write a whole number: classification from 1 (open) to 4"),
    "level 5": ("level: 4", "level: 5", "level: 5", "too large", "from 1 (open) to 4"),
    "level 2.0": ("level: 4", "level: 4.0", "level: 4.0", "a whole number", "from 1 (open) to 4"),
    "timeout 0": ("timeout: 1.5", "timeout: 0", "timeout", "too small", "above 0 and at most 30"),
    "timeout 31": ("timeout: 1.5", "timeout: 31", "timeout", "too large", "above 0 and at most 30"),
    "concurrency 0": ("timeout: 1.5", "concurrency: 0", "concurrency", "too small", "1 to 256"),
    "concurrency 257": ("timeout: 1.5", "concurrency: 257", "concurrency", "too large", "1 to 256"),
    "bound missing": ("bound: 5, ", "", "visits: {", "lacks `bound`", "from 1 to 1000"),
    "bound 0": ("bound: 5", "bound: 0", "visits: {", "too small", "from 1 to 1000"),
    "bound 1001": ("bound: 5", "bound: 1001", "visits: {", "too large", "from 1 to 1000"),
    "bound of one": ("many: true", "many: false", "visits: {", "`bound` does not fit", "where many is false"),
    "many missing": ("many: true, ", "", "visits: {", "lacks `many`", "first row"),
    "organisation id": ("  bureau:", "  Bureau:", "Bureau:", "`Bureau` cannot", "as in `public-security-bureau`"),
    "nameless": ("  worker:", '  "":', '"":', "`` cannot be written", "a letter first"),
    "organisation id of two lines": ("  bureau:", '  "bureau\\n":', '"bureau', "`bureau\\n` cannot", "letter first"),
    "purpose id": ("  care:", "  care_1:", "care_1", "`care_1` cannot", "lower-case"),
    "role id": ("  worker:", "  1st:", "1st", "`1st` cannot", "a letter first"),
    "long id": ("  worker:", f"  {'w' * 65}:", "w" * 65, "too long", "lower-case"),
    "type name": ("      Visit:", "      visit:", "visit:", "`visit` cannot", "capital letter"),
    "field name": ("          kinds:", "          kind-s:", "kind-s", "`kind-s` cannot", "as in `birthDate`"),
    "introspective name": ("          kinds:", "          __kinds:", "__kinds", "`__kinds` cannot", "a letter first"),
    "mask twice": ("[stars, redact]", "[stars, stars]", "masks: [s", "names something twice", "each once"),
    "omitted: not texts": ("omit: [photo]", "omit: [photo, {a: 1}]", "omit", "is a mapping", "write a text"),
    "no fields": ("type: Visit, by", "type: [], by", "visits: {", "is a list", "write a text"),
    "no areas": ('["310115", "310104000000"]', "[]", "areas", "is empty", "area code"),
    "collection without key": ("        key: number\n        subject", "        subject", "Person:\n        t", "lacks `key`", "String or Int field"),
    "collection without pageBy": ("        pageBy: -serial\n", "", "Person:\n        t", "lacks `pageBy`", "unique, and it says nothing"),
    "options: not a mapping": ("{password: hunter2}", "postgresql://u:hunter2@h/d", "options", "is a text", "write a mapping"),
    # meaning
    "area code": ('"310115", ', '"3101", ', "areas", "`3101` is no area code", "9 a street"),
    "mask named plain": ("  stars:", "  plain: {kind: x}\n  stars:", "plain", "`plain` is a word", "another name"),
    "mask named withheld": ("  stars:", "  withheld: {kind: x}\n  stars:", "withheld", "is a word", "another name"),
    "purpose named any": ("  care:", "  any:", "  any:", "`any` is a word", "another name"),
    "owner": ("owner: bureau\n    connector: rest", "owner: burau\n    connector: rest", "burau", "not a declared organisation", "write `bureau`"),
    "type of two sources": ("      Visit:", "      Person:", "Person:\n        table: visits", "declared already, on line 19", "another name"),
    "type of the exchange": ("      Visit:", "      Access:", "Access:", "`Access` is a word", "another name"),
    "type that is a scalar": ("      Visit:", "      Date:", "Date:\n", "`Date` is a word", "another name"),
    "type that ends in Edge": ("      Visit:", "      VisitEdge:", "VisitEdge:", "is a word", "another name"),
    "field named id": ("          kinds:", "          id:", "id:", "`id` is a word", "another name"),
    "field named not": ("          kinds:", "          not:", "not:", "`not` is a word", "another name"),
    "companion like a field": ("          ageBand:", "          born:", "born: {of", "declared already, on line 37", "another name"),
    "relation like a field": ("          visits: {type", "          area: {type", "area: {type: V", "`Person.area` is declared already", "another name"),
    "collection named node": ("collection: people", "collection: node", "collection", "`node` is a word", "another name"),
    "collection without area": ("        area: area\n", "", "collection", "whose area this source does not know", "no `collection`"),
    "pageBy unknown": ("pageBy: -serial", "pageBy: -seral", "pageBy", "`seral` is not a field of Person", "write `serial`"),
    "pageBy a companion": ("pageBy: -serial", "pageBy: ageBand", "pageBy", "not a field of Person", "write one of"),
    "pageBy that tells": ("pageBy: -serial", "pageBy: number", "pageBy", "tell something about people", "unique, of level 1"),
    "key unknown": ("        key: number\n        subject", "        key: nummer\n        subject", "nummer", "not a field of Person", "write `number`"),
    "key a date": ("        key: number\n        subject", "        key: born\n        subject", "key: born", "of type `Date`", "String or Int"),
    "area unknown": ("        area: area", "        area: zone", "zone", "not a field of Person", "write one of"),
    "area a number": ("        area: area", "        area: serial", "area: serial", "of type `Int`", "type String"),
    "subject unknown": ("subject: person", "subject: persons", "persons", "not a field or reference", "write `person`"),
    "subject without area": ("subject: person", "subject: kinds", "subject: kinds", "no area", "a reference to a type"),
    "subject of no subject": ("        subject: number\n", "", "subject: person", "not itself a data subject", "own `subject`"),
    "category without subject": ("        subject: person\n", "", "at: {", "names no subject", "write `subject: …`"),
    "companion of nothing": ("of: born", "of: bron", "ageBand", "not a field of Person", "write `born`"),
    "reveals nothing": ("reveals: [born]", "reveals: [bron]", "bron", "not another field", "write `born`"),
    "reveals itself": ("reveals: [born]", "reveals: [number]", "reveals", "not another field", "write one of"),
    "mask unknown": ("[stars, redact]", "[stars,\n              redakt]", "redakt", "not a declared mask", "write `redact`"),
    "changedBy unknown": ("        area: area\n", "        area: area\n        changedBy: bron\n", "changedBy", "`bron` is not a field of Person", "write `born`"),
    "changedBy a text": ("        area: area\n", "        area: area\n        changedBy: area\n", "changedBy", "names a field of type `String`", "Date or DateTime"),
    "codes of a number": ("type: Int, level: 1, inaccessible", "type: Int, codes: ['1'], level: 1, inaccessible", "serial: {", "has a code list and is of type `Int`", "no `codes`"),
    "codes that are no text": ("area_code, type: String,", "area_code, type: String, codes: [31],", "area: {", "`codes` is a number", "in quotes"),
    "codes twice": ("area_code, type: String,", "area_code, type: String, codes: [a, a],", "area: {", "names something twice", "each once"),
    "type of the catalogue": ("      Visit:", "      CatalogueEntry:", "CatalogueEntry:", "is a word", "another name"),
    "collection named catalogue": ("collection: people", "collection: catalogue", "collection", "is a word", "another name"),
    "column twice": ("column: kind,", "column: at,", "kinds:", "a field already, on line 55", "one field"),
    "column taken and omitted": ("omit: [photo]", "omit: [born]", "born: {", "`born` is taken here", "one of the two"),
    "reference and omitted": ("omit: [photo]", "omit: [guardian]", "guardian: {", "is taken here", "one of the two"),
    "reference to no type": ("guardian: {type: Person", "guardian: {type: Prson", "Prson", "not a declared type", "write `Person`"),
    "reference to no key": ("Person, key: number, column: guardian", "Person, key: serial, column: guardian", "guardian: {", "`serial` is not the key of Person", "write `key: number`"),
    "reference to the keyless": ("Person, key: number, column: guardian", "Visit, key: at, column: guardian", "guardian: {", "not the key of Visit", "has none"),
    "extends nothing": ("      Person:\n        key: number\n        rel", "      Persn:\n        key: number\n        rel", "Persn", "not a declared type", "write `Person`"),
    "extends the keyless": ("      Person:\n        key: number\n        rel", "      Visit:\n        key: at\n        rel", "key: at\n", "`at` is not the key of Visit", "it has none"),
    "extends another key": ("        key: number\n        rel", "        key: serial\n        rel", "key: serial\n", "`serial` is not the key", "write `key: number`"),
    "relation to another source": ("{type: Visit", "{type: Person", "visits: {", "not a type of this source", "`Visit`"),
    "by nothing": ("by: person.number", "by: persn.number", "visits: {", "not what holds the key of Person", "write `person.number`"),
    "by another key": ("by: person.number", "by: person.serial", "visits: {", "not what holds", "`person.number`"),
    "by another scalar": ("by: person.number", "by: kinds", "visits: {", "not what holds", "`person.number`"),
    "order by nothing": ("[-at]", "[-att]", "visits: {", "`att` is not a field of Visit", "write `at`"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "where", "problem", "remedy"), MISTAKES.values(), ids=MISTAKES)
def test_refuses(old: str, new: str, where: str, problem: str, remedy: str) -> None:
    text = patched(old, new)
    assert text.count(where) == 1, "a case names one place"
    line = text.count("\n", 0, text.index(where)) + 1
    found = [one for one in told(text) if one.line == line and problem in one.problem and remedy in one.remedy]
    assert len(found) == 1
    assert found[0].remedy.startswith("write ")


def test_two_types_list_under_one_name() -> None:
    text = patched(
        "        subject: person\n", "        key: kinds\n        pageBy: kinds\n        collection: people\n"
    )
    assert "`people` is declared already, on line 25" in [one.problem for one in told(text)]


def test_a_subject_without_an_area_anywhere() -> None:
    text = patched("        area: area\n        collection: people\n        pageBy: -serial\n", "")
    problems = [one.problem for one in told(text)]
    assert problems == [
        "Person has a subject and no area",
        "neither Visit nor Person, which its subject leads to, has an area",
    ]


def test_rows_about_nobody_need_no_area() -> None:
    place = patched(
        "        subject: person\n", "        key: kinds\n        pageBy: kinds\n        collection: places\n"
    )
    place = place.replace("category: health, ", "")
    assert parse(place, file="exchange.yaml").sources["visits"].type("Visit").collection == "places"


def test_a_relation_by_a_field_that_is_not_the_subject_needs_an_area() -> None:
    text = patched("by: person.number", "by: whom").replace(
        "          kinds: {column: kind, type: Int", "          whom: {column: w, type: String"
    )
    with pytest.raises(ExchangeRefusedError, match="Visit has no area of its own"):
        parse(text, file="exchange.yaml")


def test_a_reference_does_not_show_the_column_of_a_field_again() -> None:
    demo = DEMO.read_text("utf-8").replace("column: contact_identity_no", "column: phone")
    with pytest.raises(ExchangeRefusedError, match="`phone` is a field already"):
        parse(demo, file="exchange.yaml")


PHONE = "{column: phone, type: String, level: 3,"


@pytest.mark.parametrize(
    ("one", "other", "problem"),
    [
        ("part: /a", "part: /b", None),
        ("part: /a", "part: /ab", None),
        ("part: longitude", "part: latitude", None),
        ("part: /a", "part: /a", "is part of a field already"),
        ("part: /a", "part: /a/b", "is part of a field already"),
        ("part: /a/b", "part: /a", "is part of a field already"),
        ("part: /a", "filterable: true", "is part of a field already"),
        ("part: a", "part: /b", "`a` cannot be written like this"),
        ("part: /a~2", "part: /b", "cannot be written like this"),
        ("part: height", "part: /b", "cannot be written like this"),
    ],
)
def test_parts_of_a_column_do_not_lie_within_one_another(one: str, other: str, problem: str | None) -> None:
    """The laxer of two overlapping fields would open the stricter."""
    demo = DEMO.read_text("utf-8")
    assert demo.count(PHONE) == 1
    at = demo.index("          phone:\n")
    second = f"          other: {{column: phone, {other}, type: String, level: 1, description: {{zh: 甲, en: x}}}}\n"
    text = (demo[:at] + second + demo[at:]).replace(PHONE, PHONE.replace("phone,", f"phone, {one},"))
    if problem is None:
        fields = {field.name: field for field in parse(text, file="x").sources["population"].type("Resident").fields}
        assert (fields["phone"].part, fields["other"].part) == (one.partition(" ")[2], other.partition(" ")[2])
        return
    with pytest.raises(ExchangeRefusedError, match=problem):
        parse(text, file="exchange.yaml")


def test_all_mistakes_are_told_at_once_in_order() -> None:
    text = (
        SMALL.replace('"310115", ', '"3101", ').replace("timeout: 1.5", "timeout: 60").replace("{kind: redact}", "no")
    )
    with pytest.raises(ExchangeRefusedError) as caught:
        parse(text, file="city.yaml")
    assert [one.line for one in caught.value.problems] == [6, 12, 47]
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert all(re.match(r"city\.yaml:\d+: [^\n]+; write [^\n]+", line) for line in lines)


def test_a_line_is_judged_once() -> None:
    assert [one.problem for one in told(patched("{kind: redact}", "on"))] == ["YAML reads on as true"]


@pytest.mark.parametrize("text", ["", "# nothing", "[]", "exchange", "42"])
def test_the_top_is_a_mapping(text: str) -> None:
    (problem,) = told(text)
    assert problem.line == 1
    assert "the file is" in problem.problem
    assert "write a mapping" in problem.remedy


def test_what_stands_under_options_is_never_told() -> None:
    for text in (
        patched("{password: hunter2}", "hunter2"),
        patched("{password: hunter2}", "[hunter2]"),
        patched("{password: hunter2}", "{password: !hunter2 hunter2}"),
        patched("{password: hunter2}", "{password: &hunter2 1, again: *hunter2}"),
        patched("{password: hunter2}", "{password: [hunter2}"),
    ):
        assert "hunter" not in str(told(text))


def test_read_names_the_file_and_says_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "exchange.yaml"
    for content, line, problem in (
        (None, 1, "cannot be read (No such file or directory)"),
        (b"exchange: a\nb: \xff\n", 2, "no UTF-8"),
        (b"\xe5" * (4 * 1024 * 1024 + 1), 1, "more than 4194304 bytes"),
        (SMALL.replace("level: 4", "level: 9").encode(), 32, "too large"),
    ):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ExchangeRefusedError) as caught:
            read(path)
        assert [one.line for one in caught.value.problems] == [line]
        assert str(caught.value).startswith(f"exchange.yaml:{line}: ")
        assert problem in str(caught.value)


def test_read_takes_a_byte_order_mark_and_other_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "exchange.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert read(path) == parse(SMALL, file="exchange.yaml")


def test_choice_is_short_and_on_one_line() -> None:
    assert choice("a", []) == "write its declaration first: nothing of this kind is declared"
    assert choice("zzz", ["b", "a"]) == "write one of `a`, `b`"
    assert choice("a" * 10**6, ["b"]) == "write one of `b`"
    assert choice("x", [f"n{i}" for i in range(40)]).endswith("and 10 more")
    assert quoted("a\nb\u202e" + "c" * 100) == "`a\\nb\\u202e" + "c" * 56 + "…`"
