"""Commands that sign, prove and verify: the head of the log, the whole log, and one receipt."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from audit.errors import AuditError
from audit.note import VerifyKey
from audit.proof import Proof
from audit.verify import verify
from audit.verify_receipt import verify_receipt
from federation.cli.asking import Speaker, speaker
from federation.cli.common import HOME, NegativeAnswerError, finished, opened, settings_of

_USUAL: Final = "security-audit"
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT: Final = click.Path(path_type=Path)
_RECEIPT: Final = """query Receipt($entry: Int!) {
  accesses(first: 1, where: {entry: {eq: $entry}}) { nodes { receipt proof } }
}"""


@click.command("checkpoint")
@HOME
@click.option("--out", type=_OUT, help="Where to write it. Keep it elsewhere than the log.")
def audit_checkpoint(home: Path | None, out: Path | None) -> None:
    """Sign the head of the log (C2SP tlog-checkpoint), to be saved elsewhere and verified against later.

    \b
    Example:
      tongguan audit checkpoint --out /media/witness/checkpoint.txt
    """
    exchange = opened(home)
    try:
        note = finished(exchange, exchange.log.checkpoint)
    except AuditError as error:
        raise NegativeAnswerError(str(error)) from None
    if out is None:
        click.echo(note, nl=False)
        return
    _write(out, note)
    click.echo(f"Wrote {out}. The key to verify it with: {(exchange.settings.keys / 'log.vkey').read_text().strip()}")


@click.command("verify")
@HOME
@click.option(
    "--log", "directory", type=click.Path(path_type=Path), help="The log's directory. [default: audit in the home]"
)
@click.option("--checkpoint", type=_FILE, help="A checkpoint saved elsewhere.")
@click.option("--vkey", help="The log's public key, or a file that holds it. [default: keys/log.vkey in the home]")
def audit_verify(home: Path | None, directory: Path | None, checkpoint: Path | None, vkey: str | None) -> None:
    """Verify the log offline, against a signed checkpoint: any changed, dropped or truncated entry fails.

    \b
    Example:
      tongguan audit verify --checkpoint /media/witness/checkpoint.txt
    """
    settings = settings_of(home)
    key = _verify_key(vkey, settings.keys / "log.vkey")
    try:
        note = checkpoint.read_text(encoding="utf-8") if checkpoint else None
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"the checkpoint can't be read: {error}") from None
    report = verify(directory or settings.audit, note, key)
    click.echo(str(report))
    if not report.ok:
        raise SystemExit(1)


@click.command("prove")
@speaker
@click.option("--out", type=_OUT, help="Where to write it, as entry-4.tlog-proof.")
@click.argument("index", type=click.IntRange(0, 2**31 - 1))
def audit_prove(who: Speaker, out: Path | None, index: int) -> None:
    """Write one entry with the proof that it stands in the log, signed now (C2SP tlog-proof).

    Whoever has the file and the log's public key can check it without the exchange: tongguan audit verify-receipt.

    \b
    Example:
      tongguan audit prove --as officer --out entry-4.tlog-proof 4
    """
    answer = who.ask(_RECEIPT, {"entry": index}, _USUAL)
    for one in answer["extensions"]["withheld"]:
        raise NegativeAnswerError(f"withheld {one['coordinate']}: {one['reason']}. {one['ask']}")
    found = answer["data"]["accesses"]
    if found is None:
        raise NegativeAnswerError("the log could not be read")
    if not found["nodes"]:
        raise NegativeAnswerError(f"the log has no entry {index}")
    (node,) = found["nodes"]
    text = Proof.parse(node["proof"]).along(node["receipt"].encode()).format()
    if out is None:
        click.echo(text, nl=False)
        return
    _write(out, text)
    click.echo(f"Wrote {out}. Check it with: tongguan audit verify-receipt {out}")


@click.command("verify-receipt")
@HOME
@click.option("--receipt", type=_FILE, help="The entry, where it does not go along in the proof.")
@click.option("--vkey", help="The log's public key, or a file that holds it. [default: keys/log.vkey in the home]")
@click.argument("proof", type=_FILE)
def audit_verify_receipt(home: Path | None, receipt: Path | None, vkey: str | None, proof: Path) -> None:
    """Verify one receipt offline, by its proof and the log's public key.

    \b
    Example:
      tongguan audit verify-receipt --vkey log.vkey entry-4.tlog-proof
    """
    key = _verify_key(vkey, settings_of(home).keys / "log.vkey")
    try:
        text = proof.read_text(encoding="utf-8")
        entry = receipt.read_bytes() if receipt else None
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"the proof or its entry can't be read: {error}") from None
    report = verify_receipt(text, entry, key)
    click.echo(str(report))
    if not report.ok:
        raise SystemExit(1)


def _verify_key(given: str | None, usual: Path) -> VerifyKey:
    """The key as it is given, in a file that is named, or where it usually stands."""
    try:
        if given is None:
            given = usual.read_text(encoding="utf-8")
        elif "+" not in given:  # every key holds one
            given = Path(given).read_text(encoding="utf-8")
        return VerifyKey.from_text(given.strip())
    except (AuditError, OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"the log's public key can't be read ({error}): name the home, or give --vkey") from None


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise NegativeAnswerError(f"{out} can't be written: {error.strerror}") from None


PROVING: Final = (audit_checkpoint, audit_verify, audit_prove, audit_verify_receipt)
