"""Hostile tokens, rows 1 to 32 of the table of hostile inputs, over HTTP and under real keys.

Every row is tried twice: as a client assertion at the token endpoint and as an access token at a route. A row
breaks one rule and keeps a signature that verifies wherever the rule allows one.
"""

import asyncio
import hashlib
import hmac
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from structlog.testing import capture_logs

from gateway.identity import ASSERTION_TYPE
from gateway.identity_keys import Algorithm, client_assertion, new_signing_key
from tests.faults.edge_county import AGENCY, ISSUER, NOW, OTHER_AGENCY, County, MemoryReplay, county
from tests.faults.token_forge import (
    NOW_SECONDS,
    Mint,
    access_mint,
    assertion_mint,
    b64,
    malleated,
    signer,
)


def hs256(secret: bytes) -> Callable[[bytes], bytes]:
    return lambda message: hmac.digest(secret, message, hashlib.sha256)


def public_pem(mint: Mint) -> bytes:
    return mint.key.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def with_attacker_jwk(mint: Mint) -> str:
    attacker = new_signing_key("ES256")
    return mint.token(header={"jwk": attacker.public.jwk()}, sign=signer(attacker.private))


def edited(mint: Mint, old: str, new: str) -> str:
    text = mint.written()
    assert old in text
    return mint.raw(None, text.replace(old, new, 1).encode())


def own(mint: Mint, claim: str) -> str:
    return str(mint.claims[claim])


RSA_1024 = rsa.generate_private_key(65537, 1024)  # noqa: S505 -- the weak key is what is being refused
P_384 = ec.generate_private_key(ec.SECP384R1())
EXP = f'"exp": {NOW_SECONDS + 300}'

