"""The verifier an auditor runs alone: `python -m audit.verify [EXPORT_FILE | URL] --key VKEY …`.

Exit status: 0 all that was checked holds, 1 something does not, 2 the command makes no sense.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

from audit.argument import verify
from audit.checkpoint import NoteError, VerifierKey
from audit.encoding import Json, MalformedError, json_value
from audit.progress import ProgressBar
from audit.receipt import ShownReceipt
from audit.report import Report, unreadable
from audit.sources import ExportSource, Source, SourceError, UrlSource

__all__ = ["main", "verify"]

MAX_HELD_FILE = 8 << 20  # bytes of a checkpoint or receipt file


class _UsageError(Exception):
    """The command cannot be carried out as given."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m audit.verify",
        description="Check a disclosure ledger against the keys, checkpoints and receipts you hold.",
    )
    parser.add_argument("ledger", nargs="?", help="an exported ledger, or the URL of a gateway")
    parser.add_argument(
        "--key", action="append", required=True, help="verifier key you trust: name+hash+base64"
    )
    parser.add_argument(
        "--checkpoint", action="append", default=[], type=Path, help="a checkpoint seen before"
    )
    parser.add_argument(
        "--receipt",
        action="append",
        default=[],
        type=Path,
        help="a receipt, a list of them, or a query's answers",
    )
    parser.add_argument("--json", action="store_true", help="write the report as JSON")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    options = _parser().parse_args(arguments)
    try:
        report = _verified(options)
    except _UsageError as fault:
        sys.stderr.write(f"audit.verify: {fault}\n")
        return 2
    if options.json:
        sys.stdout.write(json.dumps(report.to_json(), indent=2) + "\n")
    else:
        sys.stdout.write(report.text(colour=_in_colour(sys.stdout)))
    return 0 if report.good else 1


def _verified(options: argparse.Namespace) -> Report:
    keys = [_key(text) for text in options.key]
    notes = [_read(path) for path in options.checkpoint]
    receipts = [receipt for path in options.receipt for receipt in _receipts(path)]
    progress = ProgressBar(sys.stderr, colour=_in_colour(sys.stderr)) if sys.stderr.isatty() else None
    if options.ledger is None and not notes and not receipts:
        raise _UsageError("nothing to verify: give a ledger, a checkpoint or a receipt")
    with ExitStack() as stack:
        try:
            source = None if options.ledger is None else _source(options.ledger, stack)
        except SourceError as fault:
            return unreadable(str(fault))
        return verify(source, keys, notes, receipts, progress)


def _source(place: str, stack: ExitStack) -> Source:
    if place.startswith(("http://", "https://")):
        source = UrlSource(place)
        stack.callback(source.close)
        return source
    try:
        return ExportSource(stack.enter_context(Path(place).open("rb")))
    except OSError as fault:
        raise _UsageError(f"{place}: {fault.strerror}") from None


def _key(text: str) -> VerifierKey:
    try:
        return VerifierKey.parse(text)
    except NoteError as fault:
        raise _UsageError(f"--key: {fault}") from None


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_HELD_FILE + 1)
        if len(data) > MAX_HELD_FILE:
            raise _UsageError(f"{path}: too large")
        return data.decode("utf-8")
    except OSError as fault:
        raise _UsageError(f"{path}: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise _UsageError(f"{path}: not UTF-8 text") from None


def _receipts(path: Path) -> list[ShownReceipt]:
    """The receipts in a file: one, a list of them, or those in the answers of a query."""
    try:
        shape = json_value(_read(path), "receipt")
        if isinstance(shape, dict) and isinstance(answers := shape.get("answers"), list):
            shape = [
                answer["receipt"] for answer in answers if isinstance(answer, dict) and answer.get("receipt")
            ]
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
