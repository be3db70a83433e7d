"""Every way in, and what closes it (contract.md 1, "Who may call")."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from apikeys.models import ApiKey, ApplicationPassword
from apikeys.services import make_application_password, mint_key, revoke
from people.models import User
from tests.api.conftest import V1, nonce_of, nothing_moves, said
from tests.conftest import PASSWORD, basic
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

ME = f"{V1}/wallets/me"
REFUSED = (401, "walletpro_invalid_credentials")
STRANGER = (401, "rest_not_logged_in")


def as_user(response: Any) -> int | None:
    """Whose wallet was answered; None where it was a refusal."""
    return response.json()["user_id"] if response.status_code == 200 else None


@pytest.fixture
def secret(alice: User) -> str:
    """Alice's application password, as it is shown to her: in groups of four."""
    return make_application_password(user=alice, name="test")[1]


@pytest.mark.parametrize("name", ["alice", "ALICE", "alice@example.test", "Alice@EXAMPLE.test"])
def test_user_name_or_e_mail_in_any_case(stranger: APIClient, alice: User, secret: str, name: str):
    assert as_user(stranger.get(ME, **basic(name, secret))) == alice.pk


@pytest.mark.parametrize(
    "spell",
    [
        lambda text: text,
        lambda text: text.replace(" ", ""),
        lambda text: text.replace(" ", "-"),
        lambda text: f" .{text}!é\0 ",
        lambda text: "  ".join(text),
    ],
)
def test_all_but_letters_and_digits_is_ignored_in_the_password(
    stranger: APIClient, alice: User, secret: str, spell: Callable[[str], str]
):
    assert " " in secret
    assert as_user(stranger.get(ME, **basic("alice", spell(secret)))) == alice.pk


@pytest.mark.parametrize("scheme", ["Basic {}", "basic {}", "BASIC {}", "Basic   {}", "  Basic {} "])
def test_the_scheme_in_any_case_and_with_blanks(stranger: APIClient, alice: User, secret: str, scheme: str):
    token = base64.b64encode(f"alice:{secret}".encode()).decode()

    assert as_user(stranger.get(ME, HTTP_AUTHORIZATION=scheme.format(token))) == alice.pk


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("alice", "wrong"),
        ("alice", PASSWORD),
        ("nobody", "{secret}"),
        ("bob", "{secret}"),
        ("", "{secret}"),
        ("alice\0", "{secret}"),
        ("alice", "----"),
        ("alice", "{swapped}"),
        ("alice", "{secret}x"),
    ],
)
def test_a_wrong_application_password(stranger: APIClient, bob: User, secret: str, name: str, password: str):
    password = password.format(secret=secret, swapped=secret.swapcase())
    with nothing_moves():
        assert said(stranger.get(ME, **basic(name, password))) == REFUSED


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic ", "Basic !!!", "Basic YWxpY2U=", "Basic YWxpY2U6", "Basic /////w==", "Bearer abc", "Digest x", "x"],
)
def test_a_header_that_holds_no_credentials_is_a_strangers(stranger: APIClient, header: str):
    """No colon, no password, no base64, no UTF-8, another scheme: as in WordPress, a stranger and no error."""
    assert said(stranger.get(ME, HTTP_AUTHORIZATION=header)) == STRANGER


def test_a_revoked_application_password(stranger: APIClient, alice: User, secret: str):
    revoke(ApplicationPassword.objects.get(user=alice))

    assert said(stranger.get(ME, **basic("alice", secret))) == REFUSED


def test_an_inactive_users_application_password(stranger: APIClient, alice: User, secret: str):
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert said(stranger.get(ME, **basic("alice", secret))) == REFUSED


def test_a_user_name_is_not_taken_for_another_ones_e_mail(stranger: APIClient, bob: User, alice: User, secret: str):
    User.objects.filter(pk=bob.pk).update(username="alice@example.test")
    _, bobs = make_application_password(user=bob, name="test")

    assert as_user(stranger.get(ME, **basic("alice@example.test", bobs))) == bob.pk


@pytest.fixture
def key(alice: User) -> tuple[ApiKey, str]:
    return mint_key(owner=alice, scope="read_write", description="test")


def in_query(consumer_key: str, consumer_secret: str) -> dict[str, str]:
    return {"consumer_key": consumer_key, "consumer_secret": consumer_secret}


def test_a_key_in_the_header(stranger: APIClient, alice: User, key: tuple[ApiKey, str]):
    assert as_user(stranger.get(ME, **basic(key[0].consumer_key, key[1]))) == alice.pk


def test_a_key_in_the_query(stranger: APIClient, alice: User, key: tuple[ApiKey, str]):
    assert as_user(stranger.get(ME, in_query(key[0].consumer_key, key[1]))) == alice.pk


