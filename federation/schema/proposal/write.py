"""A proposal as the text that is put under `sources:` of an `exchange.yaml`, with every reason and question beside it.

Reasons are comments (`# …`), questions too (`# ? …`); all questions stand once more at the end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from federation.schema.proposal.names import READ_OTHERWISE, shown
from federation.schema.proposal.values import (
    Note,
    Proposal,
    ProposedField,
    ProposedOmission,
    ProposedReference,
    ProposedRelation,
    ProposedType,
)
from vocabulary.catalogue import MaskDeclaration, Words

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(-[A-Za-z0-9_]+)*")
_EDGES: Final = "[18, 60, 70, 80, 90]"
_LAST_OF_FOUR: Final = 0xFFFF  # the last that four hexadecimal digits write
_BOUND: Final = 50


def write_section(proposal: Proposal) -> str:
    """The section, indented by two spaces, as it stands under `sources:`."""
    return "".join(f"{line}\n" if line else "\n" for line in _section(proposal))


def _section(proposal: Proposal) -> Iterator[str]:
    yield ""
    yield "  # Proposed by `tongguan inspect`: levels, names and masks are guesses until the owner has read them."
    if not proposal.is_known and proposal.masks:
        yield "  # It names these masks, which have to be declared under `masks:`"
        yield from (f"  #   {mask.name}: {_mask(mask)}" for mask in proposal.masks)
    yield from _notes(proposal.notes, 2)
    if not proposal.types:
        yield "  # Nothing could be proposed:"
        yield from _left_out(proposal, 2)
        return
    yield f"  {proposal.name}:"
    yield f"    owner: {_text(proposal.owner)}"
    yield f"    connector: {proposal.connector}"
    yield f"    timeout: {proposal.timeout:g}"
    yield f"    concurrency: {proposal.concurrency}"
    yield f"    options: {_value(proposal.options)}"
    yield "    types:"
    for one in proposal.types:
        yield from _type(one)
    yield from _extensions(proposal.relations)
    yield from _left_out(proposal, 4)
    questions = proposal.questions()
    yield ""
    yield f"  # {len(questions)} questions for the owner of {proposal.name}:"
    yield from (f"  # {number}. {shown_whole(question)}" for number, question in enumerate(questions, start=1))


def _type(one: ProposedType) -> Iterator[str]:
    yield f"      # {one.size}"
    yield from _notes(one.notes, 6)
    yield f"      {one.name}:"
    yield f"        table: {_text(one.table)}"
    yield f"        description: {_words(one.description)}"
    for word, name in (
        ("key", one.key),
        ("subject", one.subject),
        ("area", one.area),
        ("collection", one.collection),
        ("pageBy", one.page_by),
    ):
        if name is not None:
            yield f"        {word}: {name}"
    yield "        fields:"
    for part in one.fields:
        yield from _field(part)
    if one.companions:
        yield "        companions:"
        for companion in one.companions:
            yield f"          {companion.name}:"
            yield f"            {{of: {companion.of}, kind: age-band, edges: {_EDGES}, type: String, level: 2,"
            yield f"             category: birth, description: {_words(companion.description)}}}"
    if one.references:
        yield "        references:"
        for reference in one.references:
            yield from _reference(reference)
    if one.omissions:
        yield "        omit:"
        for left in one.omissions:
            yield from _omission(left)


def _field(one: ProposedField) -> Iterator[str]:
    yield from _notes((one.note,), 10)
    yield f"          {one.name}:"
    facts = [f"column: {_text(one.column)}", f"type: {one.scalar}", f"level: {one.level}"]
    facts += [f"category: {one.category}"] if one.category else []
    facts += ["identifier: true"] if one.is_identifier else []
    facts += ["inaccessible: true"] if one.is_inaccessible else []
    facts += [f"masks: [{', '.join(one.masks)}]"] if one.masks else []
    facts += [f"reveals: [{', '.join(one.reveals)}]"] if one.reveals else []
    yield f"            {{{', '.join(facts)},"
    yield f"             description: {_words(one.description)}}}"


def _reference(one: ProposedReference) -> Iterator[str]:
    yield from _notes((one.note,), 10)
    yield f"          {one.name}:"
    yield f"            {{type: {one.type}, key: {one.key}, column: {_text(one.column)}, level: {one.level},"
    yield f"             description: {_words(one.description)}}}"


def _omission(left: ProposedOmission) -> Iterator[str]:
    yield from _notes((left.note,), 10)
    yield f"          - {_text(left.column)}"


def _extensions(relations: Iterable[ProposedRelation]) -> Iterator[str]:
    by_owner: dict[tuple[str, str], list[ProposedRelation]] = {}
    for one in relations:
        by_owner.setdefault((one.owner, one.owner_key), []).append(one)
    if by_owner:
        yield "    extends:"
    for (owner, key), some in by_owner.items():
        yield f"      {owner}:"
        yield f"        key: {key}"
        yield "        relations:"
        for one in some:
            yield from _notes((one.note,), 10)
            yield f"          {one.name}:"
            order = f", order: [{', '.join(one.order)}]" if one.order else ""
            many = f"many: true, bound: {_BOUND}" if one.is_many else "many: false"
            yield f"            {{type: {one.type}, by: {one.by}, {many}{order}, level: 3,"
            yield f"             description: {_words(one.description)}}}"


def _left_out(proposal: Proposal, indent: int) -> Iterator[str]:
    if proposal.left_out:
        yield f"{' ' * indent}# Not proposed:"
    for left in proposal.left_out:
        yield f"{' ' * indent}# - {shown(left.table)}: {shown_whole(left.note.reason)}"
        if left.note.doubt:
            yield f"{' ' * indent}#   ? {shown_whole(left.note.doubt)}"


def _notes(notes: Iterable[Note], indent: int) -> Iterator[str]:
    for note in notes:
        if note.reason:
            yield f"{' ' * indent}# {shown_whole(note.reason)}"
        if note.doubt:
            yield f"{' ' * indent}# ? {shown_whole(note.doubt)}"


def shown_whole(text: str) -> str:
    """A sentence of ours, with a name of the source's in it, on one line whatever it holds."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _words(words: Words) -> str:
    return f"{{zh: {_text(words.zh)}, en: {_text(words.en)}}}"


def _mask(mask: MaskDeclaration) -> str:
    return _value({"kind": mask.kind, **mask.parameters})


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{word}: {_value(one)}' for word, one in value.items())}}}"
    return _text(value) if isinstance(value, str) else str(value)


def _text(text: str) -> str:
    """A text as YAML 1.1 and 1.2 read it alike: plain where it is a word, else in quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in READ_OTHERWISE:
        return text
    # What can't be seen is written by its number: a right-to-left override would show a reader another name.
    return "".join(sign if sign.isprintable() else _escaped(sign) for sign in json.dumps(text, ensure_ascii=False))


def _escaped(sign: str) -> str:
    number = ord(sign)
    return f"\\U{number:08x}" if number > _LAST_OF_FOUR else f"\\u{number:04x}"
