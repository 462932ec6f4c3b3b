"""The demo county's health service: a small FHIR R4 server with SMART Backend Services login.

Written to the published standards (HL7 FHIR 4.0.1; SMART App Launch 2.2) and apart from the adapter
that asks it, so that the demo shows two systems agreeing on a standard and not on each other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.demo.fhir_searching import PARAMETERS, BadSearchError, Resource, Shelf, subset
from gateway.demo.simulator import Simulator
from gateway.demo.smart_server import ALGORITHMS, TokenIssuer, TokenRefusedError

MAX_COUNT: Final = 200

_DEFAULT_COUNT: Final = 20
_NO_STORE: Final = {"cache-control": "no-store"}
_READ_SCOPES: Final = ("system/{}.read", "system/{}.rs", "system/{}.s", "system/{}.cruds", "system/{}.*")


class FhirServer(Simulator):
    """Resources served on loopback under `/fhir`; `clients` maps a client id to its public JWK Set.

    With no clients the server asks for no login. `offers_match` adds `Patient/$match`. Used as a
    context manager, or by `start` and `stop`; `base_url` is known after the start.
    """

    def __init__(
        self,
        resources: Iterable[Resource],
        clients: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        offers_match: bool = False,
    ) -> None:
        super().__init__()
        self._held: dict[str, dict[str, Resource]] = {kind: {} for kind in PARAMETERS}
        for resource in resources:
            self._held[resource["resourceType"]][resource["id"]] = resource
        self._shelves = {kind: Shelf(kind, list(held.values())) for kind, held in self._held.items()}
        self._issuer = TokenIssuer({} if clients is None else clients)
        self._offers_match = offers_match

    def settle(self, origin: str) -> None:
        self.base_url = f"{origin}/fhir"

    def app(self) -> Starlette:
        routes = [
            Route("/fhir/metadata", self._metadata),
            Route("/fhir/.well-known/smart-configuration", self._smart_configuration),
            Route("/auth/token", self._token, methods=["POST"]),
            Route("/fhir/Patient/$match", self._match, methods=["POST"]),
            Route("/fhir/{kind}/_search", self._search, methods=["POST"]),
            Route("/fhir/{kind}", self._search, methods=["GET"]),
            Route("/fhir/{kind}/{id}", self._read, methods=["GET"]),
        ]
        return Starlette(routes=routes, exception_handlers={404: _unknown, 405: _unknown})

    async def _metadata(self, _: Request) -> Response:
        return _fhir(capability_statement(self.base_url, offers_match=self._offers_match))

    async def _smart_configuration(self, _: Request) -> Response:
        return JSONResponse(
            {
                "token_endpoint": self._token_url,
                "grant_types_supported": ["client_credentials"],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
                "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
                "scopes_supported": ["system/*.rs"],
                "capabilities": ["client-confidential-asymmetric", "permission-v2"],
            }
        )

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("ascii", "replace")))
        try:
            answer = self._issuer.issue(form, self._token_url)
        except TokenRefusedError as refusal:
            return JSONResponse({"error": refusal.error}, refusal.status, headers=_NO_STORE)
        return JSONResponse(answer, headers=_NO_STORE)

    @property
    def _token_url(self) -> str:
        return self.base_url.removesuffix("/fhir") + "/auth/token"

    def _refusal(self, request: Request, kind: str) -> Response | None:
        """Why this request may not read this type, if so."""
        if not self._issuer.has_clients:
            return None
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        scopes = self._issuer.scopes_of(token) if scheme.lower() == "bearer" else None
        if scopes is None:
            return _outcome("login", "a valid access token is required", 401)
        if not any(form.format(each) in scopes for form in _READ_SCOPES for each in (kind, "*")):
            return _outcome("forbidden", "the token's scope does not allow this", 403)
        return None

    async def _search(self, request: Request) -> Response:
        kind = request.path_params["kind"]
        if kind not in self._held:
            return _outcome("not-supported", "this resource type is not served", 404)
        if refusal := self._refusal(request, kind):
            return refusal
        form = parse_qsl(request.url.query, keep_blank_values=True)
        if request.method == "POST":
            form += parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
        strict = "handling=strict" in request.headers.get("prefer", "")
        try:
            return _fhir(self._page(kind, form, strict=strict))
        except (BadSearchError, ValueError) as error:
            return _outcome(getattr(error, "code", "value"), "the search is not supported", 400)

    def _page(self, kind: str, form: list[tuple[str, str]], *, strict: bool) -> dict[str, Any]:
        """One page of a searchset; its number stands in the link, as the link is the server's own affair."""
        control = dict(form)
        offset = int(control.pop("_offset", "0"))
        count = min(int(control.get("_count", _DEFAULT_COUNT)), MAX_COUNT)
        if offset < 0 or count < 0:
            raise BadSearchError("value", "a page cannot have a negative size or place")
        asked = [(key, value) for key, value in form if key != "_offset"]
        found, honoured = self._shelves[kind].search(asked, strict=strict)
        shown = found[offset : offset + count] if count else []
        kept: list[tuple[str, str]] = [
            (key, control[key]) for key in ("_elements", "_count") if key in control
        ]
        links = [{"relation": "self", "url": self._link(kind, honoured + kept, offset)}]
        if count and offset + count < len(found):
            links.append({"relation": "next", "url": self._link(kind, honoured + kept, offset + count)})
        elements = [each for each in control.get("_elements", "").split(",") if each]
        return self._bundle(
            [subset(each, elements) if elements else each for each in shown], len(found), links
        )

    def _link(self, kind: str, query: list[tuple[str, str]], offset: int) -> str:
        start = [("_offset", str(offset))] if offset else []
        return f"{self.base_url}/{kind}?{urlencode(query + start)}"

    def _bundle(
        self, resources: Iterable[Resource], total: int, links: list[dict[str, str]]
    ) -> dict[str, Any]:
        entries = [
            {
                "fullUrl": f"{self.base_url}/{each['resourceType']}/{each['id']}",
                "resource": each,
                "search": {"mode": "match"},
            }
            for each in resources
        ]
        bundle: dict[str, Any] = {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": total,
            "link": links,
        }
        return {**bundle, "entry": entries} if entries else bundle

    async def _read(self, request: Request) -> Response:
        kind, id_ = request.path_params["kind"], request.path_params["id"]
        if refusal := self._refusal(request, kind):
            return refusal
        resource = self._held.get(kind, {}).get(id_)
        return _outcome("not-found", "not found", 404) if resource is None else _fhir(resource)

    async def _match(self, request: Request) -> Response:
        """Those with an identifier or the birth date of the one asked for, the likeliest first."""
        if not self._offers_match:
            return _outcome("not-supported", "this operation is not offered", 404)
        if refusal := self._refusal(request, "Patient"):
            return refusal
        asked: dict[str, Any] = {}
        count = _DEFAULT_COUNT
        with suppress(ValueError, AttributeError, TypeError, KeyError):
            parameters = {each["name"]: each for each in json.loads(await request.body())["parameter"]}
            asked = parameters["resource"]["resource"]
            count = int(parameters.get("count", {}).get("valueInteger", count))
        if asked.get("resourceType") != "Patient":
            return _outcome("required", "a Patient resource is required", 400)
        graded = [(_likeness(each, asked), each) for each in self._held["Patient"].values()]
        likely = sorted((pair for pair in graded if pair[0]), key=lambda pair: -pair[0])[:count]
        bundle = self._bundle([each for _, each in likely], len(likely), [])
        for (score, _), entry in zip(likely, bundle.get("entry", []), strict=True):
            entry["search"]["score"] = score
        return _fhir(bundle)


