"""One type of a `files` source: where its rows lie, and how it stands in DuckDB."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.folder import Place, place
from connectors.layout import Taken, layout
from vocabulary.catalogue import SourceDeclaration, TypeDeclaration


@dataclass(frozen=True, slots=True)
class Shape:
    """`columns`: each field, by the file's own column. `taken`: each field, by the column of `view`.

    The view has two for each field: `v…` is selected and `w…` compared. Their names, and those of `rows`, the table
    that text is read into, are ours: DuckDB does not tell `id` from `ID`.
    """

    declared: TypeDeclaration
    place: Place
    columns: dict[str, Taken]
    taken: dict[str, Taken]
    view: str
    rows: str
    where: str  # how it is called to whoever writes the declaration

    @property
    def name(self) -> str:
        """The type's."""
        return self.declared.name


def shapes(declaration: SourceDeclaration) -> dict[str, Shape]:
    """Every type of a source, by name.

    Raises:
        DeclarationError: a `table` is no file in the folder.
    """
    return {declared.name: _shape(declaration, at, declared) for at, declared in enumerate(declaration.types)}


def _shape(declaration: SourceDeclaration, at: int, declared: TypeDeclaration) -> Shape:
    columns = layout(declaration, declared)
    taken = {name: Taken(f"v{number}", one.scalar, f"w{number}") for number, (name, one) in enumerate(columns.items())}
    where = f"source {declaration.name}: table {declared.table} (type {declared.name})"
    return Shape(declared, place(where, declared.table), columns, taken, f"t{at}", f"d{at}", where)
