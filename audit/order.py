"""The order rules: what must come before what in the ledger, judged from opened payloads."""

from collections.abc import Iterator, Mapping

from audit.encoding import Json

_Pair = tuple[str, str]


class OrderRules:
    """Reads opened payloads in ledger order and tells what breaks a rule."""

    def __init__(self) -> None:
        self._asked: set[_Pair] = set()
        self._answered: set[tuple[_Pair, str]] = set()
        self._withdrawn: set[str] = set()
        self._gap = False
        self.unjudged = 0  # answers whose ask may be among the entries not opened here

    def pass_unopened(self) -> None:
        """An entry that was not opened: from here on, an ask not seen may still be there."""
        self._gap = True

    def see(self, payload: Mapping[str, Json]) -> Iterator[str]:
        """What the next payload breaks."""
        kind = payload.get("kind")
        if kind == "consent-withdrawn":
            consent = payload.get("consent")
            if isinstance(consent, str):
                self._withdrawn.add(consent)
            else:
                yield "a withdrawal that names no consent"
        elif kind in {"asked", "answered"}:
            query, custodian = payload.get("query"), payload.get("custodian")
            if not isinstance(query, str) or not isinstance(custodian, str):
                yield "an ask or answer that does not name its query and custodian"
            elif kind == "asked":
                self._asked.add((query, custodian))
            else:
                yield from self._see_answer((query, custodian), payload)

    def _see_answer(self, pair: _Pair, payload: Mapping[str, Json]) -> Iterator[str]:
        if pair not in self._asked:
            if self._gap:
                self.unjudged += 1
            else:
                yield "answered, but the custodian had not been asked"
        answered = (pair, repr(payload.get("round")))
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
