"""A new site to start from: two agencies with keys, an agreement between them, a file of holdings."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Final

from gateway.identity_keys import new_signing_key, public_jwks
from gateway.keys import KEYS_FOLDER, write_private
from gateway.policy import AGREEMENTS_FOLDER
from gateway.site import SITE_FILE, InvalidSiteError

AGENCIES: Final = ("example-pd", "example-health")


def init_site(folder: Path) -> None:
    """Fill a folder that holds no site yet.

    Raises:
        InvalidSiteError: there is one already; nothing was changed.
    """
    if (folder / SITE_FILE).exists():
        raise InvalidSiteError([f"{folder / SITE_FILE} is there already; nothing was changed"])
    for name in (AGREEMENTS_FOLDER, KEYS_FOLDER, "data"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    template = resources.files("gateway").joinpath("template")
    (folder / SITE_FILE).write_text(template.joinpath("site.yaml").read_text())
    (folder / AGREEMENTS_FOLDER / "example.yaml").write_text(template.joinpath("agreement.yaml").read_text())
    (folder / "data" / "health.json").write_text(template.joinpath("health.json").read_text())
    for agency in AGENCIES:
        make_agency_key(folder / KEYS_FOLDER, agency)


def make_agency_key(folder: Path, agency: str) -> None:
    """An agency's key pair; the private half would leave for the agency's own system."""
    key = new_signing_key()
    write_private(folder / f"{agency}.pem", key.pem())
    (folder / f"{agency}.jwks.json").write_text(json.dumps(public_jwks([key.public]), indent=2) + "\n")
