"""A long run of the comparison: random policies, askers and rows, decided by all three evaluators.

    python -m tests.policies.long_run --decisions 1000000

Prints how many cells were decided and how many were shown (how many of them through another exchange), and each
disagreement; ends with 1 where there is one.
"""

from __future__ import annotations

import argparse
import sys
import time
from random import Random

from policies.compile import Policy
from policies.reference import WITHHELD
from tests.policies.drawn import ACTIONS, COORDINATES, FACTS, Cell, a_policy, a_row, a_standing, an_asker, disagreement

ASKERS, ROWS = 4, 8
"""Of each policy: building one costs more than many decisions."""


def run(decisions: int, seed: int) -> tuple[int, int, int, list[str]]:
    """Decide so many cells or a few more; how many, how many were shown in all and through, and the disagreements."""
    random = Random(seed)
    count = visible = through = 0
    wrong: list[str] = []
    while count < decisions:
        said = a_policy(random)
        policy = Policy.build(said.lines, said.role_links, FACTS)
        for _ in range(ASKERS):
            asker, action = an_asker(random), random.choice(ACTIONS)
            standing = a_standing(random, asker, action)
            for row in [a_row(random) for _ in range(ROWS)]:
                for coordinate in COORDINATES:
                    cell = Cell(policy, said, standing, asker, coordinate, action, row)
                    expected = cell.referenced()
                    found = disagreement(cell, expected)
                    count += 1
                    visible += expected != WITHHELD
                    through += expected != WITHHELD and standing.through is not None
                    wrong += [found] if found else []
    return count, visible, through, wrong


def main() -> int:
    """Run, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    start = time.monotonic()
    count, visible, through, wrong = run(options.decisions, options.seed)
    seconds = time.monotonic() - start
    sys.stdout.write("".join(f"{one}\n\n" for one in wrong[:20]))
    sys.stdout.write(
        f"{count:,} decisions in {seconds:.0f} s (seed {options.seed}): {visible:,} shown, {through:,} of them through "
        f"another exchange, {count - visible:,} withheld, {len(wrong):,} disagreements between reference, compiled grants and Casbin\n"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
