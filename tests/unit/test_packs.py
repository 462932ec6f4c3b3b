"""Every agreement pack is whole: its cases come out as written, each rule is tried, a site starts from it."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from typer.testing import CliRunner

from gateway import init
from gateway.app import Running
from gateway.cli import app
from gateway.doctor import examine
from gateway.init import init_from_pack
from gateway.pack_trial import try_pack
from gateway.packs import pack_folder, pack_folders, read_pack, shortcomings
from gateway.settings import Settings
from gateway.site import InvalidSiteError
from tests.county import ONE_KEY_FOR_ALL

SAMPLE: Final = Path(__file__).parent.parent / "vectors" / "pack" / "riverbend"
PACKS: Final = {"riverbend": SAMPLE, **pack_folders()}
every_pack = pytest.mark.parametrize("folder", PACKS.values(), ids=PACKS.keys())


@every_pack
def test_every_case_comes_out_as_written(folder: Path) -> None:
    trials = try_pack(read_pack(folder))
    assert {trial.case.id: trial.differences for trial in trials if not trial.passed} == {}


@every_pack
def test_a_pack_is_whole(folder: Path) -> None:
    assert list(shortcomings(read_pack(folder))) == []


@every_pack
def test_a_site_starts_from_a_pack(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(init, "new_signing_key", lambda: ONE_KEY_FOR_ALL)
    init_from_pack(tmp_path / "site", folder)
    found = examine(tmp_path / "site", datetime(2026, 6, 1, tzinfo=UTC))
    assert [symptom for symptom in found if symptom.severity == "error"] == []
    assert [one for one in found if one.about in {"agreements", "law"} and one.severity != "ok"] == []
    running = Running(tmp_path / "site", Settings())
    asyncio.run(running.close())
    again = try_pack(read_pack(tmp_path / "site"))
    assert all(trial.passed for trial in again)


def altered(tmp_path: Path, file: str, old: str, new: str) -> Path:
    """The sample with one thing changed."""
    folder = tmp_path / "riverbend"
    shutil.copytree(SAMPLE, folder)
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))
    return folder


PLANTED: Final = {
    "a concern let through": (
        "agreement.yaml",
        "concern_at_least: serious, ",
        "",
        {"transient-opens-nothing": ("decision", "deny", "permit: clause 1.1 at level record")},
    ),
    "informants named": (
        "agreement.yaml",
        "withholds: [informant]",
        "withholds: [somebody]",
        {
            "serious-opens": ("fields", "charge, outcome", "charge, informant, outcome"),
            "no-informants-told": ("fields", "charge, outcome", "charge, informant, outcome"),
        },
    ),
    "one person less": (
        "agreement.yaml",
        "review: two-person",
        "review: custodian",
        {
            "contact-with-consent": ("awaits", "review, second-review", "review"),
            "contact-under-threat": ("awaits", "finding, review, second-review", "finding, review"),
        },
    ),
    "a duty left out": (
        "agreement.yaml",
        "    obligations: [{code: explain-limits}]\n",
        "",
        {
            "contact-with-consent": ("obligations", "explain-limits", "none"),
            "contact-under-threat": (
                "obligations",
                "account-for-disclosure, explain-limits, purpose-only",
                "account-for-disclosure, purpose-only",
            ),
        },
    ),
    "a law not declared": (
        "site.yaml",
        "mental-health: [us-hipaa]",
        "mental-health: []",
        {
            "contact-with-spoken-consent": ("decision", "deny", "permit: clause 3.1 at level existence"),
            "contact-under-threat": (
                "obligations",
                "account-for-disclosure, explain-limits, purpose-only",
                "explain-limits",
            ),
            "threat-not-made-out": ("reason", "law-forbids", "exception-elements-missing"),
        },
    ),
    "an agency nobody knows": (
        "cases.yaml",
        "custodian: bend-police",
        "custodian: bend-fire",
        {"serious-opens": ("custodian", "an agency of the site", "none of that id")},
    ),
    "a mask expected": (
        "cases.yaml",
        "masked: false",
        "masked: true",
        {"serious-opens": ("masked", "yes", "no")},
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_found_where_it_is(name: str, tmp_path: Path) -> None:
    file, old, new, expected = PLANTED[name]
    trials = try_pack(read_pack(altered(tmp_path, file, old, new)))
    found = {
        trial.case.id: (one.key, one.expected, one.found) for trial in trials for one in trial.differences
    }
    assert found == expected


LACKING: Final = {
    "another name": ("cases.yaml", "pack: riverbend", "pack: riverend", "expected the name of its folder"),
    "no case that denies": (
        "cases.yaml",
        "expect: {decision: deny, reason: concern-too-low}",
        'expect: {decision: permit, level: record, basis: agreement, clause: "1.1"}',
        "rule serious-only: expected a case that comes out as deny",
    ),
    "a clause nobody wrote": (
        "cases.yaml",
        'clauses: ["2.1"]',
        'clauses: ["2.9"]',
        "rule told-in-time: clause 2.9 stands in no agreement",
    ),
    "a law nobody wrote": ("site.yaml", "[us-hipaa]", "[us-hippa]", "no law us-hippa can be read"),
    "a stranger as party": (
        "agreement.yaml",
        "bend-clinic]",
        "bend-clinic, bend-fire]",
        "parties: bend-fire is no agency of site.yaml",
    ),
    "keys elsewhere": (
        "site.yaml",
        "keys/bend-police.jwks.json",
        "keys/police.json",
        "bend-police: jwks: expected keys/bend-police.jwks.json",
    ),
}


@pytest.mark.parametrize("name", LACKING)
def test_what_a_pack_lacks_is_named(name: str, tmp_path: Path) -> None:
    file, old, new, expected = LACKING[name]
    (said,) = shortcomings(read_pack(altered(tmp_path, file, old, new)))
    assert said.endswith(expected)


def test_a_rule_may_go_one_way_only_with_a_reason(tmp_path: Path) -> None:
    folder = altered(tmp_path, "cases.yaml", ", reason: A field taken away leaves a permit with less.", "")
    with pytest.raises(InvalidSiteError, match=r"cases\.yaml:5: rules\[2\]\.reason: expected why only one"):
        read_pack(folder)


def test_too_few_cases_and_no_guide_are_named(tmp_path: Path) -> None:
    folder = altered(tmp_path, "cases.yaml", "pack: riverbend", "pack: riverbend")
    (folder / "guide.md").unlink()
    sheet = (folder / "cases.yaml").read_text()
    rules, cases = sheet.split("cases:\n")
    kept = [each for each in cases.split("  - id: ") if each][:2]
    (folder / "cases.yaml").write_text(rules + "cases:\n" + "".join(f"  - id: {each}" for each in kept))
    said = list(shortcomings(read_pack(folder)))
    assert "cases.yaml: cases: expected at least 12" in said
    assert "guide.md: expected this file" in said


WRONG: Final = {
    "a tag nobody knows": (
        "tag: ours",
        "tag: theirs",
        "rules[2].tag: expected one of stated, inferred, ours",
    ),
    "a rule nobody wrote": (
        "rule: consult\n",
        "rule: insult\n",
        "rule: expected the id of a rule of this sheet",
    ),
    "a permit without its clause": (
        'basis: agreement, clause: "4.1", ',
        "basis: agreement, ",
        "expect.clause: expected this key with a permit",
    ),
    "a deny without a reason": (
        "{decision: deny, reason: not-invited}",
        "{decision: deny}",
        "expect.reason: expected this key with a deny",
    ),
    "a deny with a level": (
        "{decision: deny, reason: not-invited}",
        "{decision: deny, reason: not-invited, level: record}",
        "expect.level: expected no such key with a deny",
    ),
    "a key nobody knows": (
        "workdays_open: 5",
        "days_open: 5",
        "given.case.days_open: expected one of the keys",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_sheet_that_says_too_little_or_too_much_is_refused_by_key(name: str, tmp_path: Path) -> None:
    old, new, expected = WRONG[name]
    with pytest.raises(InvalidSiteError) as refused:
        read_pack(altered(tmp_path, "cases.yaml", old, new))
    assert any(expected in message for message in refused.value.messages)


def test_an_unknown_pack_is_refused() -> None:
    with pytest.raises(InvalidSiteError, match="no such pack; there are: "):
        pack_folder("../riverbend")


def test_a_site_that_is_there_already_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("name: ours\n")
    with pytest.raises(InvalidSiteError, match="nothing was changed"):
        init_from_pack(tmp_path, SAMPLE)
    assert [path.name for path in tmp_path.iterdir()] == ["site.yaml"]


def ran(*words: str) -> tuple[int, Any]:
    result = CliRunner().invoke(app, ["agreements", "cases", "--json", *words])
    return result.exit_code, json.loads(result.stdout)


def test_the_command_tells_what_differs_and_leaves_with_1(tmp_path: Path) -> None:
    code, told = ran("--dir", str(SAMPLE))
    assert (code, told["passed"], told["packs"][0]["pack"]) == (0, True, "riverbend")
    assert len(told["packs"][0]["cases"]) == 17
    file, old, new, _ = PLANTED["a mask expected"]
    code, told = ran("--dir", str(altered(tmp_path, file, old, new)))
    assert (code, told["passed"]) == (1, False)
    failed = [case for case in told["packs"][0]["cases"] if not case["passed"]]
    assert [(case["id"], case["differences"]) for case in failed] == [
        ("serious-opens", [{"key": "masked", "expected": "yes", "found": "no"}])
    ]


def test_the_command_decides_every_pack_of_the_product() -> None:
    code, told = ran()
    assert code == 0
    assert [pack["pack"] for pack in told["packs"]] == sorted(pack_folders())


def test_the_command_says_it_in_lines_too(tmp_path: Path) -> None:
    folder = altered(tmp_path, "site.yaml", "[us-hipaa]", "[us-hippa]")
    result = CliRunner().invoke(app, ["agreements", "cases", "--dir", str(folder)])
    assert result.exit_code == 1
    assert "LACK  riverbend  site.yaml: bend-clinic: mental-health: no law us-hippa" in result.output
    assert "FAIL  riverbend  contact-and-two  contact-with-consent" in result.output
    assert "pass  riverbend  serious-only  serious-opens" in result.output
    assert "13 of 17 cases pass" in result.output
