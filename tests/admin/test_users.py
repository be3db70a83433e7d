"""A user's page: what stands on him is shown, and nobody climbs by it."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from people.models import User
from people.rights import SHOP_MANAGER, Right
from tests.admin.conftest import browser_of
from tests.conftest import PASSWORD
from wallets.models import Wallet

CLIMB = {"is_staff": "on", "is_superuser": "on", "is_active": "on"}


def page_of(user: User) -> str:
    return reverse("admin:people_user_change", args=[user.pk])


def fields(user: User, **changed: Any) -> dict[str, Any]:
    return {"username": user.username, "email": user.email, "is_active": "on", **changed}


@pytest.fixture
def editor(manager: User) -> Client:
    """A shop manager who also has Django's permissions to add and change users and groups."""
    names = ["add_user", "change_user", "delete_user", "change_group", "add_group"]
    manager.user_permissions.set(Permission.objects.filter(codename__in=names))
    return browser_of(manager)


def test_a_manager_without_djangos_permission_changes_nobody(managers_browser: Client, alice: User):
    assert managers_browser.post(page_of(alice), fields(alice, username="eve", **CLIMB)).status_code == 403

    alice.refresh_from_db()
    assert (alice.username, alice.is_staff) == ("alice", False)


def test_an_editor_changes_names_but_no_rights(editor: Client, alice: User):
    managers = Group.objects.get(name=SHOP_MANAGER)
    manage = Permission.objects.get(codename=Right.MANAGE)
    sent = fields(alice, first_name="Alice", groups=[managers.pk], user_permissions=[manage.pk], **CLIMB)

    assert editor.post(page_of(alice), sent).status_code == 302

    alice.refresh_from_db()
    assert (alice.first_name, alice.is_staff, alice.is_superuser) == ("Alice", False, False)
    assert managers not in alice.groups.all()
    assert not alice.user_permissions.exists()


def test_an_editor_cannot_raise_himself(editor: Client, manager: User):
    everything = [permission.pk for permission in Permission.objects.all()]
    assert editor.post(page_of(manager), fields(manager, user_permissions=everything, **CLIMB)).status_code == 302

    manager.refresh_from_db()
    assert not manager.is_superuser
    assert manager.user_permissions.count() == 5


def test_an_editor_cannot_touch_who_may_do_more(editor: Client, boss: User, clerk: User):
    clerk.user_permissions.add(Permission.objects.get(codename="delete_session"))

    for user in (boss, clerk):
        assert editor.post(page_of(user), fields(user, email="eve@example.test")).status_code == 403
        user.refresh_from_db()
        assert user.email != "eve@example.test"


def test_an_editor_does_not_wake_who_may_do_more(editor: Client, clerk: User):
    clerk.user_permissions.add(Permission.objects.get(codename="delete_session"))
    User.objects.filter(pk=clerk.pk).update(is_active=False)

    assert editor.post(page_of(clerk), fields(clerk)).status_code == 403

    clerk.refresh_from_db()
    assert not clerk.is_active


def test_the_right_to_manage_is_the_other_rights_too(editor: Client, alice: User):
    alice.user_permissions.add(Permission.objects.get(codename=Right.READ_WALLETS))

    assert editor.post(page_of(alice), fields(alice, first_name="Alice")).status_code == 302


def test_an_editor_sets_no_passwords(editor: Client, alice: User, boss: User):
    for user in (alice, boss):
        sent = {"password1": "new-words-4711", "password2": "new-words-4711", "usable_password": "true"}
        response = editor.post(reverse("admin:auth_user_password_change", args=[user.pk]), sent)
        assert response.status_code == 403
        user.refresh_from_db()
        assert user.check_password(PASSWORD)


def test_an_editor_changes_no_groups_and_deletes_nobody(editor: Client, alice: User):
    group = Group.objects.get(name="Customer")
    manage = Permission.objects.get(codename=Right.MANAGE)

    assert (
        editor.post(reverse("admin:auth_group_change", args=[group.pk]), {"name": "x", "permissions": [manage.pk]}).status_code
        == 403
    )
    assert editor.post(reverse("admin:auth_group_add"), {"name": "x"}).status_code == 403
    assert editor.post(reverse("admin:people_user_delete", args=[alice.pk]), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [alice.pk], "post": "yes"}
    editor.post(reverse("admin:people_user_changelist"), chosen)

    assert not group.permissions.exists()
    assert User.objects.filter(pk=alice.pk).exists()


def test_an_editor_adds_a_user_without_rights(editor: Client):
    sent = {
        **{"username": "carol", "email": "carol@example.test", "usable_password": "true"},
        **{"password1": "new-words-4711", "password2": "new-words-4711", **CLIMB},
    }
    assert editor.post(reverse("admin:people_user_add"), sent).status_code == 302

    carol = User.objects.get(username="carol")
    assert (carol.email, carol.is_staff, carol.is_superuser) == ("carol@example.test", False, False)


def test_a_name_that_looks_like_a_key_is_refused(boss_browser: Client):
    sent = {"username": "ck_me", "usable_password": "true", "password1": "new-words-4711", "password2": "new-words-4711"}
    response = boss_browser.post(reverse("admin:people_user_add"), sent)

    assert "API keys do" in response.content.decode()
    assert not User.objects.filter(username="ck_me").exists()


def test_the_boss_gives_rights_and_sets_passwords(boss_browser: Client, alice: User):
    managers = Group.objects.get(name=SHOP_MANAGER)
    assert boss_browser.post(page_of(alice), fields(alice, is_staff="on", groups=[managers.pk])).status_code == 302
    sent = {"password1": "new-words-4711", "password2": "new-words-4711", "usable_password": "true"}
    assert boss_browser.post(reverse("admin:auth_user_password_change", args=[alice.pk]), sent).status_code == 302

    alice.refresh_from_db()
    assert alice.is_staff
    assert managers in alice.groups.all()
    assert alice.check_password("new-words-4711")


def test_a_users_page_shows_his_wallets(managers_browser: Client, alice: User, wallet: Wallet):
    text = managers_browser.get(page_of(alice)).content.decode()

    assert f"Wallet {wallet.pk}, USD" in text
    assert "Open a wallet in USD" not in text


def test_a_missing_wallet_is_opened_from_the_users_page(managers_browser: Client, clerk: User):
    assert "Open a wallet in USD" in managers_browser.get(page_of(clerk)).content.decode()

    managers_browser.post(reverse("admin:wallets_wallet_add"), {"user": clerk.pk, "currency": "USD"})

    assert Wallet.objects.get(user=clerk).currency_code == "USD"


def test_the_panels_show_only_to_who_may_look(clerk: User, alice: User, wallet: Wallet):
    clerk.user_permissions.add(Permission.objects.get(codename="view_user"))

    text = browser_of(clerk).get(page_of(alice)).content.decode()

    assert "alice@example.test" in text
    assert "Wallets" not in text
    assert "Application passwords" not in text
