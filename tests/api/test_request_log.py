"""Logged requests: everything but secrets, one statement more while it is on, nothing while it is off."""

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from apikeys.models import ApiKey
from audit.encoding import is_intact
from audit.models import RequestLog
from ledger.models import Entry
from ledger.verifying import verify
from people.models import User
from tests.api.conftest import V1
from tests.conftest import basic
from wallet_service.api import request_log
from wallet_service.api.redaction import REDACTED, SECRETS, cut, is_secret, safe_form, safe_json, safe_path
from wallet_service.api.request_log import RequestLogMiddleware
from wallet_service.forgetting_requests import forget_requests
from wallets.models import Wallet

Site = Callable[..., None]
Sql = Callable[[str], int]

pytestmark = pytest.mark.django_db


@pytest.fixture
def logging_on(site: Site) -> None:
    site(request_logging=True)


def only() -> RequestLog:
    (row,) = RequestLog.objects.all()
    return row


def findings() -> list[str]:
    return [str(finding) for finding in verify().findings if "logged request" in str(finding)]


class TestWhatIsKept:
    def test_nothing_unless_it_is_switched_on(self, as_manager: APIClient, wallet: Wallet):
        as_manager.get(f"{V1}/wallets/{wallet.pk}")

        assert not RequestLog.objects.exists()

    def test_a_credit_with_everything_about_it(
        self, as_manager: APIClient, wallet: Wallet, key_of: ApiKey, manager: User, logging_on: None
    ):
        body = {"amount": "500", "reason": "Sorry", "idempotency_key": str(uuid4())}
        answer = as_manager.post(f"{V1}/wallets/{wallet.pk}/credit?_locale=user", body, format="json", REMOTE_ADDR="192.0.2.7")

        row = only()
        assert (row.method, row.path, row.query) == ("POST", f"{V1}/wallets/{wallet.pk}/credit", "_locale=user")
        assert (row.operation, row.status, row.address) == ("creditWallet", 201, "192.0.2.7")
        assert (row.caller, row.user) == (f"key:{key_of.pk} user:{manager.pk}", manager)
        assert row.request_id == answer["X-Request-Id"]
        assert json.loads(row.request_body) == body
        assert row.response_body == answer.content.decode()
        assert 0 <= row.duration_ms < 60_000
        assert timedelta() <= timezone.now() - row.at < timedelta(minutes=1)

    @pytest.mark.parametrize(
        ("call", "status"),
        [
            (lambda client: client.get(f"{V1}/wallets/me"), 401),
            (lambda client: client.get(f"{V1}/wallets/me", **basic("ck_x", "cs_wrong-secret")), 401),
            (lambda client: client.get("/wp-json/nothing/at/all/"), 404),
            (lambda client: client.delete(f"{V1}/wallets"), 404),
            (lambda client: client.get("/wp-json/"), 200),
            (lambda client: client.get(f"{V1}/wallets/me", HTTP_HOST="elsewhere.example"), 400),
        ],
        ids=["stranger", "wrong secret", "no route", "wrong verb", "index", "another's host"],
    )
    def test_refusals_and_paths_that_are_none(self, client: Client, logging_on: None, call: Callable[..., Any], status: int):
        call(client)

        row = only()
        assert (row.status, row.caller, row.user) == (status, "stranger", None)
        assert "wrong-secret" not in str(vars(row))

    def test_a_bug_of_ours(self, as_manager: APIClient, logging_on: None, monkeypatch: pytest.MonkeyPatch):
        as_manager.raise_request_exception = False
        monkeypatch.setattr("rest_framework.views.APIView.initialize_request", lambda *args, **rest: 1 / 0)

        assert as_manager.get(f"{V1}/wallets/me").status_code == 500
        assert only().status == 500
        assert json.loads(only().response_body)["code"] == "internal_server_error"

    def test_a_replay(self, as_manager: APIClient, wallet: Wallet, logging_on: None):
        body = {"amount": "500", "reason": "Sorry", "idempotency_key": str(uuid4())}
        for _ in range(2):
            as_manager.post(f"{V1}/wallets/{wallet.pk}/credit", body, format="json")

        first, second = RequestLog.objects.order_by("at")
        assert (first.status, second.status) == (201, 200)
        assert json.loads(second.response_body)["code"] == "walletpro_idempotent_replay"

    def test_the_verb_that_was_meant(self, as_manager: APIClient, wallet: Wallet, logging_on: None):
        as_manager.post(f"{V1}/wallets/{wallet.pk}?_method=get")

        assert (only().method, only().operation) == ("GET", "getWallet")

    @pytest.mark.parametrize("how", ["head", "overridden"])
    def test_a_head_has_no_body(self, as_manager: APIClient, wallet: Wallet, logging_on: None, how: str):
        path = f"{V1}/wallets/{wallet.pk}"
        response = as_manager.head(path) if how == "head" else as_manager.post(f"{path}?_method=HEAD")

        assert response.status_code == 200
        assert (only().method, only().response_body) == ("HEAD", "")

    def test_pages_are_not_logged(self, client: Client, logging_on: None):
        client.get("/")
        client.get("/account/login/")
        client.get("/wp-jsonx")

        assert not RequestLog.objects.exists()

    def test_a_streamed_answer_is_named_and_sent(self, logging_on: None):
        request = RequestFactory().get("/wp-json/x")
        response = RequestLogMiddleware(lambda request: StreamingHttpResponse(iter([b"a", b"b"])))(request)  # type: ignore[arg-type,return-value]

        assert b"".join(response) == b"ab"
        assert only().response_body == "[streamed, not kept]"

    def test_an_image_is_named_by_its_type(self, logging_on: None):
        RequestLogMiddleware(lambda request: HttpResponse(b"\x89PNG\0", content_type="image/png"))(
            RequestFactory().get("/wp-json/x")
        )

        assert only().response_body == "[image/png, 5 bytes, not kept]"


