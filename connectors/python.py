"""Connector kind `python`: a subgraph that its owner writes by hand with Strawberry, mounted in this process.

Options: `file`, a .py file relative to the folder of the exchange file, and in it; `schema`, the name in it of a
`strawberry.federation.Schema` (`schema` unless told); `sha256`, the file's hash, so that what runs is what was approved
with the declaration; `names`, what the subgraph calls an owner or a relation. What is taken from it says `subgraph.py`:
it is asked as a remote one is, and its answer becomes JSON and is read as one from the network is, so that nothing
alive passes.

The code runs with all rights of the exchange. It has an event loop and a thread of its own (`own_loop.py`): what blocks
there holds its own source.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import sys
import traceback
from importlib.abc import SourceLoader
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Final

import orjson
from strawberry.federation import Schema

from connectors.errors import DeclarationError, FailureKind, SourceError
from connectors.own_loop import OwnLoop
from connectors.post import MAX_BYTES
from connectors.subgraph import SubgraphConnector
from vocabulary.catalogue import SourceDeclaration

_OPTIONS: Final = frozenset({"file", "schema", "sha256", "names"})
_PATIENCE: Final = 5.0
_THREAD: Final = "tongguan subgraph "
_mounted: Final = count(1)


class PythonConnector(SubgraphConnector):
    """A mounted subgraph. Its file is run when the connector is made."""

    def __init__(self, declaration: SourceDeclaration, base: Path) -> None:
        options, where = declaration.options, f"source {declaration.name}: options"
        if not {"file"} <= options.keys() <= _OPTIONS:
            raise DeclarationError(f"{where} of kind python are: file, and if needed schema, sha256 and names")
        super().__init__(declaration)
        file, name = str(options["file"]), str(options.get("schema", "schema"))
        path = _path(where, file, base)
        code = path.read_bytes()  # once: what is compared is what is run
        if "sha256" in options and options["sha256"] != hashlib.sha256(code).hexdigest():
            raise DeclarationError(
                f"{where}.sha256: {file} is another; see what changed, and write what sha256sum says of it"
            )
        schema = vars(_run(where, file, _File(path, code))).get(name)
        if not isinstance(schema, Schema):
            raise DeclarationError(
                f"{where}.schema: the file {file} has no strawberry.federation.Schema of that name; "
                f"write {name} = strawberry.federation.Schema(types=[…])"
            )
        self.schema: Final = schema
        self._loop: Final = OwnLoop[bytes](_THREAD + declaration.name, concurrency=declaration.concurrency)

    async def close(self) -> None:
        """Cancel what is under way, and end the thread."""
        await self._loop.close(_PATIENCE)

    async def _post(self, content: bytes, about: str, deadline: float) -> bytes:  # noqa: ARG002  (it is cancelled then)
        async def work() -> bytes:
            return await _execute(self.schema, content)

        try:
            answer = await self._loop.run(work)
        except orjson.JSONEncodeError:
            raise self._lie(f"something other than plain data, when it was asked for {about}") from None
        except Exception:  # noqa: BLE001  (whatever it was, it is theirs, and not quoted)
            sentence = f"failed while it was asked for {about}"
            raise SourceError(self.declaration.name, FailureKind.UNAVAILABLE, sentence) from None
        if len(answer) > MAX_BYTES:
            raise self._lie(f"more than {MAX_BYTES // 1024 // 1024} MiB, when it was asked for {about}")
        return answer


async def _execute(schema: Schema, content: bytes) -> bytes:
    """Execute a request in their loop. Of an error goes on where it stands and its code, and no text."""
    asked = orjson.loads(content)
    result = await schema.execute(asked["query"], asked.get("variables"))
    errors = []
    for error in result.errors or ():
        code = (error.extensions or {}).get("code")
        errors.append({"path": error.path, "extensions": {"code": code if type(code) is str else None}})
    return orjson.dumps({"data": result.data, "errors": errors})


class _File(SourceLoader):
    """Loads one file, as it was read, and leaves no compiled copy beside it."""

    def __init__(self, path: Path, code: bytes) -> None:
        self.path = path
        self._code = code

    def get_filename(self, fullname: str) -> str:  # noqa: ARG002  (there is but one)
        return str(self.path)

    def get_data(self, path: str | bytes) -> bytes:  # noqa: ARG002
        return self._code


def _path(where: str, file: str, base: Path) -> Path:
    if not file.endswith(".py"):
        raise DeclarationError(f"{where}.file: write the path of a .py file, relative to the folder of exchange.yaml")
    path = (base / file).resolve()
    if not path.is_relative_to(base.resolve()):
        raise DeclarationError(f"{where}.file: write a path that stays in the folder of exchange.yaml")
    if not path.is_file():
        raise DeclarationError(f"{where}.file: there is no file {file}; is the path right?")
    return path


def _run(where: str, file: str, loader: _File) -> ModuleType:
    """Run the file as a module with a name of its own, so that two sources may have files of one name."""
    name = f"tongguan_subgraph_{next(_mounted)}"
    spec = importlib.util.spec_from_file_location(name, loader.path, loader=loader)
    if spec is None:
        raise DeclarationError(f"{where}.file: {file} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # Strawberry and dataclasses look names up there
    try:
        loader.exec_module(module)
    except (Exception, SystemExit) as error:  # noqa: BLE001  (it is named, and the operator sees to it)
        sys.modules.pop(name, None)
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(loader.path)]
        line = error.lineno if isinstance(error, SyntaxError) else next(reversed(lines), None)
        raise DeclarationError(
            f"{where}.file: {file} ends in {type(error).__name__}"
            f"{'' if line is None else f', from its line {line}'}; see why with: python {file}"
        ) from None
    return module


def _is_ours_to_log(record: logging.LogRecord) -> bool:
    """Strawberry logs every error of execution with its text, which may quote what the code works on."""
    return not (record.threadName or "").startswith(_THREAD)


logging.getLogger("strawberry.execution").addFilter(_is_ours_to_log)
