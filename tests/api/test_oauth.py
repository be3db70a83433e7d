"""WooCommerce's one-legged OAuth 1.0a: a key that signs its calls (contract.md 1, "Who may call")."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from apikeys.models import NONCE_LIFETIME, ApiKey, OauthNonce
from apikeys.services import make_application_password, mint_key, revoke
from ledger.models import Entry
from people.models import User
from tests.api.conftest import V1, nonce_of, nothing_moves, said
from tests.api.oauth_signing import Pairs, in_header, signed_pairs, with_query
from tests.conftest import basic
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

ME = f"{V1}/wallets/me"
SITE = "http://testserver"
HERE = "127.0.0.1"
REFUSED = (401, "walletpro_invalid_credentials")
NAMES = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method")
STRANGER = (401, "rest_not_logged_in")
ELSEWHERE = (403, "forbidden_caller_ip")


@pytest.fixture
def middle_of_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """No window of the limits ends within the test."""
    ends = int(time.time()) + 59
    monkeypatch.setattr("django_ratelimit.core._get_window", lambda value, period: ends)


class Signer:
    """A client that signs its calls with a key, by our own reading of the standard."""

    def __init__(self, key: ApiKey, secret: str) -> None:
        self.key = key
        self.secret = secret
        self.client = APIClient()

    def pairs(self, path: str, verb: str = "GET", parameters: Pairs | None = None, site: str = SITE, **oauth: Any) -> Pairs:
        who = {"key": self.key.consumer_key, "secret": self.secret}
        return signed_pairs(verb, site + path, parameters or [], **{**who, **oauth})

    def url(self, path: str, verb: str = "GET", parameters: Pairs | None = None, **oauth: Any) -> str:
        return with_query(path, parameters or [], self.pairs(path, verb, parameters, **oauth))

    def get(self, path: str, parameters: Pairs | None = None, **oauth: Any) -> Any:
        return self.client.get(self.url(path, "GET", parameters, **oauth))

    def send(self, verb: str, path: str, body: Any = None, **extra: Any) -> Any:
        send = getattr(self.client, verb.lower())
        return send(self.url(path, verb.upper()), body, format="json", **extra)


@pytest.fixture
def signer_of() -> Callable[..., Signer]:
    """`signer_of(alice, "read")`: with a new key of hers that may sign."""

    def signer_of(owner: User, scope: str = "read_write", **extra: Any) -> Signer:
        return Signer(*mint_key(owner=owner, scope=scope, description="test", **{"oauth_enabled": True, **extra}))

    return signer_of


@pytest.fixture
def signer(alice: User, signer_of: Callable[..., Signer]) -> Signer:
    """Signs with a key of Alice's, which lists the tests' address."""
    return signer_of(alice, allowed_ips=[HERE])


def as_user(response: Any) -> int | None:
    return response.json()["user_id"] if response.status_code == 200 else None


class TestASignature:
    @pytest.mark.parametrize("algorithm", ["SHA256", "SHA1"])
    def test_in_the_query_is_its_keys_owner(self, signer: Signer, alice: User, algorithm: str):
        assert as_user(signer.get(ME, algorithm=algorithm)) == alice.pk

    @pytest.mark.parametrize("algorithm", ["SHA256", "SHA1"])
    def test_in_the_header_is_its_keys_owner(self, signer: Signer, alice: User, algorithm: str):
        header = in_header(signer.pairs(ME, parameters=[("currency", "USD")], algorithm=algorithm))

        assert as_user(signer.client.get(f"{ME}?currency=USD", HTTP_AUTHORIZATION=header)) == alice.pk

    def test_in_a_header_as_other_programs_write_it(self, signer: Signer, alice: User):
        """A realm, which is not signed; another case; no blank behind a comma."""
        pairs = signer.pairs(ME, oauth_version="1.0")
        header = in_header([("realm", "http://testserver/"), *pairs]).replace("OAuth ", "oauth ").replace(", ", ",")

        assert as_user(signer.client.get(ME, HTTP_AUTHORIZATION=header)) == alice.pk

    def test_acts_for_the_key_as_basic_does(self, signer: Signer, wallet: Wallet, give: Callable[..., Entry], manager: User):
        managers = Signer(*mint_key(owner=manager, scope="read_write", description="t", allowed_ips=[HERE], oauth_enabled=True))
        response = managers.send("post", f"{V1}/wallets/{wallet.pk}/credit", {"amount": "5", "reason": "x"})

        assert response.status_code == 201
        assert Entry.objects.get().actor == f"key:{managers.key.pk} user:{manager.pk}"
        assert ApiKey.objects.get(pk=managers.key.pk).last_used_ip == HERE

    @pytest.mark.parametrize(
        "parameters",
        [
            [("currency", "USD"), ("_locale", "user")],
            [("x", "Zoë & Söhne, 100 % ~-._!*'()"), ("ü", "+")],
            [("x", "a/b"), ("y", "")],
            [("filter[limit]", "5"), ("filter1", "z"), ("Filter", "z")],
            [("x[]", "2"), ("x[]", "1")],
            [("x", "%41"), ("y", "a=b&c")],
        ],
        ids=str,
    )
    def test_covers_the_query(self, signer: Signer, parameters: Pairs):
        assert signer.get(ME, parameters).status_code == 200

    def test_holds_where_clients_repeat_every_parameter(self, signer: Signer):
        """They append them a second time; the last one counts, for the signature and for the call."""
        asked = [("currency", "USD"), ("_fields", "user_id")]

        assert signer.client.get(signer.url(ME, parameters=asked) + "&currency=USD&_fields=user_id").json().keys() == {"user_id"}
        earlier = with_query(ME, [("currency", "EUR")], asked, signer.pairs(ME, parameters=asked))
        assert signer.client.get(earlier).status_code == 200
        later = signer.url(ME, parameters=asked) + "&currency=EUR"
        assert said(signer.client.get(later)) == REFUSED

    def test_covers_every_item_of_a_list(self, signer: Signer):
        url = signer.url(ME, parameters=[("_fields[]", "user_id")])

        assert said(signer.client.get(url.replace("?", "?_fields[]=id&"))) == REFUSED

    def test_covers_a_form(self, signer: Signer, wallet: Wallet):
        path, form = f"{V1}/wallets/{wallet.pk}", "application/x-www-form-urlencoded"
        url = with_query(path, signer.pairs(path, "POST", [("auto_reload_threshold", "5")]))

        with nothing_moves():
            assert said(signer.client.post(url, "auto_reload_threshold=6", content_type=form)) == REFUSED
        assert signer.client.post(url, "auto_reload_threshold=5", content_type=form).status_code == 200

    @pytest.mark.parametrize("tail", ["", "/", "//"])
    def test_covers_the_path_as_it_was_sent(self, signer: Signer, tail: str):
        assert signer.get(ME + tail).status_code == 200
        assert said(signer.client.get(with_query(ME, signer.pairs(f"{ME}/x")))) == REFUSED

    def test_with_an_unquoted_plus_still_holds(self, signer: Signer):
        for _ in range(100):
            url = signer.url(ME)
            if "%2B" in url.rpartition("oauth_signature=")[2]:
                break

        assert signer.client.get(url.replace("%2B", "+")).status_code == 200

    def test_is_of_the_sites_public_address(self, signer: Signer, settings: Any):
        """Or of this server's own, for who calls it directly; of no other."""
        settings.PUBLIC_URL = "https://shop.example/wallet"
        settings.ALLOWED_HOSTS = ["testserver"]

        assert signer.get(ME, site="https://shop.example/wallet").status_code == 200
        assert signer.get(ME).status_code == 200
        for other in ("http://shop.example/wallet", "https://shop.example", "https://testserver", "http://elsewhere.example"):
            assert said(signer.get(ME, site=other)) == REFUSED

    def test_is_of_the_scheme_that_a_trusted_proxy_tells(self, signer: Signer, settings: Any):
        settings.TRUSTED_PROXIES = [HERE]
        url = signer.url(ME, site="https://testserver")
        behind: dict[str, Any] = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_HOST": "testserver"}

        assert said(signer.client.get(url)) == REFUSED
        assert signer.client.get(url, **behind).status_code == 200

    @pytest.mark.parametrize("host", ["testserver:80", "TESTSERVER"])
    def test_names_a_host_as_urls_do(self, signer: Signer, host: str):
        assert signer.client.get(signer.url(ME), HTTP_HOST=host).status_code == 200

    @pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH"])
    def test_covers_the_verb(self, signer: Signer, wallet: Wallet, verb: str):
        path = f"{V1}/wallets/{wallet.pk}"

        with nothing_moves():
            refused = signer.client.generic(verb, signer.url(path, "GET"))
        assert said(refused) == REFUSED
        assert signer.client.generic(verb, signer.url(path, verb)).status_code == 200

    def test_covers_the_verb_that_was_sent_whatever_overrides_it(self, signer: Signer, wallet: Wallet):
        """As in WooCommerce. In the query an override is signed with the rest of it; as a header it is not."""
        path = f"{V1}/wallets/{wallet.pk}"
        as_header: dict[str, Any] = {"HTTP_X_HTTP_METHOD_OVERRIDE": "PATCH"}

        assert signer.client.post(signer.url(path, "POST"), **as_header).status_code == 200
        assert said(signer.client.post(signer.url(path, "PATCH"), **as_header)) == REFUSED
        assert signer.client.post(signer.url(path, "POST", [("_method", "PATCH")])).status_code == 200
        assert said(signer.client.post(signer.url(path, "POST") + "&_method=PATCH")) == REFUSED

    @pytest.mark.parametrize("verb", ["HEAD", "OPTIONS"])
    def test_on_a_verb_without_a_body(self, signer: Signer, verb: str):
        assert signer.client.generic(verb, signer.url(ME, verb)).status_code == 200


