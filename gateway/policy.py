"""The agreements and laws in force, as one immutable set; and the keeper that only ever swaps whole sets."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

import structlog
from rfc8785 import dumps

from agreements.agreement import Agreement
from agreements.life import Approved, Version
from agreements.terms import Sector
from gateway.agreement_files import collector_at_rest, read_files
from gateway.identity_keys import AgencyKeys
from gateway.signatures import signed_by
from gateway.site import InvalidSiteError, Site
from policies.lawbook import LawBook, load_laws
from policies.rules import RuleBook

AGREEMENTS_FOLDER = "agreements"
NOTHING_DECIDED: Final = Approved()
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PolicySet:
    """What decisions rest on. `version` changes with any clause, law, suspension and sector."""

    rules: RuleBook
    laws: LawBook
    version: str

    @classmethod
    def of(cls, agreements: Iterable[Agreement], sectors: Mapping[str, Sector], laws: LawBook) -> PolicySet:
        with collector_at_rest():
            rules = RuleBook(agreements, sectors)
        known = sha256(dumps({agency: sector.value for agency, sector in sectors.items()})).hexdigest()
        return cls(rules, laws, f"{rules.version[:32]}.{laws.version[:16]}.{known[:8]}")

    def agreement(self, id: str, version: int) -> Agreement | None:
        found = (item for item in self.rules.agreements if (item.id, item.version) == (id, version))
        return next(found, None)

    def partners(self, agency: str) -> frozenset[str]:
        """The agency itself and whoever shares an agreement with it, whatever state that is in."""
        sharing = (item.parties for item in self.rules.agreements if agency in item.parties)
        return frozenset({agency}).union(*sharing)


@dataclass(frozen=True, slots=True)
class _Files:
    """What a site's folder says."""

    agreements: tuple[Agreement, ...]
    laws: LawBook


class Policies:
    """The set in force: the site's files, and what its parties have decided through the gateway.

    A set that cannot be read never replaces one that could.
    """

    def __init__(
        self, site: Site, keys: Mapping[str, AgencyKeys], decided: Approved = NOTHING_DECIDED
    ) -> None:
        """Read the site's agreements and laws.

        Raises:
            InvalidSiteError: any of them is invalid; every error is named with file, line and key.
        """
        self._site = site
        self._keys = keys
        self._swapping = threading.Lock()
        self._stamp = _stamp(site)
        self._files = _read_files(site, keys)
        self.decided = decided
        """What the store says beside the files, as far as it is known here."""
        self.current = self._with(self._files, decided)
        self.alarm: tuple[str, ...] = ()
        """Why the files on disk are not what is in force; empty when they are."""

    def refresh(self) -> None:
        """Take up changed files; invalid ones leave the last good set in force and raise the alarm."""
        stamp = _stamp(self._site)
        if stamp != self._stamp:
            self._stamp = stamp
            self._take_files()

    def take_up(self, decided: Approved) -> None:
        """Put in force what the parties have decided, whatever state the files are in.

        What was read from the store before a later decision was taken up changes nothing.
        """
        with self._swapping:
            if decided.revision >= self.decided.revision and decided != self.decided:
                self._decide(decided)

    def take_back(self, decided: Approved) -> None:
        """Return to what was decided before a commit that came to nothing."""
        with self._swapping:
            self._decide(decided)

    def with_version(self, agreement: Agreement) -> PolicySet:
        """The set as it would be with one more version."""
        others = [item for item in self.current.rules.agreements if _key(item) != _key(agreement)]
        return PolicySet.of([*others, agreement], self._site.sectors, self.current.laws)

    def _decide(self, decided: Approved) -> None:
        self.current = self._with(self._files, decided)
        self.decided = decided

    def _take_files(self) -> None:
        try:
            files = _read_files(self._site, self._keys)
            _check_follows(self.current, self._with(files, self.decided))
        except InvalidSiteError as invalid:
            self.alarm = invalid.messages
            _log.error("policy-refused", errors=len(invalid.messages), kept=self.current.version[:16])
            return
        with self._swapping:
            # Reading takes a while; what was decided meanwhile stays so.
            self._files = files
            self.current = self._with(files, self.decided)
        self.alarm = ()

    def _with(self, files: _Files, decided: Approved) -> PolicySet:
        activated = self._signed(decided.activated)
        together = _together((*files.agreements, *activated), decided)
        return PolicySet.of(together, self._site.sectors, files.laws)

    def _signed(self, agreements: Iterable[Agreement]) -> list[Agreement]:
        """Those that may be in force: where signatures are required, none that lacks one."""
        required = self._site.require_signatures
        return [item for item in agreements if not required or fully_signed(item, self._keys)]


def _together(agreements: Iterable[Agreement], decided: Approved) -> list[Agreement]:
    """Files and activated versions as one set; of two with one number the later given counts.

    A version that was terminated before it took effect never did, and takes the place of no other.
    """
    versions = {_key(item): item for item in agreements}
    return [
        replace(item, suspended=True) if decided.out_of_force(key) else item
        for key, item in versions.items()
        if key not in decided.terminated or decided.terminated[key] >= item.effective
    ]


def _key(agreement: Agreement) -> Version:
    return agreement.id, agreement.version


def _check_follows(current: PolicySet, loaded: PolicySet) -> None:
    """Refuse a set that steps back: one with nothing in it, or with an older version for a newer one.

    Raises:
        InvalidSiteError: it does, and where.
    """
    newest, offered = _newest(current), _newest(loaded)
    messages = [
        f"{AGREEMENTS_FOLDER}: {id}: expected version {newest[id]} or a higher one"
        for id, version in offered.items()
        if version < newest.get(id, 0)
    ]
    if newest and not offered:
        messages.append(f"{AGREEMENTS_FOLDER}: expected at least one agreement")
    if messages:
        raise InvalidSiteError(messages)


def _newest(policy: PolicySet) -> dict[str, int]:
    """The highest version of each agreement."""
    newest: dict[str, int] = {}
    for agreement in policy.rules.agreements:
        newest[agreement.id] = max(agreement.version, newest.get(agreement.id, 0))
    return newest


def _read_files(site: Site, keys: Mapping[str, AgencyKeys]) -> _Files:
    agreements = read_agreements(site)
    if site.require_signatures:
        agreements = [item for item in agreements if fully_signed(item, keys)]
    laws = load_laws(extra=site.path(site.policies) / "law" if site.policies else None)
    return _Files(tuple(agreements), laws)


def fully_signed(agreement: Agreement, keys: Mapping[str, AgencyKeys]) -> bool:
    """Whether every party has signed; one the site does not know cannot have."""
    return all(party in keys and signed_by(agreement, party, keys[party]) for party in agreement.parties)


def read_agreements(site: Site) -> list[Agreement]:
    """Every agreement version in the site's folder.

    Raises:
        InvalidSiteError: one is invalid, or one version stands in two files.
    """
    paths = sorted(site.path(AGREEMENTS_FOLDER).glob("*.yaml"))
    found, messages = read_files((f"{AGREEMENTS_FOLDER}/{path.name}", path) for path in paths)
    if messages:
        raise InvalidSiteError(messages)
    return found


def _stamp(site: Site) -> Mapping[Path, tuple[int, int]]:
    """What tells that a file changed: its time and size."""
    folders = [site.path(AGREEMENTS_FOLDER)]
    if site.policies:
        folders.append(site.path(site.policies) / "law")
    stamps = {}
    for folder in folders:
        for path in folder.glob("*.yaml"):
            state = path.stat()
            stamps[path] = (state.st_mtime_ns, state.st_size)
    return stamps
