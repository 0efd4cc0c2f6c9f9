"""The command `tongguan`. Exit codes: 0 done; 1 the answer is no (refused, not verified); 2 wrong usage; 3 can't start.

Each command's help shows an example that the tests run. One family of commands, one file; `GROUPS` lists them.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import click

from federation.cli import (
    agreements,
    catalogue,
    composing,
    emergencies,
    inspecting,
    log,
    looking,
    policy,
    router,
    running,
    subjects,
)

_PACKAGES = ("vocabulary", "federation", "connectors", "policies", "masking", "audit", "portal")
COMMANDS = (
    running.serve,
    running.demo,
    router.router,
    running.token,
    running.application_key,
    inspecting.inspect_command,
    composing.compose_command,
    looking.decide,
    looking.plan_command,
    policy.policy,
    catalogue.catalogue,
    agreements.agreement,
    emergencies.emergency,
    subjects.glass,
    subjects.consent,
    subjects.case,
    log.audit,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="tongguan")
def cli() -> None:
    """Tongguan 统管: a privacy-preserving data exchange for a very large city."""


for command in COMMANDS:
    cli.add_command(command)


def main() -> None:
    """Run the command line."""
    _check_packages()
    cli(prog_name="tongguan")


def _check_packages() -> None:
    """Refuse to run with somebody else's package of one of our names: other distributions carry a `federation`."""
    here = Path(__file__).resolve().parents[2]
    for name in _PACKAGES:
        found = importlib.util.find_spec(name)
        if found is None or found.origin is None or Path(found.origin).resolve().parents[1] != here:
            sys.stderr.write(
                f"tongguan: package {name} is another distribution's. Install tongguan in an environment of its own.\n"
            )
            raise SystemExit(3)
