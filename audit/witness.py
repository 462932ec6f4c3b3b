"""A witness: `python -m audit.witness --state DIR --name NAME --log VKEY …`.

Serves `add-checkpoint` of c2sp.org/tlog-witness. Prints its verifier key and its address, then a line on
standard error for each ledger caught. Exit status: 0, or 1 once evidence of two heads of one size is kept, or
2 when the command makes no sense.
"""

import argparse
import json
import signal
import socket
import ssl
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any

from audit.checkpoint import NoteError, NoteKey
from audit.cosignature import parse_log_key
from audit.durable import held_alone
from audit.policy import MAX_FILE, PolicyError, parse_policy
from audit.witness_memory import MemoryFault, Misdeed, WitnessMemory
from audit.witnessing import MAX_BODY, Reply, Witness

TIMEOUT = 10.0  # seconds without a byte until a connection is closed

_PATH = "/add-checkpoint"


class _UsageError(Exception):
    """The command cannot be carried out as given."""


class _Handler(BaseHTTPRequestHandler):
    """One connection; kept open, as submitters come again and again."""

    protocol_version = "HTTP/1.1"
    server_version = "witness"
    sys_version = ""
    timeout = TIMEOUT

    def __init__(self, witness: Witness, *rest: object) -> None:
        self._witness = witness
        super().__init__(*rest)  # type: ignore[arg-type] # what the server hands every handler

    def do_POST(self) -> None:
        """`add-checkpoint`."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal() and len(length) < 10):
            self._answer(Reply(411, "the length of the body is missing\n"), last=True)
        elif int(length) > MAX_BODY:
            self._answer(Reply(413, "the body is too large\n"), last=True)
        else:
            body = self.rfile.read(int(length))
            if len(body) < int(length):
                self.close_connection = True
            elif self.path != _PATH:
                self._answer(Reply(404, "there is only add-checkpoint\n"))
            else:
                self._answer(self._witness.add_checkpoint(body))

    def do_GET(self) -> None:
        """Nothing is read here but whether the witness stands."""
        found = self.path == "/healthz"
        self._answer(Reply(200, "ok\n") if found else Reply(404, "there is only add-checkpoint\n"))

    def _answer(self, reply: Reply, *, last: bool = False) -> None:
        if reply.alarm is not None:
            sys.stderr.write(f"ALARM {reply.alarm}\n")
            sys.stderr.flush()
        body = reply.body.encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(body)))
        if last:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Requests are not logged: only alarms are."""


class WitnessServer(ThreadingHTTPServer):
    """Listens for submissions; plain, or with TLS from a certificate and its key."""

    daemon_threads = True

    def __init__(self, witness: Witness, host: str, port: int, tls: tuple[Path, Path] | None = None) -> None:
        """Raises `OSError`."""
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._context = None
        if tls is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*tls)
        super().__init__((host, port), partial(_Handler, witness))

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection, in its own thread; the TLS handshake belongs to it too."""
        if self._context is not None:
            request.settimeout(TIMEOUT)
            request = self._context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, *_: object) -> None:
        """A connection that broke off, or that spoke no TLS, is its sender's affair."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m audit.witness", description="Cosign a disclosure ledger as long as it only grows."
    )
    parser.add_argument("--state", type=Path, required=True, help="folder of keys, last heads and evidence")
    parser.add_argument("--name", help="the name to cosign under; needed the first time")
    parser.add_argument("--log", action="append", default=[], help="verifier key of a ledger to witness")
    parser.add_argument("--policy", type=Path, help="a tlog-policy file whose ledgers to witness")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--tls-cert", type=Path)
    parser.add_argument("--tls-key", type=Path)
    parser.add_argument("--ml-dsa", action="store_true", help="cosign with ML-DSA-44 too")
    parser.add_argument("--show-key", action="store_true", help="print the verifier keys, and stop")
    parser.add_argument("--evidence", action="store_true", help="print the evidence kept, and stop")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    options = _parser().parse_args(arguments)
    try:
        with ExitStack() as stack:
            memory = WitnessMemory(options.state)
            if not options.evidence:
                stack.enter_context(held_alone(options.state))
                _serve(options, memory)
            return _judge(memory, show=options.evidence)
    except (_UsageError, MemoryFault) as fault:
        sys.stderr.write(f"audit.witness: {fault}\n")
    except BlockingIOError:
        sys.stderr.write("audit.witness: --state: another process holds it\n")
    except OSError as fault:
        sys.stderr.write(f"audit.witness: {fault.strerror}\n")
    return 2


def _serve(options: argparse.Namespace, memory: WitnessMemory) -> None:
    cosigners = memory.cosigners(options.name, ml_dsa=options.ml_dsa)
    for cosigner in cosigners:
        _say(str(cosigner.key))
    if options.show_key:
        return
    witness = Witness(cosigners, _logs(options), memory, lambda: int(time.time()))
    tls = (options.tls_cert, options.tls_key) if options.tls_cert and options.tls_key else None
    if tls is None and not _is_loopback(options.host):
        raise _UsageError("--host: expected a loopback address, or --tls-cert and --tls-key")
    with WitnessServer(witness, options.host, options.port, tls) as server:
        for number in (signal.SIGINT, signal.SIGTERM):
            # From a thread of its own: `shutdown` waits for the loop that the signal interrupts.
            signal.signal(number, lambda *_: Thread(target=server.shutdown).start())
        host = f"[{options.host}]" if ":" in options.host else options.host
        _say(f"listening on {'https' if tls else 'http'}://{host}:{server.server_port}")
        server.serve_forever(poll_interval=0.1)


def _logs(options: argparse.Namespace) -> list[NoteKey]:
    try:
        logs = [parse_log_key(text) for text in options.log]
        if options.policy is not None:
            with options.policy.open("rb") as stream:
                logs += parse_policy(stream.read(MAX_FILE + 1)).logs
    except NoteError as fault:
        raise _UsageError(f"--log: {fault}") from None
    except PolicyError as fault:
        raise _UsageError(f"--policy: {fault}") from None
    if not logs:
        raise _UsageError("--log, --policy: no ledger to witness")
    return logs


def _judge(memory: WitnessMemory, *, show: bool) -> int:
    kept = list(memory.evidence())
    if show:
        _say(json.dumps(kept, indent=1, ensure_ascii=False))
    return 1 if any(each.get("misdeed") == Misdeed.TWO_HEADS.value for each in kept) else 0


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
