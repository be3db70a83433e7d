"""A person's data in the admin: handed out by managers, erased by superusers, and by nobody else."""

import json
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Act
from ledger.models import Entry
from people.models import User
from tests.admin.conftest import alices_browser, boss, boss_browser, clerk, clerks_browser, managers_browser  # noqa: F401
from wallets.models import Adjustment, Wallet

pytestmark = pytest.mark.django_db


def page(name: str, user: User) -> str:
    return reverse(f"admin:people_user_{name}", args=[user.pk])


class TestExport:
    def test_a_manager_is_asked_and_then_handed_the_document(self, managers_browser: Client, alice: User, manager: User):  # noqa: F811
        assert managers_browser.get(page("export", alice)).status_code == 200
        assert not Act.objects.filter(act="person.exported").exists()

        answer = managers_browser.post(page("export", alice))

        assert answer["Content-Disposition"] == f'attachment; filename="person-{alice.pk}.json"'
        assert "no-store" in answer["Cache-Control"]
        assert json.loads(b"".join(answer))["person"][0]["username"] == "alice"
        act = Act.objects.get(act="person.exported")
        assert (act.actor, act.subject) == (f"user:{manager.pk} admin", f"user:{alice.pk}")

    def test_not_of_somebody_who_outranks_him(self, managers_browser: Client, boss: User):  # noqa: F811
        assert managers_browser.post(page("export", boss)).status_code == 403
        assert not Act.objects.filter(act="person.exported").exists()

    def test_by_nobody_without_the_right(self, clerks_browser: Client, alices_browser: Client, alice: User):  # noqa: F811
        assert clerks_browser.post(page("export", alice)).status_code == 403
        assert alices_browser.post(page("export", alice)).status_code == 302
        assert not Act.objects.filter(act="person.exported").exists()


class TestErasure:
    CERTAIN = {"is_certain": "on"}  # noqa: RUF012

    def test_the_page_says_what_goes_what_stays_and_what_is_in_the_way(
        self,
        boss_browser: Client,  # noqa: F811
        alice: User,
        wallet: Wallet,
        give: Callable[..., Entry],
        manager: User,
    ):
        give(wallet, 500)
        Adjustment.objects.create(wallet=wallet, kind="credit", amount_minor=5, reason="x", asked_by=manager)
        text = boss_browser.get(page("erase", alice)).content.decode()

        assert "Name, e-mail address, user name, password" in text
        assert "The audit rows: they are sealed" in text
        assert f"Wallet {wallet.pk} holds 5.00 USD" in text
        assert "waits for approval: decide on it first." in text

    def test_a_superuser_erases(self, boss_browser: Client, boss: User, alice: User):  # noqa: F811
        answer = boss_browser.post(page("erase", alice), self.CERTAIN, follow=True)

        assert "is erased, and called erased-" in answer.content.decode()
        assert User.objects.get(pk=alice.pk).email == ""
        assert Act.objects.get(act="person.erased").actor == f"user:{boss.pk} admin"

    def test_not_without_being_certain(self, boss_browser: Client, alice: User):  # noqa: F811
        boss_browser.post(page("erase", alice))

        assert User.objects.get(pk=alice.pk).username == "alice"

    def test_a_balance_has_to_be_kept_by_name(
        self,
        boss_browser: Client,  # noqa: F811
        alice: User,
        wallet: Wallet,
        give: Callable[..., Entry],
    ):
        give(wallet, 500)
        answer = boss_browser.post(page("erase", alice), self.CERTAIN)
        assert "pay it out first, or say that it is to be kept." in answer.content.decode()
        assert User.objects.get(pk=alice.pk).username == "alice"

        boss_browser.post(page("erase", alice), {**self.CERTAIN, "keep_balance": "on"})
        assert User.objects.get(pk=alice.pk).username.startswith("erased-")

    def test_a_superuser_is_not_erased(self, boss_browser: Client, boss: User):  # noqa: F811
        assert "He is a superuser" in boss_browser.post(page("erase", boss), self.CERTAIN).content.decode()
        assert User.objects.get(pk=boss.pk).username == "boss"

    def test_managers_clerks_and_customers_erase_nobody(
        self,
        managers_browser: Client,  # noqa: F811
        clerks_browser: Client,  # noqa: F811
        alices_browser: Client,  # noqa: F811
        bob: User,
    ):
        for browser, status in ((managers_browser, 403), (clerks_browser, 403), (alices_browser, 302)):
            assert browser.get(page("erase", bob)).status_code == status
            assert browser.post(page("erase", bob), self.CERTAIN).status_code == status
        assert User.objects.get(pk=bob.pk).username == "bob"

    def test_a_user_who_is_not_there(self, boss_browser: Client):  # noqa: F811
        for number in (999_999, 10**18, 10**30):
            assert boss_browser.get(f"/admin/people/user/{number}/erase/").status_code in {302, 404}


def test_a_users_page_leads_there(managers_browser: Client, boss_browser: Client, alice: User):  # noqa: F811
    address = reverse("admin:people_user_change", args=[alice.pk])

    assert "Export personal data" in boss_browser.get(address).content.decode()
    assert "Erase person" in boss_browser.get(address).content.decode()
    text = managers_browser.get(address).content.decode()
    assert "Export personal data" in text
    assert "Erase person" not in text
