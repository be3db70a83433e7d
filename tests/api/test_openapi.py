"""The OpenAPI document of walletpro/v1. That real answers are as it says is checked in every test of this folder (conftest)."""

import json
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from drf_spectacular.drainage import GENERATOR_STATS
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from rest_framework.test import APIClient

from tests.api.conftest import V1, Documented
from wallet_service.api.bodies import InvalidJson
from wallet_service.api.walletpro.errors import ANSWERS
from wallet_service.api.walletpro.fields import wallet_row
from wallet_service.api.walletpro.urls import document, router

SITE = "https://shop.example"
PROJECT = Path(__file__).parents[2]
WAYS_IN: list[dict[str, Any]] = [
    {"basic": []},
    {"consumerKey": [], "consumerSecret": []},
    {"oauthConsumerKey": [], "oauthNonce": [], "oauthSignature": [], "oauthSignatureMethod": [], "oauthTimestamp": []},
    {"sessionCookie": [], "nonce": []},
]
# No documented call leads to it.
UNDOCUMENTED = {"rest_callback_disabled"}
# The routes that move money, and so take an idempotency key.
MOVING = (
    "/credit",
    "/debit",
    "/holds",
    "/capture",
    "/holds/{id}/void",
    "/reverse",
    "/codes",
    "/redeem",
    "/transfers",
    "/accept",
    "/topups",
)
WITHOUT_ARGUMENTS = {
    *("/codes/{code}/void", "/money_requests/{id}/decline", "/money_requests/{id}/cancel"),
    *("/webhooks/{id}/test", "/webhooks/{id}/resume", "/webhooks/{id}/skip"),
}
LISTS = {
    "/wallets",
    "/transactions",
    "/codes",
    "/money_requests",
    "/topups",
    "/payment_methods",
    "/point-packages",
    "/checkpoints",
    "/checkpoints/keys",
    "/webhooks",
}


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return document.make(SITE)


