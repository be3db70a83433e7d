"""Where somebody was paid is his to know and to have forgotten; that he was paid is the shop's to keep."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from ledger.models import Entry
from ledger.movements import Event
from ledger.verifying import verify
from people.models import User
from wallet_service.privacy.errors import PersonNotErasable
from wallet_service.privacy.services import erase_person, exported
from wallets.models import Wallet
from withdrawals.models import Withdrawal
from withdrawals.services import approve_withdrawal, mark_paid, request_withdrawal

pytestmark = pytest.mark.django_db


def test_is_handed_out_and_forgotten_once_it_is_settled(
    wallet: Wallet, alice: User, manager: User, give: Callable[..., Entry], site: Callable[..., None]
):
    site(withdrawals_enabled=True, withdrawal_min=1)
    give(wallet, 100)
    asked: dict[str, Any] = {"event": Event.once("test"), "actor": "test", "details": {"email": "alice@pay.example"}}
    withdrawal = request_withdrawal(wallet=wallet, amount=wallet.money(100), method="paypal", **asked)
    approve_withdrawal(withdrawal_id=withdrawal.pk, by=manager, actor="test", note="For Alice")

    (row,) = json.loads("".join(exported(alice)))["withdrawals"]
    assert (row["details"], row["note"], row["status"]) == ({"email": "alice@pay.example"}, "For Alice", "approved")
    assert row["amount"] == {"amount": "1.00", "currency": "USD"}
    with pytest.raises(PersonNotErasable, match=f"Withdrawal {withdrawal.pk} is approved"), transaction.atomic():
        erase_person(user=alice)

    mark_paid(withdrawal_id=withdrawal.pk, by=manager, actor="test", payout_reference="PO-1")
    assert erase_person(user=alice).changed["withdrawals"] == 1
    withdrawal = Withdrawal.objects.get(pk=withdrawal.pk)
    assert (withdrawal.details, withdrawal.note, withdrawal.payout_reference) == (None, "", "PO-1")
    (row,) = json.loads("".join(exported(alice)))["withdrawals"]
    assert row["details"] is None
    assert verify().findings == []
    assert "withdrawals" not in erase_person(user=alice).changed
