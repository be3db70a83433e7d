"""Where clients find the Store API: the index, and its OpenAPI document."""

from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from rest_framework.test import APIClient

from wallet_service.api.walletpro.store.urls import document, router

ROUTES = {
    "/wc/store/v1/walletpro/balance": ["GET"],
    "/wc/store/v1/walletpro/apply": ["POST"],
    "/wc/store/v1/walletpro/remove": ["POST"],
    "/wc/store/v1/walletpro/redeem": ["POST"],
}


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return document.make("https://shop.example")


@pytest.mark.django_db
def test_the_index_lists_it(stranger: APIClient):
    index = stranger.get("/wp-json/").json()

    assert "wc/store/v1" in index["namespaces"]
    listed = {pattern: entry["methods"] for pattern, entry in index["routes"].items() if entry["namespace"] == "wc/store/v1"}
    assert listed == {"/wc/store/v1": ["GET"], "/wc/store/v1/openapi.json": ["GET"], **ROUTES}
    assert index["routes"]["/wc/store/v1/walletpro/balance"]["_links"] == {
        "self": [{"href": "http://testserver/wp-json/wc/store/v1/walletpro/balance"}]
    }


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["", "/openapi.json", "/walletpro", "/walletpro/openapi.json", "/walletpro/"])
def test_its_document_is_served_to_anybody(stranger: APIClient, path: str):
    response = stranger.get(f"/wp-json/wc/store/v1{path}")

    assert response.json() == document.make("http://testserver")
    assert response.json()["servers"] == [{"url": "http://testserver/wp-json/wc/store/v1"}]


def test_the_document_holds_exactly_the_live_routes(made: dict[str, Any]):
    assert {path: [verb.upper() for verb in verbs] for path, verbs in made["paths"].items()} == {
        pattern.removeprefix("/wc/store/v1"): verbs for pattern, verbs in ROUTES.items()
    }
    assert {pattern for pattern, _viewset, _mapping in router.live_routes()} == set(ROUTES)
    names = [operation["operationId"] for verbs in made["paths"].values() for operation in verbs.values()]
    assert sorted(names) == ["applyToOrder", "getStoreBalance", "redeemAtCheckout", "removeFromOrder"]


def test_a_strict_validator_takes_it(made: dict[str, Any]):
    assert [error.message for error in OpenAPIV31SpecValidator(made).iter_errors()] == []


def test_the_ways_in(made: dict[str, Any]):
    for verbs in made["paths"].values():
        for verb, operation in verbs.items():
            needed: dict[str, list[Any]] = {"storeSession": []} if verb == "get" else {"storeSession": [], "storeNonce": []}
            assert operation["security"] == [needed]
    schemes = made["components"]["securitySchemes"]
    assert {name: (scheme["in"], scheme["name"]) for name, scheme in schemes.items()} == {
        "storeSession": ("cookie", "sessionid"),
        "storeNonce": ("header", "Nonce"),
    }


def test_every_answer_names_the_nonce_that_goes_back(made: dict[str, Any]):
    for verbs in made["paths"].values():
        for operation in verbs.values():
            for response in operation["responses"].values():
                assert {"Nonce", "X-WP-Nonce"} <= set(response["headers"])
