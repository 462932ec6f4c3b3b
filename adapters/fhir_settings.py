"""What a site writes about a FHIR custodian, and the partner that makes of it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from adapters.client import DEADLINE, SourceClient
from adapters.fhir import FhirPartner
from adapters.fhir_search import FhirSource
from adapters.smart import DEFAULT_SCOPE, Credentials, SigningKey, SmartLogin
from adapters.source_url import check_source_url


def open_fhir(
    settings: Mapping[str, object],
    folder: Path,
    clock: Callable[[], datetime],
    *,
    deadline: float = DEADLINE,
    tls: ssl.SSLContext | None = None,
) -> FhirPartner:
    """Make the partner a site's `adapter` entry describes, without calling it yet.

    `{kind: fhir, url, auth?: {client_id, key, token_url?, alg?, scope?}}`; `key` is a file relative to
    `folder`, the site's; `clock` gives the present as an aware datetime; `deadline` is in seconds for a
    whole `find` or `fetch`.

    Raises:
        ValueError: a setting is missing, unknown or breaks a rule; the message names it.
    """
    _only(settings, {"kind", "url", "auth"}, "adapter")
    client = SourceClient(_text(settings, "url"), deadline=deadline, tls=tls)
    auth = settings.get("auth")
    if auth is None:
        return FhirPartner(FhirSource(client), deadline=deadline)
    if not isinstance(auth, Mapping):
        raise ValueError("auth: expected a mapping")  # noqa: TRY004 -- a wrong setting, not a wrong call
    login = SmartLogin(client, _credentials(auth, folder), clock, tls=tls)
    return FhirPartner(FhirSource(client, login), deadline=deadline)


def _credentials(auth: Mapping[str, object], folder: Path) -> Credentials:
    _only(auth, {"client_id", "key", "token_url", "alg", "scope"}, "auth")
    algorithm = _text(auth, "alg") if "alg" in auth else None
    token_url = check_source_url(_text(auth, "token_url")) if "token_url" in auth else None
    return Credentials(
        _text(auth, "client_id"),
        SigningKey.load(folder / _text(auth, "key"), algorithm),
        _text(auth, "scope") if "scope" in auth else DEFAULT_SCOPE,
        token_url,
    )


def _only(settings: Mapping[str, object], known: set[str], where: str) -> None:
    for key in settings:
        if key not in known:
            raise ValueError(f"{where}.{key}: no such setting")


def _text(settings: Mapping[str, object], key: str) -> str:
    value = settings.get(key)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{key}: expected a text")
    return value
