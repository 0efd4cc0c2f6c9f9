"""Bounds on documents, so that understanding and planning stay cheap whatever is sent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one document may ask for.

    `cost` counts the objects that an answer could hold: each field of object type once per possible row around it.
    """

    length: int = 32_768  # characters of the document
    tokens: int = 4_000
    depth: int = 12
    fields: int = 1_000  # after fragments are spread out
    acts: int = 10  # as they are written, in all mutations of the document together
    aliases: int = 60
    directives: int = 60
    page: int = 1_000  # the largest `first`
    values: int = 1_000  # items of one list argument
    arguments: int = 500  # parts of all arguments together: members, items and values
    nesting: int = 20  # objects and lists inside one another in an argument
    record: int = 16_384  # characters of the normalised document, which every entry about it holds
    cost: int = 100_000
