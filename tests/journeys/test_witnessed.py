"""A site whose witnesses must have cosigned before an answer is released."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
import yaml

from audit.checkpoint import Checkpoint, split_note
from audit.cosignature import CosignerKey, cosigned
from audit.policy import parse_policy
from gateway.keys import gateway_keys
from gateway.site import InvalidSiteError, read_site
from tests.county import Desk, Folder, InProcess, Json, county_in_process, is_problem, make_folder
from tests.county_terms import PD, SCHOOLS
from tests.servers.witness import RunningWitness, witness

T = TypeVar("T")

CONTENT = "fight"  # a word of what the schools hold


class Witnessed:
    """A county's folder with three witnesses, of whom two must have cosigned."""

    def __init__(self, path: Path, opened: ExitStack) -> None:
        self.folder: Folder = make_folder(path / "county")
        self.log = str(gateway_keys(read_site(self.folder.path)).ledger.key)
        self._states = [path / f"witness-{number}" for number in range(3)]
        self._opened = opened
        self.each = [self._start(number) for number in range(3)]
        self.change(witnesses=[each.at for each in self.each], witness_quorum=2, witness_wait=1)

    def change(self, **more: object) -> None:
        """Other values in `site.yaml`."""
        file = self.folder.path / "site.yaml"
        file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), **more}))

    def back(self, number: int) -> None:
        """The witness stands again where it stood."""
        self.each[number] = self._start(number, urlsplit(self.each[number].url).port or 0)

    def _start(self, number: int, port: int = 0) -> RunningWitness:
        running = witness(self._states[number], self.log, f"w.example/{number}", port)
        return self._opened.enter_context(running)

    @property
    def keys(self) -> list[CosignerKey]:
        return [CosignerKey.parse(each.vkey) for each in self.each]


@pytest.fixture
def witnessed(tmp_path: Path) -> Iterator[Witnessed]:
    with ExitStack() as opened:
        yield Witnessed(tmp_path, opened)


def live(folder: Folder, story: Callable[[InProcess, Desk], Coroutine[Any, Any, T]]) -> T:
    """Let a story happen in the county: with its witnesses, it is put together outside any event loop."""
    with county_in_process(folder) as county:
        return asyncio.run(story(county, county.desk(PD)))


async def size(county: InProcess) -> int:
    return (await county.desk(PD).get("/readyz")).json()["ledger_size"]  # type: ignore[no-any-return]


def test_an_answer_is_under_a_checkpoint_that_the_quorum_cosigned(
    witnessed: Witnessed, tmp_path: Path
) -> None:
    async def story(_: InProcess, desk: Desk) -> tuple[str, bytes, bytes]:
        case = await desk.opens()
        told = await desk.told(case, "school-discipline", custodians=[SCHOOLS])
        receipt = told["answers"][0]["receipt"]
        assert len(cosigned(receipt["checkpoint"], witnessed.keys)) >= 2
        shown = await desk.get("/ledger/checkpoint")
        assert len(cosigned(shown.text, witnessed.keys)) >= 2
        assert Checkpoint.parse(split_note(shown.text)[0]).size > receipt["index"]
        assert shown.headers["cache-control"] == "no-cache"
        policy = await desk.get("/ledger/policy")
        proof = await desk.get(f"/ledger/proof/{receipt['index']}.tlog-proof")
        again = (await desk.reads(told["id"]))["answers"][0]
        assert len(cosigned(again["receipt"]["checkpoint"], witnessed.keys)) >= 2
        return receipt["checkpoint"], policy.content, proof.content

    checkpoint, policy, proof = live(witnessed.folder, story)
    trusted = parse_policy(policy)
    assert [str(key) for key in trusted.logs] == [witnessed.log]
    assert trusted.is_met(checkpoint)
    (tmp_path / "policy").write_bytes(policy)
    (tmp_path / "entry.tlog-proof").write_bytes(proof)
    command = [sys.executable, "-m", "audit.verify", "--policy", str(tmp_path / "policy")]
    command += ["--receipt", str(tmp_path / "entry.tlog-proof")]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_one_witness_may_be_away(witnessed: Witnessed) -> None:
    witnessed.each[0].stop()

    async def story(county: InProcess, desk: Desk) -> None:
        told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
        assert told["answers"][0]["result"] == "information-held"

    live(witnessed.folder, story)


