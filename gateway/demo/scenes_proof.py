"""What the subject may know was told about them, and the proof that nothing was left out or changed."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from gateway.demo.cast import as_subject
from gateway.demo.officials import QUINTERO, SOTO
from gateway.demo.people import SCHOOLS
from gateway.demo.stage import Found, Stage

TRY: Final = "try"
"""The folder of a demo site with queries, receipts and a checkpoint to try things with."""
_VERIFY: Final = (sys.executable, "-m", "audit.verify")


def keep_checkpoint(stage: Stage) -> None:
    """What an outsider may have written down early on: the ledger must still agree with it at the end."""
    folder = stage.county.folder / TRY
    folder.mkdir(exist_ok=True)
    (folder / "checkpoint").write_text(stage.get(QUINTERO, "/ledger/checkpoint"))
    stage.kept["ledger key"] = stage.get(QUINTERO, "/ledger/key").strip()


def accounting(stage: Stage) -> Found:
    account = stage.post(
        SOTO,
        "/v1/accountings",
        {
            "subject": as_subject(stage.county.cast.daniel[SCHOOLS]),
            "from": f"{stage.today - timedelta(days=2)}",
            "to": f"{stage.today + timedelta(days=2)}",
            "statute": "hipaa",
        },
    )
    lines = account["lines"]
    stage.telling.facts(
        [
            ("made by", SOTO.words()),
            ("for", "Daniel Okafor, who asks what the health service has told about him"),
            *[(line["at"][11:19], _line(line)) for line in lines],
            ("note", account["note"]),
        ]
    )
    stage.receipts += [line["proof"] for line in lines]
    return {
        "lines": str(len(lines)),
        **{f"told {line['recipient']}": _by(line) for line in lines},
        "every line with its proof": "yes"
        if all(line["proof"]["inclusion_proof"] for line in lines)
        else "no",
    }


def verified(stage: Stage) -> Found:
    folder = stage.county.folder / TRY
    receipts, altered = folder / "receipts.json", folder / "receipt-altered.json"
    receipts.write_text(json.dumps(stage.receipts, indent=1))
    altered.write_text(json.dumps(_altered(stage.receipts[0]), indent=1))
    key, early = stage.kept["ledger key"], str(folder / "checkpoint")
    held = _run(stage.url, "--key", key, "--checkpoint", early, "--receipt", str(receipts))
    stage.telling.printed(held.stdout or held.stderr)
    forged = _run(stage.url, "--key", key, "--receipt", str(altered))
    stage.telling.note("And with one of the receipts altered, as if another answer had been recorded:")
    stage.telling.printed(
        "\n".join(line for line in forged.stdout.splitlines() if "FAILED" in line or "Result" in line)
    )
    return {
        "all receipts and the early checkpoint": f"exit {held.returncode}",
        "a receipt altered": f"exit {forged.returncode}",
    }


def _line(line: dict[str, Any]) -> str:
    what = line["what"]
    return f"{line['recipient_name']}: {', '.join(what['categories'])}, at {what['level']}, {_by(line)}"


def _by(line: dict[str, Any]) -> str:
    return f"by {line['basis']['kind']}, clause {line['basis']['clause']}"


def _altered(receipt: dict[str, Any]) -> dict[str, Any]:
    """The same receipt over another leaf."""
    leaf = receipt["leaf_hash"]
    return {**receipt, "leaf_hash": ("B" if leaf[0] == "A" else "A") + leaf[1:]}


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The separate verifier, in a process of its own that imports nothing of the gateway."""
    return subprocess.run(  # noqa: S603 -- our own verifier with our own arguments
        [*_VERIFY, *arguments], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2]
    )
