"""Lines of policy to begin from: for one role, in its own areas, through the strictest masks. All are comments.

None opens anything until somebody takes the `# ` away: a proposal grants nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from federation.schema.proposal.values import Proposal, ProposedField, ProposedType

ROLE, PURPOSE = "ROLE", "PURPOSE"
_SILENT = frozenset({"redact", "pseudonym"})  # a null, or a word that nobody can read
_OPEN = 2  # the highest level that a first line shows plainly


def policy_lines(proposal: Proposal, role: str = ROLE, purpose: str = PURPOSE) -> str:
    """The lines, for `policy.csv`; ROLE and PURPOSE where nobody said which."""
    return "".join(f"# {line}\n" for line in _lines(proposal, role, purpose))


def _lines(proposal: Proposal, role: str, purpose: str) -> Iterator[str]:
    yield f"Lines to begin from for {proposal.name}. None opens anything before its `# ` is taken away."

    def line(subject: str, rows: str, coordinate: str, action: str, shown: str) -> str:
        return f"p, {subject}, {rows}, {coordinate}, {action}, {purpose}, ordinary, allow, {shown}"

    subject, kinds = f"role:{role}", {mask.name: mask.kind for mask in proposal.masks}
    for one in proposal.types:
        rows = "own" if one.area or one.subject else "any"
        for part in one.fields:
            shown = _shown(part, one, kinds)
            if shown is not None:
                yield line(subject, rows, f"{one.name}.{part.name}", "read", shown)
        for companion in one.companions:
            yield line(subject, rows, f"{one.name}.{companion.name}", "read", "plain")
            yield line(subject, rows, f"{one.name}.{companion.of}", "derive", "plain")
    for relation in proposal.relations:
        yield line(subject, "own", f"{relation.owner}.{relation.name}", "read", "plain")
    for coordinate in proposal.deliver:
        yield f"The next one tells {proposal.owner} whom is asked about: their own system is asked by this number."
        yield line(f"org:{proposal.owner}", "any", coordinate, "deliver", "plain")


def _shown(part: ProposedField, one: ProposedType, kinds: Mapping[str, str]) -> str | None:
    """The strictest mask that still shows something; plain only what is nobody's and of a low level."""
    if part.is_inaccessible or part.is_identifier:
        return None
    telling = [mask for mask in part.masks if kinds[mask] not in _SILENT]
    if telling:
        return telling[-1]
    return "plain" if part.level <= _OPEN and (part.name == one.area or part.category is None) else None