def test_a_witness_that_never_answers_holds_nobody_up(witnessed: Witnessed) -> None:
    async def story(_: InProcess, desk: Desk) -> None:
        case = await desk.opens()
        for _turn in range(3):
            told = await desk.told(case, "school-discipline", custodians=[SCHOOLS])
            assert told["answers"][0]["result"] == "information-held"

    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = {"vkey": witnessed.each[0].vkey, "url": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        witnessed.change(witnesses=[mute, *(each.at for each in witnessed.each[1:])])
        started = time.monotonic()
        live(witnessed.folder, story)
    assert time.monotonic() - started < 5


def test_what_never_changes_is_cached_for_ever(tmp_path: Path) -> None:
    async def story(_: InProcess, desk: Desk) -> None:
        for _turn in range(2):
            await desk.opens()
        for path in ("tile/0/000.p/2", "tile/entries/000.p/2"):
            tile = await desk.get(f"/ledger/{path}")
            assert tile.headers["cache-control"] == "public, max-age=31536000, immutable"
        for path in ("checkpoint", "policy", "proof/1", "proof/1.tlog-proof"):
            shown = await desk.get(f"/ledger/{path}")
            assert shown.headers["cache-control"] == "no-cache"
        for path in ("proof/2", "tile/0/001", "tile/0/000.p/3"):
            is_problem(await desk.get(f"/ledger/{path}"), 404)
        is_problem(await desk.get("/ledger/proof/x"), 422)

    live(make_folder(tmp_path / "county"), story)


def test_without_a_quorum_no_custodian_is_asked_and_nothing_is_told(witnessed: Witnessed) -> None:
    async def story(county: InProcess, desk: Desk) -> None:
        case = await desk.opens()
        before = await size(county)
        for number in (0, 1):
            witnessed.each[number].stop()
        told = await desk.asks(case, "school-discipline", custodians=[SCHOOLS], key="once")
        is_problem(told, 503, "not-witnessed")
        assert CONTENT not in told.text
        assert int(told.headers["retry-after"]) >= 1
        assert await size(county) == before + 1  # the ask; whoever was not asked has not answered
        witnessed.back(0)
        county.clock.advance(seconds=5)
        told = await desk.asks(case, "school-discipline", custodians=[SCHOOLS], key="once")
        assert told.json()["answers"][0]["result"] == "information-held"

    live(witnessed.folder, story)


def test_an_answer_recorded_but_not_witnessed_waits_for_its_witnesses(
    witnessed: Witnessed, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(county: InProcess, desk: Desk) -> None:
        case, exchange = await desk.opens(), county.running.gateway.exchange
        gather = exchange._gather

        async def lose_the_witnesses(*of: object) -> object:
            for number in (0, 1):
                witnessed.each[number].stop()
            return await gather(*of)  # type: ignore[arg-type]

        monkeypatch.setattr(exchange, "_gather", lose_the_witnesses)
        before = await size(county)
        told = await desk.asks(case, "school-discipline", custodians=[SCHOOLS], key="once")
        is_problem(told, 503, "not-witnessed")
        assert await size(county) == before + 2
        auditor = county.desk(PD, role="auditor")
        listed = (await auditor.get(f"/v1/disclosures?case={case}&kind=answered")).json()["disclosures"]
        read = await desk.get(f"/v1/queries/{listed[0]['query']}")
        is_problem(read, 503, "not-witnessed")
        assert CONTENT not in told.text + read.text
        witnessed.back(1)
        # The witness came back a moment ago; the gateway submits anew within half a second.
        await county.running.store.witnessing._until(before + 2)
        repeated = await desk.asks(case, "school-discipline", custodians=[SCHOOLS], key="once")
        answer = repeated.json()["answers"][0]
        assert answer["result"] == "information-held"
        assert len(cosigned(answer["receipt"]["checkpoint"], witnessed.keys)) >= 2

    live(witnessed.folder, story)


def test_a_store_and_its_checkpoint_taken_back_together_tell_nothing(
    witnessed: Witnessed, tmp_path: Path
) -> None:
    """Nobody at the site can tell: the witnesses can."""

    async def begins(_: InProcess, desk: Desk) -> str:
        return await desk.opens()

    async def goes_on(_: InProcess, desk: Desk) -> None:
        for _turn in range(2):
            await desk.told(case, "school-discipline", custodians=[SCHOOLS])

    async def is_found_out(_: InProcess, desk: Desk) -> None:
        told = await desk.asks(case, "school-discipline", custodians=[SCHOOLS])
        is_problem(told, 503, "not-witnessed")
        assert CONTENT not in told.text

    case = live(witnessed.folder, begins)
    shutil.copytree(witnessed.folder.path, tmp_path / "copy")
    live(witnessed.folder, goes_on)
    shutil.rmtree(witnessed.folder.path)
    shutil.copytree(tmp_path / "copy", witnessed.folder.path)
    live(witnessed.folder, is_found_out)


def test_after_a_restart_what_was_witnessed_is_told_without_witnesses(witnessed: Witnessed) -> None:
    async def asks(_: InProcess, desk: Desk) -> str:
        told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
        return str(told["id"])

    async def reads(_: InProcess, desk: Desk) -> None:
        read = await desk.reads(query)
        assert read["answers"][0]["result"] == "information-held"

    query = live(witnessed.folder, asks)
    for each in witnessed.each:
        each.stop()
    live(witnessed.folder, reads)


def test_witnesses_without_a_quorum_hold_nothing_up(witnessed: Witnessed) -> None:
    witnessed.change(witness_quorum=0)
    for each in witnessed.each:
        each.stop()

    async def story(county: InProcess, desk: Desk) -> None:
        told = await desk.told(await desk.opens(), "school-discipline", custodians=[SCHOOLS])
        assert told["answers"][0]["result"] == "information-held"
        assert cosigned((await desk.get("/ledger/checkpoint")).text, witnessed.keys) == {}

    live(witnessed.folder, story)


def test_the_ledger_signs_with_ml_dsa_where_the_site_says_so(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "county", ml_dsa=True)

    async def story(county: InProcess, desk: Desk) -> None:
        await desk.opens()
        note = (await desk.get("/ledger/checkpoint")).text
        policy = parse_policy((await desk.get("/ledger/policy")).content)
        key = policy.logs[1]
        assert isinstance(key, CosignerKey)
        assert set(cosigned(note, [key])) == {key}
        assert note == (await desk.get("/ledger/checkpoint")).text

    live(folder, story)
    assert (folder.path / "keys" / "gateway-ledger-ml-dsa.key").stat().st_mode & 0o077 == 0


W: Json = {"vkey": "", "url": "https://w.example"}


@pytest.mark.parametrize(
    ("more", "where"),
    [
        pytest.param({"witness_quorum": 1}, "witness_quorum", id="a quorum of nobody"),
        pytest.param({"witnesses": [{**W, "vkey": "nonsense"}]}, "witnesses[0].vkey", id="no key"),
        pytest.param({"witnesses": [{"url": "https://w.example"}]}, "witnesses[0].vkey", id="key missing"),
        pytest.param({"witness_wait": 0}, "witness_wait", id="no wait"),
        pytest.param({"witnesses": [{**W, "url": "w.example"}]}, "witnesses[0].url", id="no URL"),
    ],
)
def test_a_site_that_names_its_witnesses_wrongly_is_refused(tmp_path: Path, more: Json, where: str) -> None:
    folder = make_folder(tmp_path / "county", **more)
    with pytest.raises(InvalidSiteError) as refused:
        read_site(folder.path)
    assert any(where in message for message in refused.value.messages), refused.value.messages


def test_one_key_under_two_names_is_one_witness(witnessed: Witnessed) -> None:
    one = witnessed.keys[0]
    other = CosignerKey.from_public("other.example", one.algorithm, one.public)
    url = "https://w.example"
    witnessed.change(witnesses=[{"vkey": str(one), "url": url}, {"vkey": str(other), "url": url}])
    with pytest.raises(InvalidSiteError, match=r"witnesses\[1\]"):
        read_site(witnessed.folder.path)