HOSTILE: dict[str, Callable[[Mint], str]] = {
    "01-alg-none": lambda m: m.token(header={"alg": "none"}, sign=lambda _: b"x"),
    "01-alg-none-unsigned": lambda m: m.token(header={"alg": "none"}).rpartition(".")[0] + ".",
    "01-alg-None": lambda m: m.token(header={"alg": "None"}),
    "01-alg-nOnE": lambda m: m.token(header={"alg": "nOnE"}),
    "01-alg-missing": lambda m: m.token(drop="alg"),
    "01-alg-a-list": lambda m: m.token(header={"alg": ["ES256"]}),
    "02-hs256-keyed-with-the-public-pem": lambda m: m.token(
        header={"alg": "HS256"}, sign=hs256(public_pem(m))
    ),
    "03-hs256-keyed-with-the-jwk": lambda m: m.token(
        header={"alg": "HS256"}, sign=hs256(json.dumps(m.key.public.jwk()).encode())
    ),
    "04-jwk-in-the-header": with_attacker_jwk,
    "05-jku": lambda m: m.token(header={"jku": "http://127.0.0.1:9/keys"}),
    "05-x5u": lambda m: m.token(header={"x5u": "http://127.0.0.1:9/cert"}),
    "05-x5c": lambda m: m.token(header={"x5c": ["MIIB"]}),
    "06-crit": lambda m: m.token(header={"crit": ["x"], "x": 1}),
    "07-b64-false": lambda m: m.token(header={"b64": False}),
    "07-b64-false-crit": lambda m: m.token(header={"b64": False, "crit": ["b64"]}),
    "08-typ-dpop": lambda m: m.token(header={"typ": "dpop+jwt"}),
    "08-typ-id-token": lambda m: m.token(header={"typ": "id_token"}),
    "08-typ-a-number": lambda m: m.token(header={"typ": 1}),
    "08-typ-null": lambda m: m.token(header={"typ": None}),
    "09-no-exp": lambda m: m.token(drop="exp"),
    "10-exp-a-string": lambda m: m.token(exp=str(NOW_SECONDS + 300)),
    "10-exp-a-float": lambda m: m.token(exp=NOW_SECONDS + 299.5),
    "10-exp-true": lambda m: m.token(exp=True),
    "10-exp-null": lambda m: m.token(exp=None),
    "10-iat-a-string": lambda m: m.token(iat=str(NOW_SECONDS)),
    "10-nbf-a-string": lambda m: m.token(nbf=str(NOW_SECONDS)),
    "11-exp-NaN": lambda m: edited(m, EXP, '"exp": NaN'),
    "11-exp-Infinity": lambda m: edited(m, EXP, '"exp": Infinity'),
    "11-exp-1e400": lambda m: edited(m, EXP, '"exp": 1e400'),
    "11-exp-1e10": lambda m: edited(m, EXP, '"exp": 1e10'),
    "12-exp-year-30000": lambda m: m.token(exp=884541340800),
    "12-lives-301-seconds": lambda m: m.token(exp=NOW_SECONDS + 301),
    "12-lives-long-without-iat": lambda m: m.token(drop="iat", exp=NOW_SECONDS + 311),
    "12-exp-before-iat": lambda m: m.token(iat=NOW_SECONDS + 5, exp=NOW_SECONDS + 4),
    "13-iat-11-s-ahead": lambda m: m.token(iat=NOW_SECONDS + 11, exp=NOW_SECONDS + 300),
    "13-iat-61-s-ahead": lambda m: m.token(iat=NOW_SECONDS + 61, exp=NOW_SECONDS + 300),
    "14-exp-11-s-ago": lambda m: m.token(iat=NOW_SECONDS - 100, exp=NOW_SECONDS - 11),
    "15-nbf-ahead": lambda m: m.token(nbf=NOW_SECONDS + 11),
    "16-aud-us-and-another": lambda m: m.token(aud=[ISSUER, "https://other.example"]),
    "16-aud-a-list-of-us": lambda m: m.token(aud=[ISSUER]),
    "17-aud-missing": lambda m: m.token(drop="aud"),
    "17-aud-null": lambda m: m.token(aud=None),
    "17-aud-with-slash": lambda m: m.token(aud=ISSUER + "/"),
    "17-aud-upper-case": lambda m: m.token(aud=ISSUER.upper()),
    "17-aud-prefix": lambda m: m.token(aud=ISSUER[:-1]),
    "18-iss-prefix": lambda m: m.token(iss=own(m, "iss")[:-1]),
    "18-iss-suffix": lambda m: m.token(iss=own(m, "iss") + "x"),
    "18-iss-list": lambda m: m.token(iss=[own(m, "iss")]),
    "18-iss-case": lambda m: m.token(iss=own(m, "iss").upper()),
    "18-iss-slash": lambda m: m.token(iss=own(m, "iss") + "/"),
    "18-iss-missing": lambda m: m.token(drop="iss"),
    "18-iss-other-agency": lambda m: m.token(iss=OTHER_AGENCY, sub=OTHER_AGENCY),
    "19-sub-int": lambda m: m.token(sub=17),
    "19-sub-empty": lambda m: m.token(sub=""),
    "19-sub-missing": lambda m: m.token(drop="sub"),
    "19-sub-other-agency": lambda m: m.token(sub=OTHER_AGENCY),
    "20-jti-missing": lambda m: m.token(drop="jti"),
    "20-jti-empty": lambda m: m.token(jti=""),
    "20-jti-int": lambda m: m.token(jti=7),
    "20-jti-129-characters": lambda m: m.token(jti="j" * 129),
    "20-jti-10-KB": lambda m: m.token(jti="j" * 10_240),
    "20-jti-NUL": lambda m: m.token(jti="a\x00"),
    "20-jti-line-feed": lambda m: m.token(jti="a\n"),
    "20-jti-lone-surrogate": lambda m: m.token(jti="\ud800"),
    "20-jti-not-ASCII": lambda m: m.token(jti="jtí"),
    "23-padding-appended": lambda m: m.token() + "==",
    "23-line-feed-appended": lambda m: m.token() + "\n",
    "23-standard-alphabet": lambda m: m.token().replace("-", "+").replace("_", "/") + "+",
    "24-iss-twice": lambda m: edited(m, '"iss"', '"iss": "evil", "iss"'),
    "24-exp-twice": lambda m: edited(m, '"exp"', '"exp": 1, "exp"'),
    "25-alg-twice": lambda m: m.raw(
        json.dumps(dict(m.header)).replace('"alg"', '"alg": "none", "alg"').encode(), None
    ),
    "26-payload-a-list": lambda m: m.raw(None, b"[1]"),
    "26-payload-a-string": lambda m: m.raw(None, b'"x"'),
    "26-payload-empty": lambda m: m.raw(None, b""),
    "26-payload-not-UTF-8": lambda m: m.raw(None, b'{"iss": "\xff"}'),
    "26-payload-UTF-16": lambda m: m.raw(None, m.written().encode("utf-16")),
    "26-nesting-at-6-KB": lambda m: m.raw(None, b"[" * 5_900),
    "26-nesting-20000": lambda m: m.raw(None, b"[" * 20_000),
    "26-header-a-list": lambda m: m.raw(b"[]", None),
    "27-token-of-9-KB": lambda m: m.token(padding="p" * 6_600),
    "28-kid-path": lambda m: m.token(header={"kid": "../../dev/null"}),
    "28-kid-sql": lambda m: m.token(header={"kid": "' or 1=1--"}),
    "28-kid-url": lambda m: m.token(header={"kid": "http://127.0.0.1:9/key"}),
    "28-kid-NUL": lambda m: m.token(header={"kid": "a\x00"}),
    "28-kid-int": lambda m: m.token(header={"kid": 1}),
    "28-kid-null": lambda m: m.token(header={"kid": None}),
    "28-kid-1-KB": lambda m: m.token(header={"kid": "k" * 1024}),
    "29-rs256-with-rsa-1024": lambda m: m.token(header={"alg": "RS256"}, sign=signer(RSA_1024)),
    "30-es256-with-p-384": lambda m: m.token(header={"alg": "ES256"}, sign=signer(P_384)),
    "30-es384": lambda m: m.token(header={"alg": "ES384"}, sign=signer(P_384)),
    "another-key-of-the-right-kind": lambda m: m.token(sign=signer(new_signing_key(m.key.alg).private)),
    "the-other-algorithm-named": lambda m: m.token(header={"alg": other_algorithm(m.key.alg)}),
    "two-segments": lambda m: m.token().rpartition(".")[0],
    "four-segments": lambda m: m.token() + ".e30",
    "empty-signature": lambda m: m.token().rpartition(".")[0] + ".",
    "signature-cut": lambda m: m.token()[:-2],
    "claims-swapped-under-the-signature": lambda m: ".".join(
        [m.token().split(".")[0], b64(m.written().encode() + b" "), m.token().split(".")[2]]
    ),
}


