"""From a site's `adapter` entries to the partners the exchange asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from adapters.fhir_settings import open_fhir
from adapters.file import FilePartner
from adapters.mapping_form import read_mapping
from adapters.oneroster_settings import open_oneroster
from adapters.partner import Partner
from adapters.rest_settings import open_rest
from adapters.sql import SqlPartner
from agreements.fault import InvalidDocument
from gateway.site import Agency, InvalidSiteError, Site
from gateway.sources import FhirSource, FileSource, OneRosterSource, RestSource, SqlSource


def partners_of(site: Site, clock: Callable[[], datetime]) -> dict[str, Partner]:
    """The partner of every agency that has a system to ask. No system is called yet.

    Raises:
        InvalidSiteError: an entry or its mapping file breaks a rule; every one is named.
    """
    partners: dict[str, Partner] = {}
    messages: list[str] = []
    for agency in site.agencies.values():
        try:
            partner = _partner(site, agency, clock)
        except InvalidDocument as invalid:
            messages += map(str, invalid.errors)
        except (OSError, ValueError) as error:
            messages.append(f"site.yaml: adapter of {agency.id}: {error}")
        else:
            if partner is not None:
                partners[agency.id] = partner
    if messages:
        raise InvalidSiteError(messages)
    return partners


def _partner(site: Site, agency: Agency, clock: Callable[[], datetime]) -> Partner | None:
    match agency.adapter:
        case FileSource(path):
            return FilePartner(site.path(path))
        case SqlSource(url, mapping):
            mapped = read_mapping(site.path(mapping).read_bytes(), mapping)
            return SqlPartner(site.database_url(url), mapped, mapping)
        case FhirSource() as fhir:
            return open_fhir(_settings("fhir", fhir), site.folder, clock)
        case OneRosterSource() as oneroster:
            return open_oneroster(_settings("oneroster", oneroster), site.folder, clock)
        case RestSource() as rest:
            return open_rest(_settings("rest", rest), site.folder, clock)
        case _:
            return None


def _settings(kind: str, source: FhirSource | OneRosterSource | RestSource) -> dict[str, Any]:
    """An adapter's entry as it was written: what was left out is left out."""
    return {"kind": kind, **_written(asdict(source))}


def _written(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _written(value) if isinstance(value, Mapping) else value
        for key, value in values.items()
        if value is not None
    }
