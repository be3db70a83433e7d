"""The OpenAPI documents of both doors. That real answers are as they say is checked in every test of this folder (conftest)."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from rest_framework.test import APIClient

from tests.api.conftest import Documented
from tests.api.test_openapi import SITE, bodies, examples_of, operations
from tests.api.webkul.conftest import ADMIN, CUSTOMER
from wallet_service.api.documents import Document
from wallet_service.api.webkul.urls import admin_document, customer_document

SESSION: dict[str, Any] = {"sessionCookie": [], "nonce": []}
OAUTH: dict[str, Any] = {f"oauth{name}": [] for name in ("ConsumerKey", "Nonce", "Signature", "SignatureMethod", "Timestamp")}
WAYS_IN = {admin_document: [{"basic": []}, OAUTH, SESSION], customer_document: [SESSION]}
BOTH = pytest.mark.parametrize("document", WAYS_IN, ids=lambda document: document.router.namespace)


@BOTH
def test_a_strict_validator_takes_it_and_making_it_warns_of_nothing(document: Document, capsys: pytest.CaptureFixture[str]):
    GENERATOR_STATS.reset()
    made = document.make(SITE)

    assert [error.message for error in OpenAPIV31SpecValidator(json.loads(json.dumps(made, default=float))).iter_errors()] == []
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache
    assert capsys.readouterr().err == ""


@BOTH
def test_it_holds_exactly_the_live_routes_with_their_ways_in(document: Document):
    made = document.make(SITE)
    prefix = f"/{document.router.namespace}"
    live = {
        (re.sub(r"\(\?P<(\w+)>[^()]+\)", r"{\1}", pattern.removeprefix(prefix)), verb)
        for pattern, _viewset, mapping in document.router.live_routes()
        for verb in mapping
    }

    assert {(path, verb) for path, verb, _operation in operations(made)} == live
    names = [operation["operationId"] for _path, _verb, operation in operations(made)]
    assert len(names) == len(set(names))
    for path, verb, operation in operations(made):
        assert operation["security"] == WAYS_IN[document], path
        assert operation["summary"], (path, verb)
        assert operation["description"], (path, verb)
        assert all(parameter["description"] for parameter in operation.get("parameters", [])), (path, verb)


@BOTH
def test_every_answer_and_request_has_an_example_that_its_schema_takes(document: Document):
    made = document.make(SITE)
    strict = Documented(made)
    for path, verb, operation in operations(made):
        for status, body in bodies(operation):
            assert body["examples"], (path, verb, status)
            for example in examples_of(made, body):
                assert status < "400" or example["data"]["status"] == int(status)
                strict.validate(body["schema"], example["value"] if status < "400" and "value" in example else example)
        if "requestBody" in operation:
            [body] = operation["requestBody"]["content"].values()
            for shown in body["examples"].values():
                whole = {**body["schema"], "components": made["components"]}
                assert not list(Draft202012Validator(whole).iter_errors(shown["value"])), (path, verb)


@BOTH
def test_it_is_served_to_anybody_with_its_amounts_spelt_out(document: Document, stranger: APIClient):
    root = f"/wp-json/{document.router.namespace}"
    served, file = stranger.get(root), stranger.get(f"{root}/openapi.json")

    assert served.content == file.content
    assert json.loads(served.content, parse_float=Decimal) == document.make("http://testserver")
    assert b'"balance":1250.00' in served.content


def test_what_moves_money_takes_its_key_in_a_header(stranger: APIClient):
    made = stranger.get(f"{ADMIN}/openapi.json").json()
    for verb in ("credit", "debit"):
        operation = made["paths"][f"/wallets/{{user_id}}/{verb}"]["post"]
        [key] = [parameter for parameter in operation["parameters"] if parameter["in"] == "header"]
        assert (key["name"], key.get("required", False), key["schema"]["format"]) == ("Idempotency-Key", False, "uuid")
        assert "Idempotent-Replay" in operation["responses"]["200"]["headers"]
        assert {"422", "409", "503"} <= operation["responses"].keys()
    assert "/balance" in stranger.get(f"{CUSTOMER}/openapi.json").json()["paths"]