def other_algorithm(alg: Algorithm) -> Algorithm:
    return "EdDSA" if alg == "ES256" else "ES256"


async def ask_for_token(site: County, assertion: str, **fields: str) -> httpx.Response:
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}
    async with site.client() as client:
        return await client.post("/oauth/token", data={**form, "client_assertion": assertion, **fields})


async def use_token(site: County, token: str) -> httpx.Response:
    async with site.client() as client:
        return await client.get("/v1/whoami", headers={"Authorization": f"Bearer {token}"})


AUDITED: list[list[str]] = []


def _listen(event: str, args: tuple[object, ...]) -> None:
    if AUDITED and event in ("open", "socket.connect", "socket.getaddrinfo", "subprocess.Popen"):
        AUDITED[-1].append(f"{event} {args[:1]}")


sys.addaudithook(_listen)


@contextmanager
def outside_world() -> Iterator[list[str]]:
    """Every file opened, name looked up and connection made inside the block, as the interpreter saw it."""
    AUDITED.append([])
    try:
        yield AUDITED[-1]
    finally:
        AUDITED.pop()


@pytest.fixture(scope="module", params=["ES256", "EdDSA"])
def site(request: pytest.FixtureRequest) -> County:
    alg: Algorithm = request.param
    return county(alg)


SIGNATURE_IS_WHAT_IS_WRONG = {
    "30-es256-with-p-384",
    "another-key-of-the-right-kind",
    "signature-cut",
    "claims-swapped-under-the-signature",
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_assertion_is_refused(site: County, name: str) -> None:
    with capture_logs() as logs:
        answer = await ask_for_token(site, HOSTILE[name](assertion_mint(site)))
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert answer.json()["code"] == "invalid-client"
    assert answer.headers["cache-control"] == "no-store"
    assert logs[0]["reason"] != "signature-wrong" or name in SIGNATURE_IS_WHAT_IS_WRONG


@pytest.mark.parametrize("name", [name for name in HOSTILE if name != "23-line-feed-appended"])
async def test_a_hostile_access_token_is_refused(site: County, name: str) -> None:
    with capture_logs() as logs:
        answer = await use_token(site, HOSTILE[name](access_mint(site)))
    assert answer.status_code == 401
    assert answer.json()["code"] == "invalid-token"
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert logs[0]["reason"] != "signature-wrong" or name in SIGNATURE_IS_WHAT_IS_WRONG


async def test_no_refusal_of_an_assertion_uses_up_its_jti_or_tells_more_than_another(site: County) -> None:
    answers = [await ask_for_token(site, forge(assertion_mint(site, "kept"))) for forge in HOSTILE.values()]
    assert len({answer.content for answer in answers}) == 1
    good = await ask_for_token(site, assertion_mint(site, "kept").token())
    assert good.status_code == 200


ACCEPTED: dict[str, Callable[[Mint], str]] = {
    "as-it-is": lambda m: m.token(),
    "13-iat-9-s-ahead": lambda m: m.token(iat=NOW_SECONDS + 9, exp=NOW_SECONDS + 309),
    "14-exp-9-s-ago": lambda m: m.token(iat=NOW_SECONDS - 100, exp=NOW_SECONDS - 9),
    "15-nbf-9-s-ahead": lambda m: m.token(nbf=NOW_SECONDS + 9),
    "aud-the-token-endpoint": lambda m: m.token(aud=f"{ISSUER}/oauth/token"),
    "iat-absent": lambda m: m.token(drop="iat"),
    "typ-absent": lambda m: m.token(drop="typ"),
    "typ-of-the-draft": lambda m: m.token(header={"typ": "client-authentication+jwt"}),
    "kid-absent-and-one-key": lambda m: m.token(drop="kid"),
    "claim-of-another-kind": lambda m: m.token(department="records"),
    "jti-of-128-characters": lambda m: m.token(jti="j" * 128),
}


@pytest.mark.parametrize("forge", ACCEPTED.values(), ids=ACCEPTED.keys())
@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
async def test_a_good_assertion_buys_a_token_that_works(alg: Algorithm, forge: Callable[[Mint], str]) -> None:
    site = county(alg)
    answer = await ask_for_token(site, forge(assertion_mint(site)))
    assert answer.status_code == 200
    assert answer.json() == {
        "access_token": answer.json()["access_token"],
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "gateway",
    }
    assert answer.headers["cache-control"] == "no-store"
    assert (await use_token(site, answer.json()["access_token"])).json() == {"agency": AGENCY}


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda m: m.token(), id="as-it-is"),
        pytest.param(lambda m: m.token(iat=NOW_SECONDS + 9, exp=NOW_SECONDS + 309), id="13-iat-9-s-ahead"),
        pytest.param(lambda m: m.token(iat=NOW_SECONDS - 100, exp=NOW_SECONDS - 9), id="14-exp-9-s-ago"),
    ],
)
async def test_an_access_token_within_the_skew_is_accepted(
    site: County, forge: Callable[[Mint], str]
) -> None:
    assert (await use_token(site, forge(access_mint(site)))).json() == {"agency": AGENCY}


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda m: m.token(header={"typ": "JWT"}), id="typ-JWT"),
        pytest.param(lambda m: m.token(header={"typ": "AT+JWT"}), id="typ-in-capitals"),
        pytest.param(lambda m: m.token(drop="typ"), id="typ-absent"),
        pytest.param(lambda m: m.token(drop="kid"), id="kid-absent"),
        pytest.param(lambda m: m.token(drop="iat"), id="iat-absent"),
        pytest.param(lambda m: m.token(drop="client_id"), id="client-id-absent"),
        pytest.param(lambda m: m.token(client_id=OTHER_AGENCY), id="client-id-of-another-agency"),
        pytest.param(lambda m: m.token(role="auditor"), id="a-claim-that-we-never-issue"),
        pytest.param(lambda m: m.token(sub="nobody", client_id="nobody"), id="an-agency-unknown"),
    ],
)
async def test_an_access_token_is_ours_in_every_part(site: County, forge: Callable[[Mint], str]) -> None:
    assert (await use_token(site, forge(access_mint(site)))).status_code == 401


