"""One-time sign-in links into the county's console, one for each role; each used makes another."""

from __future__ import annotations

from typing import Final

from gateway.console.demo_door import DemoDoor
from gateway.demo.officials import ADLER, AGENCY_NAMES, BRANDT, LAM, REYES, SOTO, Official
from gateway.demo.telling import Telling
from gateway.identity import Actor, Requester

PEOPLE: Final = (REYES, BRANDT, LAM, ADLER, SOTO)
"""At least one for each role that has pages about people."""


class Entrances:
    """Makes the demonstration's door. Nothing opens it before `tell` has printed the links."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        self._url = ""
        self.door: Final = DemoDoor(self._tell_another)

    def tell(self, url: str) -> None:
        """Print a link for each person; `url` is where the county is served."""
        self._url = url
        self._telling.title("The console")
        self._telling.say(
            "Open one of these links in a browser. Each signs in the person named, once; when it was used, "
            "another is printed."
        )
        self._telling.commands((who.words(), url + self.door.link(_requester(who))) for who in PEOPLE)

    def _tell_another(self, requester: Requester, path: str) -> None:
        about = f"{requester.actor.name}, {requester.actor.role}, {AGENCY_NAMES[requester.agency]}"
        self._telling.commands([(f"Another link for {about}", self._url + path)])


def _requester(who: Official) -> Requester:
    return Requester(who.agency, Actor(who.id, who.name, who.role))
