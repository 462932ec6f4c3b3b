"""What the housing authority holds: a file of tenancies, in the form the `file` adapter reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from agreements.subject import PersonIdentity
from gateway.demo.cast import Cast
from gateway.demo.people import HOUSING, Known


def build_tenancies(path: Path, known: Sequence[Known], cast: Cast, chance: Random, today: date) -> None:
    """Write the file."""
    subjects = [_tenancy(each, today - timedelta(days=1200)) for each in cast.at(HOUSING)]
    subjects += [
        _tenancy(each.identity, today - timedelta(days=chance.randrange(30, 4000))) for each in known
    ]
    path.write_text(json.dumps({"subjects": subjects}, ensure_ascii=False, indent=1), "utf-8")


def _tenancy(who: PersonIdentity, since: date) -> dict[str, Any]:
    holding = {"category": "housing", "summary": "tenancy", "fields": {"since": since.isoformat()}}
    return {"person": _person(who), "holdings": [holding]}


def _person(who: PersonIdentity) -> dict[str, Any]:
    names = [{"family_name": family, "given_name": given} for family, given in who.other_names]
    written: dict[str, Any] = {
        "family_name": who.family_name,
        "given_name": who.given_name,
        "birth_date": str(who.birth_date),
        "identifiers": [asdict(each) for each in who.identifiers],
        "address": asdict(who.address) if who.address else None,
        "other_names": names,
    }
    return {key: value for key, value in written.items() if value}
