"""One entry of the log in full, by the sealed id that a list gave, with the proof that it stands there.

The proof is checked in the browser, by a script that trusts nothing of this page but the bytes it is given; and it can
be taken along as a file, to be checked elsewhere.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from portal.accesses import ACCESS, cells_of, opening_of
from portal.answer import Answer, read
from portal.contract import Question
from portal.listing import own_fields
from portal.log_words import LogWords
from portal.pages import officer_asker, officer_refusals, officer_subject
from portal.pages.officer import PAGE as OVERVIEW
from portal.visit import Opening, Page, Visit

_BACK: Final = frozenset(one.PAGE.path for one in (officer_subject, officer_asker, officer_refusals))
_FACTS: Final = ("at", "person", "organisation", "application", "purpose", "mode", "kind", "outcome", "act", "under")
_LISTS: Final = {
    "released": ("coordinate", "shown", "rows", "line"),
    "given": ("organisation", "source", "coordinate", "count", "line"),
}


async def get(_: Visit) -> Response:
    """An entry has no address: it may be about somebody."""
    return RedirectResponse(OVERVIEW.path, 303)


async def post(visit: Visit) -> Response:
    """The entry, or the file that proves it."""
    opening = opening_of(visit.openings)
    if opening is None:
        return RedirectResponse(OVERVIEW.path, 303)
    answer = await _asked(visit, opening)
    node = None if answer.data is None else answer.data["node"]
    if node is not None and visit.form.get("go") == "file" and node.get("receipt") and node.get("proof"):
        return _file(node)
    kind = opening.outlook.types[ACCESS]
    names = [name for name in (*_FACTS, "entry", "document", "epoch", "receipt", "proof") if name in kind.fields]
    back = visit.form.get("from")
    return visit.show(
        "officer_entry.html",
        _status(answer, node),
        opening=opening,
        words=LogWords(visit, opening),
        answer=answer,
        node=node,
        cells={} if node is None else cells_of(visit, answer, kind, node, names),
        facts=[name for name in _FACTS if name in kind.fields],
        fields=kind.fields,
        back=back if back in _BACK else "",
    )


async def _asked(visit: Visit, opening: Opening) -> Answer:
    types = opening.outlook.types
    kind = types[ACCESS]
    parts = [one.name for one in own_fields(kind) if one.name not in {"subject", "how"}]
    for name, inner in _LISTS.items():
        if name in kind.fields and kind.fields[name].type in types:
            known = types[kind.fields[name].type].fields
            parts.append(f"{name} {{ {' '.join(one for one in inner if one in known)} }}")
    document = f"query Entry($id: ID!) {{ node(id: $id) {{ ... on {ACCESS} {{ id {' '.join(parts)} }} }} }}"
    question = Question(document, {"id": visit.form.get("id")}, opening.purpose, opening.mode)
    return read(await visit.door.ask(visit.token, question))


def _file(node: dict[str, Any]) -> Response:
    """The proof with its entry (C2SP tlog-proof), as `tongguan audit prove` writes it."""
    header, _, rest = str(node["proof"]).partition("\n")
    entry = b64encode(str(node["receipt"]).encode()).decode()
    name = f"entry-{node['entry']}.tlog-proof" if isinstance(node.get("entry"), int) else "entry.tlog-proof"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(f"{header}\nextra {entry}\n{rest}", media_type="text/plain; charset=utf-8", headers=headers)


def _status(answer: Answer, node: object) -> int:
    if answer.is_refused:
        return answer.status
    return 404 if node is None else 200


PAGE: Final = Page("/officer/entry", "officer", get=get, post=post)
