"""NIEM 6 names a mapping may use beside its plain keys, and what each stands for in our terms. Pure.

Names are those of the NIEM 6.0 model (OASIS NIEMOpen): NIEM Core, written `nc:`, and its Justice domain,
written `j:`. A name is a path of properties; as much of the path may be left away, at either end, as
leaves the property that tells the target: `nc:Person/nc:PersonBirthDate/nc:Date`, `nc:PersonBirthDate`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

NAMESPACES: Final = {
    "nc": "https://docs.oasis-open.org/niemopen/ns/model/niem-core/6.0/",
    "j": "https://docs.oasis-open.org/niemopen/ns/model/domains/justice/6.0/",
}
PATTERN: Final = r"(nc|j):[A-Za-z0-9]{1,80}(/(nc|j):[A-Za-z0-9]{1,80}){0,5}"

Target = tuple[str, ...]
"""Plain keys from the record where the name stands to what it means."""


@dataclass(frozen=True, slots=True)
class Term:
    """One NIEM path and its target; `telling` is the run of its steps that no short form leaves away."""

    path: str
    telling: str
    target: Target

    def names(self) -> Iterable[str]:
        """Every form of the path that is understood, the whole one first."""
        steps = self.path.split("/")
        told = self.telling.split("/")
        first = next(n for n in range(len(steps)) if steps[n : n + len(told)] == told)
        ends = range(len(steps), first + len(told) - 1, -1)
        return ["/".join(steps[start:end]) for start in range(first + 1) for end in ends]


def _term(path: str, telling: str, *target: str) -> Term:
    return Term(path, telling, target)


_ADDRESS: Final = (
    ("nc:AddressStreet/nc:StreetFullText", "nc:StreetFullText", "line"),
    ("nc:AddressStreet", "nc:AddressStreet", "line"),
    ("nc:AddressDeliveryPointText", "nc:AddressDeliveryPointText", "line"),
    ("nc:AddressCityName", "nc:AddressCityName", "city"),
    ("nc:AddressState/nc:StateName", "nc:AddressState", "region"),
    ("nc:AddressState/nc:StateCode", "nc:AddressState", "region"),
    ("nc:AddressPostalCode", "nc:AddressPostalCode", "postal_code"),
    ("nc:AddressCountry", "nc:AddressCountry", "country"),
)
_LOCATION_ADDRESS: Final = tuple(
    _term(f"nc:Location/nc:Address/{path}", telling, "address", part) for path, telling, part in _ADDRESS
)
_RESIDENCE_ADDRESS: Final = tuple(
    _term(f"nc:Person/nc:PersonResidenceAddress/{path}", telling, "address", part)
    for path, telling, part in _ADDRESS
)
NAME: Final = (
    _term("nc:Person/nc:PersonName/nc:PersonSurName", "nc:PersonSurName", "family_name"),
    _term("nc:Person/nc:PersonName/nc:PersonGivenName", "nc:PersonGivenName", "given_name"),
)
PERSON: Final = (
    *NAME,
    _term("nc:Person/nc:PersonBirthDate/nc:Date", "nc:PersonBirthDate", "birth_date"),
    *_LOCATION_ADDRESS,
    *_RESIDENCE_ADDRESS,
)
VENUE: Final = (_term("nc:Location/nc:LocationName", "nc:LocationName", "name"), *_LOCATION_ADDRESS)
COMMUNICATION: Final = (
    _term("nc:ContactInformation/nc:ContactEmailID", "nc:ContactEmailID", "handle"),
    _term("j:InstantMessengerID", "j:InstantMessengerID", "handle"),
    _term("nc:Message/nc:MessageText", "nc:MessageText", "text"),
)
_CHARGE: Final = (
    (
        "j:ChargeStatute/j:StatuteCodeIdentification/nc:IdentificationID",
        "j:ChargeStatute",
        "statute",
    ),
    ("j:ChargeDescriptionText", "j:ChargeDescriptionText", "offence"),
    ("j:ChargeDisposition", "j:ChargeDisposition", "disposition"),
    ("j:ChargeCountQuantity", "j:ChargeCountQuantity", "counts"),
    ("j:ChargeFilingDate/nc:Date", "j:ChargeFilingDate", "charged_on"),
    ("j:ChargeSeverityText", "j:ChargeSeverityText", "severity"),
)
FIELDS: Final = (
    _term(
        "nc:Incident/nc:ActivityIdentification/nc:IdentificationID",
        "nc:ActivityIdentification",
        "incident_number",
    ),
    _term("nc:Incident/nc:ActivityDate/nc:Date", "nc:ActivityDate", "occurred_on"),
    _term("nc:Incident/nc:ActivityCategoryText", "nc:ActivityCategoryText", "kind"),
    _term("nc:Incident/nc:ActivityDisposition", "nc:ActivityDisposition", "outcome"),
    _term("nc:Incident/nc:ActivityStatus/nc:StatusText", "nc:ActivityStatus", "status"),
    *(_term(f"j:Charge/{path}", telling, field) for path, telling, field in _CHARGE),
    *(_term(f"j:Arrest/j:ArrestCharge/{path}", telling, field) for path, telling, field in _CHARGE),
    _term("j:Arrest/j:ArrestCharge", "j:ArrestCharge", "arrest_charge"),
    _term("j:Arrest/nc:ActivityDate/nc:Date", "j:Arrest/nc:ActivityDate", "arrested_on"),
    _term(
        "j:Arrest/j:ArrestAgencyRecordIdentification/nc:IdentificationID",
        "j:ArrestAgencyRecordIdentification",
        "arrest_number",
    ),
)
_METADATA: Final = "nc:Metadata/j:MetadataAugmentation"
LABELS: Final = (
    _term(
        f"{_METADATA}/j:IntelligenceInformationIndicator", "j:IntelligenceInformationIndicator", "indicator"
    ),
    _term(f"{_METADATA}/j:CriminalInformationIndicator", "j:CriminalInformationIndicator", "indicator"),
    _term("nc:Person/nc:PersonMedicalFileIndicator", "nc:PersonMedicalFileIndicator", "indicator"),
    _term(
        "j:PersonAugmentation/j:PersonPsychologicalPsychiatricTreatmentIndicator",
        "j:PersonPsychologicalPsychiatricTreatmentIndicator",
        "indicator",
    ),
    _term(
        "j:PersonAugmentation/j:PersonDrugAlcoholAbuseTreatmentIndicator",
        "j:PersonDrugAlcoholAbuseTreatmentIndicator",
        "indicator",
    ),
    _term(
        "nc:PersonEncounter/nc:PersonJuvenileClaimedIndicator",
        "nc:PersonJuvenileClaimedIndicator",
        "indicator",
    ),
    _term(
        "nc:PersonEncounter/nc:PersonJuvenileVerifiedIndicator",
        "nc:PersonJuvenileVerifiedIndicator",
        "indicator",
    ),
    _term("nc:Metadata/nc:SensitivityText", "nc:SensitivityText", "column"),
    _term("nc:Metadata/nc:CaveatText", "nc:CaveatText", "column"),
    _term("nc:Metadata/nc:DistributionText", "nc:DistributionText", "column"),
)
NATIONAL_IDENTIFIERS: Final = (
    _term(
        "nc:Person/j:PersonAugmentation/j:PersonFBIIdentification/nc:IdentificationID",
        "j:PersonFBIIdentification",
        "identifiers",
    ),
    _term(
        "nc:Person/nc:PersonSSNIdentification/nc:IdentificationID",
        "nc:PersonSSNIdentification",
        "identifiers",
    ),
)
# Given by each state, or by whoever issues it: the same value elsewhere is somebody else's.
ISSUED_IDENTIFIERS: Final = (
    _term(
        "nc:Person/nc:PersonStateIdentification/nc:IdentificationID",
        "nc:PersonStateIdentification",
        "identifiers",
    ),
    _term(
        "nc:Person/j:PersonAugmentation/j:PersonStateFingerprintIdentification/nc:IdentificationID",
        "j:PersonStateFingerprintIdentification",
        "identifiers",
    ),
    _term(
        "nc:Person/nc:PersonOtherIdentification/nc:IdentificationID",
        "nc:PersonOtherIdentification",
        "identifiers",
    ),
)


def targets(terms: Iterable[Term]) -> Mapping[str, Target]:
    """Every understood name of some terms, with its target."""
    return {name: term.target for term in terms for name in term.names()}


def systems() -> Mapping[str, str]:
    """For every understood name of a nationally unique identifier the URI of its NIEM property."""
    return {name: component_uri(term.telling) for term in NATIONAL_IDENTIFIERS for name in term.names()}


def component_uri(name: str) -> str:
    """The URI of one property: that of its namespace and its local name (NIEM Naming and Design Rules 6)."""
    prefix, _, local = name.partition(":")
    return NAMESPACES[prefix] + local
