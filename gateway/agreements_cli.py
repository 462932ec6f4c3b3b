"""`gateway agreements …`: checking agreements, and deciding their cases."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from agreements.agreement import Agreement
from agreements.fault import InvalidDocument
from agreements.parser import parse_agreement
from agreements.schema import agreement_schema
from gateway.formats_cli import export_agreement, import_agreement
from gateway.pack_trial import Trial, try_pack
from gateway.packs import AGREEMENT_FILE, Pack, pack_folder, pack_folders, read_pack, shortcomings

app = typer.Typer(no_args_is_help=True, help="Read, check and sign agreements.")
app.command("export")(export_agreement)
app.command("import")(import_agreement)

FilesArgument = Annotated[
    list[Path] | None, typer.Argument(help="Agreement files; without any, those of the site.")
]
SiteOption = Annotated[Path, typer.Option("--site", help="The site's folder.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON.")]
_out = Console(highlight=False, soft_wrap=True)


@app.command()
def cases(
    pack: Annotated[str | None, typer.Option(help="One pack of the product, by id.")] = None,
    directory: Annotated[
        Path | None, typer.Option("--dir", help="A folder with a pack, or a site made from one.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Decide the cases of a pack, of a folder, or of every pack. Exit 1 when any comes out otherwise."""
    if pack is not None and directory is not None:
        raise typer.BadParameter("--pack and --dir do not go together")
    folders = [directory] if directory else [pack_folder(pack)] if pack else list(pack_folders().values())
    packs = [read_pack(folder) for folder in folders]
    tried = [(pack.sheet.pack, try_pack(pack), _lacking(pack)) for pack in packs]
    good = all(trial.passed for _, trials, _ in tried for trial in trials) and not any(
        lacking for _, _, lacking in tried
    )
    if as_json:
        told = {"passed": good, "packs": [_pack_json(*each) for each in tried]}
        sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    else:
        for each in tried:
            _show_pack(*each)
    if not good:
        raise typer.Exit(1)


def _lacking(pack: Pack) -> list[str]:
    """What a pack lacks; a site made from one may change what it likes."""
    return list(shortcomings(pack)) if (pack.folder / AGREEMENT_FILE).is_file() else []


def _show_pack(name: str, trials: Sequence[Trial], lacking: Sequence[str]) -> None:
    for line in lacking:
        _out.print(escape(f"LACK  {name}  {line}"))
    for trial in trials:
        _out.print(f"{'pass' if trial.passed else 'FAIL'}  {name}  {trial.case.rule}  {trial.case.id}")
        for one in trial.differences:
            _out.print(escape(f"      {one.key}: expected {one.expected}, found {one.found}"))
    failed = sum(not trial.passed for trial in trials)
    _out.print(f"{name}: {len(trials) - failed} of {len(trials)} cases pass")


def _pack_json(name: str, trials: Sequence[Trial], lacking: Sequence[str]) -> dict[str, Any]:
    return {"pack": name, "lacking": list(lacking), "cases": [_trial_json(trial) for trial in trials]}


def _trial_json(trial: Trial) -> dict[str, Any]:
    return {
        "id": trial.case.id,
        "rule": trial.case.rule,
        "passed": trial.passed,
        "why": trial.case.why,
        "differences": [asdict(one) for one in trial.differences],
    }


@app.command()
def schema() -> None:
    """Write the JSON Schema that an editor completes and checks agreements with."""
    sys.stdout.write(json.dumps(agreement_schema(), indent=2) + "\n")


def read_file(file: Path) -> Agreement:
    """The agreement in a file; what is wrong with it is said, and ends the command with 1."""
    try:
        return parse_agreement(file.read_bytes(), str(file))
    except InvalidDocument as invalid:
        for error in invalid.errors:
            _out.print(escape(str(error)))
        raise typer.Exit(1) from None
    except OSError as error:
        raise typer.BadParameter(f"{file}: cannot be read ({error.strerror})") from None