WRONG: dict[str, dict[str, Any]] = {
    "secret": {"secret": "cs_" + "0" * 40},
    "key": {"key": "ck_" + "0" * 40},
    "key with NUL": {"key": "ck_\0"},
    "no key": {"oauth_consumer_key": None},
    "empty key": {"oauth_consumer_key": ""},
    "signature": {"oauth_signature": "x" * 44},
    "signature outside ASCII": {"oauth_signature": "é"},
    "no signature": {"oauth_signature": None},
    "empty signature": {"oauth_signature": ""},
    "method": {"oauth_signature_method": "PLAINTEXT", "oauth_signature": "cs_"},
    "other hash": {"algorithm": "SHA512"},
    "hash that is not the one named": {"oauth_signature_method": "HMAC-SHA1"},
    "no method": {"oauth_signature_method": None},
    "no timestamp": {"oauth_timestamp": None},
    "no nonce": {"oauth_nonce": None},
    "empty nonce": {"oauth_nonce": ""},
    **{
        f"timestamp {text[:20]!r}": {"oauth_timestamp": text}
        for text in ("", "0", "-1", "x", "1.5", "٣", " 1", "1e9", "9" * 15, "9" * 16, "9" * 5000, "\0")
    },
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_signature(signer: Signer, wrong: dict[str, Any]):
    with nothing_moves():
        assert said(signer.get(ME, **wrong)) == REFUSED
    assert not OauthNonce.objects.exists()


@pytest.mark.parametrize(
    "header", ["OAuth", "OAuth ", "OAuth x", 'OAuth realm="x"', "OAuth =,=", 'OAuth oauth_token=""', "OAuth é="]
)
def test_a_header_that_signs_nothing_is_a_strangers(stranger: APIClient, header: str):
    assert said(stranger.get(ME, HTTP_AUTHORIZATION=header)) == STRANGER
    assert said(stranger.get(f"{ME}?oauth_verifier=x&oauth_nonce=")) == STRANGER


@pytest.mark.parametrize("name", NAMES)
def test_one_parameter_alone_is_a_wrong_signature(stranger: APIClient, name: str):
    assert said(stranger.get(f"{ME}?{name}=x")) == REFUSED
    assert said(stranger.get(ME, HTTP_AUTHORIZATION=f'OAuth {name}="x"')) == REFUSED


@pytest.mark.parametrize("host", ["testserver:99999", "testserver:0", "[::1]:1"])
def test_a_host_that_nobody_can_have_signed_for(signer: Signer, settings: Any, host: str):
    settings.ALLOWED_HOSTS = ["testserver", "[::1]"]

    assert said(signer.client.get(signer.url(ME), HTTP_HOST=host)) == REFUSED


def test_a_key_that_was_not_chosen_for_it(alice: User, signer_of: Callable[..., Signer]):
    """It keeps its digest only, which no signature can be checked with."""
    plain = signer_of(alice, oauth_enabled=False)

    assert said(plain.get(ME)) == REFUSED
    assert plain.client.get(ME, **basic(plain.key.consumer_key, plain.secret)).status_code == 200


def test_a_key_that_signs_is_as_good_by_the_other_ways(signer: Signer, alice: User):
    pair = {"consumer_key": signer.key.consumer_key, "consumer_secret": signer.secret}

    assert as_user(signer.client.get(ME, pair)) == alice.pk
    assert as_user(signer.client.get(ME, **basic(*pair.values()))) == alice.pk


def test_a_revoked_key(signer: Signer):
    revoke(signer.key)

    assert said(signer.get(ME)) == REFUSED


def test_an_inactive_owners_key(signer: Signer, alice: User):
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert said(signer.get(ME)) == REFUSED


def test_another_keys_sealed_secret_opens_nothing(
    signer: Signer, bob: User, signer_of: Callable[..., Signer], caplog: pytest.LogCaptureFixture
):
    """Moved from row to row in the database: the seal is bound to its own."""
    victim = signer_of(bob, allowed_ips=[HERE])
    ApiKey.objects.filter(pk=victim.key.pk).update(sealed_secret=ApiKey.objects.get(pk=signer.key.pk).sealed_secret)
    victim.secret = signer.secret

    assert said(victim.get(ME)) == REFUSED
    assert caplog.messages == [f"the sealed secret of API key {victim.key.pk} does not open"]
    assert signer.secret not in caplog.text


class TestTheTimestamp:
    @pytest.mark.parametrize(("seconds", "accepted"), [(-890, True), (890, True), (-910, False), (910, False)])
    def test_lies_within_a_quarter_of_an_hour(self, signer: Signer, seconds: int, accepted: bool):
        response = signer.get(ME, oauth_timestamp=str(int(time.time()) + seconds))

        assert response.status_code == (200 if accepted else 401)
        assert OauthNonce.objects.exists() is accepted


class TestTheNonce:
    def test_is_good_once(self, signer: Signer, wallet: Wallet):
        url = signer.url(f"{V1}/wallets/{wallet.pk}", "POST")
        body = {"auto_reload_threshold": "5"}
        assert signer.client.post(url, body, format="json").status_code == 200

        with nothing_moves():
            assert said(signer.client.post(url, {"auto_reload_threshold": "6"}, format="json")) == REFUSED
            assert said(signer.get(ME, oauth_nonce=signer_nonce(url))) == REFUSED

    def test_is_each_keys_own(self, signer: Signer, bob: User, signer_of: Callable[..., Signer]):
        assert signer.get(ME, oauth_nonce="same").status_code == 200
        assert signer_of(bob).get(ME, oauth_nonce="same").status_code == 200

    def test_is_not_spent_by_who_cannot_sign(self, signer: Signer):
        """Else who overhears a call could spoil it."""
        assert said(signer.get(ME, oauth_nonce="mine", secret="cs_wrong")) == REFUSED
        assert signer.get(ME, oauth_nonce="mine").status_code == 200

    def test_is_spent_also_where_the_call_is_refused(self, signer: Signer):
        url = signer.url(f"{V1}/wallets/9999", "GET")

        assert said(signer.client.get(url)) == (403, "rest_forbidden")
        assert said(signer.client.get(url)) == REFUSED

    @pytest.mark.parametrize(("age", "accepted"), [(NONCE_LIFETIME - timedelta(seconds=5), False), (NONCE_LIFETIME, True)])
    def test_is_new_again_when_nobody_can_repeat_the_call(self, signer: Signer, age: timedelta, accepted: bool):
        assert signer.get(ME, oauth_nonce="x").status_code == 200
        OauthNonce.objects.update(used_at=timezone.now() - age)

        assert signer.get(ME, oauth_nonce="x").status_code == (200 if accepted else 401)
        assert OauthNonce.objects.count() == 1

    @pytest.mark.parametrize("nonce", ["x" * 10_000, "\0", "é", " ", "'; --"])
    def test_may_be_any_text(self, signer: Signer, nonce: str):
        assert signer.get(ME, oauth_nonce=nonce).status_code == 200
        assert said(signer.get(ME, oauth_nonce=nonce)) == REFUSED

    @pytest.mark.django_db(transaction=True, serialized_rollback=True)
    def test_is_good_for_one_of_many_at_once(self, signer: Signer, wallet: Wallet, at_once: Callable[..., list[Any]]):
        url = signer.url(f"{V1}/wallets/{wallet.pk}", "POST")
        codes = at_once(8, lambda number: APIClient().post(url).status_code)

        assert sorted(codes) == [200] + [401] * 7


def signer_nonce(url: str) -> str:
    return url.partition("oauth_nonce=")[2].partition("&")[0]


class TestOverPlainHttp:
    @pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE"])
    def test_a_key_without_an_address_list_writes_nothing(
        self, alice: User, wallet: Wallet, signer_of: Callable[..., Signer], verb: str
    ):
        """Nothing covers a JSON body there: who sits on the way could send another one, and wait for the answer."""
        signer = signer_of(alice)
        with nothing_moves():
            response = signer.send(verb, f"{V1}/wallets/{wallet.pk}", {"auto_reload_threshold": "5"})

        assert said(response) == ELSEWHERE
        assert "over plain http only from addresses" in response.json()["message"]

    @pytest.mark.parametrize("way", ["basic", "query"])
    def test_nor_by_another_way_in(self, alice: User, wallet: Wallet, signer_of: Callable[..., Signer], way: str):
        signer, path = signer_of(alice), f"{V1}/wallets/{wallet.pk}"
        pair = {"consumer_key": signer.key.consumer_key, "consumer_secret": signer.secret}
        sent = {"HTTP_AUTHORIZATION": basic(*pair.values())["HTTP_AUTHORIZATION"]} if way == "basic" else {}
        url = path if way == "basic" else with_query(path, list(pair.items()))

        with nothing_moves():
            assert said(signer.client.post(url, **sent)) == ELSEWHERE
        assert signer.client.post(url, secure=True, **sent).status_code == 200

    def test_the_verb_that_is_meant_decides(self, alice: User, wallet: Wallet, signer_of: Callable[..., Signer]):
        signer, path = signer_of(alice), f"{V1}/wallets/{wallet.pk}"

        assert signer.send("post", path, HTTP_X_HTTP_METHOD_OVERRIDE="GET").status_code == 200
        assert said(signer.send("post", path, HTTP_X_HTTP_METHOD_OVERRIDE="PATCH")) == ELSEWHERE

    def test_such_a_key_reads_and_over_https_it_writes(self, alice: User, wallet: Wallet, signer_of: Callable[..., Signer]):
        signer, path = signer_of(alice), f"{V1}/wallets/{wallet.pk}"

        assert signer.get(path).status_code == 200
        assert signer.client.options(signer.url(path, "OPTIONS")).status_code == 200
        url = signer.url(path, "POST", site="https://testserver")
        assert signer.client.post(url, {"auto_reload_threshold": "5"}, format="json", secure=True).status_code == 200

    def test_one_with_a_list_writes_from_there(self, signer: Signer, wallet: Wallet):
        path = f"{V1}/wallets/{wallet.pk}"

        assert signer.send("post", path, {"auto_reload_threshold": "5"}).status_code == 200
        with nothing_moves():
            assert said(signer.send("post", path, REMOTE_ADDR="203.0.113.7")) == ELSEWHERE

    @pytest.mark.parametrize("path", [ME, f"{V1}/nothing", "/wp-json/nobody/v1/x"])
    def test_nothing_is_looked_at_where_https_is_required(self, signer: Signer, settings: Any, path: str):
        settings.REQUIRE_HTTPS = True
        with CaptureQueriesContext(connection) as queries:
            assert said(signer.get(path)) == (403, "rest_ssl_required")
            assert said(signer.get(path, secret="cs_wrong")) == (403, "rest_ssl_required")

        assert not queries.captured_queries
        assert signer.client.get(signer.url(path, site="https://testserver"), secure=True).status_code in {200, 404}


class TestWhatHoldsForBasicHoldsHere:
    @pytest.mark.parametrize(
        ("scope", "verb", "status"),
        [("read", "GET", 200), ("read", "PATCH", 401), ("read", "OPTIONS", 200), ("write", "GET", 401), ("write", "PATCH", 200)],
    )
    def test_the_scope(self, alice: User, wallet: Wallet, signer_of: Callable[..., Signer], scope: str, verb: str, status: int):
        signer, path = signer_of(alice, scope, allowed_ips=[HERE]), f"{V1}/wallets/{wallet.pk}"

        assert signer.client.generic(verb, signer.url(path, verb)).status_code == status

    def test_the_address_list(self, alice: User, signer_of: Callable[..., Signer]):
        signer = signer_of(alice, allowed_ips=["203.0.113.0/24"])

        assert signer.client.get(signer.url(ME), REMOTE_ADDR="203.0.113.7").status_code == 200
        assert said(signer.get(ME)) == ELSEWHERE

    def test_the_maximum(self, manager: User, wallet: Wallet, signer_of: Callable[..., Signer]):
        signer = signer_of(manager, allowed_ips=[HERE], max_amount=500)
        with nothing_moves():
            response = signer.send("post", f"{V1}/wallets/{wallet.pk}/credit", {"amount": "501", "reason": "x"})

        assert said(response) == (403, "walletpro_key_limit_exceeded")

    @pytest.mark.usefixtures("middle_of_a_window")
    def test_wrong_ones_count_as_failed_logins(self, signer: Signer, limits: Callable[..., None]):
        limits(rate_failed_logins_per_minute=3)
        url = signer.url(ME)
        assert signer.client.get(url).status_code == 200
        stale = str(int(time.time()) - 1000)
        wrong = [
            *(signer.client.get(url), signer.get(ME, secret="x")),
            *(signer.get(ME, oauth_timestamp=stale), signer.get(ME, key="x")),
        ]

        assert [said(response) for response in wrong] == [REFUSED] * 3 + [(429, "walletpro_rate_limited")]
        assert signer.get(ME).status_code == 200


class TestOneWayInDecidesAlone:
    def test_a_signature_before_cookie_and_nonce(self, browser: APIClient, bob: User, signer_of: Callable[..., Signer]):
        signer, nonce = signer_of(bob), nonce_of(browser)

        assert as_user(browser.get(signer.url(ME), HTTP_X_WP_NONCE=nonce)) == bob.pk
        assert as_user(browser.get(signer.url(ME), HTTP_X_WP_NONCE="wrong")) == bob.pk
        assert said(browser.get(signer.url(ME, secret="wrong"), HTTP_X_WP_NONCE=nonce)) == REFUSED

    def test_basic_before_a_signature(self, signer: Signer, bob: User):
        _, password = make_application_password(user=bob, name="test")

        assert as_user(signer.client.get(signer.url(ME), **basic("bob", password))) == bob.pk
        assert said(signer.client.get(signer.url(ME), **basic("bob", "wrong"))) == REFUSED

    def test_a_key_in_the_query_before_a_signature(self, signer: Signer):
        assert said(signer.client.get(f"{signer.url(ME)}&consumer_key=ck_x&consumer_secret=y")) == REFUSED

    def test_the_header_before_the_query(self, signer: Signer, bob: User, signer_of: Callable[..., Signer]):
        other = signer_of(bob)
        query = other.pairs(ME)
        header = in_header(signer.pairs(ME, parameters=[pair for pair in query if pair[0] != "oauth_signature"]))

        assert as_user(signer.client.get(with_query(ME, query), HTTP_AUTHORIZATION=header)) == signer.key.owner_id


def test_the_index_takes_a_signature_as_its_families_do(signer: Signer):
    assert signer.get("/wp-json/").status_code == 200
    assert said(signer.get("/wp-json/", secret="wrong")) == (401, "invalid_credentials")


def test_links_do_not_repeat_the_signature(manager: User, wallet: Wallet, bobs_wallet: Wallet, signer_of: Callable[..., Signer]):
    response = signer_of(manager).get(f"{V1}/wallets", [("per_page", "1")])

    assert response["Link"] == f'<{SITE}{V1}/wallets?per_page=1&page=2>; rel="next"'


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_it_costs_one_statement_more_than_basic(manager: User, wallet: Wallet, signer_of: Callable[..., Signer]):
    """The nonce's own, committed by itself before the work begins."""
    signer, path = signer_of(manager, allowed_ips=[HERE]), f"{V1}/wallets/{wallet.pk}/credit"
    signer.get(ME)
    body = {"amount": "5", "reason": "x"}
    signed = signer.url(path, "POST")
    client = signer.client

    def spent(url: str, **extra: Any) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            assert client.post(url, body, format="json", **extra).status_code == 201
        return [query["sql"] for query in queries.captured_queries]

    by_basic = spent(path, **basic(signer.key.consumer_key, signer.secret))
    by_signature = spent(signed)

    assert len(by_signature) == len(by_basic) + 1
    assert by_signature[1].strip().startswith("INSERT INTO apikeys_oauthnonce")
    assert "BEGIN" not in by_signature[:2]
