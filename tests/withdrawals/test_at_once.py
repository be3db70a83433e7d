"""Many at once: no cap and no balance is passed, and nobody decides twice."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction

from ledger.errors import Busy
from ledger.models import Account, Entry
from ledger.retry import in_transaction
from ledger.services import open_account
from ledger.verifying import verify
from people.models import User
from people.rights import SHOP_MANAGER
from tests.conftest import PASSWORD
from tests.payments.conftest import all_at_once
from tests.withdrawals.conftest import Ask
from wallets.models import Wallet
from withdrawals.errors import MonthlyCapExceeded, WithdrawableExceeded, WithdrawalNotApproved, WithdrawalNotPending
from withdrawals.models import Withdrawal
from withdrawals.services import approve_withdrawal, mark_failed, reject_withdrawal

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def tried(works: list[Callable[[], Any]]) -> list[Any]:
    """Each in a transaction of its own, and again while it was only in the way."""

    def patiently(work: Callable[[], Any]) -> Any:
        while True:
            try:
                return in_transaction(work)
            except Busy:
                continue

    return all_at_once([partial(patiently, work) for work in works])


def kinds_of(results: list[Any]) -> dict[type, int]:
    return {kind: sum(type(result) is kind for result in results) for kind in {type(result) for result in results}}


@pytest.mark.parametrize("cap", [0, 700])
def test_twenty_requests_against_ten_and_a_cap(funded: Wallet, ask: Ask, site: Callable[..., None], cap: int):
    """$10.00 are there for ten of $1.00; under a cap of $7.00 for seven."""
    site(withdrawal_monthly_max=cap)

    results = tried([lambda: ask(funded, 100)] * 20)

    done, refusal = (7, MonthlyCapExceeded) if cap else (10, WithdrawableExceeded)
    assert kinds_of(results) == {Withdrawal: done, refusal: 20 - done}
    assert Account.objects.get(pk=funded.pk).balance == 1000 - 100 * done
    assert verify().findings == []


def test_two_wallets_of_one_customer_share_the_cap(
    funded: Wallet, ask: Ask, site: Callable[..., None], give: Callable[..., Entry]
):
    """Each has an account and a lock of its own: it is the customer's row that they wait for."""
    with transaction.atomic():
        account = open_account(currency=funded.currency)
        other = Wallet.objects.create(account=account, user=funded.user, currency_code=account.currency_code, is_default=False)
        give(other, 1000)
    site(withdrawal_monthly_max=500)

    results = tried([partial(ask, wallet, 100) for wallet in (funded, other) * 8])

    assert kinds_of(results) == {Withdrawal: 5, MonthlyCapExceeded: 11}


def test_two_managers_decide_once(funded: Wallet, ask: Ask, manager: User):
    other = User.objects.create_user("other", "other@example.test", PASSWORD, is_staff=True)
    other.groups.add(Group.objects.get(name=SHOP_MANAGER))
    with transaction.atomic():
        first, second, third = (ask(funded, 100) for _ in range(3))

    def decisions(verb: Any, withdrawal: Withdrawal, *by: User) -> list[Callable[[], Any]]:
        return [partial(verb, withdrawal_id=withdrawal.pk, by=user, actor="test") for user in by]

    approved = tried(decisions(approve_withdrawal, first, manager, other))
    mixed = tried([*decisions(approve_withdrawal, second, manager), *decisions(reject_withdrawal, second, other)])
    rejected = tried(decisions(reject_withdrawal, third, manager, other))
    failed = tried(decisions(mark_failed, first, manager, other))

    for results in (approved, mixed, rejected):
        assert kinds_of(results) == {Withdrawal: 1, WithdrawalNotPending: 1}
    assert kinds_of(failed) == {Withdrawal: 1, WithdrawalNotApproved: 1}
    assert Entry.objects.filter(kind="withdrawal").count() == 3
    second.refresh_from_db()
    given_back = 3 if second.status == "rejected" else 2
    assert Entry.objects.filter(kind="withdrawal_return").count() == given_back
    assert verify().findings == []
