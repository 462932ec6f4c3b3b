"""Which addresses a site may name as a source, and which links a source may give."""

from __future__ import annotations

import pytest

from adapters.client import SourceClient
from adapters.partner import Fault, SourceError
from adapters.source_url import check_source_url

ALLOWED = [
    "https://fhir.health.example/r4",
    "https://fhir.health.example:8443/r4/",
    "https://10.20.30.40/fhir",
    "https://[2001:db8::7]/fhir",
    "http://127.0.0.1:8090/fhir",
    "http://[::1]:8090/fhir",
    "http://localhost:8090/fhir",
]

REFUSED = {
    "decimal host": "http://2130706433/",
    "zero host": "http://0/",
    "mapped IPv6": "http://[::ffff:127.0.0.1]/",
    "mapped IPv6 over https": "https://[::ffff:10.0.0.1]/",
    "compatible IPv6": "https://[::7f00:1]/",
    "translated IPv6": "https://[64:ff9b::7f00:1]/",
    "user name": "http://ok@127.0.0.1/",
    "user name over https": "https://127.0.0.1:80@evil.example/",
    "backslash": "http://evil\\@127.0.0.1/",
    "file": "file:///etc/passwd",
    "gopher": "gopher://127.0.0.1/",
    "no scheme": "//health.example/fhir",
    "no host": "https:///fhir",
    "octal host": "https://0177.0.0.1/",
    "hexadecimal host": "https://0x7f.0.0.1/",
    "hexadecimal last": "https://127.0.0.0x1/",
    "short host": "https://127.1/",
    "long host": "https://1.2.3.4.5/",
    "full-width host": "https://\uff1127.0.0.1/",
    "metadata address": "https://169.254.169.254/",
    "metadata IPv6": "https://[fd00:ec2::254]/",
    "metadata elsewhere": "https://100.100.100.200/",
    "metadata name": "https://metadata.google.internal/",
    "link-local": "https://[fe80::1]/",
    "zone": "https://[fe80::1%25eth0]/",
    "any address": "https://0.0.0.0/",
    "any IPv6 address": "https://[::]/",
    "multicast": "https://224.0.0.1/",
    "plain http": "http://health.example/fhir",
    "plain http to a private address": "http://10.0.0.1/fhir",
    "plain http to another loopback": "http://127.0.0.2/fhir",
    "trailing dot": "http://localhost./fhir",
    "underscore": "https://health_service.example/",
    "space": "https://health.example/ fhir",
    "line break": "https://health.example/\nfhir",
    "query": "https://health.example/fhir?x=1",
    "fragment": "https://health.example/fhir#x",
    "encoded": "https://health.example/%66hir",
    "dot segment": "https://health.example/a/../b",
    "empty segment": "https://health.example/a//b",
    "parameter": "https://health.example/a;b",
    "port zero": "https://health.example:0/",
    "port too large": "https://health.example:65536/",
    "port in words": "https://health.example:http/",
    "open bracket": "https://[::1/",
    "empty": "",
}

BASE = "https://fhir.health.example/r4"


@pytest.mark.parametrize("url", ALLOWED)
def test_a_plain_address_is_allowed(url: str) -> None:
    assert check_source_url(url) == url


@pytest.mark.parametrize("name", REFUSED)
def test_an_ambiguous_or_inner_address_is_refused_without_being_repeated(name: str) -> None:
    with pytest.raises(ValueError, match=r"^url: expected ") as raised:
        check_source_url(REFUSED[name])
    told = str(raised.value)
    assert not REFUSED[name] or REFUSED[name] not in told
    assert raised.value.__suppress_context__ or raised.value.__cause__ is None


def test_a_client_is_not_made_for_a_refused_address() -> None:
    with pytest.raises(ValueError, match="user name"):
        SourceClient("https://ok@127.0.0.1/")


@pytest.mark.parametrize(
    ("link", "absolute"),
    [
        (f"{BASE}/Patient?page=2", f"{BASE}/Patient?page=2"),
        ("https://fhir.health.example:443/r4/Patient", "https://fhir.health.example:443/r4/Patient"),
        ("Patient?page=2", f"{BASE}/Patient?page=2"),
        ("?_getpages=7", f"{BASE}/?_getpages=7"),
    ],
    ids=["absolute", "default-port", "relative", "query-only"],
)
async def test_a_link_below_the_base_is_kept(link: str, absolute: str) -> None:
    client = SourceClient(BASE)
    assert client.locate(link) == absolute
    await client.close()


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/r4/Patient",
        "http://fhir.health.example/r4/Patient",
        "https://fhir.health.example:8443/r4/Patient",
        "https://fhir.health.example/r4evil/Patient",
        "https://fhir.health.example/r4",
        "https://x@fhir.health.example/r4/Patient",
        "https://fhir.health.example/r4/../admin",
        "https://fhir.health.example/r4/%2E%2e/admin",
        "https://fhir.health.example/r4/..%2fadmin",
        "../admin",
        "/admin",
        "//evil.example/r4/Patient",
        "https://fhir.health.example\\@evil.example/r4/Patient",
        "https://fhir.health.example/r4/Patient#x",
        "https://fhir.health.example/r4/Patient page",
        "javascript:alert(1)",
        "",
    ],
)
async def test_a_link_that_leaves_the_base_is_a_mismatch(link: str) -> None:
    client = SourceClient(BASE)
    with pytest.raises(SourceError) as raised:
        client.locate(link)
    assert raised.value.fault is Fault.MISMATCH
    await client.close()
