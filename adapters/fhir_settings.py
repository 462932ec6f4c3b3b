"""What a site writes about a FHIR custodian, and the partner that makes of it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from adapters.client import DEADLINE, SourceClient
from adapters.fhir import FhirPartner
from adapters.fhir_search import FhirSource
from adapters.settings import only_known, text_setting
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
    only_known(settings, {"kind", "url", "auth"}, "adapter")
    client = SourceClient(text_setting(settings, "url"), deadline=deadline, tls=tls)
    auth = settings.get("auth")
    if auth is None:
        return FhirPartner(FhirSource(client), deadline=deadline)
    if not isinstance(auth, Mapping):
        raise ValueError("auth: expected a mapping")  # noqa: TRY004 -- a wrong setting, not a wrong call
    login = SmartLogin(client, _credentials(auth, folder), clock, tls=tls)
    return FhirPartner(FhirSource(client, login), deadline=deadline)


def _credentials(auth: Mapping[str, object], folder: Path) -> Credentials:
    only_known(auth, {"client_id", "key", "token_url", "alg", "scope"}, "auth")
    algorithm = text_setting(auth, "alg") if "alg" in auth else None
    token_url = check_source_url(text_setting(auth, "token_url")) if "token_url" in auth else None
    return Credentials(
        text_setting(auth, "client_id"),
        SigningKey.load(folder / text_setting(auth, "key"), algorithm),
        text_setting(auth, "scope") if "scope" in auth else DEFAULT_SCOPE,
        token_url,
    )
