"""`gateway agreements check | matrix | diff` as a privacy officer uses them, on a site and on bare files."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from gateway.init import init_site
from gateway.matrix_sheet import COLUMNS

runner = CliRunner()
NEVER = """
schema: 1
statements:
  - {id: no-police, text: Police never learn of mental health., requester: {sectors: [law-enforcement]},
     categories: [mental-health], level_above: existence}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    init_site(tmp_path / "site")
    return tmp_path / "site"


def draft_of(site: Path, *changes: tuple[str, str], version: int = 2) -> Path:
    """The site's agreement as a draft elsewhere, with parts of its text changed."""
    text = (site / "agreements" / "example.yaml").read_text().replace("version: 1", f"version: {version}")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = site.parent / f"draft-{version}.yaml"
    path.write_text(text)
    return path


def run(*words: str | Path) -> Result:
    return runner.invoke(app, ["agreements", *map(str, words)])


def told(*words: str | Path, code: int = 0) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_a_new_site_checks_clean(site: Path) -> None:
    body = told("check", "--site", site)
    assert (body["good"], body["errors"]) == (True, [])
    assert {finding["grade"] for finding in body["findings"]} <= {"warning", "note"}
    assert run("check", "--site", site).exit_code == 0


def test_a_file_that_is_none_is_told_with_its_line(site: Path) -> None:
    bad = draft_of(site, ("level: existence", "level: everything"))
    body = told("check", bad, "--site", site, code=1)
    assert body["good"] is False
    assert re.search(r"draft-2\.yaml:\d+: clauses\[0\]\.level: expected one of", body["errors"][0])


def test_a_clause_nobody_can_ever_use_fails_the_check(site: Path) -> None:
    dead = draft_of(site, ("categories: [mental-health]", "categories: [court]"))
    body = told("check", dead, "--site", site, code=1)
    (error,) = [finding for finding in body["findings"] if finding["grade"] == "error"]
    assert (error["code"], error["clause"], error["key"]) == (
        "category-undeclared", "1", "clauses[0].categories",
    )  # fmt: skip
    plain = run("check", dead, "--site", site)
    assert plain.exit_code == 1
    assert "example-threat-assessment version 2 clause 1" in plain.stdout


def test_a_contradiction_shows_the_request_that_is_caught_in_it(site: Path) -> None:
    prohibition = """
  - id: "2"
    text: Nobody asks the health service about mental health.
    effect: prohibit
    requester: {sectors: [law-enforcement], roles: [caseworker]}
    custodian: {agencies: [example-health]}
    purposes: [threat-assessment]
    subjects: [person]
    categories: [mental-health]
"""
    torn = draft_of(site)
    torn.write_text(torn.read_text().rstrip() + prohibition)
    body = told("check", torn, "--site", site, code=1)
    (error,) = [finding for finding in body["findings"] if finding["grade"] == "error"]
    assert error["code"] == "contradictory"
    assert error["request"]["requester"]["agency"] == "example-pd"
    assert error["request"]["category"] == "mental-health"


def test_what_must_never_happen_is_proved(site: Path) -> None:
    (site / "policies").mkdir()
    (site / "policies" / "never.yaml").write_text(NEVER)
    assert told("check", "--site", site)["good"] is True
    wider = draft_of(site, ("level: existence", "level: summary"))
    body = told("check", wider, "--site", site, code=1)
    (broken,) = [each for each in body["findings"] if each["code"] == "never-statement-broken"]
    assert "Police never learn of mental health." in broken["text"]
    assert broken["request"]["custodian"] == "example-health"
    (site / "policies" / "never.yaml").write_text(NEVER.replace("categories", "kinds"))
    assert any("policies/never.yaml:4" in error for error in told("check", "--site", site, code=1)["errors"])


