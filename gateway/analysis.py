"""What an analysis reads: agreements from files, folders or a site, and the agencies and laws they meet.

Without a site nobody knows the sectors of parties and the laws that bind them: every agency named stands for
itself, every sector named is stood for by one agency, and no law binds anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from agreements.agreement import Agreement
from agreements.terms import Category, ObligationCode, Sector
from gateway.agreement_files import read_files
from gateway.governing import in_sight
from gateway.packs import AGREEMENT_FILE
from gateway.policy import AGREEMENTS_FOLDER
from gateway.site import SITE_FILE, InvalidSiteError, Site, read_site
from gateway.store_reader import reading
from policies.cells import Bound, Setting
from policies.evidence import Laws
from policies.lawbook import load_laws
from policies.rules import RuleBook

IN_FORCE: Final = "in-force"
"""The word for what is in force at the site, where a file may be named."""

_VERSION: Final = re.compile(r"(?P<id>[a-z0-9-]{2,64})@(?P<version>[0-9]{1,7})")
_STAND_IN: Final = "any-"


@dataclass(frozen=True, slots=True)
class StandIn:
    """An agency that no site describes."""

    sector: Sector
    regimes: Mapping[Category, tuple[str, ...]] = field(default_factory=lambda: dict.fromkeys(Category, ()))
    understands: frozenset[ObligationCode] | None = None


@dataclass(frozen=True, slots=True)
class Readers:
    """Everything agreements are read with."""

    agencies: Mapping[str, Bound]
    laws: Laws
    site: Site | None

    def setting(self, agreements: Iterable[Agreement]) -> Setting:
        sectors = {name: agency.sector for name, agency in self.agencies.items()}
        together = [each if self.site else self._joined(each) for each in agreements]
        return Setting(RuleBook(together, sectors), self.laws, self.agencies)

    def _joined(self, agreement: Agreement) -> Agreement:
        """The agreement with the agencies that stand for sectors among its parties."""
        sectors = (name for name in self.agencies if name.startswith(_STAND_IN))
        return replace(agreement, parties=tuple(dict.fromkeys([*agreement.parties, *sectors])))


def find_site(folder: Path) -> Site | None:
    """The site of a folder; None where it holds no `site.yaml`.

    Raises:
        InvalidSiteError: it holds one that does not fit its form.
    """
    return read_site(folder) if (folder / SITE_FILE).is_file() else None


def readers(site: Site | None, agreements: Iterable[Agreement]) -> Readers:
    """The site's agencies and laws, or stand-ins for whom the agreements name."""
    if site is None:
        return Readers(_stand_ins(list(agreements)), load_laws(), None)
    laws = load_laws(extra=site.path(site.policies) / "law" if site.policies else None)
    return Readers(site.agencies, laws, site)


def _stand_ins(agreements: Sequence[Agreement]) -> dict[str, StandIn]:
    """Parties of a sector that no clause names, where there is one, and one agency for each that is named."""
    clauses = [clause for agreement in agreements for clause in agreement.clauses]
    named = {sector for each in clauses for sector in each.requester.sectors | each.custodian.sectors}
    unnamed = next((sector for sector in Sector if sector not in named), Sector.COMMUNITY)
    parties = {party: StandIn(unnamed) for agreement in agreements for party in agreement.parties}
    return parties | {f"{_STAND_IN}{sector.value}": StandIn(sector) for sector in sorted(named)}


def read_named(paths: Iterable[Path]) -> tuple[list[Agreement], list[str]]:
    """The agreements of files somebody named, and what is wrong with those that are none."""
    return read_files((str(path), path) for path in paths)


def site_files(folder: Path) -> list[Path]:
    """The agreement files of a site, or the one of a pack."""
    alone = folder / AGREEMENT_FILE
    return sorted((folder / AGREEMENTS_FOLDER).glob("*.yaml")) or ([alone] if alone.is_file() else [])


def put_in(agreements: Iterable[Agreement], others: Iterable[Agreement]) -> list[Agreement]:
    """A set with others in it, each in place of what has its id and version."""
    together = {(each.id, each.version): each for each in agreements}
    together |= {(each.id, each.version): each for each in others}
    return list(together.values())


def in_force(site: Site) -> list[Agreement]:
    """What a site rests its decisions on: its files and what its parties decided through the gateway.

    A site that was never served has its files alone.

    Raises:
        InvalidSiteError: a file, a key or the store cannot be read.
    """
    if _never_served(site) and not site.require_signatures:
        return _read(site_files(site.folder))
    with reading(site.folder) as reader:
        return list(reader.policies.current.rules.agreements)


def _never_served(site: Site) -> bool:
    file = make_url(site.storage_url()).database if site.storage.startswith("sqlite") else None
    return file is not None and not Path(file).exists()


def read_source(source: str, site: Site | None, at: datetime) -> list[Agreement]:
    """The agreements that one side of a comparison names: a file, a folder, `ID@VERSION` or `in-force`.

    Raises:
        InvalidSiteError: it names nothing, or something that is no agreement.
    """
    path, version = Path(source), _VERSION.fullmatch(source)
    if path.is_file():
        return _read([path])
    if path.is_dir():
        return _some(_read(site_files(path) or sorted(path.glob("*.yaml"))))
    if site is not None and source == IN_FORCE:
        return in_force(site)
    if site is not None and version is not None:
        named = (version["id"], int(version["version"]))
        return _some([each for each in _in_sight(site, at) if (each.id, each.version) == named])
    return _some([])


def _in_sight(site: Site, at: datetime) -> list[Agreement]:
    """Every version in a site's files and in its store, drafts too."""
    files = _read(site_files(site.folder))
    if _never_served(site):
        return files
    with reading(site.folder) as reader:
        stored = reader.records.agreements.all(reader.connection)
        return put_in(files, (one.agreement for one in in_sight(reader.policies, stored, at)))


def _some(found: list[Agreement]) -> list[Agreement]:
    if not found:
        raise InvalidSiteError(["expected an agreement file, a folder of them, ID@VERSION or in-force"])
    return found


def _read(paths: Sequence[Path]) -> list[Agreement]:
    found, errors = read_named(paths)
    if errors:
        raise InvalidSiteError(errors)
    return found
