"""The people who act for the county's agencies in the story."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.demo.people import HEALTH, HOUSING, POLICE, SCHOOLS, SOCIAL

AGENCY_NAMES: Final = {
    POLICE: "Riverside Police Department",
    HEALTH: "Riverside Health Service",
    SCHOOLS: "Riverside Unified School District",
    SOCIAL: "Riverside Child and Family Services",
    HOUSING: "Riverside Housing Authority",
}


@dataclass(frozen=True, slots=True)
class Official:
    """Somebody an agency vouches for, in the role they act in."""

    agency: str
    id: str
    name: str
    role: str

    @property
    def user(self) -> dict[str, str]:
        """As a request's body names them."""
        return {"id": self.id, "name": self.name, "role": self.role}

    def words(self) -> str:
        return f"{self.name}, {self.role}, {AGENCY_NAMES[self.agency]}"


QUINTERO: Final = Official(SCHOOLS, "emp-2207", "Teresa Quintero", "caseworker")
REYES: Final = Official(POLICE, "badge-4411", "Sgt. Alma Reyes", "caseworker")
REYES_AS_REVIEWER: Final = Official(POLICE, "badge-4411", "Sgt. Alma Reyes", "privacy-officer")
ADLER: Final = Official(POLICE, "badge-0032", "Capt. Ruth Adler", "privacy-officer")
FINCH: Final = Official(POLICE, "civ-118", "Noel Finch", "liaison")
LAM: Final = Official(HEALTH, "npi-77", "Dr. Vivian Lam", "liaison")
SOTO: Final = Official(HEALTH, "emp-9031", "Iris Soto", "auditor")
BRANDT: Final = Official(SOCIAL, "sw-64", "Mara Brandt", "caseworker")
