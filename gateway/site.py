"""A running gateway is a folder: `site.yaml` read strictly into values, every path made absolute."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from agreements.fault import InvalidDocument
from agreements.form import Complaint, from_yaml, list_of, mapping_of, set_of
from agreements.record import optional, record, required
from agreements.scalar import boolean, day, integer, text, word, word_of
from agreements.terms import AGENCY_ID, Category, ObligationCode, Sector
from gateway.channels import CHANNELS, MAIL, NO_CHANNELS, Channels, Mail
from gateway.hours import HOURS, Hours
from gateway.site_witnesses import KEYS, Witnesses
from gateway.sources import SOURCE, NoSource, Source

SITE_FILE: Final = "site.yaml"


@dataclass(frozen=True, slots=True)
class Liaison:
    """Whom to ring at an agency."""

    name: str
    phone: str = ""
    email: str = ""

    def words(self) -> str:
        return ", ".join(part for part in (self.name, self.phone, self.email) if part)


@dataclass(frozen=True, slots=True)
class Agency:
    id: str
    name: str
    sector: Sector
    jwks: str
    liaison: Liaison
    adapter: Source
    regimes: Mapping[Category, tuple[str, ...]]
    understands: frozenset[ObligationCode] | None
    contacts: frozenset[str]
    """Ids of the persons who alone may use clauses for named contacts; empty: nobody."""
    holidays: frozenset[date] = frozenset()
    """Days that are no working days of its own, beside those of the site."""
    notify: Channels = NO_CHANNELS
    office_hours: Hours | None = None
    """When its people work; None: at any time."""


@dataclass(frozen=True, slots=True)
class Budgets:
    subjects_per_user_day: int = 50
    queries_per_case: int = 200
    queries_per_agency_day: int | None = None
    """Of all its people together; None: no such limit."""


@dataclass(frozen=True, slots=True)
class Site:
    folder: Path
    name: str
    issuer: str
    jurisdiction: str
    storage: str
    agencies: Mapping[str, Agency]
    budgets: Budgets
    policies: str | None
    require_signatures: bool
    holidays: frozenset[date]
    """Days from Monday to Friday that are no working days."""
    witnesses: Witnesses
    mail: Mail | None = None

    def holidays_of(self, agency: str) -> frozenset[date]:
        """Days from Monday to Friday that are no working days of an agency."""
        return self.holidays | self.agencies[agency].holidays

    @property
    def sectors(self) -> dict[str, Sector]:
        return {agency.id: agency.sector for agency in self.agencies.values()}

    @property
    def origin(self) -> str:
        """The ledger's origin: the issuer without its scheme, as C2SP tlog-checkpoint wants it."""
        return self.issuer.split("://", 1)[1].rstrip("/")

    def path(self, relative: str) -> Path:
        return self.folder / relative

    def storage_url(self) -> str:
        return self.database_url(self.storage)

    def database_url(self, url: str) -> str:
        """A database URL with a relative SQLite path taken from the site's folder."""
        scheme, slashes, rest = url.partition(":///")
        if scheme.startswith("sqlite") and slashes and not Path(rest).is_absolute():
            return f"{scheme}:///{self.folder / rest}"
        return url


class InvalidSiteError(Exception):
    """The site cannot be served as it stands; each message says where and what was expected."""

    def __init__(self, messages: Iterable[str]) -> None:
        self.messages = tuple(messages)
        super().__init__("\n".join(self.messages))


def read_site(folder: Path) -> Site:
    """Read `site.yaml` of a site's folder.

    Raises:
        InvalidSiteError: it is missing or does not fit its form.
    """
    folder = folder.resolve()
    try:
        source = (folder / SITE_FILE).read_bytes()
    except OSError as error:
        raise InvalidSiteError([f"{SITE_FILE}: cannot be read ({error.strerror})"]) from error
    try:
        return replace(from_yaml(source, SITE_FILE, _SITE), folder=folder)
    except InvalidDocument as invalid:
        raise InvalidSiteError(map(str, invalid.errors)) from invalid


