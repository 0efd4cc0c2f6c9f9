"""A sheet of an Excel workbook → rows of marked text (`ducktypes.of_sheet`), read in a process of its own.

A workbook is a zip of XML: a small one can unpack into gigabytes, and one cell in its last corner makes a reader lay
out seventeen billion. So the reader (`sheet_process.py`, with python-calamine) runs by itself, with bounds on memory
and time that the system keeps, no file that it may write and no core dump; if it dies, a sheet could not be read, and
nothing else happened.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO, Final

from connectors.sheet_process import Outcome
from connectors.textual import Csv, TextError, Wanted, project

_READER: Final = Path(__file__).with_name("sheet_process.py")
_LEAST_MEMORY: Final = 512  # MiB; address space, of which an interpreter takes some before it begins
MAX_BYTES: Final = 64 * 1024 * 1024


def sheet(opened: BinaryIO, name: str, memory: int, wanted: Wanted) -> int:
    """Write the wanted columns of a sheet, a row a line, and say how many rows there were. `memory` is in MiB.

    Raises:
        TextError: it is no workbook, has no such sheet, has merged cells, or is too large.
        HeaderError: a column is not there.
        StoppedError: nobody needs it any more.
    """
    command = [sys.executable, "-I", "-S", str(_READER), _packages(), name, str(max(_LEAST_MEMORY, 2 * memory))]
    with subprocess.Popen(  # noqa: S603  (our own interpreter and file; the sheet's name is an argument, not a shell's)
        command, stdin=opened, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={}
    ) as process:
        if process.stdout is None or process.stderr is None:
            raise RuntimeError("a pipe was asked for")
        try:
            count = project(process.stdout, Csv(), wanted)  # type: ignore[arg-type]  # a pipe of bytes is one to read from
        except TextError:
            process.stdout.close()  # it may still be writing; it ends at that
            _outcome(name, process, or_quietly=True)  # what kept it from writing is the better word
            raise
        except BaseException:
            process.kill()
            raise
        _outcome(name, process)
    return count


def _outcome(name: str, process: subprocess.Popen[bytes], *, or_quietly: bool = False) -> None:
    """See that the reader came to its end; `or_quietly`: or that it stopped by itself, because nobody read on.

    Raises:
        TextError: it did not.
    """
    said = process.stderr.read() if process.stderr is not None else b""
    if process.wait() == 0:
        return
    try:
        found = json.loads(said)
        outcome, names = Outcome(found["outcome"]), ", ".join(map(str, found["names"]))
    except (ValueError, KeyError, TypeError):  # it was ended: by a bound, or by its own fault
        if or_quietly and process.returncode > 0:
            return
        outcome, names = Outcome.LARGE, ""
    raise TextError(_SENTENCES[outcome].format(sheet=name, names=names))


def _packages() -> str:
    """The folder in which python-calamine lies: the reader is told that one, and no other path."""
    found = importlib.util.find_spec("python_calamine")
    if found is None or found.origin is None:
        raise TextError("python-calamine is not installed")
    return str(Path(found.origin).parents[1])


_SENTENCES: Final = {
    Outcome.NO_WORKBOOK: "it is no Excel workbook (.xlsx), or only a part of one",
    Outcome.LOCKED: "it is locked with a password",
    Outcome.NO_SHEET: "there is no sheet {sheet}; write one of: {names}",
    Outcome.MERGED: "cells {names} are merged; unmerge them, and write a value into each",
    Outcome.HEADER: "a cell of its first row, which names the columns, is no text",
    Outcome.LARGE: "it is larger, unpacked, than can be read; write it as Parquet or CSV",
}