def test_a_key_in_the_query_may_write(stranger: APIClient, wallet: Wallet, key: tuple[ApiKey, str]):
    path = f"{V1}/wallets/{wallet.pk}?consumer_key={key[0].consumer_key}&consumer_secret={key[1]}"

    assert stranger.patch(path, {"auto_reload_threshold": "5"}, format="json").status_code == 200


def test_a_key_in_the_body_is_an_argument_like_any_other(stranger: APIClient, wallet: Wallet, key: tuple[ApiKey, str]):
    response = stranger.patch(f"{V1}/wallets/{wallet.pk}", in_query(key[0].consumer_key, key[1]), format="json")

    assert said(response) == STRANGER


@pytest.mark.parametrize(
    ("change_key", "change_secret"),
    [
        (lambda key: key, lambda secret: "cs_" + "0" * 40),
        (lambda key: key, lambda secret: secret.upper()),
        (lambda key: key, lambda secret: secret[:-1]),
        (lambda key: "ck_" + "0" * 40, lambda secret: secret),
        (lambda key: key.upper(), lambda secret: secret),
        (lambda key: key + "\0", lambda secret: secret),
        (lambda key: key, lambda secret: secret + "\0"),
    ],
)
def test_a_wrong_key(
    stranger: APIClient,
    key: tuple[ApiKey, str],
    change_key: Callable[[str], str],
    change_secret: Callable[[str], str],
):
    pair = change_key(key[0].consumer_key), change_secret(key[1])
    with nothing_moves():
        assert said(stranger.get(ME, **basic(*pair))) == REFUSED
        assert said(stranger.get(ME, in_query(*pair))) == REFUSED


@pytest.mark.parametrize("name", ["consumer_key", "consumer_secret"])
def test_half_a_key_in_the_query(stranger: APIClient, key: tuple[ApiKey, str], name: str):
    whole = in_query(key[0].consumer_key, key[1])

    assert said(stranger.get(ME, {name: whole[name]})) == REFUSED
    assert said(stranger.get(ME, {**whole, name: ""})) == REFUSED


def test_a_revoked_key(stranger: APIClient, key: tuple[ApiKey, str]):
    revoke(key[0])

    assert said(stranger.get(ME, **basic(key[0].consumer_key, key[1]))) == REFUSED


def test_an_inactive_owners_key(stranger: APIClient, alice: User, key: tuple[ApiKey, str]):
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert said(stranger.get(ME, **basic(key[0].consumer_key, key[1]))) == REFUSED


@pytest.mark.parametrize(
    ("scope", "verb", "allowed"),
    [
        ("read", "GET", True),
        ("read", "HEAD", True),
        ("read", "OPTIONS", True),
        ("read", "PATCH", False),
        ("read", "POST", False),
        ("read", "PUT", False),
        ("read", "DELETE", False),
        ("write", "GET", False),
        ("write", "HEAD", False),
        ("write", "OPTIONS", True),
        ("write", "PATCH", True),
        ("read_write", "GET", True),
        ("read_write", "PATCH", True),
    ],
)
def test_scopes(alice: User, wallet: Wallet, client_with_key: Callable[..., APIClient], scope: str, verb: str, allowed: bool):
    response = client_with_key(alice, scope).generic(verb, f"{V1}/wallets/{wallet.pk}")

    assert response.status_code == (200 if allowed else 401)


@pytest.mark.parametrize(("scope", "status"), [("read", 401), ("write", 200)])
def test_the_scope_looks_at_the_verb_that_is_meant(
    alice: User, wallet: Wallet, client_with_key: Callable[..., APIClient], scope: str, status: int
):
    client = client_with_key(alice, scope)
    path = f"{V1}/wallets/{wallet.pk}"

    assert client.post(path, HTTP_X_HTTP_METHOD_OVERRIDE="PATCH").status_code == status
    assert client.post(path, HTTP_X_HTTP_METHOD_OVERRIDE="GET").status_code == (401 if status == 200 else 200)


def test_a_key_never_does_more_than_its_owner(alice: User, bobs_wallet: Wallet, client_with_key: Callable[..., APIClient]):
    client = client_with_key(alice)

    assert said(client.get(f"{V1}/wallets")) == (403, "rest_forbidden")
    assert said(client.get(f"{V1}/wallets/{bobs_wallet.pk}")) == (403, "rest_forbidden")


