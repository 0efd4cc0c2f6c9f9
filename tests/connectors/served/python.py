"""Kind `python`: the same subgraph, mounted from a file. It is gone when what it works on is."""

from __future__ import annotations

from typing import Any

from connectors.contract import Connector
from connectors.python import PythonConnector
from tests.connectors.served.data import declaration
from tests.connectors.served.graphql import NAMES, SubgraphServed
from tests.connectors.served.town import TOWNS

FILE = """\
from tests.connectors.served.town import TOWNS

schema = TOWNS[{folder!r}].schema()
"""


class PythonServed(SubgraphServed):
    """A file in the folder."""

    kind = "python"

    def connector(self, **changes: Any) -> Connector:
        TOWNS[str(self.folder)] = self.town
        (self.folder / "town.py").write_text(FILE.format(folder=str(self.folder)))
        return PythonConnector(declaration("python", {"file": "town.py", "names": NAMES}, **changes), self.folder)

    def kill(self) -> None:
        self.town.is_dead = True
