"""The keys of `site.yaml` that circumstances of a case are judged by."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import pytest

from gateway.doctor import examine
from gateway.init import init_from_pack
from gateway.site import InvalidSiteError, read_site

PACK: Final = Path(__file__).parent.parent / "vectors" / "pack" / "riverbend"


def site_with(tmp_path: Path, old: str, new: str) -> Path:
    text = (PACK / "site.yaml").read_text()
    assert old in text
    (tmp_path / "site.yaml").write_text(text.replace(old, new, 1))
    return tmp_path


def test_contacts_and_holidays_are_read() -> None:
    site = read_site(PACK)
    assert site.holidays == {date(2026, 5, 25)}
    assert site.agencies["bend-schools"].contacts == {"staff-7"}
    assert site.agencies["bend-police"].contacts == frozenset()


def test_a_site_without_holidays_has_none(tmp_path: Path) -> None:
    assert read_site(site_with(tmp_path, "holidays: [2026-05-25]\n", "")).holidays == frozenset()


REFUSED: Final = {
    "a day that is none": ("2026-05-25", "2026-02-30", "holidays[0]: expected a day that exists"),
    "a day in words": ("2026-05-25", "Monday", "holidays[0]: expected a date as YYYY-MM-DD"),
    "a day twice": ("2026-05-25", "2026-05-25, 2026-05-25", "holidays[1]: expected each value once"),
    "a contact with a space": ("staff-7", "Mr Smith", "contacts[0]: expected the id of a person"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_day_and_no_person_is_refused_by_key(name: str, tmp_path: Path) -> None:
    old, new, expected = REFUSED[name]
    with pytest.raises(InvalidSiteError) as refused:
        read_site(site_with(tmp_path, old, new))
    assert any(expected in message for message in refused.value.messages)
    assert "Smith" not in str(refused.value)


def test_the_doctor_says_who_has_named_no_contact(tmp_path: Path) -> None:
    pack = tmp_path / "riverbend"
    shutil.copytree(PACK, pack)
    site_with(pack, "    contacts: [staff-7]\n", "")
    init_from_pack(tmp_path / "site", pack)
    found = examine(tmp_path / "site", datetime(2026, 6, 1, tzinfo=UTC))
    assert [one.text for one in found if one.about == "agreements"] == [
        "riverbend-threats version 1 clause 3.1 is for named contacts, and bend-schools names none"
    ]
