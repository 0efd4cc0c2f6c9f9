"""What the harnesses of database servers share: a driver whose sessions are counted."""

from __future__ import annotations

from typing import Any

from connectors.drivers.pool import Pool


class Counting:
    """Counts the statements for data of a connector: from when they are sent until their connection is free or gone."""

    patience = 1.5

    def __init__(self) -> None:
        self.asked = self.open = self.most = 0

    def count(self, pool: Pool[Any], catalogue: tuple[str, ...]) -> None:
        """Count from now on; a statement with a word of `catalogue` looks at tables, and is no request for data."""
        make = pool._make

        async def counted() -> Any:
            session = await make()
            fetch, abandon = session.fetch, session.abandon
            busy = False

            def done() -> None:
                nonlocal busy
                self.open -= busy
                busy = False

            async def fetched(sql: str, arguments: Any) -> Any:
                nonlocal busy
                if any(word in sql for word in catalogue):
                    return await fetch(sql, arguments)
                self.asked += 1
                self.open += 1
                self.most = max(self.most, self.open)
                busy = True
                answer = await fetch(sql, arguments)
                done()
                return answer

            async def abandoned() -> None:
                try:
                    await abandon()
                finally:
                    done()

            session.fetch, session.abandon = fetched, abandoned
            return session

        pool._make = counted
