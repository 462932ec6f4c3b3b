"""People and their records with described defects, by the generator `carebundle` in its own environment."""

from __future__ import annotations

import copy
import json
import subprocess
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.servers.environment import python_environment

LOCK: Final = Path(__file__).parent / "carebundle.lock"

_PROFILES: Final = ("type2_diabetes", "hypertension", "ckd_stage3", "anaemia", "healthy")
_GENERATE: Final = """
import json, sys
import carebundle
rates = json.loads(sys.argv[1])
made = []
for number, profile in enumerate(sys.argv[2:]):
    bundle = carebundle.generate_bundle(profile=profile, seed=100 + number, panels=["hba1c"])
    clean = json.loads(carebundle.to_json(bundle))
    dirty, defects = carebundle.inject_defects(clean, carebundle.Imperfection(**rates), seed=number)
    made.append({"clean": clean, "dirty": dirty, "defects": [each.kind for each in defects]})
json.dump(made, sys.stdout)
"""
# What the generator marks everything with: the label of test data.
_TEST_DATA: Final = "HTEST"


@dataclass(frozen=True, slots=True)
class Chart:
    """One generated person: the resources as they should be and as they are, under one set of ids."""

    clean: tuple[dict[str, Any], ...]
    dirty: tuple[dict[str, Any], ...]
    defects: Counter[str]

    def patient(self) -> dict[str, Any]:
        return next(each for each in self.clean if each["resourceType"] == "Patient")

    def displays(self) -> set[str]:
        """What the clean chart's diagnoses are called."""
        conditions = (each for each in self.clean if each["resourceType"] == "Condition")
        return {coding["display"] for each in conditions for coding in each["code"]["coding"]}


def charts(rates: Mapping[str, float], *, marked: bool = False) -> list[Chart]:
    """One chart of each clinical profile, the same every time, with defects of each kind at a rate.

    Unless `marked`, without the label that says it is all test data.
    """
    program = python_environment("carebundle", LOCK) / "python"
    command = [str(program), "-c", _GENERATE, json.dumps(dict(rates)), *_PROFILES]
    made = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return [
        Chart(
            _resources(each["clean"], marked=marked),
            _resources(each["dirty"], marked=marked),
            Counter(each["defects"]),
        )
        for each in made
    ]


def _resources(bundle: dict[str, Any], *, marked: bool) -> tuple[dict[str, Any], ...]:
    """A transaction's resources under ids of their own, as a server would store them."""
    entries = bundle["entry"]
    places = {
        each["fullUrl"]: f"{each['resource']['resourceType']}/{each['fullUrl'].removeprefix('urn:uuid:')}"
        for each in entries
    }
    stored = []
    for each in entries:
        resource = copy.deepcopy(each["resource"])
        resource["id"] = places[each["fullUrl"]].split("/")[1]
        if not marked:
            labels = resource["meta"]["security"]
            resource["meta"]["security"] = [label for label in labels if label["code"] != _TEST_DATA]
        stored.append(_with_places(resource, places))
    return tuple(stored)


def _with_places(value: Any, places: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _with_places(each, places) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_places(each, places) for each in value]
    return places.get(value, value) if isinstance(value, str) else value
