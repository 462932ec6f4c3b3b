"""A new site to start from: two agencies with an agreement between them, or everything a pack holds."""

from __future__ import annotations

import json
import shutil
from importlib import resources
from pathlib import Path
from typing import Final

from gateway.identity_keys import new_signing_key, public_jwks
from gateway.keys import KEYS_FOLDER, write_private
from gateway.packs import AGREEMENT_FILE, CASES_FILE, DATA_FOLDER, GUIDE_FILE, read_pack
from gateway.policy import AGREEMENTS_FOLDER
from gateway.site import SITE_FILE, InvalidSiteError

AGENCIES: Final = ("example-pd", "example-health")


def init_site(folder: Path) -> None:
    """Fill a folder that holds no site yet.

    Raises:
        InvalidSiteError: there is one already; nothing was changed.
    """
    _lay_out(folder)
    template = resources.files("gateway").joinpath("template")
    (folder / SITE_FILE).write_text(template.joinpath("site.yaml").read_text())
    (folder / AGREEMENTS_FOLDER / "example.yaml").write_text(template.joinpath("agreement.yaml").read_text())
    (folder / DATA_FOLDER / "health.json").write_text(template.joinpath("health.json").read_text())
    for agency in AGENCIES:
        make_agency_key(folder / KEYS_FOLDER, agency)


def init_from_pack(folder: Path, pack: Path) -> None:
    """Fill a folder that holds no site yet with what a pack holds, and a key for each of its agencies.

    Raises:
        InvalidSiteError: there is a site already, or the pack is broken; nothing was changed.
    """
    read = read_pack(pack)
    _lay_out(folder)
    for name in (SITE_FILE, CASES_FILE, GUIDE_FILE):
        if (pack / name).is_file():
            shutil.copyfile(pack / name, folder / name)
    shutil.copyfile(pack / AGREEMENT_FILE, folder / AGREEMENTS_FOLDER / f"{pack.name}.yaml")
    for name in (DATA_FOLDER, *([read.site.policies] if read.site.policies else [])):
        if (pack / name).is_dir():
            shutil.copytree(pack / name, folder / name, dirs_exist_ok=True)
    for agency in read.site.agencies:
        make_agency_key(folder / KEYS_FOLDER, agency)


def _lay_out(folder: Path) -> None:
    if (folder / SITE_FILE).exists():
        raise InvalidSiteError([f"{folder / SITE_FILE} is there already; nothing was changed"])
    for name in (AGREEMENTS_FOLDER, KEYS_FOLDER, DATA_FOLDER):
        (folder / name).mkdir(parents=True, exist_ok=True)


def make_agency_key(folder: Path, agency: str) -> None:
    """An agency's key pair; the private half would leave for the agency's own system."""
    key = new_signing_key()
    write_private(folder / f"{agency}.pem", key.pem())
    (folder / f"{agency}.jwks.json").write_text(json.dumps(public_jwks([key.public]), indent=2) + "\n")