def test_files_are_checked_without_a_site(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(site.parent)
    assert run("check", draft_of(site)).exit_code == 0
    dead = draft_of(site, ("purposes: [threat-assessment]", "purposes: []"), version=3)
    assert "matches-nobody" in run("check", dead).stdout
    assert run("check").exit_code == 2


def test_the_matrix_says_who_may_ask_whom(site: Path) -> None:
    rows = told("matrix", "--site", site)["rows"]
    assert {(row["requester"], row["custodian"], row["category"], row["level"]) for row in rows} == {
        ("example-pd", "example-health", "mental-health", "existence")
    }
    by_basis = {row["basis"]: row for row in rows}
    assert by_basis["consent"]["where"]["consent"] == ["subject"]
    assert by_basis["consent"]["where"]["concern"] == ["high", "moderate"]
    assert by_basis["exception"]["where"]["exception"] == ["serious-imminent-threat"]
    assert by_basis["exception"]["awaits"] == ["finding"]
    assert "account-for-disclosure" in by_basis["exception"]["duties"]
    assert all(row["masked"] and row["clause"] == "1" for row in rows)
    assert told("matrix", "--site", site, "--at", "2031-01-01")["rows"] == []
    assert run("matrix", "--site", site, "--at", "soon").exit_code == 2
    assert "example-health" in run("matrix", "--site", site).stdout


class Cells(HTMLParser):
    """What a page's table holds, and every tag and attribute of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.scopes: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.scopes += [value or "" for name, value in attrs if name == "scope"]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_matrix_as_a_page_stands_alone_and_is_escaped(site: Path) -> None:
    name = "<script>alert(1)</script>"
    config = site / "site.yaml"
    config.write_text(config.read_text().replace("name: Example County", f'name: "{name}"'))
    page = run("matrix", "--site", site, "--format", "html").stdout
    cells = Cells()
    cells.feed(page)
    assert "script" not in cells.tags
    assert name in "".join(cells.text)
    assert cells.scopes.count("col") == len(COLUMNS)
    assert cells.scopes.count("row") == 2
    assert {"caption", "main", "h1"} <= set(cells.tags)
    assert not re.search(r"https?://|src=|href=", page)
    assert page.startswith("<!doctype html>")


def test_the_matrix_as_a_sheet_is_no_formula(site: Path) -> None:
    config, written = site / "site.yaml", site / "agreements" / "example.yaml"
    for path in (config, written):
        path.write_text(path.read_text().replace("example-pd", "-2-3"))
    (site / "keys" / "example-pd.jwks.json").rename(site / "keys" / "-2-3.jwks.json")
    rows = list(csv.reader(io.StringIO(run("matrix", "--site", site, "--format", "csv").stdout)))
    assert tuple(rows[0]) == COLUMNS
    assert {row[0] for row in rows[1:]} == {"'-2-3"}
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_a_draft_is_compared_with_what_is_in_force(site: Path) -> None:
    draft = draft_of(
        site, ("level: existence", "level: summary"), ("concern_at_least: moderate", "concern_at_least: low")
    )
    body = told("diff", draft, "--site", site)
    assert body["same"] is False
    assert [change["kind"] for change in body["changes"]] == sorted(
        (change["kind"] for change in body["changes"]), key=["newly-released", "widened"].index
    )
    released = body["changes"][0]
    assert released["before"] is None
    assert (released["after"]["level"], released["where"]["concern"]) == ("summary", ["low"])
    assert released["request"]["case"]["concern"] == "low"
    words = run("diff", draft, "--site", site).stdout
    assert words.index("Newly released") < words.index("More is released")
    assert "mental-health held by example-health to example-pd" in words


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([("level: existence", "level: contact")], ["widened"], id="level"),
        pytest.param(
            [("concern_at_least: moderate", "concern_at_least: high")], ["newly-refused"], id="concern"
        ),
        pytest.param([("code: no-redisclosure", "code: purpose-only")], ["changed-duties"], id="duty"),
        pytest.param([("masked: true", "masked: false")], ["changed-masking"], id="masking"),
        pytest.param([("finding: custodian", "review: custodian")], ["narrowed"], id="review"),
        pytest.param(
            [("title: Threat", "title: Other"), ("Police may", "The police may")], [], id="words only"
        ),
    ],
)
def test_each_kind_of_change_is_told_as_what_it_is(
    site: Path, changes: list[tuple[str, str]], kinds: list[str]
) -> None:
    before, after = draft_of(site), draft_of(site, *changes, version=3)
    body = told("diff", before, after, "--site", site)
    assert sorted({change["kind"] for change in body["changes"]}) == kinds
    assert told("diff", after, before, "--site", site)["same"] is (not kinds)


def test_versions_of_a_site_and_folders_are_compared(site: Path) -> None:
    assert told("diff", "in-force", "example-threat-assessment@1", "--site", site)["same"] is True
    assert told("diff", site, site / "agreements", "--site", site)["same"] is True
    for nothing in ("example-threat-assessment@9", "no-such-file.yaml"):
        result = run("diff", "in-force", nothing, "--site", site)
        assert isinstance(result.exception, Exception)
        assert result.exit_code == 1


def test_periods_of_versions_are_told_apart_from_what_they_say(site: Path) -> None:
    before, after = draft_of(site), draft_of(site, ("expires: 2030-01-01", "expires: 2031-01-01"), version=3)
    body = told("diff", before, after, "--site", site)
    assert (body["same"], body["changes"]) == (False, [])
    assert "until 2030-01-01 becomes from 2026-01-01 until 2031-01-01" in body["notes"][0]


def test_files_are_compared_without_a_site(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(site.parent)
    before, after = draft_of(site), draft_of(site, ("level: existence", "level: contact"), version=3)
    body = told("diff", before, after)
    assert {change["kind"] for change in body["changes"]} == {"widened"}
    assert body["changes"][0]["where"]["custodian"] == ["any-health"]
    assert "without law" in body["notes"][0]