ODD_BODIES = [
    (b'{"amount": "\\u0000"}', "application/json"),
    (b'{"amount": "\x00"}', "application/json"),
    (b'{"amount": "\\ud800"}', "application/json"),
    (b"\xff\xfe\x00", "application/json"),
    (b'{"amount": ' + b"[" * 2000, "application/json"),
    (b"[" * 100_000 + b"]" * 100_000, "application/json"),
    (b'{"amount": ' + b"9" * 10_000 + b"}", "application/json"),
    (b"null", "application/json"),
    (b"", "application/json"),
    (b"amount=%00&reason=%ff", "application/x-www-form-urlencoded"),
    (b"&".join(b"a%d=1" % number for number in range(2000)), "application/x-www-form-urlencoded"),
    (b"x" * 2_000_000, "application/json"),
    (b"\0\xff", "image/png"),
    (b"--x", "multipart/form-data; boundary=y"),
    (b"--x", "multipart/form-data"),
    (b"x", "x" * 3000),
    (b"x", ""),
]


@pytest.mark.parametrize(("body", "content_type"), ODD_BODIES)
def test_an_odd_body_is_answered_as_without_the_log(
    as_manager: APIClient, wallet: Wallet, site: Site, body: Any, content_type: str, caplog: pytest.LogCaptureFixture
):
    path = f"{V1}/wallets/{wallet.pk}/credit"
    answers = []
    for is_on in (False, True):
        site(request_logging=is_on)
        answers.append(as_manager.generic("POST", path, body, content_type=content_type))

    assert answers[0].status_code == answers[1].status_code < 500
    assert answers[0].content == answers[1].content
    assert len(only().request_body.encode()) < 9000
    assert "could not be logged" not in caplog.text


@pytest.mark.parametrize(
    "path", ["/wp-json/%00", "/wp-json/%ff", "/wp-json/" + "x" * 5000, "/wp-json/?a=%00", "/wp-json/?" + "a&" * 3000]
)
def test_an_odd_address_is_answered_and_kept(client: Client, logging_on: None, path: str):
    assert client.get(path).status_code < 500
    assert only().status < 500