@pytest.mark.parametrize(
    ("listed", "address", "allowed"),
    [
        (["203.0.113.7"], "203.0.113.7", True),
        (["203.0.113.7"], "203.0.113.8", False),
        (["203.0.113.0/24"], "203.0.113.255", True),
        (["203.0.113.9/24"], "203.0.113.1", True),
        (["203.0.113.0/24"], "203.0.114.1", False),
        (["198.51.100.1", "203.0.113.0/24"], "203.0.113.1", True),
        (["2001:db8::1"], "2001:DB8:0::1", True),
        (["2001:db8::/32"], "2001:db8:ffff::1", True),
        (["2001:db8::/32"], "2001:db9::1", False),
        (["2001:db8::/32"], "203.0.113.7", False),
        (["203.0.113.7"], "2001:db8::1", False),
        (["203.0.113.7"], "::ffff:203.0.113.7", True),
        (["203.0.113.7"], "", False),
        ([], "203.0.113.7", True),
        ([], "", True),
    ],
)
def test_the_address_list(alice: User, client_with_key: Callable[..., APIClient], listed: list[str], address: str, allowed: bool):
    response = client_with_key(alice, allowed_ips=listed).get(ME, REMOTE_ADDR=address)

    if allowed:
        assert response.status_code == 200
    else:
        assert said(response) == (403, "forbidden_caller_ip")


