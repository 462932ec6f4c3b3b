"""How an agency's own system is asked: the `adapter` entry of `site.yaml`, one form for each kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agreements.form import Form, either, list_of, mapping_of
from agreements.record import optional, record, required, tagged
from agreements.scalar import text, word


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


_PATH: Final = text(maximum=512, pattern=r"[^\x00]+", expected="a path")
_URL: Final = text(maximum=2048, pattern=r"[a-z][a-z0-9+.-]*:.+", expected="a URL")
_LINE: Final = text(maximum=200)

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

SOURCE: Final[Form[Source]] = tagged(
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
