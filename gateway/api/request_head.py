"""What the edge demands of a request line and its headers, before any body is read.

Each check is pure and raises a `Problem`; none looks at what an intermediary claims (X-Forwarded-*,
Forwarded).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any, Final
from urllib.parse import unquote_to_bytes, urlsplit

from gateway.problems import Problem
from gateway.wire.strict_json import MalformedJson, check_text

Headers = list[tuple[bytes, bytes]]

MAX_HEADER_BYTES: Final = 32 * 1024
MAX_TARGET_BYTES: Final = 8 * 1024
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

FHIR_MEDIA: Final = "application/fhir+json"
JSON_MEDIA: Final = frozenset({"application/json", FHIR_MEDIA})
_PLAIN_MEDIA: Final = frozenset({"application/json"})
_FORM_MEDIA: Final = frozenset({"application/x-www-form-urlencoded"})
_DRAFT_MEDIA: Final = frozenset({"application/json", "application/yaml"})
TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 -- a path
_DRAFT_PATH: Final = "/v1/agreements"
_CONSENTS_PATH: Final = "/v1/consents"
_CONSOLE_PATH: Final = "/console"

_METHODS_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_ONCE: Final = (
    "authorization",
    "content-type",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "idempotency-key",
    "if-match",
    "acting-user",
    "acting-role",
)
_OVERRIDES: Final = ("x-http-method-override", "x-http-method", "x-method-override")
_TOKEN_KEYS: Final = frozenset(
    {"access_token", "assertion", "client_assertion", "client_secret", "id_token", "refresh_token", "token"}
)
_WITHOUT_EFFECT: Final = frozenset(
    {b"range", b"if-range", b"if-none-match", b"if-modified-since", b"forwarded", b"x-real-ip"}
    | {b"x-original-url", b"x-rewrite-url"}
)

_HOST = re.compile(r"(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?", re.ASCII)
_LOOPBACK = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?", re.ASCII)
_HEADER_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_PATH = re.compile(rb"(?:/(?:[A-Za-z0-9._~!$&'()*+,=:@-]|%[0-9A-Fa-f]{2})*)+", re.ASCII)
_PATH_TRICK = re.compile(rb"//|/\.{1,2}(?:/|$)|%2[5ef]|%5c|(?<=.)/$", re.IGNORECASE)
_TEXT_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class RequestHead:
    """The parts of an admitted head that the reading of its body depends on; `content_length` in bytes."""

    method: str
    path: str
    media_type: str | None
    content_length: int | None
    has_body: bool


def accepted_hosts(issuer: str, bound_host: str, bound_port: int) -> frozenset[str]:
    """The Host values of a site: its issuer's, with or without a default port, and the address bound."""
    parts = urlsplit(issuer)
    name = parts.netloc.lower()
    hosts = {name}
    if parts.port is None:
        hosts.add(f"{name}:{443 if parts.scheme == 'https' else 80}")
    bound = f"[{bound_host}]" if ":" in bound_host else bound_host
    return frozenset(hosts | {f"{bound.lower()}:{bound_port}"})


def check_head(scope: Mapping[str, Any], hosts: frozenset[str]) -> RequestHead:
    """Admit the head of an ASGI HTTP scope or raise the `Problem` it deserves."""
    raw: Headers = list(scope["headers"])
    target: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    _check_sizes(raw, target, query)
    headers = _single_headers(raw)
    _check_host([value for name, value in raw if name.lower() == b"host"], hosts)
    _check_path(target)
    _check_query(query)
    head = _framing(scope, headers)
    _check_method(head, headers)
    if head.method in _METHODS_WITH_BODY and (head.has_body or head.media_type is not None):
        _check_media(head, headers)
    return head


def is_console(path: str) -> bool:
    """Whether a path is one of the console's: pages for people, with forms."""
    return path == _CONSOLE_PATH or path.startswith(_CONSOLE_PATH + "/")


def effective_headers(raw: Headers) -> Headers:
    """The headers without those that must change nothing: conditional and partial reads, proxies' claims."""
    return [
        (name, value)
        for name, value in raw
        if name.lower() not in _WITHOUT_EFFECT and not name.lower().startswith(b"x-forwarded-")
    ]


def _check_sizes(raw: Headers, target: bytes, query: bytes) -> None:
    if sum(len(name) + len(value) + 4 for name, value in raw) > MAX_HEADER_BYTES:
        raise Problem("headers-too-large", "The header section is limited to 32 KiB.")
    if len(target) + len(query) > MAX_TARGET_BYTES:
        raise Problem("uri-too-long", "The request target is limited to 8 KiB.")