class TestSecrets:
    def test_none_of_the_ways_in_is_kept(
        self, as_manager: APIClient, client: Client, manager: User, key_of: ApiKey, logging_on: None
    ):
        secret = "cs_" + "5ec12e7" * 6
        query = {"consumer_key": key_of.consumer_key, "consumer_secret": secret, "oauth_signature": secret, "_wpnonce": secret}
        client.get(f"{V1}/wallets/me", query)
        client.get(f"{V1}/wallets/me", **basic(key_of.consumer_key, secret))
        client.get(f"{V1}/wallets/me", HTTP_X_WP_NONCE=secret)
        client.get(f"{V1}/wallets/me", HTTP_AUTHORIZATION=f"Bearer {secret}")
        client.post("/wp-json/cmmpexapi/v1/charge", {"key": secret, "points": 5})
        client.post("/wp-json/cmmpexapi/v1/charge?key=" + secret, {"key": secret}, content_type="application/json")

        assert RequestLog.objects.count() == 6
        for row in RequestLog.objects.all():
            assert secret not in str(vars(row))
            assert key_of.consumer_key not in str(vars(row))
        assert RequestLog.objects.filter(query__contains="consumer_secret=[redacted]").exists()

    @pytest.mark.parametrize(
        "path",
        [
            f"{V1}/codes/GIFT-ABCD1234EFGH/redeem",
            f"{V1}/codes/GIFT-ABCD1234EFGH/void/",
            f"{V1}/codes/GIFT-ABCD1234EFGH",
            # Blanks do not count in a code, and it may be spelled with anything that a path takes.
            f"{V1}/codes/GI%20GIFT-ABCD1234EFGH/redeem",
            f"{V1}/codes/GI%3FGIFT-ABCD1234EFGH/redeem",
            f"{V1}/codes/GI%22%5C%23GIFT-ABCD1234EFGH",
            "/wp-json/WALLETPRO/v1/Codes/GIFT-ABCD1234EFGH/redem",
            "/wp-json/wkwc_wallet/v1/verify_otp/GIFT-ABCD1234EFGH",
        ],
    )
    def test_a_code_in_the_path_is_not_kept(self, client: Client, logging_on: None, path: str):
        client.post(path)

        assert "ABCD1234" not in str(vars(only()))
        assert REDACTED in only().path

    @pytest.mark.parametrize("name", sorted(SECRETS))
    def test_a_name_of_the_table_is_redacted_wherever_it_stands(self, name: str):
        body = json.dumps({"a": [{name.upper(): "hidden"}], name: {"x": ["hidden"]}}).encode()

        assert "hidden" not in safe_json(body)
        # An answer's `details` say what was wrong with each argument.
        assert ("hidden" in safe_json(body, is_answer=True)) is (name == "details")
        assert "hidden" not in safe_form(QueryDict(f"{name}=hidden&{name}[]=hidden&x[{name}]=hidden"))

    @pytest.mark.parametrize("name", ["new_password", "X-WP-Nonce", "qr_token", "oauth_signature", "Consumer_Secret", " otp "])
    def test_so_are_names_that_end_alike(self, name: str):
        assert is_secret(name)

    @pytest.mark.parametrize("name", ["amount", "idempotency_key", "reason", "currency", "keys", "oauth_timestamp"])
    def test_others_are_kept(self, name: str):
        assert not is_secret(name)

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ('"https://ada:pw@books.example/t0p?k=v"', '"https://books.example/[redacted]"'),
            ('"nonsense"', '"[redacted]"'),
            ('"https://[::1/t0p"', '"[redacted]"'),
            ('["https://books.example/t0p"]', '"[redacted]"'),
            *(("5", '"[redacted]"'), ("null", "null"), ('{"pin":"1","a":2}', '{"pin":"[redacted]","a":2}')),
        ],
    )
    def test_of_an_address_the_host_is_kept(self, given: str, kept: str):
        assert safe_json(f'{{"URL":{given}}}'.encode()) == f'{{"URL":{kept}}}'

    def test_a_code_in_an_answer_is_hidden_and_an_errors_is_not(self):
        made = {"codes": [{"code": "GIFT-ABCD", "amount": "5"}], "count": 1}
        error = {"code": "rest_forbidden", "message": "No.", "data": {"status": 403}}

        assert safe_json(json.dumps(made).encode(), is_answer=True) == '{"codes":[{"code":"[redacted]","amount":"5"}],"count":1}'
        assert "rest_forbidden" in safe_json(json.dumps(error).encode(), is_answer=True)
        assert "rest_forbidden" not in safe_json(json.dumps(error).encode())

    def test_a_replay_hides_the_codes_within(self):
        error = {"code": "walletpro_idempotent_replay", "message": "m", "data": {"status": 200}}
        replay = {"codes": [{"code": "GIFT-ABCD"}], **error}

        kept = safe_json(json.dumps(replay).encode(), is_answer=True)
        assert "GIFT" not in kept
        assert "walletpro_idempotent_replay" in kept

    def test_a_path_within_an_answer_too(self):
        kept = safe_json(b'{"href":"https://x/wp-json/walletpro/v1/codes/GIFT-ABCD/redeem"}', is_answer=True)

        assert kept == '{"href":"https://x/wp-json/walletpro/v1/codes/[redacted]/redeem"}'
        assert safe_path("/wp-json/walletpro/v1/codes") == "/wp-json/walletpro/v1/codes"

    def test_a_body_that_cannot_be_read_is_not_kept(self):
        assert safe_json(b'{"password": "hidden"') == "[no JSON, 21 bytes, not kept]"

    def test_numbers_stay_as_they_were_written(self):
        body = '{"a":1250.00,"b":[1e5,-0,12345678901234567890123]}'

        assert safe_json(body.encode()) == body

    def test_what_is_long_is_cut_behind_the_redaction(self):
        body = json.dumps({"password": "hidden" * 5000, "reason": "é" * 9000}).encode()
        kept = safe_json(body)

        assert "hidden" not in kept
        assert kept.endswith("… [cut: 18037 bytes]")
        assert len(kept.encode()) < 8 * 1024 + 40
        assert cut("short") == "short"


