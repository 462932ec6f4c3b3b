"""The export file: what is written reads back, and nothing else reads."""

import json
from io import BytesIO

import pytest

from audit.encoding import MalformedError
from audit.export import ExportedLeaf, ExportHeader, ExportReader, write_export

HEADER = ExportHeader("a.example", "a.example+00000000+AAAA", 2)
LEAVES = [ExportedLeaf(0, b"leaf"), ExportedLeaf(1, b"other", (bytes(32), '{"ü":1}'.encode()))]


def written() -> bytes:
    stream = BytesIO()
    write_export(stream, HEADER, iter(LEAVES), iter(["note one\n", "note two\n"]))
    return stream.getvalue()


def test_an_export_reads_back() -> None:
    reader = ExportReader(BytesIO(written()))
    assert reader.header == HEADER
    assert list(reader.leaves()) == LEAVES
    assert reader.checkpoints() == ("note one\n", "note two\n")


def test_an_export_is_lines_of_json_that_start_with_its_format() -> None:
    lines = [json.loads(line) for line in written().splitlines()]
    assert lines[0]["format"] == "partner-gateway-ledger/1"
    assert [line.get("index") for line in lines[1:3]] == [0, 1]


LINES = written().splitlines(keepends=True)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([], id="nothing"),
        pytest.param([LINES[0].replace(b"/1", b"/2"), *LINES[1:]], id="another format"),
        pytest.param([LINES[0].replace(b'"size":2', b'"size":"2"'), *LINES[1:]], id="size as text"),
        pytest.param([LINES[0].replace(b'"size"', b'"length"'), *LINES[1:]], id="another header key"),
        pytest.param(LINES[1:], id="no header"),
        pytest.param([*LINES[:2], b"\n", *LINES[2:]], id="empty line"),
        pytest.param([LINES[0], LINES[1].replace(b"}", b',"x":1}'), *LINES[2:]], id="unknown key"),
        pytest.param([LINES[0], LINES[1].replace(b"0", b"0.0"), *LINES[2:]], id="index not whole"),
        pytest.param([LINES[0], LINES[1].replace(b'{"', b'{"index":0,"'), *LINES[2:]], id="duplicate key"),
        pytest.param(
            [LINES[0], LINES[1].replace(b"bGVhZg==", b"bGVhZh=="), *LINES[2:]], id="base64 not canonical"
        ),
        pytest.param([*LINES[:2], LINES[2].replace(b'"salt"', b'"salty"'), *LINES[3:]], id="salt missing"),
        pytest.param([*LINES, LINES[1]], id="leaf after checkpoints"),
        pytest.param([*LINES[:-1], LINES[-1][:-1]], id="last line cut short"),
        pytest.param([*LINES, b'{"checkpoint":5}\n'], id="checkpoint not text"),
        pytest.param([*LINES, b"\xff\n"], id="not UTF-8"),
        pytest.param([*LINES, b'{"checkpoint":"' + b"x" * (4 << 20) + b'"}\n'], id="line too long"),
    ],
)
def test_anything_else_is_refused(lines: list[bytes]) -> None:
    with pytest.raises(MalformedError):
        list(ExportReader(BytesIO(b"".join(lines))).leaves())
