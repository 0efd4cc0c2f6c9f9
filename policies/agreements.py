"""Agreements and the negative list as policy lines: what people agreed on, in the words that decisions are made of.

Columns are handed on, not lines: `policies.load.read_line` judges them like those of a file, so that an agreement can
say nothing that a policy file could not.
"""

from __future__ import annotations

from collections.abc import Iterator

from policies.lines import ANY, Effect, PolicyFacts, patterns
from policies.lists import check_lists, hidden_from
from vocabulary.agreement import Agreement, Negative
from vocabulary.principal import Action

GIVES_AWAY = (Action.READ, Action.MATCH, Action.DERIVE, Action.DELIVER)
"""The actions by which data reaches somebody: what an agreement may ask for, and what the negative list closes."""

LONGEST = 200
"""Of what a receipt cites, in characters."""


def agreement_columns(agreement: Agreement) -> Iterator[tuple[str, ...]]:
    """The nine columns of every line that an agreement gives, each once.

    A line for a role does not name the asker, since a line has one subject: whoever lets a question come under this
    agreement sees to it that the asker's organisation is the agreement's. In a line that delivers, `own` rows are
    those in the areas of the receiving organisation.
    """
    askers = [f"role:{role}" for role in agreement.roles] or [f"org:{agreement.asker}"]
    why = (agreement.purpose, agreement.mode, str(Effect.ALLOW))
    yield from dict.fromkeys(
        ("p", subject, agreement.rows, wish.pattern, str(wish.action), *why, wish.shown)
        for wish in agreement.wishes
        for subject in ([f"org:{wish.to}"] if wish.action is Action.DELIVER else askers)
    )


def negative_columns(negative: Negative, facts: PolicyFacts | None = None) -> Iterator[tuple[str, ...]]:
    """The nine columns of every line that closes what an entry of the negative list names.

    They hold for any row, purpose and mode, and a deny wins over whatever is agreed. The subject is an organisation or
    anybody, never a role: for `deliver` it is who is told. With `facts`, no line closes `match` on what has no
    identifier, where there is nothing to close and the loader would say so.
    """
    subjects = [f"org:{organisation}" for organisation in negative.organisations] or [ANY]
    for subject in subjects:
        for pattern in negative.patterns:
            for action in GIVES_AWAY:
                if action is not Action.MATCH or facts is None or _has_identifier(pattern, facts):
                    yield ("p", subject, ANY, pattern, str(action), ANY, ANY, str(Effect.DENY), "")


def cited(entry: Agreement | Negative) -> str:
    """What lines of an entry rest on, for receipts and explanations: its id and its article, on one line.

    At most 200 characters, all of which can be seen: people wrote the article.
    """
    article = entry.basis if isinstance(entry, Agreement) else entry.article
    text = f"{entry.id} ({' '.join(article.split())})"
    seen = "".join(char if char.isprintable() else "\ufffd" for char in text)
    return seen if len(seen) <= LONGEST else seen[: LONGEST - 2] + "…)"


def _has_identifier(pattern: str, facts: PolicyFacts) -> bool:
    return any(known.identifier and pattern in patterns(one) for one, known in facts.coordinates.items())


__all__ = ["GIVES_AWAY", "agreement_columns", "check_lists", "cited", "hidden_from", "negative_columns"]
