"""Minting, finding and revoking credentials; below HTTP."""

import ipaddress
import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apikeys.credentials import Credential, find_application_password, find_key, find_signing_key, touch
from apikeys.digests import digest
from apikeys.errors import AddressListInvalid, OwnerOutranks
from apikeys.models import ApiKey, ApplicationPassword
from apikeys.services import make_application_password, mint_key, networks, revoke
from audit.models import Act
from ledger.sealing import SealBroken, unseal
from people.models import User
from people.rights import Right
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", "root@example.test", PASSWORD)


def test_a_secret_is_long_random_and_kept_as_a_digest_only(alice: User):
    key, secret = mint_key(owner=alice, scope="read", description="test")
    other, other_secret = mint_key(owner=alice, scope="read", description="test")

    assert (len(key.consumer_key), key.consumer_key[:3]) == (43, "ck_")
    assert (len(secret), secret[:3]) == (43, "cs_")
    assert len({key.consumer_key[3:], secret[3:], other.consumer_key[3:], other_secret[3:]}) == 4
    with connection.cursor() as cursor:
        cursor.execute("SELECT k::text FROM apikeys_apikey k")
        assert all(secret not in row and secret.encode().hex() not in row for (row,) in cursor.fetchall())


def test_an_application_password_is_shown_in_groups_and_kept_as_a_digest_only(alice: User):
    kept, secret = make_application_password(user=alice, name="phone")

    assert [len(group) for group in secret.split(" ")] == [4] * 6
    assert secret.replace(" ", "").isalnum()
    assert bytes(kept.digest) == digest(secret.replace(" ", ""))


def sealed_secrets() -> list[Any]:
    return list(ApiKey.objects.order_by("pk").values_list("sealed_secret", flat=True))


def test_a_key_that_may_sign_keeps_its_secret_sealed_beside_the_digest(alice: User):
    key, secret = mint_key(owner=alice, scope="read", description="test", oauth_enabled=True)
    mint_key(owner=alice, scope="read", description="test")
    sealed, none = sealed_secrets()

    assert unseal(bytes(sealed), key.sealed_for) == secret.encode()
    assert secret.encode() not in bytes(sealed)
    assert bytes(key.secret_digest) == digest(secret)
    assert none is None
    found = find_signing_key(key.consumer_key)
    assert found is not None
    assert (found[0].id, found[0].oauth_enabled, found[1]) == (key.pk, True, secret)
    assert find_signing_key(ApiKey.objects.latest("pk").consumer_key) is None


def test_a_sealed_secret_opens_in_its_own_row_only(alice: User):
    mine, theirs = (mint_key(owner=alice, scope="read", description="", oauth_enabled=True)[0] for _ in "12")

    with pytest.raises(SealBroken):
        unseal(bytes(sealed_secrets()[0]), theirs.sealed_for)
    assert unseal(bytes(sealed_secrets()[0]), mine.sealed_for)


def test_a_revoked_key_keeps_no_secret(alice: User):
    key, secret = mint_key(owner=alice, scope="read", description="test", oauth_enabled=True)
    revoke(key)

    assert sealed_secrets() == [None]
    assert find_signing_key(key.consumer_key) is None
    assert find_key(key.consumer_key, secret) is None


