from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import PolicyError
from policies.registry.actor import Actor
from policies.registry.errors import Code, RegistryRefusedError, RegistryUnavailableError, WeakStoreError
from policies.registry.pseudonyms import bytes_of
from policies.registry.times import from_rest, from_rest_or_none, to_rest
from tests.policies.registry.made import AT, LI, STRANGER, pseudonym

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))


@given(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(9998, 1, 1), timezones=zones))  # noqa: DTZ001  (the zone is drawn)
def test_a_moment_comes_back_as_it_was_in_utc(at: dt.datetime) -> None:
    assert from_rest(to_rest(at)) == at
    assert from_rest(to_rest(at)).tzinfo is dt.UTC


def test_times_compare_at_rest_as_they_do_in_life() -> None:
    assert to_rest(AT) + 1 == to_rest(AT + dt.timedelta(microseconds=1))
    assert (from_rest_or_none(None), from_rest_or_none(to_rest(AT))) == (None, AT)
    with pytest.raises(ValueError, match="aware"):
        to_rest(AT.replace(tzinfo=None))


names = st.text(max_size=10)


@given(names, names, names)
def test_an_actor_comes_back_as_written(person: str, organisation: str, application: str) -> None:
    actor = Actor(person, organisation, application)
    assert Actor.read(actor.text()) == Actor.read_or_none(actor.text()) == actor
    assert Actor.read_or_none(None) is None


def test_a_person_is_one_through_every_application_and_of_every_organisation() -> None:
    assert LI.is_same_person(replace(LI, application="another"))
    assert LI.is_same_person(STRANGER)
    assert not LI.is_same_person(replace(LI, person="zhou"))
    assert not LI.is_same_person(None)


@given(st.integers(0, 2**128 - 1))
def test_a_pseudonym_is_its_sixteen_bytes(number: int) -> None:
    assert bytes_of(pseudonym(number)) == number.to_bytes(16, "big")


@given(st.text(max_size=25))
def test_two_texts_are_never_one_pseudonym(text: str) -> None:
    try:
        data = bytes_of(text)
    except RegistryRefusedError:
        return
    assert pseudonym(int.from_bytes(data, "big")) == text


def test_one_tree_of_errors() -> None:
    assert issubclass(WeakStoreError, RegistryUnavailableError)
    assert issubclass(RegistryUnavailableError, PolicyError)
    refused = RegistryRefusedError(Code.EXPIRED, "It has ended.")
    assert isinstance(refused, PolicyError)
    assert (refused.code, refused.sentence, str(refused)) == ("EXPIRED", "It has ended.", "EXPIRED: It has ended.")
