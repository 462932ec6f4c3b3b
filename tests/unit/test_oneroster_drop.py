"""OneRoster CSV drops: whole, harmless and of this moment, or no answer."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters import oneroster_drop
from adapters.oneroster import OneRosterPartner
from adapters.oneroster_csv import CsvRoster
from adapters.oneroster_mapping import read_oneroster_mapping
from adapters.oneroster_settings import open_oneroster
from adapters.partner import Fault, Match, NoMatch, SourceError, Unclear
from agreements.subject import Identifier, PersonIdentity, Subject
from agreements.terms import Category, Level
from tests.contracts import school
from tests.contracts.adapter_contract import KNOWN, permit

EDUCATION = [permit(Category.EDUCATION_RECORD, Level.RECORD, ["grades", "schools", "account_enabled"])]
BY_NAME = Subject(PersonIdentity(KNOWN.family_name, KNOWN.given_name, KNOWN.birth_date))
KNOWN_ID = school.IDS[id(school.WORLD.known)]


class Clock:
    """Long after the files were written, unless a test sets it."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC) + timedelta(hours=1)

    def __call__(self) -> datetime:
        return self.now


class Site:
    """A site's folder with a drop in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock()
        school.write_beside(folder)
        (folder / "roster").mkdir()
        self.write(school.drop())

    def write(self, files: Mapping[str, str | bytes], into: str = "roster") -> None:
        for name, content in files.items():
            body = content if isinstance(content, bytes) else content.encode()
            (self.folder / into / name).write_bytes(body)

    def zip(self, fill: Callable[[zipfile.ZipFile], object], name: str = "roster.zip") -> None:
        with zipfile.ZipFile(self.folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for each, text in school.drop().items():
                archive.writestr(each, text)
            fill(archive)

    def open(self, path: str = "roster") -> OneRosterPartner:
        settings = {"kind": "oneroster", "path": path, "mapping": "mapping.yaml"}
        return open_oneroster(settings, self.folder, self.clock)

    async def fault(self, path: str = "roster") -> Fault:
        partner = self.open(path)
        assert await partner.health() is False
        with pytest.raises(SourceError) as raised:
            await partner.find(BY_NAME, EDUCATION)
        await partner.close()
        return raised.value.fault


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def changed(name: str, change: Callable[[list[str]], object]) -> dict[str, str]:
    """A file of the drop with its lines changed in place."""
    lines = school.drop()[name].split("\r\n")
    change(lines)
    return {name: "\r\n".join(lines)}


# --- whole or not at all ---------------------------------------------------------------------------


async def test_files_that_changed_a_moment_ago_are_still_being_written(site: Site) -> None:
    users = site.folder / "roster" / "users.csv"
    rows = users.read_bytes()
    partner = site.open()
    assert isinstance(await partner.find(BY_NAME, EDUCATION), Match)
    # Cut off at the end of a row: nothing in the file itself says that it is not whole.
    users.write_bytes(rows[: rows.index(b"\r\n") + 2])
    site.clock.now = datetime.now(UTC)
    with pytest.raises(SourceError) as raised:
        await partner.find(BY_NAME, EDUCATION)
    assert raised.value.fault is Fault.UNREACHABLE
    users.write_bytes(rows)
    site.clock.now += timedelta(hours=1)
    assert isinstance(await partner.find(BY_NAME, EDUCATION), Match)


async def test_a_changed_drop_is_read_again(site: Site) -> None:
    partner = site.open()
    assert isinstance(await partner.find(BY_NAME, EDUCATION), Match)
    site.write(changed("users.csv", lambda lines: lines.pop(1)))
    assert not isinstance(await partner.find(BY_NAME, EDUCATION), Match)
    site.write({"users.csv": b"sourcedId,givenName\r\nx"})
    with pytest.raises(SourceError):
        await partner.find(BY_NAME, EDUCATION)


@pytest.mark.parametrize(
    "files",
    [
        changed("users.csv", lambda lines: lines.__setitem__(2, lines[2][:30])),
        changed("users.csv", lambda lines: lines.__setitem__(-1, '"person-9')),
        changed("users.csv", lambda lines: lines.__setitem__(0, lines[0].replace("familyName", "givenName"))),
        changed("users.csv", lambda lines: lines.__setitem__(0, lines[0].replace("sourcedId", "id"))),
        changed("orgs.csv", lambda lines: lines.__setitem__(1, lines[1] + ",more")),
        {"users.csv": ""},
        {"users.csv": "sourcedId,familyName\r\n".encode("utf-16")},
        {"users.csv": b"sourcedId,familyName\r\nx,\x81\x8d\r\n"},
        {"users.csv": b"sourcedId,familyName\r\nx,a\0b\r\n"},
        {"manifest.csv": school.manifest("1.0", users="bulk")},
        {"manifest.csv": school.manifest("1.2", users="delta")},
        {"manifest.csv": school.manifest("1.2", orgs="bulk")},
        {"manifest.csv": school.manifest("1.2", users="bulk") + "file.users,absent\r\n"},
        {"manifest.csv": "<html>"},
    ],
    ids=[
        "short-row",
        "open-quotation",
        "heading-twice",
        "no-sourced-id",
        "long-row",
        "empty",
        "utf-16",
        "no-encoding",
        "nul",
        "version-1.0",
        "delta",
        "no-users",
        "announced-twice",
        "no-table",
    ],
)
async def test_files_that_are_not_as_they_must_be_are_no_answer(
    site: Site, files: Mapping[str, str | bytes]
) -> None:
    site.write(files)
    assert await site.fault() is Fault.MALFORMED


async def test_an_announced_file_that_is_not_there_is_no_answer(site: Site) -> None:
    (site.folder / "roster" / "demographics.csv").unlink()
    assert await site.fault() is Fault.MALFORMED


async def test_a_file_the_manifest_calls_absent_is_not_read(site: Site) -> None:
    kinds = {"users": "bulk", "roles": "bulk", "demographics": "bulk", "orgs": "absent"}
    site.write({"manifest.csv": school.manifest("1.2", **kinds), "orgs.csv": '"never read'})
    assert isinstance(await site.open().find(BY_NAME, EDUCATION), Match)


# --- harmless --------------------------------------------------------------------------------------


async def test_a_link_out_of_the_folder_is_not_followed(site: Site) -> None:
    users = site.folder / "roster" / "users.csv"
    users.rename(site.folder / "elsewhere.csv")
    users.symlink_to(site.folder / "elsewhere.csv")
    assert await site.fault() is Fault.UNREACHABLE


async def test_a_pipe_in_the_folder_does_not_hold_us_up(site: Site) -> None:
    users = site.folder / "roster" / "users.csv"
    users.unlink()
    os.mkfifo(users)
    assert await site.fault() is Fault.MALFORMED


def test_archives_of_unlikely_content(site: Site) -> None:
    site.zip(lambda archive: archive.writestr("readme.txt", "never read"))
    names = {"users.csv"}
    assert set(oneroster_drop.read_drop(site.folder / "roster.zip", names, site.clock())) == names


@pytest.mark.parametrize(
    "name", ["../users.csv", "/etc/passwd", "a/../../users.csv", "a\\..\\b", "C:x", "users.csv\0.exe", "a\nb"]
)
async def test_an_archive_with_a_name_that_leads_out_is_refused(site: Site, name: str) -> None:
    stand_in = "#" * len(name)
    site.zip(lambda archive: archive.writestr(stand_in, "x"))
    path = site.folder / "roster.zip"
    path.write_bytes(path.read_bytes().replace(stand_in.encode(), name.encode()))
    assert await site.fault("roster.zip") is Fault.MALFORMED


async def test_an_archive_with_one_name_twice_is_refused(site: Site) -> None:
    def twice(archive: zipfile.ZipFile) -> None:
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("users.csv", "sourcedId\r\n")

    site.zip(twice)
    assert await site.fault("roster.zip") is Fault.MALFORMED


def _link(archive: zipfile.ZipFile) -> None:
    entry = zipfile.ZipInfo("users.csv")
    entry.external_attr = 0o120777 << 16
    archive.writestr(entry, "/etc/passwd")


def _bzip2(archive: zipfile.ZipFile) -> None:
    archive.writestr("users.csv", "sourcedId\r\n", zipfile.ZIP_BZIP2)


@pytest.mark.parametrize("fill", [_link, _bzip2], ids=["link", "unusual-packing"])
async def test_an_archive_with_an_unusual_entry_is_refused(site: Site, fill: Any) -> None:
    with zipfile.ZipFile(site.folder / "roster.zip", "w") as archive:
        archive.writestr("manifest.csv", school.manifest("1.2", users="bulk"))
        fill(archive)
    assert await site.fault("roster.zip") is Fault.MALFORMED


async def test_an_encrypted_archive_is_refused(site: Site) -> None:
    site.zip(lambda _: None)
    path = site.folder / "roster.zip"
    body = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = body.find(mark)
        while at >= 0:
            body[at + flags] |= 1
            at = body.find(mark, at + 4)
    path.write_bytes(body)
    assert await site.fault("roster.zip") is Fault.MALFORMED


@pytest.mark.parametrize("cut", [10, 200, 2000], ids=lambda cut: f"{cut}-bytes-short")
async def test_an_archive_still_being_written_is_refused(site: Site, cut: int) -> None:
    site.zip(lambda archive: archive.writestr("more.bin", os.urandom(4000)))
    path = site.folder / "roster.zip"
    path.write_bytes(path.read_bytes()[:-cut])
    assert await site.fault("roster.zip") is Fault.MALFORMED


async def test_a_flipped_bit_in_an_archive_is_noticed(site: Site) -> None:
    site.zip(lambda _: None)
    path = site.folder / "roster.zip"
    body = bytearray(path.read_bytes())
    with zipfile.ZipFile(io.BytesIO(bytes(body))) as archive:
        entry = archive.getinfo("users.csv")
    body[entry.header_offset + 30 + len("users.csv") + entry.compress_size // 2] ^= 0x10
    path.write_bytes(body)
    assert await site.fault("roster.zip") is Fault.MALFORMED


async def test_an_archive_that_unpacks_to_more_than_the_cap_is_cut_off(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oneroster_drop, "MAX_BYTES", 1 << 20)
    header = "sourcedId,familyName\r\n"
    with zipfile.ZipFile(site.folder / "roster.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.csv", school.manifest("1.2", users="bulk"))
        archive.writestr("users.csv", header + "a,b\r\n" * 2_000_000)
    assert (site.folder / "roster.zip").stat().st_size < 1 << 20
    assert await site.fault("roster.zip") is Fault.OVERSIZED


async def test_a_folder_of_more_than_the_cap_is_cut_off(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oneroster_drop, "MAX_BYTES", 500)
    assert await site.fault() is Fault.OVERSIZED


async def test_an_archive_of_very_many_entries_is_refused(site: Site) -> None:
    def crowd(archive: zipfile.ZipFile) -> None:
        for n in range(1100):
            archive.writestr(f"{n}.txt", "")

    site.zip(crowd)
    assert await site.fault("roster.zip") is Fault.OVERSIZED


# --- messy -----------------------------------------------------------------------------------------


async def test_another_encoding_is_read_and_said(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    person = PersonIdentity("Müller-Lüdenscheidt", "Zoë", KNOWN.birth_date)
    users = changed("users.csv", lambda lines: lines.__setitem__(1, lines[1].replace("Okafor", "Müller")))
    site.write({"users.csv": users["users.csv"].encode("cp1252")})
    mapping = read_oneroster_mapping(school.MAPPING, "mapping.yaml")
    roster = CsvRoster(site.folder / "roster", mapping, site.clock)
    held = PersonIdentity("Müller", "Daniel", KNOWN.birth_date)
    assert isinstance((await roster.people(held)).find(Subject(held)), Match)
    assert roster.remarks == ("users.csv is not UTF-8 and was read as Windows-1252",)
    assert "users.csv is not UTF-8" in caplog.text
    assert not [name for name in ("Müller", "Daniel") if name in caplog.text]
    assert (await roster.people(person)).find(Subject(person)) == NoMatch()


@pytest.mark.parametrize(
    "more",
    [
        {"familyName": "Lindqvist", "givenName": "Maja"},
        {"userMasterIdentifier": "78"},
        {"userIds": "LDAP=abc"},
    ],
    ids=["another-name", "another-number", "unreadable-ids"],
)
async def test_one_id_with_two_contents_is_never_a_match(site: Site, more: Mapping[str, str]) -> None:
    header, first, *rest = school.drop()["users.csv"].split("\r\n")
    names, cells = header.split(","), first.split(",")
    # The cell of userIds is quoted and holds one comma.
    at = names.index("userIds")
    cells[at : at + 2] = [",".join(cells[at : at + 2])]
    row = dict(zip(names, cells, strict=True)) | dict(more)
    site.write({"users.csv": "\r\n".join([header, first, ",".join(row.values()), *rest])})
    partner = site.open()
    for asked in (BY_NAME, Subject(PersonIdentity(identifiers=KNOWN.identifiers))):
        assert isinstance(await partner.find(asked, EDUCATION), Unclear)


async def test_a_row_given_twice_counts_once(site: Site) -> None:
    site.write(changed("users.csv", lambda lines: lines.insert(1, lines[1])))
    partner = site.open()
    match = await partner.find(BY_NAME, EDUCATION)
    assert isinstance(match, Match)
    assert len(await partner.fetch(match, EDUCATION)) == 1


async def test_identifiers_in_the_list_of_ids_are_read_by_their_type(site: Site) -> None:
    partner = site.open()
    for system, value, kind in (
        ("urn:ldap", KNOWN_ID, Match),
        ("urn:ldap", f"{KNOWN_ID}@example", NoMatch),
        ("urn:state-student-id", f"S-{KNOWN_ID}", Match),
        ("urn:other", KNOWN_ID, NoMatch),
    ):
        asked = PersonIdentity(identifiers=(Identifier(system, value),))
        assert isinstance(await partner.find(Subject(asked), EDUCATION), kind)


async def test_teachers_are_not_looked_through_unless_the_site_says_so(site: Site) -> None:
    site.write({"roles.csv": school.drop()["roles.csv"].replace("student", "teacher")})
    assert await site.open().find(BY_NAME, EDUCATION) == NoMatch()
    mapping = site.folder / "mapping.yaml"
    mapping.write_text(school.MAPPING.replace("schema: 1", "schema: 1\npeople: users"))
    assert isinstance(await site.open().find(BY_NAME, EDUCATION), Match)


async def test_rows_to_be_deleted_are_nobody(site: Site) -> None:
    header = school.drop()["users.csv"].split("\r\n")[0].split(",")

    def delete(lines: list[str]) -> None:
        cells = lines[1].split(",")
        cells[header.index("status")] = "tobedeleted"
        lines[1] = ",".join(cells)

    site.write(changed("users.csv", delete))
    assert not isinstance(await site.open().find(BY_NAME, EDUCATION), Match)