@pytest.mark.parametrize("change", ["sealed_secret = NULL", "oauth_enabled = false", "revoked_at = now()"])
def test_a_secret_is_kept_as_long_as_it_is_needed_and_no_longer(alice: User, change: str):
    mint_key(owner=alice, scope="read", description="test", oauth_enabled=True)
    with pytest.raises(IntegrityError, match="apikeys_apikey_sealed_secret"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE apikeys_apikey SET {change}")


@pytest.mark.parametrize("oauth_enabled", [True, False])
def test_that_a_key_may_sign_is_told_to_the_audit_trail(alice: User, oauth_enabled: bool):
    mint_key(owner=alice, scope="read", description="test", oauth_enabled=oauth_enabled)

    assert json.loads(Act.objects.get(act="key.minted").facts)["oauth"] is oauth_enabled


def test_a_digest_hangs_on_the_pepper_or_else_on_the_secret_key(settings: Any):
    settings.CREDENTIAL_PEPPER = "one"
    one = digest("cs_x")
    settings.CREDENTIAL_PEPPER = "two"
    two = digest("cs_x")
    settings.CREDENTIAL_PEPPER, settings.SECRET_KEY = "", "one"

    assert one != two
    assert digest("cs_x") == one
    assert len(one) == 32


def test_finding_a_key_takes_one_statement_and_brings_owner_and_rights(manager: User):
    key, secret = mint_key(owner=manager, scope="write", description="test", allowed_ips=["10.0.0.0/8"], max_amount=5000)
    with CaptureQueriesContext(connection) as queries:
        found = find_key(key.consumer_key, secret)

    assert len(queries) == 1
    assert found == Credential(
        id=key.pk,
        user=manager,
        rights=frozenset({Right.MANAGE}),
        last_used_at=None,
        scope="write",
        allowed_ips=("10.0.0.0/8",),
        max_amount=5000,
    )


def test_finding_an_application_password_takes_one_statement(alice: User):
    kept, secret = make_application_password(user=alice, name="test")
    with CaptureQueriesContext(connection) as queries:
        found = find_application_password("ALICE", f"-{secret}-")

    assert len(queries) == 1
    assert found is not None
    assert (found.id, found.user, found.scope, found.rights) == (kept.pk, alice, None, frozenset())


def test_an_empty_address_is_nobodys_name():
    robot = User.objects.create_user("robot", "", PASSWORD)
    _, secret = make_application_password(user=robot, name="test")

    assert find_application_password("", secret) is None
    assert find_application_password("robot", secret) is not None


@pytest.mark.parametrize("kind", ["key", "application password"])
def test_revoked_is_not_found_and_stays_to_be_asked_about(alice: User, kind: str):
    credential, secret = (
        mint_key(owner=alice, scope="read", description="test")
        if kind == "key"
        else make_application_password(user=alice, name="test")
    )
    revoke(credential)
    first = credential.revoked_at
    revoke(credential)

    assert credential.revoked_at == first is not None
    found = (
        find_key(credential.consumer_key, secret)
        if isinstance(credential, ApiKey)
        else find_application_password("alice", secret)
    )
    assert found is None


def test_a_scope_is_one_of_three(alice: User):
    with pytest.raises(IntegrityError), transaction.atomic():
        mint_key(owner=alice, scope="everything", description="test")


@pytest.mark.parametrize("amount", [0, -1])
def test_a_maximum_lies_above_zero(alice: User, amount: int):
    with pytest.raises(IntegrityError), transaction.atomic():
        mint_key(owner=alice, scope="write", description="test", max_amount=amount)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["10.0.0.1"], ["10.0.0.1/32"]),
        ([" 10.1.2.3/8 "], ["10.0.0.0/8"]),
        (["2001:DB8::1", "2001:db8::/32"], ["2001:db8::1/128", "2001:db8::/32"]),
        ([], []),
    ],
)
def test_addresses_and_ranges_are_kept_in_their_canonical_spelling(given: list[str], kept: list[str]):
    assert networks(given) == kept
    assert all(ipaddress.ip_network(network) for network in kept)


@pytest.mark.parametrize("text", ["", "localhost", "10.0.0.0/33", "10.0.0", "10.0.0.1-10.0.0.9", "::1/129", "*"])
def test_an_address_list_with_something_else_mints_nothing(alice: User, text: str):
    with pytest.raises(AddressListInvalid), transaction.atomic():
        mint_key(owner=alice, scope="read", description="test", allowed_ips=["10.0.0.1", text])

    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    ("minter", "owner", "allowed"),
    [
        ("manager", "alice", True),
        ("manager", "manager", True),
        ("manager", "root", False),
        ("alice", "manager", False),
        ("alice", "bob", True),
        ("root", "manager", True),
        (None, "root", True),
    ],
)
def test_nobody_mints_for_who_may_do_more_than_himself(
    alice: User, bob: User, manager: User, root: User, minter: str | None, owner: str, allowed: bool
):
    people: dict[str | None, User] = {"alice": alice, "bob": bob, "manager": manager, "root": root}
    actor = people.get(minter)
    if allowed:
        key, _ = mint_key(owner=people[owner], scope="read", description="test", minted_by=actor)
        make_application_password(user=people[owner], name="test", made_by=actor)
        assert key.created_by == actor
        return
    for mint in (
        lambda: mint_key(owner=people[owner], scope="read", description="test", minted_by=actor),
        lambda: make_application_password(user=people[owner], name="test", made_by=actor),
    ):
        with pytest.raises(OwnerOutranks), transaction.atomic():
            mint()
    assert not ApiKey.objects.exists()
    assert not ApplicationPassword.objects.exists()


@pytest.mark.parametrize("right", Right)
def test_a_single_right_more_is_too_much(alice: User, bob: User, right: Right):
    bob.user_permissions.add(Permission.objects.get(codename=right))
    with pytest.raises(OwnerOutranks), transaction.atomic():
        mint_key(owner=bob, scope="read", description="test", minted_by=alice)


def test_touching_writes_once_a_minute(alice: User):
    key, secret = mint_key(owner=alice, scope="read", description="test")
    for _ in range(2):
        found = find_key(key.consumer_key, secret)
        assert found is not None
        touch(found, "203.0.113.7")
    key.refresh_from_db()
    used_at = key.last_used_at

    assert key.last_used_ip == "203.0.113.7"
    assert used_at is not None
    # Whoever read the row before that has an old time in his hands: the statement itself looks again.
    touch(Credential(key.pk, alice, frozenset(), None, "read"), "203.0.113.8")
    key.refresh_from_db()
    assert (key.last_used_at, key.last_used_ip) == (used_at, "203.0.113.7")
    ApiKey.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
    touch(Credential(key.pk, alice, frozenset(), None, "read"), "203.0.113.8")
    key.refresh_from_db()
    assert key.last_used_ip == "203.0.113.8"