def capability_statement(base_url: str, *, offers_match: bool) -> dict[str, Any]:
    """What this server can do, in FHIR's own words."""
    kinds: list[dict[str, Any]] = []
    for kind, parameters in PARAMETERS.items():
        declared = [{"name": name, "type": type_} for name, (type_, _) in parameters.items()]
        interactions = [{"code": "read"}, {"code": "search-type"}]
        kinds.append({"type": kind, "interaction": interactions, "searchParam": declared})
    if offers_match:
        definition = "http://hl7.org/fhir/OperationDefinition/Patient-match"
        kinds[0]["operation"] = [{"name": "match", "definition": definition}]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-01-01",
        "kind": "instance",
        "implementation": {"description": "Riverside Health Service", "url": base_url},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [{"mode": "server", "resource": kinds}],
    }


def _likeness(held: Resource, asked: Mapping[str, Any]) -> float:
    """1 for an equal identifier, else from the birth date and the first letters of the names."""
    wanted = {(each.get("system"), each.get("value")) for each in asked.get("identifier", [])}
    if wanted & {(each.get("system"), each.get("value")) for each in held.get("identifier", [])}:
        return 1.0
    born = bool(asked.get("birthDate")) and asked["birthDate"] == held.get("birthDate")
    initials = bool(_initials(asked) & _initials(held))
    return 0.9 if born and initials else 0.5 if born else 0.0


def _initials(patient: Mapping[str, Any]) -> set[str]:
    names = patient.get("name", [])
    return {
        word[:1].casefold() for name in names for word in [name.get("family", ""), *name.get("given", [])]
    }


def _fhir(resource: Resource, status: int = 200) -> Response:
    body = json.dumps(resource, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status, media_type="application/fhir+json")


def _outcome(code: str, text: str, status: int) -> Response:
    issue = {"severity": "error", "code": code, "diagnostics": text}
    return _fhir({"resourceType": "OperationOutcome", "issue": [issue]}, status)


async def _unknown(_: Request, __: Exception) -> Response:
    return _outcome("not-found", "not found", 404)
