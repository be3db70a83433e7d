"""The habits of every WordPress route: slashes, verbs that stand for others, `_fields`, `_envelope`."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from ledger.models import Account, Entry
from tests.api.conftest import V1, nothing_moves, said
from wallet_service.api.wordpress import trim, wanted_fields
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

ME = f"{V1}/wallets/me"
LIST = f"{V1}/transactions"


@pytest.mark.parametrize("slashes", ["", "/", "//", "////"])
def test_slashes_at_the_end_make_no_difference_and_no_redirect(as_alice: APIClient, wallet: Wallet, slashes: str):
    assert as_alice.get(ME + slashes).json()["id"] == wallet.pk
    assert as_alice.get(f"{V1}/wallets/{wallet.pk}{slashes}?x=1").status_code == 200


def test_slashes_at_the_end_of_a_post(as_manager: APIClient, wallet: Wallet):
    body = {"amount": "5", "reason": "x"}

    assert as_manager.post(f"{V1}/wallets/{wallet.pk}/credit//", body, format="json").status_code == 201


@pytest.mark.parametrize(
    "path", ["/wp-json//walletpro/v1/wallets/me", "/wp-json/walletpro//v1/wallets", f"{V1}//wallets/me", f"{V1}/wallets//me"]
)
def test_double_slashes_inside_are_no_route(as_alice: APIClient, path: str):
    assert said(as_alice.get(path)) == (404, "rest_no_route")


def test_leading_zeros_of_an_id(as_alice: APIClient, wallet: Wallet):
    assert as_alice.get(f"{V1}/wallets/000{wallet.pk}").json()["id"] == wallet.pk


@pytest.mark.parametrize("number", ["0", "9" * 19, "9" * 20, "9" * 5000, str(2**63 - 1), str(2**63)])
@pytest.mark.parametrize("noun", ["wallets", "transactions"])
def test_an_id_that_no_row_has(as_manager: APIClient, noun: str, number: str):
    assert said(as_manager.get(f"{V1}/{noun}/{number}")) == (404, f"walletpro_{noun[:-1]}_not_found")


@pytest.mark.parametrize("verb", ["PUT", "patch", "Patch"])
def test_the_verb_may_come_in_query_or_header(as_alice: APIClient, wallet: Wallet, verb: str):
    path, body = f"{V1}/wallets/{wallet.pk}", {"auto_reload_threshold": "7"}

    assert as_alice.post(f"{path}?_method={verb}", body, format="json").status_code == 200
    assert as_alice.post(path, body, format="json", HTTP_X_HTTP_METHOD_OVERRIDE=verb).status_code == 200


def test_the_query_wins_over_the_header(as_manager: APIClient, wallet: Wallet):
    response = as_manager.post(f"{V1}/wallets?_method=GET", HTTP_X_HTTP_METHOD_OVERRIDE="DELETE")

    assert response.json()["meta"]["total"] == 1


@pytest.mark.parametrize("verb", ["", "DELETE", "FETCH", "POST ", "get,post"])
def test_a_verb_that_the_route_has_not(as_manager: APIClient, wallet: Wallet, verb: str):
    with nothing_moves():
        response = as_manager.post(f"{V1}/wallets/{wallet.pk}/credit?_method={verb}", {"amount": "5", "reason": "x"})

    assert said(response) == (404, "rest_no_route")


def test_a_get_stays_a_get(as_alice: APIClient, wallet: Wallet):
    """A link must not delete."""
    response = as_alice.get(f"{ME}?_method=DELETE", HTTP_X_HTTP_METHOD_OVERRIDE="DELETE")

    assert response.json()["id"] == wallet.pk


def test_method_in_a_body_is_an_argument_like_any_other(as_manager: APIClient, wallet: Wallet):
    body = {"_method": "DELETE", "amount": "5", "reason": "x"}

    assert as_manager.post(f"{V1}/wallets/{wallet.pk}/credit", body, format="json").status_code == 201
    assert as_manager.post(f"{V1}/wallets/{wallet.pk}/credit", body, format="multipart").status_code == 201


def test_a_delete_as_api_fetch_sends_it_is_no_json_error(as_manager: APIClient, wallet: Wallet):
    response = as_manager.post(
        f"{V1}/wallets/{wallet.pk}", b"", content_type="application/json", HTTP_X_HTTP_METHOD_OVERRIDE="DELETE"
    )

    assert said(response) == (404, "rest_no_route")
    assert response["Cache-Control"] == "no-cache, must-revalidate, max-age=0"


def test_head_and_options_as_overrides(as_alice: APIClient, wallet: Wallet):
    head = as_alice.post(f"{ME}?_method=HEAD")
    options = as_alice.post(f"{ME}?_method=OPTIONS")

    assert (head.status_code, head.content) == (200, b"")
    assert head["Content-Type"] == "application/json; charset=UTF-8"
    assert options.json()["methods"] == ["GET"]


@pytest.mark.parametrize(("path", "status"), [(ME, 200), (f"{LIST}?page=x", 400), (f"{V1}/wallets", 403), (f"{V1}/nothing", 404)])
def test_head_is_get_without_a_body(as_alice: APIClient, path: str, status: int):
    head, get = as_alice.head(path), as_alice.get(path)

    assert (head.status_code, head.content) == (status, b"")
    assert get.status_code == status
    differing = {"Content-Length": "", "X-Request-Id": ""}
    assert {**head.headers, **differing} == {**get.headers, **differing}


def test_head_of_a_route_that_only_posts(as_manager: APIClient, wallet: Wallet):
    assert as_manager.head(f"{V1}/wallets/{wallet.pk}/credit").status_code == 404


def test_options_is_the_routes_entry_for_anybody(stranger: Any):
    response = stranger.options(f"{V1}/wallets/42", b"{", content_type="application/json")
    body = response.json()

    assert response.status_code == 200
    assert response["Allow"] == "GET, POST, PUT, PATCH"
    assert body["namespace"] == "walletpro/v1"
    assert body["methods"] == ["GET", "POST", "PUT", "PATCH"]
    assert [endpoint["methods"] for endpoint in body["endpoints"]] == [["GET"], ["POST"], ["PUT"], ["PATCH"]]


@pytest.mark.parametrize("path", [f"{V1}/nothing", "/wp-json/nobody/v1"])
def test_options_of_a_path_that_is_no_route(stranger: APIClient, path: str):
    """A browser that gets a 404 to its preflight hides the real 404 from the page."""
    response = stranger.options(path)

    assert (response.status_code, response.json()) == (200, [])
    assert "Allow" not in response.headers


def test_options_refuses_a_wrong_nonce(stranger: APIClient):
    assert said(stranger.options(ME, HTTP_X_WP_NONCE="wrong")) == (403, "rest_cookie_invalid_nonce")


def test_the_path_wins_over_the_body(as_manager: APIClient, wallet: Wallet, bobs_wallet: Wallet):
    body = {"id": bobs_wallet.pk, "wallet_id": bobs_wallet.pk, "amount": "5", "reason": "x"}
    response = as_manager.post(f"{V1}/wallets/{wallet.pk}/credit?id={bobs_wallet.pk}", body, format="json")

    assert response.json()["wallet_id"] == wallet.pk


@pytest.mark.parametrize("form", ["json", "multipart"])
def test_the_body_wins_over_the_query(as_manager: APIClient, wallet: Wallet, form: str):
    path = f"{V1}/wallets/{wallet.pk}/credit?amount=1&reason=query"

    assert as_manager.post(path, {"amount": "5"}, format=form).json()["amount"] == "5"
    assert Entry.objects.get().reason == "query"


def test_everything_may_come_in_the_query(as_manager: APIClient, wallet: Wallet):
    assert as_manager.post(f"{V1}/wallets/{wallet.pk}/credit?amount=1&reason=query").status_code == 201


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"_fields": "id"}, ["id"]),
        ({"_fields": "currency,id"}, ["id", "currency"]),
        ({"_fields": " currency  id "}, ["id", "currency"]),
        ({"_fields[]": ["currency", "id"]}, ["id", "currency"]),
        ({"_fields": "id.deeper"}, ["id"]),
        ({"_fields": "ID,nothing"}, []),
    ],
)
def test_fields_trim_and_keep_the_answers_order(as_alice: APIClient, fields: dict[str, Any], kept: list[str]):
    assert list(as_alice.get(ME, fields).json()) == kept


@pytest.mark.parametrize("fields", ["", " ", ",", "&_fields[a]=id"])
def test_empty_fields_are_all_fields(as_alice: APIClient, fields: str):
    assert "balance" in as_alice.get(f"{ME}?_fields={fields}").json()


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ("data.id,meta.total", {"data": [{"id": 2}, {"id": 1}], "meta": {"total": 2}}),
        ("data", {"data": [{"id": 2, "to": {"a": 1, "b": 2}}, {"id": 1, "to": {"a": 3, "b": 4}}]}),
        ("data.to.a", {"data": [{"to": {"a": 1}}, {"to": {"a": 3}}]}),
        ("data.0.id", {"data": [{"id": 2}]}),
        ("data.1", {"data": [{"id": 1, "to": {"a": 3, "b": 4}}]}),
        ("data,data.id", {"data": [{"id": 2, "to": {"a": 1, "b": 2}}, {"id": 1, "to": {"a": 3, "b": 4}}]}),
        ("data.id,data,meta.total", None),
        ("meta.total.x", {"meta": {"total": 2}}),
        ("data.9.id", {"data": []}),
    ],
)
def test_fields_enter_lists(rf: Any, fields: str, shown: Any):
    answer = {"data": [{"id": 2, "to": {"a": 1, "b": 2}}, {"id": 1, "to": {"a": 3, "b": 4}}], "meta": {"total": 2}}
    request = type("Request", (), {"_request": rf.get("/", {"_fields": fields})})()
    wanted = wanted_fields(request)
    assert wanted is not None

    assert trim(answer, wanted) == (answer if shown is None else shown)


def test_fields_of_a_list(as_alice: APIClient, five: list[int]):
    response = as_alice.get(LIST, {"_fields": "data.id"})

    assert response.json() == {"data": [{"id": pk} for pk in five]}
    assert response["X-WP-Total"] == "5"


def test_fields_in_the_body(as_manager: APIClient, wallet: Wallet):
    body = {"amount": "5", "reason": "x", "_fields": "amount,balance_after"}

    assert as_manager.post(f"{V1}/wallets/{wallet.pk}/credit", body, format="json").json() == {
        "amount": "5",
        "balance_after": "5",
    }


def test_fields_leave_errors_whole(as_alice: APIClient):
    assert said(as_alice.get(f"{V1}/wallets?_fields=code")) == (403, "rest_forbidden")


@pytest.mark.parametrize("value", ["", "1", "false"])
def test_envelope(as_alice: APIClient, five: list[int], value: str):
    response = as_alice.get(f"{LIST}?per_page=2&page=2&_fields=meta&_envelope={value}")

    assert response.status_code == 200
    assert list(response.json()) == ["body", "status", "headers"]
    assert response.json()["body"] == {"meta": {"total": 5, "total_pages": 3, "page": 2, "per_page": 2}}
    assert response.json()["status"] == 200
    assert set(response.json()["headers"]) == {"Allow", "X-WP-Total", "X-WP-TotalPages", "Link"}
    assert response.json()["headers"]["X-WP-Total"] == 5
    assert 'rel="next"' in response.json()["headers"]["Link"]
    for moved in ("Allow", "X-WP-Total", "X-WP-TotalPages"):
        assert moved not in response.headers
    assert response["Link"] == '<http://testserver/wp-json/>; rel="https://api.w.org/"'
    assert response["Cache-Control"] == "no-cache, must-revalidate, max-age=0"


@pytest.mark.parametrize(
    ("path", "status", "code", "headers"),
    [
        (ME, 401, "rest_not_logged_in", {"Allow": "GET"}),
        (f"{V1}/nothing", 404, "rest_no_route", {}),
        (f"{V1}/wallets?consumer_key=x", 401, "walletpro_invalid_credentials", {}),
    ],
)
def test_envelope_of_an_error(stranger: APIClient, path: str, status: int, code: str, headers: dict[str, str]):
    response = stranger.get(f"{path}{'&' if '?' in path else '?'}_envelope")
    body = response.json()

    assert response.status_code == 200
    assert (body["status"], body["headers"]) == (status, headers)
    assert body["body"]["code"] == code
    assert body["body"]["data"]["status"] == status


def test_envelope_of_a_head(stranger: APIClient):
    response = stranger.head(f"{ME}?_envelope")

    assert (response.status_code, response.content) == (200, b"")


def test_envelope_keeps_a_credits_status(as_manager: APIClient, wallet: Wallet):
    response = as_manager.post(f"{V1}/wallets/{wallet.pk}/credit?_envelope", {"amount": "5", "reason": "x"}, format="json")

    assert (response.status_code, response.json()["status"], response.json()["body"]["amount"]) == (200, 201, "5")


def test_envelope_in_the_body_is_an_argument_like_any_other(as_manager: APIClient, wallet: Wallet):
    body = {"amount": "5", "reason": "x", "_envelope": "1"}

    assert as_manager.post(f"{V1}/wallets/{wallet.pk}/credit", body, format="json").status_code == 201


def test_an_empty_jsonp_is_ignored(as_alice: APIClient):
    assert as_alice.get(f"{ME}?_jsonp=").status_code == 200


def test_pretty_indents(as_alice: APIClient, as_manager: APIClient, wallet: Wallet):
    plain, pretty = as_alice.get(ME).content.decode(), as_alice.get(f"{ME}?_pretty").content.decode()
    credited = as_manager.post(f"{V1}/wallets/{wallet.pk}/credit?_pretty", {"amount": "5", "reason": "x"}).content.decode()

    assert "\n" not in plain
    assert pretty == json.dumps(json.loads(plain), indent=4)
    assert credited.startswith('{\n    "transaction_id"')


def test_text_goes_out_as_it_is(as_manager: APIClient, wallet: Wallet):
    response = as_manager.post(
        f"{V1}/wallets/{wallet.pk}/credit", {"amount": "5", "reason": 'Zoë "漢" 🙂 </script>'}, format="json"
    )

    assert response.json()["reason"] == 'Zoë "漢" 🙂 </script>'
    assert "漢".encode() in response.content


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense", "", "image/png;q=x"])
def test_json_whatever_the_caller_says_he_accepts(as_alice: APIClient, accept: str):
    response = as_alice.get(f"{ME}?format=xml", HTTP_ACCEPT=accept)

    assert (response.status_code, response["Content-Type"]) == (200, "application/json; charset=UTF-8")


@pytest.mark.parametrize("path", ["a." * 1000, "data." * 200 + "x", "." * 3000])
def test_fields_as_deep_as_can_be_do_not_fail_behind_the_work(as_manager: APIClient, wallet: Wallet, path: str):
    body = {"amount": "7", "reason": "deep", "_fields": path}
    answer = as_manager.post(f"/wp-json/walletpro/v1/wallets/{wallet.pk}/credit", body, format="json")

    assert answer.status_code == 201
    assert Account.objects.get(pk=wallet.pk).balance == 7
