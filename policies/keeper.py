"""Which policy is in force: the one in its source, looked at before every decision and every release.

Two promises meet here (DESIGN, promises 1 and 10). A change acts at the next look, milliseconds later. A new policy
with a mistake is refused and the running one stays. And when the source can't be read, nobody knows whether something
was revoked: after `patience` nothing is decided any more, until it can be read again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from policies.compile import Policy
from policies.epoch import epoch
from policies.errors import PolicyFileError, PolicyRefusedError, PolicyUnavailableError
from policies.rulebook import Rulebook
from policies.sources import REGISTRY, Source

REST = 0.005
"""Seconds between two looks: far below the promised T, and so few that looking costs a busy process nothing."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A policy in force. `archive` is the text that `epoch` is the hash of; `loaded_at` is in monotonic seconds."""

    rules: Rulebook
    epoch: str
    archive: str
    loaded_at: float

    @property
    def policy(self) -> Policy:
        """Its compiled lines."""
        return self.rules.policy


class Keeper:
    """Holds the policy in force. Safe to ask from many threads.

    A change in the source acts within `rest` seconds, and at once where `outdated` tells of it. `constant` are texts
    that decide too and do not change while the process lives: they are part of the epoch, in place of the source's own
    of the same name.

    Making one reads the source, and raises what `build` raises, or PolicyUnavailableError: a gateway without a policy
    does not start. `patience` is in seconds, as is `clock`, which must be monotonic.
    """

    def __init__(
        self,
        source: Source,
        build: Callable[[Mapping[str, str]], Rulebook],
        *,
        constant: Mapping[str, str] | None = None,
        patience: float = 1.0,
        rest: float = REST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._constant = dict(constant or {})
        self._build = build
        self._patience = patience
        self._rest = rest
        self._clock = clock
        self._lock = threading.Lock()
        self._refused: Exception | None = None
        self._unreadable: OSError | None = None
        self._is_outdated = False
        self._is_retired = False
        try:
            self._stamp = source.stamp()
            self._raw = source.read()
        except OSError as error:
            raise PolicyUnavailableError(f"the policy can't be read: {error}") from error
        self._in_force, self._good = self._adopted(self._raw), self._raw
        self._looked_at = clock()

    @property
    def problem(self) -> Exception | None:
        """What is wrong with the source now, for logs and metrics; None while the policy in force is what it holds."""
        return self._unreadable or self._refused

    def current(self) -> InForce:
        """The policy in force at this moment.

        Raises:
            PolicyUnavailableError: the source could not be read for longer than `patience`; or this one is retired,
                and what the source holds by now is not what it has in force.
        """
        with self._lock:
            is_rested = self._clock() - self._looked_at >= self._rest
            if self._unreadable is not None or self._is_outdated or is_rested:
                try:
                    self._look()
                except OSError as error:
                    self._unreadable = error
                    if self._clock() - self._looked_at > self._patience:
                        raise PolicyUnavailableError(f"the policy can't be read: {error}") from error
            if self._is_retired and self._refused is not None:
                raise PolicyUnavailableError("the policy is in force with another graph alone") from self._refused
            return self._in_force

    def outdated(self) -> None:
        """Look again before the next decision: what decides was just changed by this very process.

        Whoever revokes something here, and is told that it is done, must not see it act for another few milliseconds.
        """
        with self._lock:
            self._is_outdated = True

    def retire(self) -> None:
        """Another keeper has taken the place of this one, which decides what is under way and nothing longer.

        From now on it acts on no policy that its source does not hold: that the source's is refused here no longer
        means a mistake, since the other may have it in force, and something be revoked in it.
        """
        with self._lock:
            self._is_retired = self._is_outdated = True

    def _look(self) -> None:
        """Compare the source with what was read last, and act on what changed."""
        stamp = self._source.stamp()
        if stamp != self._stamp or self._source.is_fresh():
            raw = self._source.read()
            if raw != self._raw:
                self._refused = self._adopt(raw)
            self._stamp, self._raw = stamp, raw
        self._unreadable = None
        self._is_outdated = False
        self._looked_at = self._clock()

    def _adopt(self, raw: Mapping[str, bytes]) -> Exception | None:
        """Put what was read in force; what is wrong with it, where it is refused and the policy before stays.

        The registry's own part acts all the same, beside the policy that stays: an agreement that was revoked, or an
        emergency that was ended, must not go on because somebody approved a policy with a mistake.
        """
        try:
            self._in_force, self._good = self._adopted(raw), raw
        except Exception as refused:  # noqa: BLE001  (whatever is wrong with it, it is kept in `problem`)
            kept = {**self._good, REGISTRY: raw[REGISTRY]} if REGISTRY in raw else self._good
            if kept != self._good:
                try:
                    self._in_force, self._good = self._adopted(kept), kept
                except Exception as error:
                    raise OSError("the registry's part of the policy can't be acted on") from error
            return refused
        return None

    def _adopted(self, raw: Mapping[str, bytes]) -> InForce:
        texts = {name: _decoded(name, content) for name, content in raw.items()}
        name, archive = epoch({**texts, **self._constant})
        return InForce(self._build(texts), name, archive, self._clock())


def _decoded(name: str, content: bytes) -> str:
    """The text of a file, its line ends untouched."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = PolicyFileError(name, line, None, "the line is not UTF-8", "save the file as UTF-8")
        raise PolicyRefusedError((problem,)) from error
