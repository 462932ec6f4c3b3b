"""What must never happen at a site: the built-in statements and those of its own file."""

from __future__ import annotations

from typing import Final

from agreements.fault import InvalidDocument
from gateway.site import InvalidSiteError, Site
from policies.never import Statement
from policies.neverfile import NEVER_FILE, builtin_statements, parse_statements

_POLICIES_FOLDER: Final = "policies"
"""Where they stand at a site that names no other folder."""


def statements_of(site: Site) -> tuple[Statement, ...]:
    """The built-in statements, then those of the site's `policies/never.yaml` where there is one.

    Raises:
        InvalidSiteError: that file is invalid; every error is named with file, line and key.
    """
    builtin = builtin_statements()
    folder = site.policies or _POLICIES_FOLDER
    path = site.path(folder) / NEVER_FILE
    if not path.exists():
        return builtin
    name = f"{folder}/{NEVER_FILE}"
    try:
        return (*builtin, *parse_statements(path.read_bytes(), name, {each.id for each in builtin}))
    except InvalidDocument as invalid:
        raise InvalidSiteError(map(str, invalid.errors)) from None
    except OSError as error:
        raise InvalidSiteError([f"{name}: cannot be read ({error.strerror})"]) from None
