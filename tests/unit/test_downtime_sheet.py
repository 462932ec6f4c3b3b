"""The sheet for when the gateway cannot be reached: nothing that is asked for later is missing on it."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agreements.exceptions import ELEMENTS
from agreements.terms import Category
from gateway.cli import app
from gateway.downtime_sheet import as_html, as_text, sheet
from gateway.site import Site, read_site
from gateway.wire.offer import DISCLOSURE_KEYS
from tests.county import make_folder


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return read_site(make_folder(tmp_path_factory.mktemp("sheet") / "county").path)


def test_every_key_of_an_entry_stands_on_it(site: Site) -> None:
    asked = {line.key.partition(".")[0] for section in sheet(site) for line in section.lines}
    assert asked >= DISCLOSURE_KEYS


def test_a_key_that_was_forgotten_would_be_noticed(site: Site) -> None:
    asked = {line.key for section in sheet(site) for line in section.lines if line.key != "how"}
    assert not asked >= DISCLOSURE_KEYS


@pytest.mark.parametrize("written", [as_text, as_html], ids=["text", "html"])
def test_it_names_whom_to_ring_and_every_word_to_choose_from(site: Site, written: object) -> None:
    assert callable(written)
    text = written(site)
    for agency in site.agencies.values():
        assert agency.liaison.name in text
        assert agency.liaison.phone in text
    assert all(category.value in text for category in Category)
    assert all(element in text for elements in ELEMENTS.values() for element in elements)


def test_the_page_is_whole_and_fetches_nothing(site: Site) -> None:
    opened: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag not in {"script", "link", "img", "iframe"}
            assert not {name for name, _ in attrs} & {"src", "href"}
            if tag not in {"meta", "br"}:
                opened.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert opened.pop() == tag

    Reader().feed(as_html(site))
    assert opened == []


@pytest.mark.parametrize(
    ("options", "begins"),
    [([], "WHILE THE GATEWAY"), (["--html"], "<!doctype html>"), (["--json"], "[")],
    ids=["text", "html", "json"],
)
def test_the_command_prints_it(site: Site, options: list[str], begins: str) -> None:
    told = CliRunner().invoke(app, ["downtime-sheet", "--site", str(site.folder), *options])
    assert told.exit_code == 0, told.output
    assert told.stdout.startswith(begins)
    if "--json" in options:
        assert {section["title"] for section in json.loads(told.stdout)} >= {"Whom to ring", "Who and when"}


def test_a_folder_that_is_no_site_is_refused(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["downtime-sheet", "--site", str(tmp_path)]).exit_code == 1
