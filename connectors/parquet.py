"""Parquet files of one type → the SQL that reads them where they lie."""

from __future__ import annotations

import duckdb

from connectors.duck import Duck, identifier, literal, no_pattern
from connectors.ducktypes import Cells, of_parquet
from connectors.errors import DeclarationError, FailureKind, SourceError
from connectors.folder import Folder, Part
from connectors.shape import Shape


def scan(parts: tuple[Part, ...]) -> str:
    """The rows of the files. What stands in their paths is no column, and no pattern."""
    files = ", ".join(literal(no_pattern(str(part.path))) for part in parts)
    return f"read_parquet([{files}], hive_partitioning = false, filename = false, union_by_name = false)"


class Parquet:
    """For one source; used by one thread at a time."""

    def __init__(self, source: str, duck: Duck, folder: Folder) -> None:
        self._source = source
        self._duck = duck
        self._folder = folder

    def cells(self, shape: Shape, parts: tuple[Part, ...], maker: duckdb.DuckDBPyConnection) -> list[Cells]:
        """How each field is read.

        Raises:
            DeclarationError: a column is not there, or can't be read as its field's scalar.
            SourceError: a file is no Parquet file, or they do not agree with each other.
        """
        described = [self._describe(shape, part, maker) for part in parts]
        first = described[0]
        made = [_cells(shape, field, first) for field in shape.columns]
        for kinds in described[1:]:
            for field, taken in shape.columns.items():
                if kinds.get(taken.column) != first[taken.column]:
                    sentence = f"the files of {shape.name} do not agree on {shape.name}.{field}"
                    raise SourceError(self._source, FailureKind.INVALID, sentence)
        return made

    def _describe(self, shape: Shape, part: Part, maker: duckdb.DuckDBPyConnection) -> dict[str, str]:
        """The columns of a file, and DuckDB's types of them."""
        self._folder.open(shape.name, part).close()  # whether it may be read is the system's to say, in its words
        try:
            rows = maker.execute(f"DESCRIBE SELECT * FROM {scan((part,))}").fetchall()  # noqa: S608  (a path of ours)
        except duckdb.Error as error:
            failure = self._duck.failed(error)
            if failure.kind is not FailureKind.INVALID:
                raise failure from None
            sentence = f"a file of {shape.name} is no Parquet file, or only a part of one"
            raise SourceError(self._source, FailureKind.INVALID, sentence) from None
        return {str(row[0]): str(row[1]) for row in rows}


def _cells(shape: Shape, field: str, kinds: dict[str, str]) -> Cells:
    taken = shape.columns[field]
    kind = kinds.get(taken.column)
    if kind is None:
        raise DeclarationError(
            f"{shape.where} has no column {taken.column} (field {field}); write one of: {', '.join(kinds)}"
        )
    made = of_parquet(kind, taken.scalar, identifier(taken.column))
    if made is None:
        raise DeclarationError(
            f"{shape.where}: column {taken.column} (field {field}) is {_in_words(kind)}, which is not read as "
            f"{taken.scalar or 'a key'}; declare another type, leave it out, or write the file anew"
        )
    return made


def _in_words(kind: str) -> str:
    """DuckDB's name of a type; of a nested one, only that it is."""
    return kind if kind.replace(" ", "").replace("_", "").isalnum() or kind.startswith("DECIMAL(") else "nested"
