"""Failure → RFC 9457: the one home of status codes.

Code below the HTTP surface raises `Problem("conflict", "…")`; only the edge renders it. A detail is a
sentence written by us: it names fields and rules and never repeats what was sent (see `key_name`).
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Code = Literal[
    "malformed-json",
    "malformed-request",
    "misdirected-host",
    "unsupported-grant-type",
    "invalid-token",
    "invalid-client",
    "forbidden",
    "case-not-open",
    "role-not-allowed",
    "not-a-party",
    "emergency-refused",
    "emergency-closed",
    "not-found",
    "method-not-allowed",
    "request-timeout",
    "conflict",
    "idempotency-key-reused",
    "precondition-failed",
    "body-too-large",
    "uri-too-long",
    "unsupported-media-type",
    "unprocessable",
    "precondition-required",
    "budget-exhausted",
    "headers-too-large",
    "internal",
    "not-recorded",
    "not-witnessed",
]


@dataclass(frozen=True, slots=True)
class Kind:
    """What every problem of one code has in common.

    `oauth` is the error word of RFC 6749, section 5.2, for the codes that only the token endpoint answers;
    `challenge` is the WWW-Authenticate header that RFC 9110, section 15.5.2, demands with a 401.
    """

    status: int
    title: str
    oauth: str | None = None
    challenge: str | None = None


_REALM = 'Bearer realm="partner-gateway"'

PROBLEMS: Final[Mapping[Code, Kind]] = MappingProxyType(
    {
        "malformed-json": Kind(400, "The body is not acceptable JSON"),
        "malformed-request": Kind(400, "The request is malformed", oauth="invalid_request"),
        "misdirected-host": Kind(400, "This gateway does not answer for that host"),
        "unsupported-grant-type": Kind(
            400, "The grant type is not supported", oauth="unsupported_grant_type"
        ),
        "invalid-token": Kind(401, "No valid access token", challenge=f'{_REALM}, error="invalid_token"'),
        "invalid-client": Kind(
            401, "The client is not authenticated", oauth="invalid_client", challenge=_REALM
        ),
        "forbidden": Kind(403, "This caller may not do this"),
        "case-not-open": Kind(403, "No such case is open for this caller"),
        "role-not-allowed": Kind(403, "The role of the person acting does not allow this"),
        "not-a-party": Kind(403, "The caller's agency is not a party to this"),
        "emergency-refused": Kind(403, "Emergency access is refused"),
        "emergency-closed": Kind(403, "Emergency access is closed to this person"),
        "not-found": Kind(404, "Nothing is found here"),
        "method-not-allowed": Kind(405, "The method is not allowed here"),
        "request-timeout": Kind(408, "The request did not arrive in time"),
        "conflict": Kind(409, "The state does not allow this"),
        "idempotency-key-reused": Kind(409, "The idempotency key was used for another request"),
        "precondition-failed": Kind(412, "The version named is not the present one"),
        "body-too-large": Kind(413, "The body is too large"),
        "uri-too-long": Kind(414, "The request target is too long"),
        "unsupported-media-type": Kind(415, "The media type or encoding is not supported here"),
        "unprocessable": Kind(422, "The request is well formed but has no valid meaning"),
        "precondition-required": Kind(428, "An edit must name the version it changes"),
        "budget-exhausted": Kind(429, "The budget is used up"),
        "headers-too-large": Kind(431, "The header section is too large"),
        "internal": Kind(500, "The gateway failed"),
        "not-recorded": Kind(503, "The request could not be recorded, so nothing was disclosed"),
        "not-witnessed": Kind(503, "The record is not witnessed yet, so nothing was disclosed"),
    }
)

_KEY_NAME = re.compile(r"[a-z_]{1,64}", re.ASCII)
_OAUTH_CODES: Final = frozenset(code for code, kind in PROBLEMS.items() if kind.oauth)


class Problem(Exception):  # noqa: N818 -- RFC 9457's own word
    """An answer that is a refusal or a fault.

    `detail` and `reasons` reach the caller and never contain input; `reason` is a fixed word for the log that
    says precisely what the caller is not told; `retry_after` is in whole seconds.
    """

    def __init__(
        self,
        code: Code,
        detail: str = "",
        *,
        retry_after: int | None = None,
        reasons: Iterable[Mapping[str, str | int | None]] = (),
        reason: str = "",
    ) -> None:
        super().__init__(code)
        self.code: Final[Code] = code
        self.detail: Final = detail
        self.retry_after: Final = retry_after
        self.reasons: Final[Sequence[Mapping[str, str | int | None]]] = tuple(reasons)
        self.reason: Final = reason or code

    @property
    def kind(self) -> Kind:
        return PROBLEMS[self.code]

    @property
    def type(self) -> str:
        """The stable URI of this kind of problem."""
        return f"urn:partner-gateway:problem:{self.code}"


@dataclass(frozen=True, slots=True)
class Rendered:
    """One HTTP answer: status, headers with lower-case names, body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def key_name(*path: str | int) -> str:
    """Name a place in a document for a detail, for example `subject.identifiers[0].value`.

    A key that is not `[a-z_]{1,64}` might carry a person's data and is called `(unnamed key)`.
    """
    named = ""
    for step in path:
        if isinstance(step, int):
            named += f"[{step}]"
        else:
            named += ("." if named else "") + (step if _KEY_NAME.fullmatch(step) else "(unnamed key)")
    return named


def problem_of(error: BaseException) -> Problem:
    """The problem that an exception becomes.

    Whatever is not a `Problem` is `internal` without a detail; only its type goes to the log, because the
    messages of libraries quote what they choked on.
    """
    return error if isinstance(error, Problem) else Problem("internal", reason=type(error).__name__)


_BY_STATUS: Final[Mapping[int, Code]] = MappingProxyType(
    {
        401: "invalid-token",
        403: "forbidden",
        404: "not-found",
        405: "method-not-allowed",
        408: "request-timeout",
        409: "conflict",
        412: "precondition-failed",
        413: "body-too-large",
        414: "uri-too-long",
        415: "unsupported-media-type",
        422: "unprocessable",
        428: "precondition-required",
        429: "budget-exhausted",
        431: "headers-too-large",
        503: "not-recorded",
    }
)


def problem_for_status(status: int) -> Problem:
    """The problem that stands for a bare error status of the web framework."""
    return Problem(_BY_STATUS.get(status, "malformed-request" if status < 500 else "internal"))


def render(problem: Problem, *, token_endpoint: bool = False) -> Rendered:
    """Write a problem as HTTP.

    At the token endpoint the codes that RFC 6749, section 5.2, knows are written in its shape
    (`error`, `error_description`, `application/json`) with the RFC 9457 members beside it.
    """
    kind = problem.kind
    members: dict[str, object] = {
        "type": problem.type,
        "title": kind.title,
        "status": kind.status,
        "code": problem.code,
    }
    if problem.detail:
        members["detail"] = problem.detail
    if problem.reasons:
        members["reasons"] = [dict(reason) for reason in problem.reasons]
    media_type = "application/problem+json"
    if problem.code in _OAUTH_CODES and (token_endpoint or problem.code != "malformed-request"):
        members |= {"error": kind.oauth, "error_description": problem.detail or kind.title}
        media_type = "application/json"
    headers = [("content-type", media_type), ("cache-control", "no-store")]
    if kind.challenge:
        headers.append(("www-authenticate", kind.challenge))
    if problem.retry_after is not None:
        headers.append(("retry-after", str(problem.retry_after)))
    body = json.dumps(members, separators=(",", ":")).encode()
    return Rendered(kind.status, tuple(headers), body)
