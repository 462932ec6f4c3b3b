"""What a site writes about a school custodian, and the partner that makes of it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from adapters.client import DEADLINE, SourceClient
from adapters.oneroster import OneRosterPartner, Roster
from adapters.oneroster_csv import CsvRoster
from adapters.oneroster_login import (
    CORE_SCOPE,
    DEMOGRAPHICS_SCOPE,
    ClientSecret,
    Login,
    SecretLogin,
    TokenEndpoint,
)
from adapters.oneroster_mapping import (
    CategorySource,
    FromDatabase,
    FromFile,
    OneRosterMapping,
    read_oneroster_mapping,
)
from adapters.oneroster_records import DatabaseRecords, FileRecords, Records
from adapters.oneroster_rest import RestRoster
from adapters.oneroster_source import RosterServer
from adapters.settings import only_known, text_setting
from adapters.smart import Credentials, SigningKey, SmartLogin
from adapters.source_url import check_source_url
from agreements.terms import Category

MAX_BYTES = 4 << 20
"""Of one page: a server that ignores `limit` sends everybody at once."""

_Clock = Callable[[], datetime]


def open_oneroster(
    settings: Mapping[str, object],
    folder: Path,
    clock: _Clock,
    *,
    deadline: float = DEADLINE,
    tls: ssl.SSLContext | None = None,
) -> OneRosterPartner:
    """Make the partner a site's `adapter` entry describes, without calling or reading its source yet.

    `{kind: oneroster, url, mapping, auth?: {client_id, client_secret_file | key, token_url?, alg?, scopes?}}`
    for a server, `{kind: oneroster, path, mapping}` for a folder or .zip of CSV files. Paths are relative
    to `folder`, the site's. `clock` gives the present as an aware datetime; `deadline` is in seconds for a
    whole `find` or `fetch`. Without `scopes` the two scopes of OneRoster are asked for one at a time.

    Raises:
        ValueError: a setting is missing, unknown or breaks a rule; the message names it.
        InvalidDocument: the mapping is not as it must be.
        OSError: the mapping cannot be read.
    """
    written = text_setting(settings, "mapping")
    if ("url" in settings) == ("path" in settings):
        raise ValueError("adapter: expected either url or path")
    mapping = read_oneroster_mapping((folder / written).read_bytes(), written)
    roster: Roster
    if "path" in settings:
        only_known(settings, {"kind", "path", "mapping"}, "adapter")
        roster = CsvRoster(folder / text_setting(settings, "path"), mapping, clock)
    else:
        only_known(settings, {"kind", "url", "auth", "mapping"}, "adapter")
        client = SourceClient(text_setting(settings, "url"), deadline=deadline, max_bytes=MAX_BYTES, tls=tls)
        core, demographics = _logins(settings.get("auth"), client, folder, clock, tls)
        roster = RestRoster(RosterServer(client, core, demographics), mapping)
    return OneRosterPartner(roster, mapping, _records(mapping, folder, clock), deadline=deadline)


def _records(mapping: OneRosterMapping, folder: Path, clock: _Clock) -> dict[Category, Records]:
    made = {category: _beside(source, folder, clock) for category, source in mapping.categories.items()}
    return {category: records for category, records in made.items() if records is not None}


def _beside(source: CategorySource, folder: Path, clock: _Clock) -> Records | None:
    if isinstance(source, FromFile):
        return FileRecords(source, folder, clock)
    return DatabaseRecords(source, folder) if isinstance(source, FromDatabase) else None


def _logins(
    auth: object, client: SourceClient, folder: Path, clock: _Clock, tls: ssl.SSLContext | None
) -> tuple[Login | None, Login | None]:
    """The logins for users and organisations, and for demographics."""
    if auth is None:
        return None, None
    if not isinstance(auth, Mapping):
        raise ValueError("auth: expected a mapping")  # noqa: TRY004 -- a wrong setting, not a wrong call
    only_known(auth, {"client_id", "client_secret_file", "key", "alg", "token_url", "scopes"}, "auth")
    if ("client_secret_file" in auth) == ("key" in auth):
        raise ValueError("auth: expected either client_secret_file or key")
    chosen = _by_key if "key" in auth else _by_secret
    login = chosen(auth, client, folder, clock, tls)
    scopes = auth.get("scopes")
    if scopes is None:
        return login(CORE_SCOPE), login(DEMOGRAPHICS_SCOPE)
    if (
        not isinstance(scopes, list | tuple)
        or not scopes
        or not all(isinstance(each, str) for each in scopes)
    ):
        raise ValueError("auth.scopes: expected a list of texts")
    both = login(" ".join(scopes))
    return both, both


def _by_secret(
    auth: Mapping[str, object],
    client: SourceClient,
    folder: Path,
    clock: _Clock,
    tls: ssl.SSLContext | None,
) -> Callable[[str], Login]:
    credentials = ClientSecret.load(
        text_setting(auth, "client_id"), folder / text_setting(auth, "client_secret_file")
    )
    endpoint = TokenEndpoint(client, _token_url(auth), tls)
    return lambda scope: SecretLogin(endpoint, credentials, scope, clock)


def _by_key(
    auth: Mapping[str, object],
    client: SourceClient,
    folder: Path,
    clock: _Clock,
    tls: ssl.SSLContext | None,
) -> Callable[[str], Login]:
    client_id, url = text_setting(auth, "client_id"), _token_url(auth)
    if url is None:
        raise ValueError("auth.token_url: expected with a key")
    key = SigningKey.load(
        folder / text_setting(auth, "key"), text_setting(auth, "alg") if "alg" in auth else None
    )
    return lambda scope: SmartLogin(client, Credentials(client_id, key, scope, url), clock, tls=tls)


def _token_url(auth: Mapping[str, object]) -> str | None:
    return check_source_url(text_setting(auth, "token_url")) if "token_url" in auth else None