_PATH: Final = text(maximum=512, pattern=r"[^\x00]+", expected="a path")
_URL: Final = text(maximum=2048, pattern=r"[a-z][a-z0-9+.-]*:.+", expected="a URL")
_LINE: Final = text(maximum=200)
_PERSON: Final = text(maximum=128, pattern=r"[\x21-\x7e]{1,128}", expected="the id of a person")
_LAW: Final = text(maximum=64, pattern=r"[a-z0-9-]{2,64}", expected="the id of a law")
_ISSUER: Final = text(
    maximum=200,
    pattern=r"https?://[a-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?",
    expected="an http(s) URL without query or fragment",
)

_LIAISON: Final = record(
    Liaison,
    {
        "name": required(_LINE, "who answers"),
        "phone": optional(_LINE, "", "telephone number"),
        "email": optional(_LINE, "", "e-mail address"),
    },
)

_AGENCY: Final = record(
    Agency,
    {
        "id": required(text(maximum=64, pattern=AGENCY_ID.pattern, expected="[a-z0-9-]{2,64}"), "agency id"),
        "name": required(_LINE, "full name"),
        "sector": required(word_of(Sector), "sector"),
        "jwks": required(_PATH, "public keys of its systems"),
        "liaison": optional(_LIAISON, Liaison("the duty desk"), "whom to ring"),
        "adapter": optional(SOURCE, NoSource(), "how its system is asked"),
        "regimes": optional(
            mapping_of(word_of(Category), list_of(_LAW)), {}, "law that binds each category as held here"
        ),
        "understands": optional(set_of(word_of(ObligationCode)), None, "obligations its systems honour"),
        "contacts": optional(set_of(_PERSON), frozenset(), "ids of its named contact persons"),
        "holidays": optional(set_of(day()), frozenset(), "days that are no working days of its own"),
        "notify": optional(CHANNELS, NO_CHANNELS, "how it is told of notices"),
        "office_hours": optional(HOURS, None, "when its people work, in UTC"),
    },
)

_BUDGETS: Final = record(
    Budgets,
    {
        "subjects_per_user_day": optional(
            integer(1, 1_000_000), 50, "different subjects a person may ask about"
        ),
        "queries_per_case": optional(integer(1, 1_000_000), 200, "queries under one case"),
        "queries_per_agency_day": optional(
            integer(1, 100_000_000), None, "queries of all people of one agency in a day"
        ),
    },
)


def _build_site(agencies: tuple[Agency, ...], token_binding: str, **rest: object) -> Site:
    del token_binding
    by_id = {agency.id: agency for agency in agencies}
    build = partial(Site, folder=Path(), agencies=by_id, witnesses=Witnesses.of(rest))
    return build(**rest)  # type: ignore[arg-type]  # the form has checked each value


def _agencies_differ(agencies: tuple[Agency, ...]) -> Iterable[Complaint]:
    seen: set[str] = set()
    for number, agency in enumerate(agencies):
        if agency.id in seen:
            yield Complaint((number, "id"), "each agency once")
        seen.add(agency.id)


_SITE: Final = record(
    _build_site,
    {
        "name": required(_LINE, "name of the site"),
        "issuer": required(_ISSUER, "audience of client assertions and origin of the ledger"),
        "jurisdiction": required(
            text(
                maximum=6, pattern=re.compile(r"[a-z]{2}(-[a-z0-9]{1,3})?").pattern, expected="such as us-or"
            ),
            "age rules and working days",
        ),
        "storage": optional(_URL, "sqlite:///gateway.db", "database URL"),
        "agencies": required(
            list_of(_AGENCY, minimum=1, unique=False).also(_agencies_differ), "the agencies of the site"
        ),
        "budgets": optional(_BUDGETS, Budgets(), "limits on asking"),
        "policies": optional(_PATH, None, "folder of local rules beside the built-in law"),
        "require_signatures": optional(boolean(), default=False, about="only signed agreements are in force"),
        "holidays": optional(set_of(day()), frozenset(), "days that are no working days"),
        "mail": optional(MAIL, None, "server that takes e-mail"),
        "token_binding": optional(word({"none": "none"}), "none", "how access tokens are bound"),
        **KEYS,
    },
).also(lambda site: site.witnesses.complaints())
