"""The verifier an auditor runs alone: `python -m audit.verify [EXPORT_FILE | FOLDER | URL] --policy FILE …`.

Exit status: 0 all that was checked holds, 1 something does not, 2 the command makes no sense.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

from audit.argument import verify
from audit.checkpoint import NoteError, NoteKey
from audit.cosignature import parse_log_key
from audit.encoding import Json, MalformedError, json_value
from audit.page import page
from audit.policy import Policy, PolicyError, parse_policy
from audit.progress import ProgressBar
from audit.proof_file import HEADER, ProofFile
from audit.receipt import ShownReceipt
from audit.report import Report, unreadable
from audit.sightings import Sightings
from audit.sources import ExportSource, FolderSource, Source, SourceError, UrlSource

__all__ = ["main", "verify"]

MAX_HELD_FILE = 8 << 20  # bytes of a checkpoint or receipt file


class _UsageError(Exception):
    """The command cannot be carried out as given."""


@dataclass(frozen=True, slots=True)
class _Trust:
    """What the auditor believes before anything is read, and what the auditor has seen before."""

    keys: tuple[NoteKey, ...]
    policy: Policy | None
    sightings: Sightings | None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m audit.verify",
        description="Check a disclosure ledger against the keys, checkpoints and receipts you hold.",
    )
    parser.add_argument(
        "ledger", nargs="?", help="an exported ledger, a folder of its tiles, or the URL of a gateway"
    )
    held = partial(parser.add_argument, action="append", default=[])
    held("--key", help="verifier key you trust: name+hash+base64")
    held("--checkpoint", type=Path, help="a checkpoint seen before")
    held("--receipt", type=Path, help="a receipt, a list of them, a query's answers, or a .tlog-proof file")
    parser.add_argument("--policy", type=Path, help="tlog-policy file: keys you trust, witnesses you demand")
    parser.add_argument("--remember", type=Path, help="file in which every checkpoint ever seen is kept")
    parser.add_argument("--json", action="store_true", help="write the report as JSON")
    parser.add_argument("--html", type=Path, help="write the report as a page to this file too")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    options = _parser().parse_args(arguments)
    try:
        report = _verified(options)
        if options.html is not None:
            _write_page(options.html, report)
    except _UsageError as fault:
        sys.stderr.write(f"audit.verify: {fault}\n")
        return 2
    if options.json:
        sys.stdout.write(json.dumps(report.to_json(), indent=2) + "\n")
    else:
        sys.stdout.write(report.text(colour=_in_colour(sys.stdout)))
    return 0 if report.good else 1


def _write_page(path: Path, report: Report) -> None:
    try:
        path.write_text(page(report), encoding="utf-8")
    except OSError as fault:
        raise _UsageError(f"{path}: {fault.strerror}") from None


def _verified(options: argparse.Namespace) -> Report:
    trust = _trust(options)
    notes = [_read(path) for path in options.checkpoint]
    receipts = [receipt for path in options.receipt for receipt in _receipts(path)]
    if options.ledger is None and not notes and not receipts:
        raise _UsageError("nothing to verify: give a ledger, a checkpoint or a receipt")
    progress = ProgressBar(sys.stderr, colour=_in_colour(sys.stderr)) if sys.stderr.isatty() else None
    seen = () if trust.sightings is None else trust.sightings.notes
    with ExitStack() as stack:
        try:
            source = None if options.ledger is None else _source(options.ledger, stack)
        except SourceError as fault:
            return unreadable(str(fault))
        report = verify(source, trust.keys, [*notes, *seen], receipts, progress, trust.policy)
        if trust.sightings is not None:
            shown = [*notes, *(receipt.checkpoint for receipt in receipts)]
            shown += [] if source is None else source.checkpoints()
            _remember(trust.sightings, shown, trust.keys)
    return report


def _trust(options: argparse.Namespace) -> _Trust:
    try:
        policy = None if options.policy is None else parse_policy(_bytes(options.policy))
    except PolicyError as fault:
        raise _UsageError(f"{options.policy}: {fault}") from None
    keys = [_key(text) for text in options.key]
    keys += [key for key in (policy.logs if policy else ()) if key not in keys]
    if not keys:
        raise _UsageError("--key, --policy: no key of a ledger given, so nothing can be verified")
    try:
        sightings = None if options.remember is None else Sightings(options.remember)
    except OSError as fault:
        raise _UsageError(f"{options.remember}: {fault.strerror}") from None
    except MalformedError as fault:
        raise _UsageError(f"{options.remember}: {fault}") from None
    return _Trust(tuple(keys), policy, sightings)


def _remember(sightings: Sightings, notes: Sequence[str], keys: Sequence[NoteKey]) -> None:
    try:
        sightings.remember(notes, keys)
    except OSError as fault:
        raise _UsageError(f"--remember: {fault.strerror}") from None


def _source(place: str, stack: ExitStack) -> Source:
    if place.startswith(("http://", "https://")):
        source = UrlSource(place)
        stack.callback(source.close)
        return source
    if Path(place).is_dir():
        return FolderSource(Path(place))
    try:
        return ExportSource(stack.enter_context(Path(place).open("rb")))
    except OSError as fault:
        raise _UsageError(f"{place}: {fault.strerror}") from None


def _key(text: str) -> NoteKey:
    try:
        return parse_log_key(text)
    except NoteError as fault:
        raise _UsageError(f"--key: {fault}") from None


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_HELD_FILE + 1)
    except OSError as fault:
        raise _UsageError(f"{path}: {fault.strerror}") from None
    if len(data) > MAX_HELD_FILE:
        raise _UsageError(f"{path}: too large")
    return data


def _read(path: Path) -> str:
    try:
        return _bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        raise _UsageError(f"{path}: not UTF-8 text") from None


def _receipts(path: Path) -> list[ShownReceipt]:
    """The receipts in a file: one, a list, those of a query's answers or an account's lines, a tlog-proof."""
    try:
        text = _read(path)
        if text.startswith(HEADER):
            return [ProofFile.parse(text).shown()]
        shape = json_value(text, "receipt")
        if isinstance(shape, dict) and isinstance(answers := shape.get("answers"), list):
            shape = [
                answer["receipt"] for answer in answers if isinstance(answer, dict) and answer.get("receipt")
            ]
        elif isinstance(shape, dict) and isinstance(lines := shape.get("lines"), list):
            shape = [line["proof"] for line in lines if isinstance(line, dict) and line.get("proof")]
        return [_receipt(item) for item in (shape if isinstance(shape, list) else [shape])]
    except MalformedError as fault:
        raise _UsageError(f"{path}: {fault}") from None


def _receipt(shape: Json) -> ShownReceipt:
    if not isinstance(shape, dict):
        raise MalformedError("receipt: not a JSON object")
    return ShownReceipt.parse(shape)


def _in_colour(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR")


if __name__ == "__main__":
    sys.exit(main())
