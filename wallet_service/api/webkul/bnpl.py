"""What the caller owes, and paying it back by hand (facts.md 2.14, docs/pay-later.md). Every credit repays by itself.

An extension lists the debts. `id` is that of the transaction that made one, and what `bnpl_repay` takes as `debt_id`. Without it
the oldest is repaid first, without an amount all that is owed as far as it is there. `outstanding` of the answer is what is owed
altogether in that currency. Somebody else's debt is 403, as one that is not there.
"""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from bnpl.errors import DebtNotFound, NothingOwed, RepaymentExceedsDebt
from bnpl.reading import DebtRow, debts_of, rows_of
from bnpl.services import repay
from idempotency.services import Reply
from ledger.errors import CurrencyUnknown, InsufficientFunds, LedgerUnavailable
from ledger.models import Entry
from ledger.money import Currency
from ledger.movements import Event
from wallet_service.api.arguments import Arguments, Integer
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.pages import Page, page_arguments
from wallet_service.api.webkul import bnpl_shapes as shapes
from wallet_service.api.webkul.base import CURRENCY, PER_PAGE, CustomerViewSet
from wallet_service.api.webkul.fields import MajorUnits, major, moment
from wallet_service.api.wordpress import dump
from wallets.models import Wallet
from wallets.reading import ID_MAX, read_wallet_in

LIST = Arguments({**page_arguments(per_page=PER_PAGE), "currency": CURRENCY})
REPAY = Arguments(
    {
        "debt_id": Integer(description="Which debt; without it the oldest first.", minimum=1, maximum=ID_MAX),
        "amount": MajorUnits(description="Major units; without it all that is owed, as far as it is there."),
        "currency": CURRENCY,
    }
)


class DebtViewSet(CustomerViewSet):
    """The caller's own debts."""

    @operation(
        Operation(
            "listOwnDebts",
            "List the caller's own debts",
            Access.SIGNED_IN,
            LIST,
            {200: shapes.WebkulDebtPage},
            refusals=(CurrencyUnknown,),
            is_list=True,
            description="Every loan there was, the newest first, and what else is still owed.",
        )
    )
    def list(self, request: Request) -> Response:
        asked = self.arguments()
        unit = self.unit(asked)
        try:
            made = debts_of(read_wallet_in(self.caller.pk, unit).pk)
        except Wallet.DoesNotExist:
            made = Entry.objects.none()
        page = Page.of(made, asked)
        return self.page(page, [debt_row(row, unit) for row in rows_of(page.rows)])


class RepayViewSet(CustomerViewSet):
    """Paying debts back."""

    @operation(
        Operation(
            "repayDebt",
            "Repay what the caller owes",
            Access.SIGNED_IN,
            REPAY,
            {200: shapes.WebkulRepayment},
            refusals=(
                *(CurrencyUnknown, DebtNotFound, NothingOwed, RepaymentExceedsDebt, InsufficientFunds),
                LedgerUnavailable,
            ),
            takes_idempotency_key=True,
            description="Out of the caller's own money: nothing that is held, and no credit line. The principal comes first.",
            example={"debt_id": 78410, "amount": 20},
        )
    )
    def create(self, request: Request) -> Response:
        asked = self.arguments()
        unit = self.unit(asked)
        amount = self.amount(asked, unit) if asked["amount"] is not None else None
        try:
            wallet = read_wallet_in(self.caller.pk, unit)
        except Wallet.DoesNotExist:
            raise (NothingOwed if asked["debt_id"] is None else DebtNotFound) from None

        def work(event: Event) -> Reply:
            actor, debt_id = self.credential.actor, asked["debt_id"]
            done = repay(account_id=wallet.pk, event=event, actor=actor, debt_id=debt_id, amount=amount)
            figures = {"repaid": done.repaid, "outstanding": done.outstanding, "balance_after": done.balance}
            return Reply(200, dump({"success": True, **{name: major(money.minor, unit) for name, money in figures.items()}}))

        return self.answer_once(asked, work)


def debt_row(row: DebtRow, unit: Currency) -> dict[str, Any]:
    """One debt. What a payment provider took back has no order, and is due whenever money comes in."""
    amounts = {
        "amount": row.entry.amount,
        "outstanding": row.outstanding,
        "principal": row.principal,
        "interest": row.interest,
    }
    return {
        "id": row.entry.pk,
        **{name: major(minor, unit) for name, minor in amounts.items()},
        "currency": unit.code,
        "status": row.status.value,
        "order_id": row.entry.order_id,
        "due_at": moment(row.loan.due_at if row.loan else None),
        "interest_from": moment(row.loan.bears_at if row.loan else None),
        "created_at": moment(row.entry.at),
    }
