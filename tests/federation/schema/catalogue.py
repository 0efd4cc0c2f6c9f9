"""The demo's three sources, shortened, as declarations."""

from __future__ import annotations

from vocabulary.catalogue import (
    CompanionDeclaration,
    FieldDeclaration,
    ReferenceDeclaration,
    RelationDeclaration,
    SourceDeclaration,
    TypeDeclaration,
    Words,
)


def words(english: str) -> Words:
    return Words(zh="中文", en=english)


RESIDENT = TypeDeclaration(
    name="Resident",
    table="resident",
    description=Words("实有人口登记的居民", "A resident of the population register"),
    key="identityNo",
    subject="identityNo",
    area="area",
    collection="residents",
    page_by="serial",
    fields=(
        FieldDeclaration("serial", "Int", "serial", 1, words("A random number"), inaccessible=True),
        FieldDeclaration(
            "identityNo",
            "String",
            "identity_no",
            4,
            Words("公民身份号码", "Resident identity number"),
            category="identifier",
            masks=("identity-partial", "pseudonym", "redact"),
            reveals=("birthDate", "sex"),
            identifier=True,
        ),
        FieldDeclaration("name", "String", "name", 3, words("Full name"), "name", ("name-partial", "redact")),
        FieldDeclaration("sex", "String", "sex", 2, words("Sex"), masks=("redact",)),
        FieldDeclaration("birthDate", "Date", "birth_date", 3, words("Date of birth"), "birth", ("redact",)),
        FieldDeclaration("area", "String", "area_code", 2, words("Grid"), "address", ("redact",)),
        FieldDeclaration("livesAlone", "Boolean", "lives_alone", 3, words("Lives alone"), masks=("redact",)),
        FieldDeclaration("note", "String", "note", 3, words("A note"), masks=("redact",), filterable=False),
    ),
    companions=(
        CompanionDeclaration(
            "ageBand", "String", "birthDate", "age-band", {"edges": [18, 60, 70]}, 2, words("Age band in full years")
        ),
    ),
    references=(
        ReferenceDeclaration("emergencyContact", "Resident", "identityNo", "contact_no", 3, words("Emergency contact")),
    ),
)

POPULATION = SourceDeclaration("population", "public-security-bureau", "sql", {}, types=(RESIDENT,))

TO_RESIDENT = ReferenceDeclaration("resident", "Resident", "identityNo", "identity_no", 3, words("Whose record it is"))

VACCINATION = TypeDeclaration(
    name="Vaccination",
    table="vaccination",
    description=Words("疫苗接种记录", "One vaccination"),
    key=None,
    subject="resident",
    area=None,
    collection=None,
    fields=(
        FieldDeclaration("vaccine", "String", "vaccine", 3, words("Vaccine"), "health", ("redact",)),
        FieldDeclaration("dose", "Int", "dose", 3, words("Number of the dose"), "health", ("redact",)),
        FieldDeclaration("date", "Date", "given_on", 3, words("Given on"), "health", ("redact",)),
    ),
    references=(TO_RESIDENT,),
)

HEALTH = SourceDeclaration(
    "health",
    "health-commission",
    "sql",
    {},
    types=(VACCINATION,),
    relations=(
        RelationDeclaration(
            "vaccinations",
            "Resident",
            "identityNo",
            "Vaccination",
            "resident.identityNo",
            many=True,
            order=("-date",),
            bound=20,
            level=3,
            description=words("All vaccinations"),
        ),
        RelationDeclaration(
            "latestVaccination",
            "Resident",
            "identityNo",
            "Vaccination",
            "resident.identityNo",
            many=False,
            order=("-date",),
            bound=1,
            level=3,
            description=words("The latest vaccination"),
        ),
    ),
)

MEAL_SERVICE = TypeDeclaration(
    name="MealService",
    table="searchMealServices",
    description=Words("送餐服务", "Meals brought to a person"),
    key=None,
    subject="resident",
    area=None,
    collection=None,
    fields=(
        FieldDeclaration("active", "Boolean", "active", 2, words("Meals are being brought"), masks=("redact",)),
        FieldDeclaration("lastAt", "DateTime", "lastAt", 3, words("Last delivery at"), masks=("redact",)),
        FieldDeclaration("paid", "Float", "paid", 3, words("Paid in yuan"), masks=("redact",)),
    ),
    references=(TO_RESIDENT,),
)

DELIVERY = SourceDeclaration(
    "delivery",
    "eatwell",
    "rest",
    {},
    types=(MEAL_SERVICE,),
    relations=(
        RelationDeclaration(
            "mealService",
            "Resident",
            "identityNo",
            "MealService",
            "resident.identityNo",
            many=False,
            order=(),
            bound=1,
            level=2,
            description=words("Meal service"),
        ),
    ),
)
