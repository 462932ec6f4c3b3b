"""`gateway keys …`: making keys for an agency's system."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.identity_keys import Algorithm, new_signing_key, public_jwks
from gateway.keys import write_private

app = typer.Typer(no_args_is_help=True, help="Make keys.")

_ALGORITHMS: Final[dict[str, Algorithm]] = {"ES256": "ES256", "EdDSA": "EdDSA"}


@app.command()
def new(
    agency: Annotated[str, typer.Argument(help="The agency the key is for.")],
    folder: Annotated[Path, typer.Option(help="Where to write it.")] = Path(),
    alg: Annotated[str, typer.Option(help="ES256 or EdDSA.")] = "ES256",
) -> None:
    """Make a key pair: AGENCY.pem to keep, AGENCY.jwks.json to hand to the gateway."""
    if alg not in _ALGORITHMS:
        raise typer.BadParameter("--alg: expected ES256 or EdDSA")
    key = new_signing_key(_ALGORITHMS[alg])
    try:
        write_private(folder / f"{agency}.pem", key.pem())
    except FileExistsError:
        raise typer.BadParameter(f"{agency}.pem is there already; it is never overwritten") from None
    (folder / f"{agency}.jwks.json").write_text(json.dumps(public_jwks([key.public]), indent=2) + "\n")
    typer.echo(f"Wrote {agency}.pem (keep it) and {agency}.jwks.json (hand it over).")


@app.callback()
def keys() -> None:
    """Make keys."""