class TestProof:
    @pytest.fixture
    def row(self, client: Client, logging_on: None) -> RequestLog:
        client.get("/wp-json/")
        return only()

    def test_nothing_is_found_on_honest_rows(self, row: RequestLog, as_alice: APIClient):
        as_alice.get(f"{V1}/wallets/me")

        assert all(map(is_intact, RequestLog.objects.all()))
        assert findings() == []

    @pytest.mark.parametrize(
        "edit",
        [
            *("path = '/x'", "query = 'x'", "status = 201", "caller = 'x'", "request_body = 'x'", "response_body = 'x'"),
            *("user_id = 1", "method = 'PUT'", "duration_ms = 100000", "address = ''", "operation = 'x'", "request_id = ''"),
            *("at = at + interval '1 s'", "id = gen_random_uuid()", "version = 160", "mac = ''"),
        ],
    )
    def test_a_row_that_was_edited_is_named(self, row: RequestLog, sql: Sql, edit: str):
        sql(f"UPDATE audit_requestlog SET {edit}")

        assert findings() == [f"logged request {only().pk}: it does not carry the MAC of what it says"]

    def test_the_database_refuses_to_change_one(self, row: RequestLog):
        with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
            cursor.execute("UPDATE audit_requestlog SET status = 200")

    def test_rows_whose_time_is_over_are_forgotten(self, row: RequestLog, sql: Sql, site: Site, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("audit.requests.BATCH", 2)
        for days in (1, 13, 15, 16, 17):
            RequestLog.objects.bulk_create([_copy(row, days)])

        assert forget_requests() == 3
        assert RequestLog.objects.count() == 3
        site(request_log_days=1)
        assert forget_requests() == 2


def _copy(row: RequestLog, days: int) -> RequestLog:
    return RequestLog(**{**RequestLog.objects.values().get(pk=row.pk), "id": uuid4(), "at": row.at - timedelta(days=days)})


class TestCost:
    pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

    @pytest.mark.parametrize(("is_on", "more"), [(False, 0), (True, 1)])
    @pytest.mark.parametrize("what", ["money", "read", "stranger"])
    def test_one_statement_more_while_it_is_on(
        self, as_manager: APIClient, stranger: APIClient, wallet: Wallet, site: Site, is_on: bool, more: int, what: str
    ):
        def call() -> int:
            with CaptureQueriesContext(connection) as queries:
                if what == "stranger":
                    stranger.get("/wp-json/")
                elif what == "read":
                    as_manager.get(f"{V1}/wallets/{wallet.pk}")
                else:
                    as_manager.post(f"{V1}/wallets/{wallet.pk}/credit", {"amount": "5", "reason": "x"}, format="json")
            return len(queries.captured_queries)

        call()
        before = call()
        site(request_logging=is_on)
        # The settings are read anew behind a change, once.
        call()

        assert call() == before + more

    def test_the_answer_stands_where_it_cannot_be_written(
        self,
        as_manager: APIClient,
        wallet: Wallet,
        site: Site,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ):
        site(request_logging=True)

        def fail(row: RequestLog) -> None:
            raise OperationalError("the disk is full")

        monkeypatch.setattr(request_log, "keep_request", fail)
        with caplog.at_level(logging.ERROR):
            answer = as_manager.post(f"{V1}/wallets/{wallet.pk}/credit", {"amount": "5", "reason": "x"}, format="json")

        assert answer.status_code == 201
        assert Entry.objects.count() == 1
        assert "a request could not be logged" in caplog.text
        assert not RequestLog.objects.exists()

    def test_nor_where_the_table_is_gone(self, as_manager: APIClient, wallet: Wallet, site: Site, sql: Sql):
        site(request_logging=True)
        sql("ALTER TABLE audit_requestlog RENAME TO audit_gone")
        try:
            assert as_manager.get(f"{V1}/wallets/{wallet.pk}").status_code == 200
        finally:
            sql("ALTER TABLE audit_gone RENAME TO audit_requestlog")


def test_a_body_that_nobody_read_is_not_waited_for(client: Client, logging_on: None):
    """A stranger may take as long as he likes to send it."""

    class Never:
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("somebody waits for this body")

        readline = read

    for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"):
        extra: dict[str, Any] = {"wsgi.input": Never(), "CONTENT_LENGTH": "1000", "CONTENT_TYPE": kind}
        for path in ("/wp-json/walletpro/v1/wallets/1/credit", "/wp-json/wkwc_wallet/v1/send_otp", "/wp-json/nothing"):
            assert client.post(path, **extra).status_code in {401, 404}

    assert {row.request_body for row in RequestLog.objects.all()} == {"[not read, 1000 bytes, not kept]"}
