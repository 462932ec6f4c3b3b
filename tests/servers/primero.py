"""The contract suite's people as a child protection service keeps them in Primero, and in our terms."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

from agreements.permit import FieldValue, Holding
from agreements.subject import PersonIdentity
from agreements.terms import Category
from gateway.demo.primero_access import User
from gateway.demo.primero_cases import case, incident, service
from tests.contracts.adapter_contract import KNOWN, NAMESAKE, QUIET, TWINS, Held, World

STATUS: Final = "in_assessment"
"""A status of the instance's own, a word that stands in no log by chance."""

CLOSED: Final = "2026-03-31"

USER: Final = User("gateway", "a-Long-enough-passw0rd")


def safeguarding(summary: str, number: int, registered: str, risk: str, concerns: list[str]) -> Holding:
    fields: dict[str, FieldValue] = {
        "case_number": f"{number:07x}",
        "status": STATUS,
        "registration_date": registered,
        "closure_date": CLOSED,
        "risk_level": risk,
        "protection_concerns": list(concerns),
    }
    return Holding(Category.SAFEGUARDING, summary, fields)


def family_service(kind: str, requested: str, agency: str) -> Holding:
    state = "not_implemented"
    fields = {
        "service_type": kind,
        "response_type": "care_plan",
        "requested_at": f"{requested}T10:30:00.000Z",
        "appointment_date": requested,
        "implementing_agency": agency,
        "implemented": state,
    }
    return Holding(Category.FAMILY_SERVICES, f"{kind}, {state}", fields)


WORLD: Final = World(
    known=Held(
        KNOWN,
        (
            safeguarding("high, neglect, bullying", 1, "2025-11-06", "high", ["neglect", "bullying"]),
            family_service("psychosocial_support", "2025-11-20", "riverside-clinic"),
            family_service("family_mediation", "2025-12-02", "riverside-family"),
            Holding(
                Category.VICTIM_SERVICES,
                "physical_violence, 2025-10-30",
                {"incident_date": "2025-10-30", "violence_type": "physical_violence", "status": STATUS},
            ),
        ),
    ),
    namesake=Held(
        NAMESAKE, (safeguarding("low, housing_insecure", 2, "2024-02-11", "low", ["housing_insecure"]),)
    ),
    twins=(
        Held(TWINS[0], (family_service("school_transport", "2026-01-12", "riverside-transport"),)),
        Held(TWINS[1], (safeguarding("medium, threats", 4, "2026-01-15", "medium", ["threats"]),)),
    ),
    quiet=Held(QUIET),
)


def cases(crowd_size: int = 0) -> list[dict[str, Any]]:
    """The world's cases, and a crowd of others born on the same day as `KNOWN`."""
    services = [
        service(1, "psychosocial_support", date(2025, 11, 20), agency="riverside-clinic"),
        service(2, "family_mediation", date(2025, 12, 2), agency="riverside-family"),
    ]
    transport = [service(3, "school_transport", date(2026, 1, 12), agency="riverside-transport")]
    closed = {"date_closure": CLOSED}
    here = partial(case, status=STATUS)
    concerns = ["neglect", "bullying"]
    held = [
        case(
            1,
            KNOWN,
            date(2025, 11, 6),
            concerns=concerns,
            risk="high",
            services=services,
            status=STATUS,
            more=closed,
        ),
        case(
            2,
            NAMESAKE,
            date(2024, 2, 11),
            concerns=["housing_insecure"],
            risk="low",
            status=STATUS,
            more=closed,
        ),
        here(3, TWINS[0], date(2026, 1, 10), services=transport),
        here(4, TWINS[1], date(2026, 1, 15), concerns=["threats"], risk="medium", more=closed),
        here(5, QUIET, date(2023, 6, 1)),
    ]
    crowd = [
        case(100 + n, PersonIdentity(f"Crowd{_letters(n)}", "Pat", KNOWN.birth_date), date(2025, 1, 1))
        for n in range(crowd_size)
    ]
    return held + crowd


def incidents() -> list[dict[str, Any]]:
    return [{**incident(1, 1, date(2025, 10, 30), "physical_violence"), "status": STATUS}]


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:03d}")


def write_site(folder: Path) -> dict[str, object]:
    """A site's settings for the server but its address: the ready mapping, for this world's identifiers."""
    ready = Path(__file__).parents[2] / "adapters" / "mappings" / "primero.yaml"
    mapping = ready.read_text("utf-8").replace("urn:primero:other-id", "urn:mrn")
    (folder / "primero.yaml").write_text(mapping, "utf-8")
    (folder / "password.txt").write_text(f"{USER.password}\n", "ascii")
    auth = {"user": USER.user_name, "password": "password.txt"}
    return {"kind": "rest", "mapping": "primero.yaml", "auth": auth}
