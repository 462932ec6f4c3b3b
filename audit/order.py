"""The order rules: what must come before what in the ledger, judged from opened payloads."""

from collections.abc import Iterator, Mapping

from audit.encoding import Json

_Part = tuple[str, str, str]
"""A query or an offer, its custodian, and of an offer its recipient."""

LATEST_REVIEW = "9999"  # sorts after every time: an emergency that names no due time is never late


class OrderRules:
    """Reads opened payloads in ledger order and tells what breaks a rule."""

    def __init__(self) -> None:
        self._asked: set[_Part] = set()
        self._asked_in_round: set[tuple[_Part, str]] = set()
        self._answered: set[tuple[_Part, str]] = set()
        self._withdrawn: set[str] = set()
        self._open: dict[str, tuple[int, str, int]] = {}
        self._passed = 0  # entries not opened here
        self._last = ""
        self.unjudged = 0  # answers and overdue reviews whose other half may be among the entries not opened

    def pass_unopened(self) -> None:
        """An entry that was not opened: what is missed later may stand there."""
        self._passed += 1

    def see(self, payload: Mapping[str, Json], place: int = 0) -> Iterator[str]:
        """What the next payload, at ledger index `place`, breaks."""
        kind, at = payload.get("kind"), payload.get("at")
        if isinstance(at, str):
            self._last = max(self._last, at)
        if kind in {"asked", "offered", "answered"}:
            query, custodian = payload.get("query"), payload.get("custodian")
            if not isinstance(query, str) or not isinstance(custodian, str):
                yield "an ask or answer that does not name its query and custodian"
                return
            part = (query, custodian, str(payload.get("recipient", "")))
            see = self._see_answer if kind == "answered" else self._see_ask
            yield from see(part, payload)
        elif kind == "offer-read" and self._withdrawn & _relied_on(payload):
            yield "disclosed on a consent that had been withdrawn"
        elif kind == "consent-withdrawn":
            consent = payload.get("consent")
            if isinstance(consent, str):
                self._withdrawn.add(consent)
            else:
                yield "a withdrawal that names no consent"
        elif kind in {"emergency-opened", "emergency-reviewed"}:
            yield from self._see_emergency(payload, place)

    def overdue(self) -> Iterator[tuple[int, str]]:
        """Emergencies never reviewed though due before the last opened entry: where, and what is wrong.

        To be asked once, after the last entry.
        """
        for place, due, passed in self._open.values():
            if due < self._last and self._passed > passed:
                self.unjudged += 1
            elif due < self._last:
                yield place, "emergency access whose review was due and is not in the ledger"

    def _see_ask(self, part: _Part, payload: Mapping[str, Json]) -> Iterator[str]:
        decided = (part, repr(payload.get("round")))
        if decided in self._asked_in_round:
            yield "decided twice in one round"
        self._asked.add(part)
        self._asked_in_round.add(decided)

    def _see_emergency(self, payload: Mapping[str, Json], place: int) -> Iterator[str]:
        emergency = payload.get("emergency")
        if not isinstance(emergency, str):
            yield "an emergency access that is not named"
            return
        if payload.get("kind") == "emergency-opened":
            due = payload.get("review_due")
            named = due if isinstance(due, str) else LATEST_REVIEW
            self._open[emergency] = (place, named, self._passed)
            return
        _, named, _ = self._open.pop(emergency, (place, LATEST_REVIEW, 0))
        at = payload.get("at")
        if not isinstance(at, str) or at > named:
            yield "emergency access reviewed after its review was due"

    def _see_answer(self, part: _Part, payload: Mapping[str, Json]) -> Iterator[str]:
        if part not in self._asked:
            if self._passed:
                self.unjudged += 1
            else:
                yield "answered, but the custodian had not been asked"
        answered = (part, repr(payload.get("round")))
        if answered in self._answered:
            yield "answered twice in one round"
        self._answered.add(answered)
        if self._withdrawn & _relied_on(payload):
            yield "disclosed on a consent that had been withdrawn"


def _relied_on(payload: Mapping[str, Json]) -> set[str]:
    """The consents on which an answer disclosed: those its disclosing outcomes name, or the answer itself."""
    outcomes = payload.get("outcomes")
    disclosing = [
        outcome
        for outcome in (outcomes if isinstance(outcomes, list) else [])
        if isinstance(outcome, Mapping)
        and outcome.get("result") == "information-held"
        and isinstance(basis := outcome.get("basis"), Mapping)
        and basis.get("kind") == "consent"
    ]
    cited = [outcome.get("consent", payload.get("consent")) for outcome in disclosing]
    return {consent for consent in cited if isinstance(consent, str)}