async def test_an_assertion_is_no_access_token_and_the_reverse(site: County) -> None:
    assert (await use_token(site, assertion_mint(site).token())).status_code == 401
    assert (await ask_for_token(site, access_mint(site).token())).status_code == 401


@pytest.mark.parametrize("name", [name for name in HOSTILE if name[:2] in ("05", "28")])
async def test_05_28_nothing_is_fetched_looked_up_or_opened(site: County, name: str) -> None:
    # The framework reads a route's source file once, when the route first raises.
    await ask_for_token(site, assertion_mint(site).token(drop="exp"))
    await use_token(site, access_mint(site).token(drop="exp"))
    with outside_world() as touched:
        await ask_for_token(site, HOSTILE[name](assertion_mint(site)))
        await use_token(site, HOSTILE[name](access_mint(site)))
    assert touched == []


async def test_21_one_assertion_on_two_replicas_fifty_times_at_once_is_used_once() -> None:
    first = county(replay=(memory := MemoryReplay()))
    second = county(agency_key=first.agency_key, gateway_key=first.gateway_key, replay=memory)
    assertion = assertion_mint(first).token()
    answers = await asyncio.gather(*(ask_for_token((first, second)[n % 2], assertion) for n in range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 49


async def test_21_two_agencies_may_use_one_jti(site: County) -> None:
    for agency in (AGENCY, OTHER_AGENCY):
        answer = await ask_for_token(site, assertion_mint(site, "shared", agency).token())
        assert answer.status_code == 200


async def test_21_a_used_jti_is_remembered_until_the_assertion_has_died() -> None:
    site = county(replay=(memory := MemoryReplay()))
    await ask_for_token(site, assertion_mint(site).token())
    assert [until.timestamp() for until in memory.used.values()] == [NOW_SECONDS + 300 + 10]


async def test_22_a_malleated_signature_is_the_same_assertion() -> None:
    site = county("ES256")
    assertion = assertion_mint(site).token()
    other = malleated(assertion)
    assert other != assertion
    assert (await ask_for_token(county(agency_key=site.agency_key), other)).status_code == 200
    assert (await ask_for_token(site, assertion)).status_code == 200
    assert (await ask_for_token(site, other)).status_code == 401


async def test_23_the_last_character_has_no_second_spelling(site: County) -> None:
    token = access_mint(site).token()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    statuses = [(await use_token(site, token[:-1] + last)).status_code for last in alphabet]
    assert (statuses.count(200), statuses.count(401)) == (1, 63)


async def test_27_a_token_of_1_mb_is_cut_off(site: County) -> None:
    assert (await use_token(site, "a" * 1_000_000)).status_code == 431
    assert (await ask_for_token(site, "a" * 1_000_000)).status_code == 413


async def test_31_two_authorization_headers(site: County) -> None:
    token = access_mint(site).token()
    headers = [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]
    async with site.client() as client:
        answer = await client.get("/v1/whoami", headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "key", ["access_token", "assertion", "client_assertion", "token", "ACCESS_TOKEN", "access%5Ftoken"]
)
async def test_32_a_token_in_the_query_string_is_refused_and_not_logged(site: County, key: str) -> None:
    token = access_mint(site).token()
    async with site.client() as client:
        with capture_logs() as logs:
            answer = await client.get(
                f"/v1/whoami?a=1&{key}={token}", headers={"Authorization": f"Bearer {token}"}
            )
    assert answer.status_code == 400
    assert token not in repr(logs)
    assert [entry["reason"] for entry in logs] == ["credential-in-query"]


async def test_34_a_disabled_agency_is_refused_at_once() -> None:
    site = county()
    token = (await ask_for_token(site, assertion_mint(site).token())).json()["access_token"]
    assert (await use_token(site, token)).status_code == 200
    site.revoked.add(AGENCY)
    assert (await use_token(site, token)).status_code == 401
    assert (await ask_for_token(site, assertion_mint(site, "two").token())).status_code == 401


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Basic dTpw", "Token x", "Bearer a b", "Bearer a,Bearer b", "bearer:x"],
)
async def test_without_a_bearer_token_there_is_no_caller(site: County, authorization: str) -> None:
    async with site.client() as client:
        answer = await client.get("/v1/whoami", headers={"Authorization": authorization})
    assert answer.status_code == 401


FORM = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        pytest.param({"grant_type": "password"}, 400, "unsupported_grant_type", id="grant-of-another-kind"),
        pytest.param({"grant_type": ""}, 400, "unsupported_grant_type", id="grant-empty"),
        pytest.param({"client_secret": "s"}, 400, "invalid_request", id="a-secret-beside-the-assertion"),
        pytest.param({"client_assertion_type": "saml"}, 401, "invalid_client", id="assertion-type-wrong"),
        pytest.param({"client_id": OTHER_AGENCY}, 401, "invalid_client", id="client-id-of-another"),
    ],
)
async def test_a_token_request_is_what_the_standard_says(
    site: County, fields: dict[str, str], status: int, error: str
) -> None:
    answer = await ask_for_token(site, assertion_mint(site, "fields").token(), **fields)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"grant_type", id="no-value"),
        pytest.param(b"grant_type=a&grant_type=b", id="a-field-twice"),
        pytest.param(b"a=%ff", id="escaped-bytes-that-are-not-UTF-8"),
        pytest.param(b"a=\xff", id="bytes-that-are-not-ASCII"),
        pytest.param(b"&".join([b"a=1"] * 17), id="too-many-fields"),
        pytest.param(b"client_assertion=x", id="no-grant-type"),
        pytest.param(b"grant_type=client_credentials&audience=x", id="a-field-unknown"),
    ],
)
async def test_a_form_that_can_be_read_two_ways_is_refused(site: County, body: bytes) -> None:
    async with site.client() as client:
        answer = await client.post(
            "/oauth/token", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_client_authenticates_in_one_way_only(site: County) -> None:
    form = {**FORM, "client_assertion": assertion_mint(site, "one-way").token()}
    async with site.client() as client:
        answer = await client.post("/oauth/token", data=form, headers={"Authorization": "Basic dTpw"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_the_assertion_of_the_command_line_is_accepted(site: County) -> None:
    key = site.agency_key
    assertion = client_assertion(key.private, key.kid, AGENCY, ISSUER, NOW)
    answer = await ask_for_token(site, assertion, client_id=AGENCY, scope="anything")
    assert (answer.status_code, answer.json()["scope"]) == (200, "gateway")


async def test_the_log_has_the_precise_reason_and_the_answer_has_not(site: County) -> None:
    with capture_logs() as logs:
        answer = await ask_for_token(site, assertion_mint(site).token(aud="https://other.example"))
    assert logs == [
        {
            "code": "invalid-client",
            "reason": "audience-wrong",
            "event": "request_refused",
            "log_level": "warning",
        }
    ]
    assert b"audience" not in answer.content
    assert site.edge.refusals["audience-wrong"] > 0