def _single_headers(raw: Headers) -> dict[str, str]:
    headers: dict[str, str] = {}
    if any(_HEADER_CONTROL.search(value) for _, value in raw):
        raise _malformed("A header holds a control character.", "header-control-character")
    for name_bytes, value in raw:
        name = name_bytes.decode("latin-1").lower()
        if name in headers and name in _ONCE:
            raise _malformed(f"The header {name} may occur once.", "header-repeated")
        headers[name] = value.decode("latin-1")
    return headers


def _check_host(values: list[bytes], hosts: frozenset[str]) -> None:
    if len(values) != 1:
        raise _malformed("Exactly one Host is required.", "host-not-single")
    host = values[0].decode("latin-1").lower()
    if not _HOST.fullmatch(host) or not (host in hosts or _LOOPBACK.fullmatch(host)):
        raise Problem("misdirected-host")


def _check_path(target: bytes) -> None:
    if not _PATH.fullmatch(target) or _PATH_TRICK.search(target):
        raise Problem("not-found", reason="path-malformed")
    if b"%" in target and not _is_plain(unquote_to_bytes(target)):
        raise Problem("not-found", reason="path-malformed")


def _check_query(query: bytes) -> None:
    if not query:
        return
    text = unquote_to_bytes(query.replace(b"+", b" "))
    if not _is_plain(text):
        raise _malformed("The query string holds a character that is not allowed.", "query-malformed")
    for pair in re.split(rb"[&;]", query):
        key = unquote_to_bytes(pair.partition(b"=")[0]).decode("utf-8", "replace").strip().lower()
        if key in _TOKEN_KEYS:
            raise _malformed("Credentials do not belong in a query string.", "credential-in-query")


def _is_plain(raw: bytes) -> bool:
    try:
        text = raw.decode("utf-8")
        check_text(text)
    except (UnicodeDecodeError, MalformedJson):
        return False
    return not _TEXT_CONTROL.search(text)


def _framing(scope: Mapping[str, Any], headers: Mapping[str, str]) -> RequestHead:
    length = headers.get("content-length")
    if length is not None and not re.fullmatch(r"[0-9]{1,12}", length, re.ASCII):
        raise _malformed("Content-Length is not a number.", "content-length-malformed")
    chunked = "transfer-encoding" in headers
    if chunked and length is not None:
        raise _malformed("Content-Length and Transfer-Encoding exclude each other.", "framing-ambiguous")
    declared = None if length is None else int(length)
    return RequestHead(
        method=scope["method"],
        path=scope["path"],
        media_type=_media_type(headers.get("content-type")),
        content_length=declared,
        has_body=chunked or bool(declared),
    )


def _check_method(head: RequestHead, headers: Mapping[str, str]) -> None:
    if head.method not in METHODS or any(name in headers for name in _OVERRIDES):
        raise Problem("method-not-allowed")
    if head.has_body and head.method not in _METHODS_WITH_BODY:
        raise Problem("method-not-allowed", "This method takes no body.", reason="body-not-allowed")


def _media_type(content_type: str | None) -> str | None:
    """The media type, without parameters; a charset other than UTF-8 is none of ours."""
    if content_type is None or content_type in JSON_MEDIA:
        return content_type
    message = Message()
    message["content-type"] = content_type
    charset = message.get_param("charset", "utf-8")
    if not isinstance(charset, str) or charset.lower() != "utf-8":
        return ""
    return content_type.partition(";")[0].strip().lower()


def _check_media(head: RequestHead, headers: Mapping[str, str]) -> None:
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem("unsupported-media-type", "The body must not be compressed.", reason="content-encoding")
    accepted = _accepted_media(head.path)
    if head.media_type not in accepted:
        rule = f"Content-Type must be {' or '.join(sorted(accepted))} in UTF-8."
        raise Problem("unsupported-media-type", rule, reason="content-type")


def _accepted_media(path: str) -> frozenset[str]:
    if path == TOKEN_PATH or is_console(path):
        return _FORM_MEDIA
    if path == _DRAFT_PATH or path.startswith(_DRAFT_PATH + "/"):
        return _DRAFT_MEDIA
    return JSON_MEDIA if path == _CONSENTS_PATH else _PLAIN_MEDIA


def _malformed(detail: str, reason: str) -> Problem:
    return Problem("malformed-request", detail, reason=reason)
