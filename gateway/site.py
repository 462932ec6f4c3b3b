"""A running gateway is a folder: `site.yaml` read strictly into values, every path made absolute."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from agreements.fault import InvalidDocument
from agreements.form import Complaint, Form, either, from_yaml, list_of, mapping_of, set_of
from agreements.record import optional, record, required, tagged
from agreements.scalar import boolean, integer, text, word, word_of
from agreements.terms import AGENCY_ID, Category, ObligationCode, Sector

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
class SqlSource:
    url: str
    mapping: str


@dataclass(frozen=True, slots=True)
class FhirLogin:
    client_id: str
    key: str
    token_url: str | None = None
    alg: str = "ES384"
    scope: str = "system/*.rs"


@dataclass(frozen=True, slots=True)
class FhirSource:
    url: str
    auth: FhirLogin | None = None


Login = Mapping[str, str | tuple[str, ...]]
"""Settings of a login, which the adapter itself reads strictly; secrets are named by their files."""


@dataclass(frozen=True, slots=True)
class OneRosterSource:
    """A school's roster: a server (`url`) or a drop of CSV files (`path`), and the mapping beside it."""

    mapping: str
    url: str | None = None
    path: str | None = None
    auth: Login | None = None


@dataclass(frozen=True, slots=True)
class RestSource:
    """Any JSON API; `mapping` is a file or the name of a ready mapping, and says which login it takes."""

    url: str
    mapping: str
    auth: Login | None = None


@dataclass(frozen=True, slots=True)
class FileSource:
    path: str


@dataclass(frozen=True, slots=True)
class NoSource:
    """The agency asks and is told, but no system of its own can be asked."""


Source = SqlSource | FhirSource | OneRosterSource | RestSource | FileSource | NoSource


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


@dataclass(frozen=True, slots=True)
class Budgets:
    subjects_per_user_day: int = 50
    queries_per_case: int = 200


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

_FHIR_LOGIN: Final = record(
    FhirLogin,
    {
        "client_id": required(_LINE, "client registered at the FHIR server"),
        "key": required(_PATH, "private key for SMART Backend Services"),
        "token_url": optional(_URL, None, "token endpoint; discovered when absent"),
        "alg": optional(word({name: name for name in ("ES384", "RS384", "ES256")}), "ES384", "algorithm"),
        "scope": optional(_LINE, "system/*.rs", "scope asked for"),
    },
)

_SETTING: Final = text(maximum=32, pattern=r"[a-z_]+", expected="a setting")
_LOGIN: Final = mapping_of(_SETTING, either(text(maximum=2048), list_of(_LINE)))

_SOURCE: Final[Form[Source]] = tagged(
    "kind",
    {
        "sql": record(
            SqlSource,
            {"url": required(_URL, "database URL"), "mapping": required(_PATH, "mapping file")},
        ),
        "fhir": record(
            FhirSource,
            {"url": required(_URL, "base URL"), "auth": optional(_FHIR_LOGIN, None, "login")},
        ),
        "oneroster": record(
            OneRosterSource,
            {
                "mapping": required(_PATH, "mapping file for what OneRoster does not hold"),
                "url": optional(_URL, None, "base URL of a OneRoster 1.2 server"),
                "path": optional(_PATH, None, "folder or .zip of OneRoster CSV files"),
                "auth": optional(_LOGIN, None, "login at the server"),
            },
        ),
        "rest": record(
            RestSource,
            {
                "url": required(_URL, "base URL"),
                "mapping": required(_PATH, "mapping file, or the name of a ready mapping"),
                "auth": optional(_LOGIN, None, "login, as the mapping takes it"),
            },
        ),
        "file": record(FileSource, {"path": required(_PATH, "JSON file of holdings")}),
        "none": record(NoSource, {}),
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
        "adapter": optional(_SOURCE, NoSource(), "how its system is asked"),
        "regimes": optional(
            mapping_of(word_of(Category), list_of(_LAW)), {}, "law that binds each category as held here"
        ),
        "understands": optional(set_of(word_of(ObligationCode)), None, "obligations its systems honour"),
    },
)

_BUDGETS: Final = record(
    Budgets,
    {
        "subjects_per_user_day": optional(
            integer(1, 1_000_000), 50, "different subjects a person may ask about"
        ),
        "queries_per_case": optional(integer(1, 1_000_000), 200, "queries under one case"),
    },
)


def _build_site(agencies: tuple[Agency, ...], token_binding: str, **rest: object) -> Site:
    del token_binding
    build = partial(Site, folder=Path(), agencies={agency.id: agency for agency in agencies})
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
        "token_binding": optional(word({"none": "none"}), "none", "how access tokens are bound"),
    },
)
