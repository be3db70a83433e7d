"""Where it is paid to: what is taken, in what spelling, and how it is kept and masked."""

from typing import Any

import pytest

from ledger.sealing import SealBroken
from tests.withdrawals.conftest import BANK, Ask
from wallets.models import Wallet
from withdrawals.details import masked, opened, read_details
from withdrawals.errors import DetailsInvalid
from withdrawals.models import Withdrawal

GOOD = [
    ("bank", BANK, "•••• 7890"),
    ("bank", {**BANK, "account_number": "DE89 3704 0044 0532 0130 00", "ifsc": "COBADEFFXXX"}, "•••• 3000"),
    ("bank", {**BANK, "account_number": "gb82 WEST 1234 5698 7654 32"}, "•••• 5432"),
    ("bank", {**BANK, "account_number": "1234", "ifsc": "12-34-56"}, "•••• 34"),
    ("bank", {**BANK, "ifsc": "021000021"}, "•••• 7890"),
    ("bank", {**BANK, "account_name": "Zoë Ångström-Ñuñez"}, "•••• 7890"),
    ("paypal", {"email": " alice@example.test "}, "a•••@example.test"),
    ("stripe", {"account": "acct_1032D82eZvKYlo2C"}, "acct_•••• lo2C"),
]
NO_NUMBERS = ("123", "1" * 35, "12_34", "\uff11\uff12\uff13\uff14\uff15", 5)
# The last two become letters of ours as capitals.
NO_CODES = ("HDFC1001234", "ABC", "12345", "\ufb01nance0", "HDFC0\u017f01234")
BAD: list[tuple[str, Any, dict[str, str]]] = [
    ("bank", {}, {"account_name": "missing", "account_number": "missing", "ifsc": "missing"}),
    ("bank", {**BANK, "iban": "DE89"}, {"iban": "unknown"}),
    *(
        ("bank", {**BANK, "account_number": text}, {"account_number": "invalid"})
        for text in ("123", "1" * 35, "12_34", "１２３４５", 5, "DE88 3704 0044 0532 0130 00", "gb82 west 1234 5698 7654 23")
    ),
    *(
        ("bank", {**BANK, "ifsc": text}, {"ifsc": "invalid"})
        for text in ("HDFC1001234", "ABC", "12345", "ﬁnance0", "HDFC0ſ01234")
    ),
    *(("bank", {**BANK, "account_name": text}, {"account_name": "invalid"}) for text in ("a\0b", "a\nb", "x" * 121, ["Alice"])),
    ("bank", {**BANK, "account_name": "  "}, {"account_name": "invalid"}),
    ("paypal", {"email": "alice"}, {"email": "invalid"}),
    ("paypal", {"email": "a@example.test", "account": "acct_1"}, {"account": "unknown"}),
    ("paypal", {"email": f"{'a' * 250}@example.test"}, {"email": "invalid"}),
    *(("stripe", {"account": text}, {"account": "invalid"}) for text in ("1032D82", "acct_", "acct_é", "acct_" + "a" * 65)),
    *(("stripe", given, {"details": "invalid"}) for given in ("acct_1", ["acct_1"], 5, None)),
]


@pytest.mark.parametrize(("method", "given", "shown"), GOOD)
def test_takes_and_masks(method: str, given: dict[str, str], shown: str):
    read = read_details(method, given)

    assert masked(method, read) == shown
    assert read_details(method, read) == read


@pytest.mark.parametrize(("method", "given", "problems"), BAD)
def test_refuses(method: str, given: Any, problems: dict[str, str]):
    with pytest.raises(DetailsInvalid) as caught:
        read_details(method, given)
    assert caught.value.problems == problems


@pytest.mark.django_db
def test_a_seal_belongs_to_its_row_and_method(funded: Wallet, ask: Ask):
    first, second = ask(funded, 10), ask(funded, 10, details={**BANK, "account_number": "99999999"})
    Withdrawal.objects.filter(pk=first.pk).update(details=second.details)
    Withdrawal.objects.filter(pk=second.pk).update(method="paypal")

    for withdrawal in (first, second):
        with pytest.raises(SealBroken):
            opened(Withdrawal.objects.get(pk=withdrawal.pk))