def test_the_address_list_is_not_told_to_who_has_no_secret(stranger: APIClient, alice: User):
    key, _ = mint_key(owner=alice, scope="read", description="test", allowed_ips=["203.0.113.7"])

    assert said(stranger.get(ME, **basic(key.consumer_key, "cs_wrong"))) == REFUSED


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded_for", "caller"),
    [
        ([], "10.0.0.1", "203.0.113.7", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", "203.0.113.7", "203.0.113.7"),
        (["10.0.0.0/8"], "198.51.100.1", "203.0.113.7", "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.1", "1.2.3.4, 203.0.113.7", "203.0.113.7"),
        (["10.0.0.0/8"], "10.0.0.1", "203.0.113.7, 10.0.0.2,10.0.0.3", "203.0.113.7"),
        (["10.0.0.0/8"], "10.0.0.1", "10.0.0.9, 10.0.0.2", "10.0.0.9"),
        (["10.0.0.0/8"], "10.0.0.1", "203.0.113.7, nonsense", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", "203.0.113.7, nonsense, 10.0.0.2", "10.0.0.2"),
        (["10.0.0.0/8"], "10.0.0.1", "", "10.0.0.1"),
        (["10.0.0.0/8"], "::ffff:10.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        (["2001:db8::/32"], "2001:db8::1", "2001:DB9::5", "2001:db9::5"),
        (["10.0.0.1"], "", "203.0.113.7", "0.0.0.0"),  # noqa: S104  compared, not bound
    ],
)
def test_forwarded_for_is_believed_as_far_as_trusted_proxies_reach(
    settings: Any,
    alice: User,
    client_with_key: Callable[..., APIClient],
    trusted: list[str],
    peer: str,
    forwarded_for: str,
    caller: str,
):
    settings.TRUSTED_PROXIES = trusted
    client = client_with_key(alice, allowed_ips=[caller])

    assert client.get(ME, REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded_for).status_code == 200
    assert ApiKey.objects.get(owner=alice).last_used_ip == caller


@pytest.mark.parametrize(("peer", "status"), [("10.0.0.1", 200), ("198.51.100.1", 403)])
def test_the_scheme_is_believed_from_trusted_proxies_only(settings: Any, as_alice: APIClient, peer: str, status: int):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    settings.REQUIRE_HTTPS = True

    assert as_alice.get(ME, REMOTE_ADDR=peer, HTTP_X_FORWARDED_PROTO="https").status_code == status


@pytest.mark.parametrize("model", [ApiKey, ApplicationPassword])
def test_the_last_use_is_written_at_most_once_a_minute(
    alice: User, as_alice: APIClient, client_with_key: Callable[..., APIClient], model: type[ApiKey | ApplicationPassword]
):
    client = client_with_key(alice) if model is ApiKey else as_alice
    used = model._default_manager.filter(last_used_at__isnull=False)

    client.get(ME, REMOTE_ADDR="203.0.113.7")
    first = used.get()
    assert first.last_used_ip == "203.0.113.7"
    with CaptureQueriesContext(connection) as queries:
        client.get(ME, REMOTE_ADDR="203.0.113.8")
    assert not [query for query in queries.captured_queries if "last_used_at =" in query["sql"]]
    assert used.get().last_used_at == first.last_used_at

    used.update(last_used_at=timezone.now() - timedelta(seconds=61))
    client.get(ME, REMOTE_ADDR="203.0.113.8")
    assert used.get().last_used_ip == "203.0.113.8"


def test_a_refused_credential_is_not_used(stranger: APIClient, key: tuple[ApiKey, str]):
    stranger.get(ME, **basic(key[0].consumer_key, "cs_wrong"))

    assert ApiKey.objects.get(pk=key[0].pk).last_used_at is None


def test_a_basic_header_decides_alone(browser: APIClient, bob: User, alice: User):
    """Cookie and nonce are then not looked at, right or wrong."""
    _, bobs = make_application_password(user=bob, name="test")
    nonce = nonce_of(browser)

    assert as_user(browser.get(ME, HTTP_X_WP_NONCE=nonce, **basic("bob", bobs))) == bob.pk
    assert as_user(browser.get(ME, HTTP_X_WP_NONCE="wrong", **basic("bob", bobs))) == bob.pk
    assert as_user(browser.get(ME, **basic("bob", bobs))) == bob.pk
    assert said(browser.get(ME, HTTP_X_WP_NONCE=nonce, **basic("bob", "wrong"))) == REFUSED


def test_a_key_in_the_query_decides_alone(browser: APIClient, bob: User):
    key, secret = mint_key(owner=bob, scope="read", description="test")
    nonce = nonce_of(browser)

    assert as_user(browser.get(ME, in_query(key.consumer_key, secret), HTTP_X_WP_NONCE=nonce)) == bob.pk
    assert said(browser.get(ME, in_query(key.consumer_key, "wrong"), HTTP_X_WP_NONCE=nonce)) == REFUSED


def test_a_basic_header_goes_before_a_key_in_the_query(stranger: APIClient, alice: User, bob: User, secret: str):
    key, bobs = mint_key(owner=bob, scope="read", description="test")

    assert as_user(stranger.get(ME, in_query(key.consumer_key, bobs), **basic("alice", secret))) == alice.pk
    assert said(stranger.get(ME, in_query(key.consumer_key, bobs), **basic("alice", "wrong"))) == REFUSED


def test_a_header_that_holds_no_credentials_leaves_it_to_the_others(browser: APIClient, alice: User):
    assert as_user(browser.get(ME, HTTP_X_WP_NONCE=nonce_of(browser), HTTP_AUTHORIZATION="Bearer x")) == alice.pk


def test_of_a_key_that_came_twice_in_the_query_the_last_one_counts(stranger: APIClient, alice: User, key: tuple[ApiKey, str]):
    right, wrong = (f"consumer_key={key[0].consumer_key}&consumer_secret={secret}" for secret in (key[1], "cs_wrong"))

    assert as_user(stranger.get(f"{ME}?{wrong}&{right}")) == alice.pk
    assert said(stranger.get(f"{ME}?{right}&{wrong}")) == REFUSED


@pytest.mark.parametrize("verb", ["GET", "HEAD", "POST", "OPTIONS", "DELETE"])
@pytest.mark.parametrize("path", [ME, f"{V1}/nothing", V1, "/wp-json/", "/wp-json/nobody/v1"])
def test_wrong_credentials_are_refused_on_every_path_with_every_verb(stranger: APIClient, alice: User, path: str, verb: str):
    assert stranger.generic(verb, path, **basic("alice", "wrong")).status_code == 401
    assert stranger.generic(verb, f"{path}?consumer_key=ck_x&consumer_secret=y").status_code == 401


@pytest.mark.parametrize("way", ["application password", "key", "key in the query"])
def test_where_https_is_required_no_secret_is_looked_at_over_http(
    stranger: APIClient, alice: User, settings: Any, secret: str, key: tuple[ApiKey, str], way: str
):
    """No statement tells a right one from a wrong one; and over http it stays good for https."""
    settings.REQUIRE_HTTPS = True
    query = in_query(key[0].consumer_key, key[1]) if way == "key in the query" else {}
    header = {"application password": basic("alice", secret), "key": basic(key[0].consumer_key, key[1])}.get(way, {})
    with CaptureQueriesContext(connection) as queries:
        assert said(stranger.get(ME, query, **header)) == (403, "rest_ssl_required")

    assert not queries.captured_queries
    assert as_user(stranger.get(ME, query, secure=True, **header)) == alice.pk


@pytest.mark.parametrize("told", ["HTTPS", "https, http", "on", ""])
def test_a_scheme_that_a_proxy_does_not_tell_plainly_is_not_believed(settings: Any, as_alice: APIClient, told: str):
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    settings.REQUIRE_HTTPS = True

    assert said(as_alice.get(ME, HTTP_X_FORWARDED_PROTO=told)) == (403, "rest_ssl_required")


def test_a_key_that_proved_itself_and_may_not_is_no_guess(alice: User, client_with_key: Callable[..., APIClient], limits: Any):
    """Beyond its scope it is refused as a wrong one is, and as often as it likes: there is nothing left to guess."""
    limits(rate_failed_logins_per_minute=1)
    client = client_with_key(alice, "read")

    assert [said(client.patch(ME)) for _ in range(3)] == [REFUSED] * 3
    assert client.get(ME).status_code == 200
