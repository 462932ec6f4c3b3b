"""Failures as RFC 9457 problems."""

import json
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.problems import PROBLEMS, Code, Problem, key_name, problem_for_status, problem_of, render

CODES = typing.get_args(Code)


def test_every_code_has_exactly_one_kind() -> None:
    assert set(CODES) == set(PROBLEMS)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("malformed-json", 400),
        ("malformed-request", 400),
        ("misdirected-host", 400),
        ("invalid-token", 401),
        ("invalid-client", 401),
        ("forbidden", 403),
        ("case-not-open", 403),
        ("role-not-allowed", 403),
        ("not-a-party", 403),
        ("emergency-refused", 403),
        ("emergency-closed", 403),
        ("not-found", 404),
        ("method-not-allowed", 405),
        ("request-timeout", 408),
        ("conflict", 409),
        ("idempotency-key-reused", 409),
        ("precondition-failed", 412),
        ("body-too-large", 413),
        ("unsupported-media-type", 415),
        ("unprocessable", 422),
        ("precondition-required", 428),
        ("budget-exhausted", 429),
        ("headers-too-large", 431),
        ("internal", 500),
        ("not-recorded", 503),
    ],
)
def test_the_contract_fixes_the_status_of_each_code(code: Code, status: int) -> None:
    assert PROBLEMS[code].status == status


@pytest.mark.parametrize("code", CODES)
def test_a_problem_is_written_with_a_stable_type_and_never_cached(code: Code) -> None:
    rendered = render(Problem(code, "The rule."))
    members = json.loads(rendered.body)
    headers = dict(rendered.headers)
    assert members["type"] == f"urn:partner-gateway:problem:{code}"
    assert members["code"] == code
    assert members["status"] == rendered.status == PROBLEMS[code].status
    assert members["title"] == PROBLEMS[code].title
    assert members["detail"] == "The rule."
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("code", [code for code in CODES if PROBLEMS[code].status == 401])
def test_a_401_carries_a_challenge(code: Code) -> None:
    assert dict(render(Problem(code)).headers)["www-authenticate"].startswith("Bearer ")


def test_the_media_type_is_that_of_rfc_9457() -> None:
    assert dict(render(Problem("conflict")).headers)["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("invalid-client", "invalid_client"),
        ("malformed-request", "invalid_request"),
        ("unsupported-grant-type", "unsupported_grant_type"),
    ],
)
def test_the_token_endpoint_speaks_rfc_6749(code: Code, error: str) -> None:
    rendered = render(Problem(code, "Said so."), token_endpoint=True)
    members = json.loads(rendered.body)
    assert (members["error"], members["error_description"]) == (error, "Said so.")
    assert members["code"] == code
    assert dict(rendered.headers)["content-type"] == "application/json"


def test_elsewhere_a_malformed_request_is_no_oauth_error() -> None:
    assert "error" not in json.loads(render(Problem("malformed-request")).body)


def test_retry_after_and_reasons_are_written() -> None:
    problem = Problem("budget-exhausted", retry_after=60, reasons=[{"code": "day", "text": "Tomorrow."}])
    rendered = render(problem)
    assert dict(rendered.headers)["retry-after"] == "60"
    assert json.loads(rendered.body)["reasons"] == [{"code": "day", "text": "Tomorrow."}]


def test_the_reason_for_the_log_stays_out_of_the_answer() -> None:
    rendered = render(Problem("invalid-token", "No.", reason="signature-wrong"))
    assert b"signature-wrong" not in rendered.body
    assert "signature-wrong" not in repr(rendered.headers)


def test_an_unexpected_exception_becomes_internal_and_says_nothing() -> None:
    rendered = render(problem_of(ValueError("Daniel Okafor")))
    assert rendered.status == 500
    assert b"Okafor" not in rendered.body
    assert "detail" not in json.loads(rendered.body)


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 429, 431, 500, 503]
)
def test_a_bare_status_keeps_its_number(status: int) -> None:
    assert problem_for_status(status).kind.status == status


def test_a_status_without_a_problem_of_its_own_falls_to_the_nearest() -> None:
    assert [problem_for_status(status).kind.status for status in (402, 418, 502, 504)] == [400, 400, 500, 500]


def test_a_place_in_a_document_is_named() -> None:
    assert key_name("subject", "identifiers", 0, "value") == "subject.identifiers[0].value"


@given(st.text().filter(lambda text: not set(text) <= set("abcdefghijklmnopqrstuvwxyz_") or not text))
def test_a_key_that_may_hold_data_is_not_named(key: str) -> None:
    assert key_name("subject", key) == "subject.(unnamed key)"


@pytest.mark.parametrize("key", ["x" * 65, "a\n", "Okafor", "käse", ""])
def test_a_key_outside_the_rule_is_not_named(key: str) -> None:
    assert key_name(key) == "(unnamed key)"
