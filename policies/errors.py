"""What goes wrong with policies. All of it is internal: a client only ever sees that data is withheld.

    PolicyError
    ├── PolicyFileError          one mistake in a policy file, with its place and its remedy
    ├── PolicyRefusedError       a policy file that is not acted on, with every mistake found in it
    ├── PolicyBuildError         lines, role links or facts that can't be one policy
    ├── ConditionError           a declared condition of rows that means nothing
    └── PolicyUnavailableError   no policy is known to be in force: nothing may be decided

No text here holds a value of a record: policy files name roles, areas and coordinates, never people.
"""

from __future__ import annotations

_SHOWN = 20


class PolicyError(Exception):
    """The root of everything that this package raises."""


class PolicyFileError(PolicyError):
    """One mistake: where it stands, what is wrong, and what to write instead.

    `line` counts from 1; `column` is the name of the column (`effect`), or None where the line as a whole is wrong.
    """

    def __init__(self, file: str, line: int, column: str | None, problem: str, remedy: str) -> None:
        super().__init__(file, line, column, problem, remedy)
        self.file = file
        self.line = line
        self.column = column
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        where = f"{self.column}: " if self.column else ""
        return f"{self.file}:{self.line}: {where}{self.problem}; {self.remedy}"


class PolicyRefusedError(PolicyError):
    """A policy file with mistakes; `problems` are all of them, in the order of their lines. Never empty."""

    def __init__(self, problems: tuple[PolicyFileError, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        more = len(self.problems) - _SHOWN
        shown = [str(problem) for problem in self.problems[:_SHOWN]]
        return "\n".join([*shown, f"and {more} more"] if more > 0 else shown)


class PolicyBuildError(PolicyError):
    """Parts that are each right and can't be one policy together."""


class ConditionError(PolicyError):
    """A declared condition whose kind or parameters mean nothing."""


class PolicyUnavailableError(PolicyError):
    """The policy files could not be read for longer than a process may act on what it read before."""
