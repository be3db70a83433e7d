"""Who may sign in: names, e-mail addresses, rights and groups."""

from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from people.models import User
from people.rights import ALL_RIGHTS, CUSTOMER, SHOP_MANAGER, Right, rights_of
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["alice", "ALICE", "alice@example.test", "Alice@Example.TEST"])
def test_signing_in_with_a_name_or_an_address_in_any_case(alice: User, name: str):
    assert authenticate(username=name, password=PASSWORD) == alice


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("alice", "wrong"),
        ("alice", ""),
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("alice\0", PASSWORD),
        ("alice", PASSWORD.upper()),
        (None, PASSWORD),
        ("alice", None),
    ],
)
def test_not_signing_in(alice: User, name: Any, password: Any):
    assert authenticate(username=name, password=password) is None


def test_an_empty_address_is_nobodys_name():
    User.objects.create_user("robot", "", PASSWORD)

    assert authenticate(username="", password=PASSWORD) is None


def test_an_inactive_user_does_not_sign_in(alice: User):
    User.objects.update(is_active=False)

    assert authenticate(username="alice", password=PASSWORD) is None


def test_a_password_keeps_its_blanks(alice: User):
    alice.set_password(" two  blanks ")
    alice.save()

    assert authenticate(username="alice", password=" two  blanks ") == alice
    assert authenticate(username="alice", password="two  blanks") is None


def test_a_name_wins_over_somebody_elses_address(alice: User):
    named = User.objects.create_user("alice@example.test", "other@example.test", PASSWORD)

    assert authenticate(username="ALICE@example.test", password=PASSWORD) == named


@pytest.mark.parametrize(("name", "email"), [("ALICE", "x@example.test"), ("x", "Alice@Example.TEST")])
def test_names_and_addresses_are_unique_whatever_their_case(alice: User, name: str, email: str):
    with pytest.raises(ValidationError):
        User.objects.create_user(name, email, PASSWORD)
    with pytest.raises(IntegrityError), transaction.atomic():
        User(username=name, email=email, password="x").save()


def test_several_users_may_leave_the_address_empty():
    User.objects.create_user("one", "", PASSWORD)
    User.objects.create_user("two", None, PASSWORD)

    assert User.objects.filter(email="").count() == 2


@pytest.mark.parametrize("name", ["ck_1", "CK_1", "a b", "", "a\0b", "x" * 151])
def test_names_that_nobody_may_have(name: str):
    with pytest.raises((ValidationError, ValueError)):
        User.objects.create_user(name, "x@example.test", PASSWORD)

    assert not User.objects.exists()


@pytest.mark.parametrize("reference", ["alice", "Alice@example.test", "{id}"])
def test_the_user_that_an_operator_means(alice: User, reference: str):
    assert User.objects.by_reference(reference.format(id=alice.pk)) == alice


@pytest.mark.parametrize("reference", ["", "0", "nobody", "١", "9" * 30, "-1"])
def test_nobody_that_an_operator_could_mean(alice: User, reference: str):
    with pytest.raises(User.DoesNotExist):
        User.objects.by_reference(reference)


def test_a_name_of_digits_wins_over_an_id(alice: User):
    digits = User.objects.create_user(str(alice.pk), "digits@example.test", PASSWORD)

    assert User.objects.by_reference(str(alice.pk)) == digits


def test_a_superuser_that_breaks_the_rules_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, alice: User):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    with pytest.raises(CommandError):
        call_command("createsuperuser", "--noinput", "--username", "ALICE", "--email", "x@example.test")


def test_the_groups_that_a_migration_makes(alice: User, manager: User):
    assert {group.name for group in Group.objects.all()} == {SHOP_MANAGER, CUSTOMER}
    assert rights_of(manager) == {Right.MANAGE}
    assert rights_of(alice) == frozenset()


def test_rights_of_user_and_groups_add_up(alice: User):
    group = Group.objects.create(name="Auditors")
    group.permissions.add(Permission.objects.get(codename=Right.READ_WALLETS))
    alice.groups.add(group)
    alice.user_permissions.add(Permission.objects.get(codename=Right.WRITE_WALLETS))
    with CaptureQueriesContext(connection) as queries:
        rights = rights_of(alice)

    assert rights == {Right.READ_WALLETS, Right.WRITE_WALLETS}
    assert len(queries) == 1


def test_a_superuser_has_them_all_and_an_inactive_one_none():
    root = User.objects.create_superuser("root", "root@example.test", PASSWORD)

    assert rights_of(root) == ALL_RIGHTS
    root.is_active = False
    assert rights_of(root) == frozenset()


def test_a_permission_of_the_same_name_elsewhere_is_no_right(alice: User):
    from django.contrib.contenttypes.models import ContentType

    foreign = Permission.objects.create(
        codename=Right.MANAGE, name="something else", content_type=ContentType.objects.get_for_model(Group)
    )
    alice.user_permissions.add(foreign)

    assert rights_of(alice) == frozenset()


@pytest.mark.parametrize("right", Right)
def test_django_agrees_about_every_right(alice: User, right: Right):
    alice.user_permissions.add(Permission.objects.get(codename=right))

    assert User.objects.get(pk=alice.pk).has_perm(f"people.{right}")
