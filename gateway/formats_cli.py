"""`gateway agreements export` and `import`: an agreement in the formats it is exchanged in."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from agreements.agreement import Agreement
from agreements.document import MAX_BYTES, Json
from agreements.fault import InvalidDocument
from agreements.odrl_export import odrl_policy
from agreements.odrl_import import odrl_agreement
from agreements.parser import parse_agreement, to_yaml
from gateway.governing import agreement_json
from gateway.policy import AGREEMENTS_FOLDER
from gateway.wire.strict_json import MalformedJson, parse

_err = Console(highlight=False, soft_wrap=True, stderr=True)
_JSON_LD_ENDING = ".jsonld"


class Format(StrEnum):
    ODRL = "odrl"
    YAML = "yaml"
    JSON = "json"


def export_agreement(
    agreement: Annotated[str, typer.Argument(help="A file, or the id of an agreement of the site.")],
    site: Annotated[Path, typer.Option("--site", help="The site's folder.")] = Path(),
    form: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.ODRL,
    version: Annotated[int | None, typer.Option(help="With an id: which version; else the newest.")] = None,
) -> None:
    """Write an agreement as ODRL 2.2 in JSON-LD, as YAML or as JSON. Exit 1 when it cannot be read."""
    sys.stdout.write(written(_chosen(agreement, site, version), form))


def import_agreement(
    file: Annotated[Path, typer.Argument(help="An ODRL policy in JSON-LD; - for input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON in place of YAML.")] = False,
) -> None:
    """Read an ODRL policy and write the agreement it says, as YAML. Exit 1 when it is refused."""
    source = sys.stdin.buffer.read(MAX_BYTES + 1) if str(file) == "-" else _bytes(file)
    agreement = _read_odrl(source, str(file))
    sys.stdout.write(written(agreement, Format.JSON if as_json else Format.YAML))


def written(agreement: Agreement, form: Format) -> str:
    """The agreement in one of the formats, as text that ends with a line end."""
    if form is Format.YAML:
        return to_yaml(agreement)
    value = odrl_policy(agreement) if form is Format.ODRL else agreement_json(agreement)
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _chosen(named: str, site: Path, version: int | None) -> Agreement:
    """The agreement of a file, or the newest version with an id among the site's."""
    path = Path(named)
    if path.is_file():
        return _read(path)
    found = [
        agreement
        for each in sorted((site / AGREEMENTS_FOLDER).glob("*.yaml"))
        if (agreement := _read(each)).id == named and version in {None, agreement.version}
    ]
    if not found:
        raise typer.BadParameter("expected a file, or the id of an agreement of the --site")
    return max(found, key=lambda item: item.version)


def _read(path: Path) -> Agreement:
    source = _bytes(path)
    if path.suffix == _JSON_LD_ENDING:
        return _read_odrl(source, str(path))
    try:
        return parse_agreement(source, str(path))
    except InvalidDocument as invalid:
        raise _refused(*map(str, invalid.errors)) from None


def _read_odrl(source: bytes, name: str) -> Agreement:
    if len(source) > MAX_BYTES:
        raise _refused(f"{name}: expected at most {MAX_BYTES} bytes")
    try:
        value: Json = parse(source)
    except MalformedJson as malformed:
        raise _refused(f"{name}: refused because {malformed.reason}") from None
    try:
        return odrl_agreement(value, name)
    except InvalidDocument as invalid:
        raise _refused(*map(str, invalid.errors)) from None


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise typer.BadParameter(f"{path}: cannot be read ({error.strerror})") from None


def _refused(*messages: str) -> typer.Exit:
    for message in messages:
        _err.print(escape(message))
    return typer.Exit(1)
