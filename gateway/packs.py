"""Agreement packs: a model's agreement, a site for it, data, a guide, and the sheet of cases it must keep.

A pack is a folder of `agreements/packs/`. A site made from one has the same parts, its agreements in the
folder `agreements/`, so that its cases can be decided again after somebody has changed a clause.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from agreements.agreement import Agreement
from agreements.fault import InvalidDocument
from agreements.form import from_yaml
from agreements.parser import parse_agreement
from gateway.pack_sheet import SHEET, PackRule, Sheet
from gateway.site import InvalidSiteError, Site, read_site
from policies.lawbook import LawBook, load_laws

AGREEMENT_FILE: Final = "agreement.yaml"
CASES_FILE: Final = "cases.yaml"
GUIDE_FILE: Final = "guide.md"
DATA_FOLDER: Final = "data"
FEWEST_CASES: Final = 12


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack or a site made from one, read and ready to decide its cases."""

    folder: Path
    site: Site
    agreements: tuple[Agreement, ...]
    laws: LawBook
    sheet: Sheet


def pack_folders() -> dict[str, Path]:
    """The folder of every pack that comes with the product, by id."""
    folder = Path(str(resources.files("agreements").joinpath("packs")))
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return {path.name: path for path in found if (path / CASES_FILE).is_file()}


def pack_folder(id: str) -> Path:
    """Where a pack of the product stands.

    Raises:
        InvalidSiteError: there is none of that id; the message names those there are.
    """
    folders = pack_folders()
    if id not in folders:
        raise InvalidSiteError([f"no such pack; there are: {', '.join(folders) or 'none'}"])
    return folders[id]


def read_pack(folder: Path) -> Pack:
    """Read a pack's folder, or a site's that holds a sheet of cases.

    Raises:
        InvalidSiteError: a part is missing or does not fit its form; every error found is named.
    """
    site = read_site(folder)
    messages: list[str] = []
    agreements = list(_agreements(folder, messages))
    sheet = _sheet(folder, messages)
    if sheet is None or messages:
        raise InvalidSiteError(messages)
    laws = load_laws(extra=site.path(site.policies) / "law" if site.policies else None)
    return Pack(folder, site, tuple(agreements), laws, sheet)


def _agreements(folder: Path, messages: list[str]) -> Iterator[Agreement]:
    alone = folder / AGREEMENT_FILE
    files = [alone] if alone.is_file() else sorted((folder / "agreements").glob("*.yaml"))
    if not files:
        messages.append(f"{AGREEMENT_FILE}: expected this file, or some in agreements/")
    for path in files:
        try:
            yield parse_agreement(path.read_bytes(), path.name)
        except InvalidDocument as invalid:
            messages += map(str, invalid.errors)
        except OSError as error:
            messages.append(f"{path.name}: cannot be read ({error.strerror})")


def _sheet(folder: Path, messages: list[str]) -> Sheet | None:
    try:
        return from_yaml((folder / CASES_FILE).read_bytes(), CASES_FILE, SHEET)
    except InvalidDocument as invalid:
        messages += map(str, invalid.errors)
    except OSError as error:
        messages.append(f"{CASES_FILE}: cannot be read ({error.strerror})")
    return None


def shortcomings(pack: Pack) -> Iterator[str]:
    """What a pack still lacks before a site may start from it; empty when it is whole."""
    sheet, folder = pack.sheet, pack.folder
    if sheet.pack != folder.name:
        yield f"{CASES_FILE}: pack: expected the name of its folder"
    if len(sheet.cases) < FEWEST_CASES:
        yield f"{CASES_FILE}: cases: expected at least {FEWEST_CASES}"
    if not (folder / GUIDE_FILE).is_file():
        yield f"{GUIDE_FILE}: expected this file"
    clauses = {clause.id for agreement in pack.agreements for clause in agreement.clauses}
    for rule in sheet.rules:
        for name in sorted(set(rule.clauses) - clauses):
            yield f"{CASES_FILE}: rule {rule.id}: clause {name} stands in no agreement"
        yield from _untried(sheet, rule)
    yield from _site_shortcomings(pack)


def _untried(sheet: Sheet, rule: PackRule) -> Iterator[str]:
    """A rule is tried both where it opens and where it must not, unless only one makes sense."""
    outcomes = Counter(case.expect.decision for case in sheet.cases if case.rule == rule.id)
    if rule.one_way and outcomes:
        return
    for outcome in ("permit", "deny"):
        if not outcomes[outcome]:
            yield f"{CASES_FILE}: rule {rule.id}: expected a case that comes out as {outcome}"


def _site_shortcomings(pack: Pack) -> Iterator[str]:
    for error in pack.laws.errors:
        yield str(error)
    for agency in pack.site.agencies.values():
        if agency.jwks != f"keys/{agency.id}.jwks.json":
            yield f"site.yaml: {agency.id}: jwks: expected keys/{agency.id}.jwks.json"
        for category, laws in agency.regimes.items():
            for law in laws:
                if pack.laws.get(law) is None:
                    yield f"site.yaml: {agency.id}: {category.value}: no law {law} can be read"
    for agreement in pack.agreements:
        for party in agreement.parties:
            if party not in pack.site.agencies:
                yield f"{AGREEMENT_FILE}: parties: {party} is no agency of site.yaml"
