"""One-time links by which people of a made-up county sign in to its console.

Nothing in a site's folder can make them: only whoever puts the site together in its own process hands a door
to it, as `gateway demo` does. A real site has none, and the path answers 404.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from gateway.identity import Requester


class DemoDoor:
    """`tell` is given each further link that is made when one was used: who, and its path."""

    def __init__(self, tell: Callable[[Requester, str], None] | None = None) -> None:
        self._links: dict[str, Requester] = {}
        self._tell = tell

    def link(self, requester: Requester) -> str:
        """The path of a new link for somebody; it opens once."""
        secret = secrets.token_urlsafe(24)
        self._links[secret] = requester
        return f"/console/demo/{secret}"

    def enter(self, secret: str) -> Requester | None:
        """Who a link is for, if it was not used before."""
        requester = self._links.pop(secret, None)
        if requester is not None and self._tell is not None:
            self._tell(requester, self.link(requester))
        return requester
