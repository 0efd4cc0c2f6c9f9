from __future__ import annotations

import datetime as dt
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.document.persisted import PersistedDocuments, digest_of
from federation.errors import Code, Refusal
from federation.identity import Credentials
from federation.stages import Asked
from vocabulary.principal import Principal

WANG = Principal("wang.min", "health", "analysis", frozenset(), ())
TEXT, OTHER = "{ a }", "{ b }"
LISTED = {digest_of(TEXT): TEXT}
NOW = dt.datetime(2025, 6, 30, tzinfo=dt.UTC)


def asked(document: str = "", digest: str | None = None, *, is_own: bool = False) -> Asked:
    return Asked(document, None, {}, Credentials(), None, None, NOW, digest=digest, is_own=is_own)


def refused(documents: PersistedDocuments, question: Asked, principal: Principal = WANG) -> Code:
    with pytest.raises(Refusal) as caught:
        documents.text(question, principal)
    return caught.value.code


def kept(documents: PersistedDocuments, text: str, principal: Principal = WANG) -> bool:
    try:
        return documents.text(asked(digest=digest_of(text)), principal) == text
    except Refusal:
        return False


def test_the_hash_is_sha_256_of_the_text_in_utf_8() -> None:
    assert digest_of("{ 跑 }") == sha256("{ 跑 }".encode()).hexdigest()
    # the example of the appendix
    document = "query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}"
    assert digest_of(document) == "7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e"


def test_a_document_without_a_hash_is_itself_and_is_not_kept() -> None:
    documents = PersistedDocuments()
    assert documents.text(asked(TEXT), WANG) == TEXT
    documents.keep(asked(TEXT), WANG)
    assert not kept(documents, TEXT)


def test_a_document_is_kept_once_it_came_with_its_hash_and_was_found_valid() -> None:
    documents, both = PersistedDocuments(), asked(TEXT, digest_of(TEXT))
    assert not kept(documents, TEXT)
    assert documents.text(both, WANG) == TEXT
    assert not kept(documents, TEXT)  # nobody has said that it is valid
    documents.keep(both, WANG)
    assert kept(documents, TEXT)
    documents.keep(asked(digest=digest_of(TEXT)), WANG)
    assert kept(documents, TEXT)


def test_a_document_that_is_not_kept_is_said_in_the_words_that_clients_compare_with() -> None:
    with pytest.raises(Refusal, match=r"^PersistedQueryNotFound$"):
        PersistedDocuments().text(asked(digest=digest_of(TEXT)), WANG)


@pytest.mark.parametrize("digest", [digest_of(OTHER), digest_of(TEXT).upper(), "", "x", digest_of(TEXT)[:-1]])
@pytest.mark.parametrize("trusted", [None, LISTED])
def test_a_hash_of_another_document_is_refused(digest: str, trusted: dict[str, str] | None) -> None:
    assert refused(PersistedDocuments(trusted), asked(TEXT, digest)) is Code.PERSISTED_QUERY_MISMATCH


@pytest.mark.parametrize(
    "other",
    [
        replace(WANG, id="li.na"),
        replace(WANG, organisation="police"),
        replace(WANG, application="other"),
        Principal("health", "wang.min", "analysis", frozenset(), ()),
    ],
)
def test_what_one_keeps_is_nobody_elses(other: Principal) -> None:
    documents = PersistedDocuments()
    documents.keep(asked(TEXT, digest_of(TEXT)), WANG)
    assert not kept(documents, TEXT, other)
    assert kept(documents, TEXT, replace(WANG, roles=frozenset({"analyst"})))  # who is who they were


def test_the_least_used_goes_first() -> None:
    size = len(TEXT) + 256
    documents = PersistedDocuments(each=2 * size)
    for text in (TEXT, OTHER):
        documents.keep(asked(text, digest_of(text)), WANG)
    assert kept(documents, TEXT)
    documents.keep(asked("{ c }", digest_of("{ c }")), WANG)
    assert [kept(documents, text) for text in (TEXT, OTHER, "{ c }")] == [True, False, True]


def test_whoever_keeps_much_drives_out_their_own_first() -> None:
    size = len(TEXT) + 256
    documents = PersistedDocuments(each=2 * size, most=3 * size)
    modest, greedy = WANG, replace(WANG, id="greedy")
    documents.keep(asked(TEXT, digest_of(TEXT)), modest)
    for number in range(20):
        text = f"{{ {number} }}"
        documents.keep(asked(text, digest_of(text)), greedy)
    assert kept(documents, TEXT, modest)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 60)), max_size=60))
def test_no_more_is_kept_than_the_bounds(steps: list[tuple[int, int]]) -> None:
    documents = PersistedDocuments(each=1_000, most=2_500)
    for who, length in steps:
        text = f"{{ {'x' * length} }}"
        documents.keep(asked(text, digest_of(text)), replace(WANG, id=str(who)))
        sizes = [sum(len(one) + 256 for one in owned._texts.values()) for owned in documents._kept.values()]
        assert [owned.size for owned in documents._kept.values()] == sizes
        assert max(sizes) <= 1_000
        assert documents._size == sum(sizes) <= 2_500


def test_where_there_is_a_list_its_documents_run_in_every_way_they_may_be_named() -> None:
    documents = PersistedDocuments(LISTED)
    for question in (asked(TEXT), asked(digest=digest_of(TEXT)), asked(TEXT, digest_of(TEXT))):
        assert documents.text(question, WANG) == TEXT


@pytest.mark.parametrize(
    "question",
    [
        asked(OTHER),
        asked(digest=digest_of(OTHER)),
        asked(OTHER, digest_of(OTHER)),
        asked(TEXT + " "),
        asked(""),
        asked("{"),
    ],
)
def test_where_there_is_a_list_nothing_else_runs_and_nothing_is_kept(question: Asked) -> None:
    documents = PersistedDocuments(LISTED)
    assert refused(documents, question) is Code.DOCUMENT_UNLISTED
    documents.keep(question, WANG)
    assert refused(documents, question) is Code.DOCUMENT_UNLISTED
    assert not documents._kept


def test_an_empty_list_opens_nothing() -> None:
    assert refused(PersistedDocuments({}), asked(TEXT)) is Code.DOCUMENT_UNLISTED


def test_a_document_of_the_softwares_own_needs_no_place_in_a_list() -> None:
    assert PersistedDocuments(LISTED).text(asked(OTHER, is_own=True), WANG) == OTHER


def test_whom_another_exchange_names_alike_is_somebody_else() -> None:
    documents, both = PersistedDocuments(), asked(TEXT, digest_of(TEXT))
    documents.keep(both, WANG)
    assert kept(documents, TEXT)
    assert not kept(documents, TEXT, replace(WANG, exchange="city"))
