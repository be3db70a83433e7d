"""Each act leaves its row: who, what, to whom; and no row holds a secret or anybody's name."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from apikeys.models import ApiKey, ApplicationPassword
from apikeys.services import make_application_password, mint_key, revoke
from audit.encoding import is_intact
from audit.models import Act
from audit.services import erase_texts
from ledger.models import Entry
from people.models import User
from tests.conftest import PASSWORD, basic
from wallets.models import Wallet
from wallets.services import create_customer, default_wallet_of

pytestmark = pytest.mark.django_db

V1 = "/wp-json/walletpro/v1"
NEW_PASSWORD = "gravel-spoon-4821"


@dataclass
class World:
    """Who and what the acts below are done by and to."""

    boss: User
    alice: User
    wallet: Wallet
    key: ApiKey
    password: ApplicationPassword
    entry: Entry
    gone: Group
    may_read: Permission
    admin: Client
    api: APIClient
    api_actor: str

    def post(self, view: str, *args: Any, **fields: Any) -> None:
        page = reverse(f"admin:{view}", args=args)
        response = self.admin.post(page, fields)
        assert response.status_code in {200, 302}, response.content
        form: Any = (response.context or {}).get("adminform") or (response.context or {}).get("form")
        assert response.status_code == 302 or form is None or not form.errors, form.errors

    def edit_user(self, **fields: Any) -> None:
        kept = {"username": "alice", "email": "alice@example.test", "is_active": "on", "groups": [self.customers().pk]}
        self.post("people_user_change", self.alice.pk, **{k: v for k, v in {**kept, **fields}.items() if v is not None})

    @staticmethod
    def customers() -> Group:
        return Group.objects.get(name="Customer")


@pytest.fixture
def world(alice: User, wallet: Wallet, give: Callable[..., Entry], manager: User, client_with_key: Any) -> World:
    boss = User.objects.create_superuser("boss", "boss@example.test", PASSWORD)
    browser = Client(REMOTE_ADDR="192.0.2.9")
    browser.force_login(boss)
    key, _ = mint_key(owner=alice, scope="read", description="till")
    api = client_with_key(manager)
    manager_key = ApiKey.objects.get(owner=manager)
    return World(
        boss=boss,
        alice=alice,
        wallet=wallet,
        key=key,
        password=make_application_password(user=alice, name="phone")[0],
        entry=give(wallet, 100),
        may_read=Permission.objects.get(codename="walletpro_read_wallets"),
        gone=Group.objects.create(name="Not needed"),
        admin=browser,
        api=api,
        api_actor=f"key:{manager_key.pk} user:{manager.pk}",
    )


def command(*words: str) -> None:
    call_command(*words, stdout=io.StringIO())


BY_ADMIN, BY_COMMAND, BY_API = "user:{boss.pk} admin", "command", "{api_actor}"
RENAME = {"first_name": "Alicia"}

ACTS: dict[str, tuple[str, str, str, Callable[[World], object]]] = {
    "key minted": (
        *("key.minted", BY_ADMIN, "key:*"),
        lambda w: w.post("apikeys_apikey_add", owner=w.alice.pk, description="till", scope="read", allowed_ips="10.0.0.1"),
    ),
    "key minted by command": (
        *("key.minted", BY_COMMAND, "key:*"),
        lambda w: command("create_api_key", "--owner", "alice", "--scope", "read", "--description", "till"),
    ),
    "key revoked": ("key.revoked", BY_ADMIN, "key:{key.pk}", lambda w: w.post("apikeys_apikey_revoke", w.key.pk)),
    "key revoked at the console": ("key.revoked", BY_COMMAND, "key:{key.pk}", lambda w: revoke(w.key)),
    "password made": (
        *("application_password.made", BY_ADMIN, "application_password:*"),
        lambda w: w.post("apikeys_applicationpassword_add", user=w.alice.pk, name="phone"),
    ),
    "password made by command": (
        *("application_password.made", BY_COMMAND, "application_password:*"),
        lambda w: command("create_application_password", "--user", "alice", "--name", "phone"),
    ),
    "password revoked": (
        *("application_password.revoked", BY_ADMIN, "application_password:{password.pk}"),
        lambda w: w.post("apikeys_applicationpassword_revoke", w.password.pk),
    ),
    "user created": (
        *("user.created", BY_ADMIN, "user:*"),
        lambda w: w.post(
            *("people_user_add",),
            **{"username": "carol", "email": "", "usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
        ),
    ),
    "superuser created": (
        *("user.created", BY_COMMAND, "user:*"),
        lambda w: command("createsuperuser", "--noinput", "--username", "root", "--email", "root@example.test"),
    ),
    "user changed": ("user.changed", BY_ADMIN, "user:{alice.pk}", lambda w: w.edit_user(**RENAME)),
    "user deactivated": ("user.deactivated", BY_ADMIN, "user:{alice.pk}", lambda w: w.edit_user(is_active=None)),
    "rights": ("user.rights_changed", BY_ADMIN, "user:{alice.pk}", lambda w: w.edit_user(is_staff="on")),
    "groups": ("user.rights_changed", BY_ADMIN, "user:{alice.pk}", lambda w: w.edit_user(groups=[])),
    "password changed": (
        *("user.password_changed", "user:{boss.pk} session", "user:{alice.pk}"),
        lambda w: w.post(
            *("auth_user_password_change", w.alice.pk),
            **{"usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
        ),
    ),
    "password taken away": (
        *("user.password_changed", "user:{boss.pk} session", "user:{alice.pk}"),
        lambda w: w.post("auth_user_password_change", w.alice.pk, **{"usable_password": "false", "unset-password": "1"}),
    ),
    "own password changed": (
        *("user.password_changed", "user:{boss.pk} session", "user:{boss.pk}"),
        lambda w: w.post("password_change", old_password=PASSWORD, new_password1=NEW_PASSWORD, new_password2=NEW_PASSWORD),
    ),
    "group created": ("group.created", BY_ADMIN, "group:*", lambda w: w.post("auth_group_add", name="Tellers")),
    "group changed": (
        *("group.changed", BY_ADMIN, "group:*"),
        lambda w: w.post("auth_group_change", w.customers().pk, name="Customer", permissions=[w.may_read.pk]),
    ),
    "group deleted": ("group.deleted", BY_ADMIN, "group:{gone.pk}", lambda w: w.post("auth_group_delete", w.gone.pk, post="yes")),
    "customer created": (
        *("customer.created", BY_COMMAND, "user:*"),
        lambda w: command("create_customer", "--email", "dora@example.test", "--password", NEW_PASSWORD),
    ),
    "wallet opened": (
        *("wallet.opened", BY_ADMIN, "wallet:*"),
        lambda w: w.post("wallets_wallet_add", user=w.boss.pk, currency="USD"),
    ),
    "wallet opened by API": (
        *("wallet.opened", BY_API, "wallet:*"),
        lambda w: w.api.post(f"{V1}/wallets", {"user_id": w.boss.pk}, format="json"),
    ),
    "wallet opened by its holder": ("wallet.opened", "user:{boss.pk}", "wallet:*", lambda w: default_wallet_of(w.boss)),
    "wallet frozen": ("wallet.frozen", BY_ADMIN, "wallet:{wallet.pk}", lambda w: w.post("wallets_wallet_freeze", w.wallet.pk)),
    "wallet frozen by API": (
        *("wallet.frozen", BY_API, "wallet:{wallet.pk}"),
        lambda w: w.api.post(f"{V1}/wallets/{w.wallet.pk}", {"status": "frozen"}, format="json"),
    ),
    "terms": (
        *("wallet.terms_changed", BY_API, "wallet:{wallet.pk}"),
        lambda w: w.api.post(f"{V1}/wallets/{w.wallet.pk}", {"spending_limit": "500"}, format="json"),
    ),
    "words erased": (
        *("texts.erased", "user:1 admin", "entry:{entry.pk}"),
        lambda w: erase_texts([w.entry], actor="user:1 admin"),
    ),
}


@pytest.mark.parametrize(("act", "actor", "subject", "do"), ACTS.values(), ids=ACTS)
def test_an_act_leaves_one_row(world: World, act: str, actor: str, subject: str, do: Callable[[World], object]):
    known = set(Act.objects.values_list("pk", flat=True))
    do(world)

    row = Act.objects.exclude(pk__in=known).get(act=act)
    assert row.actor == actor.format(**vars(world))
    assert row.subject == subject.format(**vars(world)) or (subject.endswith("*") and row.subject.startswith(subject[:-1]))
    came_from = {BY_ADMIN: "192.0.2.9", BY_API: "127.0.0.1"}.get(actor)
    assert came_from is None or (row.address == came_from and row.request_id)
    assert is_intact(row)


def test_unfrozen_and_activated_are_acts_as_well(world: World):
    world.post("wallets_wallet_freeze", world.wallet.pk)
    world.post("wallets_wallet_unfreeze", world.wallet.pk)
    world.edit_user(is_active=None)
    world.edit_user()

    subjects = [f"wallet:{world.wallet.pk}", f"user:{world.alice.pk}"]
    done = list(Act.objects.filter(subject__in=subjects).order_by("pk").values_list("act", flat=True))
    assert done[-4:] == ["wallet.frozen", "wallet.unfrozen", "user.deactivated", "user.activated"]


def test_a_deleted_user_is_named_by_his_number(world: World):
    gone = User.objects.create_user("gone", "gone@example.test", PASSWORD)
    world.post("people_user_delete", gone.pk, post="yes")

    assert Act.objects.get(act="user.deleted").subject == f"user:{gone.pk}"


def test_what_changes_nothing_leaves_no_row(world: World):
    known = Act.objects.count()
    world.edit_user()
    world.post("auth_group_change", world.gone.pk, name=world.gone.name)
    unchanged = world.api.post(
        f"{V1}/wallets/{world.wallet.pk}",
        {"status": "active", "spending_limit": None, "auto_reload_enabled": False},
        format="json",
    )
    assert unchanged.status_code == 200
    revoke(world.key)
    revoke(world.key)
    erase_texts([world.entry], actor="x")
    erase_texts([Entry.objects.get(pk=world.entry.pk)], actor="x")

    assert list(Act.objects.order_by("pk").values_list("act", flat=True)[known:]) == ["key.revoked", "texts.erased"]


def test_money_leaves_no_row(world: World):
    known = Act.objects.count()
    answer = world.api.post(f"{V1}/wallets/{world.wallet.pk}/credit", {"amount": "5", "reason": "x"}, format="json")

    assert answer.status_code == 201
    assert Act.objects.count() == known


def test_facts_say_what_was_and_what_is(world: World):
    world.api.post(f"{V1}/wallets/{world.wallet.pk}", {"spending_limit": "500"}, format="json")
    world.edit_user(is_staff="on", groups=[])

    assert json.loads(Act.objects.get(act="wallet.terms_changed").facts) == {"spending_limit": {"from": None, "to": 500}}
    assert json.loads(Act.objects.get(act="user.rights_changed").facts) == {
        "groups": {"from": ["Customer"], "to": []},
        "is_staff": {"from": False, "to": True},
    }


def test_staff_who_sign_in_and_out(manager: User, alice: User):
    for name, door in (("manager", "/admin/login/"), ("alice", "/account/login/")):
        browser = Client()
        assert browser.post(door, {"username": name, "password": PASSWORD}).status_code == 302
        browser.post("/account/logout/")

    rows = Act.objects.filter(act__startswith="sign_in").order_by("pk")
    who = f"user:{manager.pk}"
    assert [(row.act, row.actor, row.subject) for row in rows] == [
        ("sign_in.succeeded", f"{who} session", who),
        ("sign_in.ended", f"{who} session", who),
    ]


def test_a_password_that_is_digested_anew_was_not_changed(manager: User, settings: Any):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", *settings.PASSWORD_HASHERS]
    Client().post("/account/login/", {"username": "manager", "password": PASSWORD})

    manager.refresh_from_db()
    assert manager.password.startswith("pbkdf2")
    assert not Act.objects.filter(act="user.password_changed").exists()


@pytest.mark.parametrize("door", ["/account/login/", "/admin/login/"])
def test_a_failed_sign_in_is_counted(client: Client, alice: User, door: str):
    for _ in range(3):
        client.post(door, {"username": "alice", "password": "wrong"}, REMOTE_ADDR="2001:db8::7")

    row = Act.objects.get(act="sign_in.failed")
    assert (row.count, row.address, row.actor) == (3, "2001:db8::/64", "stranger")


@pytest.mark.parametrize("name", ["ck_unknown", "alice"])
def test_a_wrong_credential_is_counted_and_a_right_one_is_not(stranger: APIClient, as_alice: APIClient, name: str):
    assert as_alice.get(f"{V1}/wallets/me").status_code == 200
    for _ in range(2):
        assert stranger.get(f"{V1}/wallets/me", **basic(name, "cs_wrong")).status_code == 401
    assert stranger.get(f"{V1}/wallets/me").status_code == 401

    row = Act.objects.get(act="credential.wrong")
    assert (row.count, row.address) == (2, "127.0.0.1/32")


def test_no_row_holds_a_secret_or_a_name(world: World, stranger: APIClient):
    for act in ACTS.values():
        act[-1](world)
    stranger.get(f"{V1}/wallets/me", **basic("ck_probe", "cs_probe"))
    Client().post("/admin/login/", {"username": "typed-into-the-wrong-box", "password": "probe"})
    _, secret = mint_key(owner=world.alice, scope="read", description="till")
    _, password = make_application_password(user=world.alice, name="phone")
    create_customer(email="eve@example.test", password=NEW_PASSWORD, username="eve")

    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(a::text, ' ') FROM audit_act a")
        told = str(cursor.fetchone()).casefold()
    digests = [bytes(key.secret_digest).hex() for key in ApiKey.objects.all()]
    digests += [bytes(row.digest).hex() for row in ApplicationPassword.objects.all()]
    names = [*User.objects.values_list("username", flat=True), "example.test", "alicia", "probe", "typed-into-the-wrong-box"]
    keys = list(ApiKey.objects.values_list("consumer_key", flat=True))
    secrets = [secret, password, password.replace(" ", ""), PASSWORD, NEW_PASSWORD, *keys, *digests, *names]
    assert [text for text in secrets if text.casefold() in told] == []
