"""The agreements and laws in force, as one immutable set; and the keeper that only ever swaps whole sets."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from agreements.agreement import Agreement
from agreements.fault import InvalidDocument
from agreements.parser import parse_agreement
from gateway.identity_keys import AgencyKeys
from gateway.signatures import signed_by
from gateway.site import InvalidSiteError, Site
from policies.lawbook import LawBook, load_laws
from policies.rules import RuleBook

AGREEMENTS_FOLDER = "agreements"
_log = structlog.get_logger()

Suspended = Collection[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class PolicySet:
    """What decisions rest on. `version` changes with any clause, any law and any suspension."""

    rules: RuleBook
    laws: LawBook
    version: str

    def agreement(self, id: str, version: int) -> Agreement | None:
        found = (item for item in self.rules.agreements if (item.id, item.version) == (id, version))
        return next(found, None)


class Policies:
    """The set in force. A set that cannot be read never replaces one that could."""

    def __init__(self, site: Site, keys: Mapping[str, AgencyKeys], suspended: Suspended = ()) -> None:
        """Read the site's agreements and laws.

        Raises:
            InvalidSiteError: any of them is invalid; every error is named with file, line and key.
        """
        self._site = site
        self._keys = keys
        self._suspended = frozenset(suspended)
        self._swapping = threading.Lock()
        self._stamp = _stamp(site)
        self.current = _load(site, keys, self._suspended)
        self.alarm: tuple[str, ...] = ()
        """Why the files on disk are not what is in force; empty when they are."""

    def refresh(self) -> None:
        """Take up changed files; invalid ones leave the last good set in force and raise the alarm."""
        stamp = _stamp(self._site)
        if stamp != self._stamp:
            self._stamp = stamp
            self._take()

    def suspend(self, agreement: str, version: int) -> None:
        """Take a version out of force at once, whatever state the files are in."""
        with self._swapping:
            if (agreement, version) in self._suspended:
                return
            self._suspended |= {(agreement, version)}
            self.current = _without(self.current, self._suspended)

    def _take(self) -> None:
        try:
            loaded = _load(self._site, self._keys, self._suspended)
            _check_follows(self.current, loaded)
        except InvalidSiteError as invalid:
            self.alarm = invalid.messages
            _log.error("policy-refused", errors=len(invalid.messages), kept=self.current.version[:16])
            return
        with self._swapping:
            # Reading takes a while; what was suspended meanwhile stays so.
            self.current = _without(loaded, self._suspended)
        self.alarm = ()


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


def _without(policy: PolicySet, suspended: Suspended) -> PolicySet:
    """The set with these versions out of force."""
    rules = policy.rules
    return _set(RuleBook(_apply(rules.agreements, suspended), rules.sectors), policy.laws)


def _load(site: Site, keys: Mapping[str, AgencyKeys], suspended: Suspended) -> PolicySet:
    agreements = read_agreements(site)
    if site.require_signatures:
        agreements = [item for item in agreements if _fully_signed(item, keys)]
    laws = load_laws(extra=site.path(site.policies) / "law" if site.policies else None)
    return _set(RuleBook(_apply(agreements, suspended), site.sectors), laws)


def _fully_signed(agreement: Agreement, keys: Mapping[str, AgencyKeys]) -> bool:
    """Whether every party has signed; one the site does not know cannot have."""
    return all(party in keys and signed_by(agreement, party, keys[party]) for party in agreement.parties)


def read_agreements(site: Site) -> list[Agreement]:
    """Every agreement version in the site's folder.

    Raises:
        InvalidSiteError: one is invalid, or one version stands in two files.
    """
    messages: list[str] = []
    found: dict[tuple[str, int], Agreement] = {}
    for path in sorted(site.path(AGREEMENTS_FOLDER).glob("*.yaml")):
        name = f"{AGREEMENTS_FOLDER}/{path.name}"
        try:
            agreement = parse_agreement(path.read_bytes(), name)
        except InvalidDocument as invalid:
            messages += map(str, invalid.errors)
            continue
        except OSError as error:
            messages.append(f"{name}: cannot be read ({error.strerror})")
            continue
        key = (agreement.id, agreement.version)
        if key in found:
            messages.append(f"{name}: version: expected a version that no other file has")
        found[key] = agreement
    if messages:
        raise InvalidSiteError(messages)
    return list(found.values())


def _apply(agreements: Collection[Agreement], suspended: Suspended) -> list[Agreement]:
    return [
        replace(item, suspended=True) if (item.id, item.version) in suspended else item for item in agreements
    ]


def _set(rules: RuleBook, laws: LawBook) -> PolicySet:
    return PolicySet(rules, laws, f"{rules.version[:32]}.{laws.version[:16]}")


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