def operations(made: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, verbs in made["paths"].items():
        for verb, operation in verbs.items():
            yield path, verb, operation


def bodies(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for status, response in operation["responses"].items():
        yield status, response["content"]["application/json"]


def examples_of(made: dict[str, Any], body: dict[str, Any]) -> list[Any]:
    """The examples of a body; those of errors are shared, and stand in the document's components."""
    shared = made["components"]["examples"]
    return [shared[name]["value"] if "$ref" in shown else shown["value"] for name, shown in body["examples"].items()]


def test_a_strict_validator_takes_it(made: dict[str, Any]):
    errors = [error.message for error in OpenAPIV31SpecValidator(made).iter_errors()]

    assert errors == []
    assert made["openapi"] == "3.1.1"


@pytest.mark.parametrize("name", ["cmmpexapi-v1", "wc-store-v1", "wkwc_wallet-v1", "wkwp-wallet-v1"])
def test_a_strict_validator_takes_the_others(name: str):
    """As they stand in docs/openapi; that they stand there as they are made is a step of `make check`."""
    written = json.loads((PROJECT / "docs" / "openapi" / f"{name}.json").read_text())

    assert [error.message for error in OpenAPIV31SpecValidator(written).iter_errors()] == []


def test_it_is_made_without_a_warning(capsys: pytest.CaptureFixture[str]):
    GENERATOR_STATS.reset()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        document.make(SITE)

    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache
    assert capsys.readouterr().err == ""


def test_it_holds_exactly_the_live_routes(made: dict[str, Any]):
    live = {
        (re.sub(r"\(\?P<(\w+)>[^()]+\)", r"{\1}", pattern.removeprefix("/walletpro/v1")), verb)
        for pattern, _viewset, mapping in router.live_routes()
        for verb in mapping
    }

    assert {(path, verb) for path, verb, _operation in operations(made)} == live


def test_the_verbs_of_a_path_are_in_the_same_order_in_every_process(made: dict[str, Any]):
    assert [list(verbs) for verbs in made["paths"].values()] == [
        sorted(verbs, key=["get", "post", "put", "patch", "delete"].index) for verbs in made["paths"].values()
    ]


def test_every_operation_has_a_name_of_its_own(made: dict[str, Any]):
    names = [operation["operationId"] for _path, _verb, operation in operations(made)]

    assert sorted(names) == [
        "acceptMoneyRequest", "askForMoney", "cancelMoneyRequest", "captureHold", "createWebhook", "creditWallet",
        "debitWallet", "declineMoneyRequest", "deletePaymentMethod", "deleteWebhook", "generateCodes", "getCheckpoint",
        "getEvent", "getHold", "getLatestCheckpoint", "getMyWallet", "getTopup", "getTopupOptions", "getTransaction",
        "getTransactionReceipt", "getWallet", "getWebhook", "listCheckpointKeys", "listCheckpoints", "listCodes",
        "listEventTypes", "listEvents", "listMoneyRequests", "listPaymentMethods", "listPointPackages", "listTopups",
        "listTransactions",
        "listWallets", "listWebhookAttempts", "listWebhookDeliveries", "listWebhooks", "openWallet", "placeHold",
        "redeemCode", "redeliverWebhookEvents", "resumeWebhook", "reverseTransaction", "rotateWebhookSecret", "sendTransfer",
        "skipWebhookEvents", "startTopup", "testWebhook", "updateWallet", "updateWalletByPatch", "updateWalletByPut",
        "updateWebhook", "updateWebhookByPatch", "updateWebhookByPut", "voidCode", "voidHold",
    ]  # fmt: skip


def test_the_ways_in(made: dict[str, Any]):
    for _path, _verb, operation in operations(made):
        assert operation["security"] == WAYS_IN
    assert set(made["components"]["securitySchemes"]) == {name for way in WAYS_IN for name in way}


def test_no_way_in_is_needed_where_the_operator_says_so(settings: Any):
    settings.CHECKPOINTS_PUBLIC = True
    made = document.make(SITE)
    open_ones = {op["operationId"] for _path, _verb, op in operations(made) if {} in op["security"]}

    assert open_ones == {"listCheckpoints", "getLatestCheckpoint", "getCheckpoint", "listCheckpointKeys"}
    for _path, _verb, operation in operations(made):
        said = operation["responses"].get("401", {}).get("description", "")
        assert ("rest_not_logged_in" in said) is (operation["operationId"] not in open_ones)


def test_every_error_has_an_example(made: dict[str, Any]):
    for path, verb, operation in operations(made):
        for status, body in bodies(operation):
            if status >= "400":
                examples = examples_of(made, body)
                assert body["schema"] == {"$ref": "#/components/schemas/ApiError"}
                assert {example["data"]["status"] for example in examples} == {int(status)}, (path, verb)
                described = operation["responses"][status]["description"]
                assert described == ", ".join(f"`{example['code']}`" for example in examples)


def test_every_success_has_an_example_of_its_shape(made: dict[str, Any]):
    strict = Documented(made)
    for _path, _verb, operation in operations(made):
        for status, body in bodies(operation):
            if status < "400":
                assert body["examples"]
                for example in body["examples"].values():
                    strict.validate(body["schema"], example["value"])


def test_every_request_has_an_example_that_its_schema_takes(made: dict[str, Any]):
    for path, verb, operation in operations(made):
        # A void of a code takes nothing but what its path says.
        assert ("requestBody" in operation) is (verb not in {"get", "delete"} and path not in WITHOUT_ARGUMENTS), path
        if "requestBody" in operation:
            body = operation["requestBody"]["content"]["application/json"]
            whole = {**body["schema"], "components": made["components"]}
            for example in body["examples"].values():
                Draft202012Validator(whole).validate(example["value"])


def test_every_code_of_the_family_stands_somewhere(made: dict[str, Any]):
    """But for what nothing leads to yet: refusals of apps whose routes have not come."""
    found = {
        example["code"]
        for _path, _verb, operation in operations(made)
        for status, body in bodies(operation)
        if status >= "400"
        for example in examples_of(made, body)
    }
    # In the Store API's own document.
    found.add("walletpro_exceeds_total")
    # Of where payment providers tell what has happened (wallet_service/payment_notices.py), which is no route of REST.
    of_notices = {"walletpro_notice_not_authentic", "walletpro_notice_unreadable"}
    # Of what managers do to top-ups, in the admin.
    in_admin = {
        *("walletpro_topup_not_open", "walletpro_topup_not_completed", "walletpro_topup_under_way"),
        *("walletpro_topup_at_provider", "walletpro_refund_under_way", "walletpro_refund_exceeds_topup"),
        *("walletpro_payment_went_back", "walletpro_other_price", "walletpro_wallet_name_taken"),
    }
    # Of what only the other families' doors and the admin lead to: these apps, and paying by QR code.
    elsewhere = {
        answer.code
        for refusal, answer in ANSWERS.items()
        if refusal.__module__.split(".")[0] in {"bnpl", "kyc", "refunds", "withdrawals", "federation", "points", "analytics"}
    } - found
    elsewhere |= {"walletpro_qr_pay_disabled", "walletpro_passcode_needed"}
    # Of giving an order back, which they ask the ledger for.
    elsewhere |= {
        *("walletpro_order_open", "walletpro_order_not_paid", "walletpro_order_refunded", "walletpro_refund_exceeds_order"),
    }
    not_yet = {"walletpro_refused", "walletpro_not_pending"}
    # Of the step-up page, which says them in its own words.
    on_pages = {"walletpro_no_such_proof", "walletpro_passcode_expired", "walletpro_passcode_invalid", "walletpro_step_up_over"}

    assert {
        answer.code for answer in ANSWERS.values()
    } - found == UNDOCUMENTED | not_yet | on_pages | of_notices | in_admin | elsewhere
    assert {ANSWERS[RequestDataTooBig].code, ANSWERS[InvalidJson].code} <= found


def test_the_headers_of_answers(made: dict[str, Any]):
    for path, verb, operation in operations(made):
        for status, response in operation["responses"].items():
            names = set(response["headers"])
            assert {f"X-WalletPro-RateLimit-{name}" for name in ("Limit", "Remaining", "Reset")} <= names
            assert ("Retry-After" in names) is (status in {"409", "429", "503"})
            assert ("Idempotent-Replay" in names) is (status == "200" and verb == "post" and path.endswith(MOVING))
            assert ({"X-WP-Total", "X-WP-TotalPages", "Link"} <= names) is (status == "200" and verb == "get" and path in LISTS)
            assert ("Location" in names) is (status == "201" and path in {"/wallets", "/webhooks"})


def test_path_and_query_parameters(made: dict[str, Any]):
    for path, verb, operation in operations(made):
        parameters = {parameter["name"]: parameter for parameter in operation.get("parameters", [])}
        assert ("id" in parameters) is ("{id}" in path)
        if "id" in parameters:
            texts = {"/events/{id}": "^[0-9a-z_]+$", "/topups/{id}": "^[0-9A-Fa-f-]+$"}
            wanted = {"type": "string", "pattern": texts[path]} if path in texts else {"type": "integer", "minimum": 1}
            assert parameters["id"]["schema"] == wanted
        if verb != "get":
            assert set(parameters) <= {"id", "code"}
    listed = {parameter["name"]: parameter for parameter in made["paths"]["/transactions"]["get"]["parameters"]}
    assert list(listed) == ["wallet_id", "type", "after", "before", "page", "per_page"]
    assert (listed["type"]["style"], listed["type"]["explode"]) == ("form", False)
    assert listed["per_page"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 25}


def test_nothing_is_without_a_description(made: dict[str, Any]):
    assert made["info"]["version"] == settings.VERSION
    assert made["servers"] == [{"url": f"{SITE}/wp-json/walletpro/v1"}]
    assert [tag["name"] for tag in made["tags"] if not tag["description"]] == []
    assert [name for name, scheme in made["components"]["securitySchemes"].items() if not scheme["description"]] == []
    assert [name for name, header in made["components"]["headers"].items() if not header["description"]] == []
    for path, verb, operation in operations(made):
        assert operation["summary"], (path, verb)
        assert operation["description"], (path, verb)
        assert all(parameter["description"] for parameter in operation.get("parameters", [])), (path, verb)
        assert all(response["description"] for response in operation["responses"].values()), (path, verb)


def test_an_error_has_a_type_for_every_fact_that_it_tells(made: dict[str, Any]):
    data = made["components"]["schemas"]["ApiErrorData"]

    assert data["properties"]["balance"]["type"] == "string"
    assert data["properties"]["retry_after"]["type"] == "integer"
    for example in made["components"]["examples"].values():
        assert set(example["value"]["data"]) <= set(data["properties"])
        Documented(made).validate({"$ref": "#/components/schemas/ApiError"}, example["value"])


def test_a_body_is_needed_where_an_argument_is(made: dict[str, Any]):
    assert made["paths"]["/wallets/{id}/credit"]["post"]["requestBody"]["required"] is True
    assert made["paths"]["/holds/{id}/void"]["post"]["requestBody"]["required"] is False


def test_it_is_served_to_anybody_as_it_is_made(stranger: APIClient):
    served = stranger.get(f"{V1}/openapi.json")

    assert served.json() == json.loads(json.dumps(document.make("http://testserver")))


@pytest.mark.django_db
def test_the_check_of_real_answers_can_fail(as_alice: APIClient, monkeypatch: pytest.MonkeyPatch):
    for wrong in ({"undocumented": 1}, {"balance": 1}, {"created_at": "yesterday"}, {"status": "melted"}):
        monkeypatch.setattr(
            "wallet_service.api.walletpro.wallets.wallet_row", lambda row, wrong=wrong: {**wallet_row(row), **wrong}
        )
        with pytest.raises(AssertionError):
            as_alice.get(f"{V1}/wallets/me")
