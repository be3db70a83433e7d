"""Withdrawals (contract.md 3, "Bodies and rows", "Staff answers"): asked for behind the customer door, decided behind the other.

No answer says where one is paid to.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from idempotency.services import Reply
from kyc.errors import KycRequired
from ledger.errors import (
    AccountFrozen,
    AccountMirrored,
    BalanceLimitExceeded,
    CurrencyUnknown,
    LedgerUnavailable,
)
from ledger.money import Currency, Money
from ledger.movements import Event
from wallet_service.api.arguments import Argument, Arguments, Integer, Members, Text, number_in_path
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.pages import Page, page_arguments
from wallet_service.api.webkul import withdrawal_shapes as shapes
from wallet_service.api.webkul.base import CURRENCY, PER_PAGE, AdminViewSet, CustomerViewSet
from wallet_service.api.webkul.fields import AMOUNT, major, moment
from wallet_service.api.wordpress import dump
from wallets.errors import MayNotDecide, VelocityCapExceeded
from wallets.models import Wallet
from wallets.reading import read_wallet_in
from withdrawals.bounds import require_offered
from withdrawals.errors import (
    DetailsInvalid,
    DetailsMissing,
    FeeTakesAll,
    MethodNotOffered,
    MonthlyCapExceeded,
    PayoutNotDue,
    PayoutUnderWay,
    WithdrawableExceeded,
    WithdrawalNotApproved,
    WithdrawalNotPending,
    WithdrawalOutOfBounds,
    WithdrawalsDisabled,
    WithdrawalUnknown,
)
from withdrawals.models import NOTE_MAX, REFERENCE_MAX, Withdrawal
from withdrawals.services import approve_withdrawal, mark_failed, mark_paid, reject_withdrawal, request_withdrawal

MEMBERS = {
    "account_name": "bank: whose account it is.",
    "account_number": "bank: an IBAN, or 4 to 34 letters and digits.",
    "ifsc": "bank: the bank's code, an IFSC, a BIC, or 6 to 9 digits (sort code, BSB, routing number).",
    "email": "paypal: the address of the account.",
    "account": "stripe: the connected account, `acct_…`.",
}
ASK = Arguments(
    {
        "amount": AMOUNT,
        "method": Text(description="How it is paid out.", required=True, options=tuple(Withdrawal.Method.values)),
        "details": Members(
            description="Where to; without it, where the last one by this method went. No answer tells them.",
            members=MEMBERS,
        ),
        "currency": CURRENCY,
    }
)
FILTERS: dict[str, Argument] = {
    "status": Text(description="Only those that are so.", options=tuple(Withdrawal.Status.values)),
    **page_arguments(per_page=PER_PAGE),
}
OWN = Arguments(FILTERS)
LIST = Arguments({"user_id": Integer(description="Only this user's.", minimum=1), **FILTERS})
NOTE = Text(description="Why. The customer reads it.", max_length=NOTE_MAX)
DECISION = Arguments({"note": NOTE})
PAYOUT = Text(description="What the bank calls the payout.", required=True, min_length=1, max_length=REFERENCE_MAX)
PAID = Arguments({"payout_reference": PAYOUT})
FAILED = Arguments(
    {
        "note": NOTE,
        "payout_reference": Text(
            description="What the bank calls it; of one that was paid, the return: the row goes on telling the payout.",
            min_length=1,
            max_length=REFERENCE_MAX,
        ),
    }
)
DECIDED = (WithdrawalUnknown, MayNotDecide, LedgerUnavailable)
REFUSED = (
    *(
        WithdrawalsDisabled,
        MethodNotOffered,
        DetailsInvalid,
        DetailsMissing,
        CurrencyUnknown,
        AccountFrozen,
        AccountMirrored,
        KycRequired,
    ),
    *(WithdrawalOutOfBounds, FeeTakesAll, VelocityCapExceeded, MonthlyCapExceeded, WithdrawableExceeded, LedgerUnavailable),
)


class WithdrawalViewSet(AdminViewSet):
    """Decide on withdrawals, and say what became of them."""

    @operation(
        Operation(
            "listWithdrawals",
            "List withdrawals",
            Access.MANAGE,
            LIST,
            {200: shapes.WebkulWithdrawalPage},
            is_list=True,
            description="Newest first.",
        )
    )
    def list(self, request: Request) -> Response:
        asked = self.arguments()
        rows = Withdrawal.objects.all()
        if asked["user_id"] is not None:
            rows = rows.filter(wallet__user=asked["user_id"])
        return _page(self, rows, asked)

    @operation(
        Operation(
            "approveWithdrawal",
            "Approve a withdrawal",
            Access.MANAGE,
            DECISION,
            {200: shapes.WebkulWithdrawal},
            refusals=(*DECIDED, WithdrawalNotPending),
            takes_idempotency_key=True,
            description="Nothing moves: it was debited when it was asked for. Nobody decides on his own.",
            example={"note": "Checked"},
        )
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, id: str) -> Response:
        return self._decided(id, approve_withdrawal)

    @operation(
        Operation(
            "rejectWithdrawal",
            "Reject a withdrawal",
            Access.MANAGE,
            DECISION,
            {200: shapes.WebkulWithdrawal},
            refusals=(*DECIDED, WithdrawalNotPending, BalanceLimitExceeded),
            takes_idempotency_key=True,
            description="Amount and fee go back into the wallet.",
            example={"note": "The name is not the account's."},
        )
    )
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, id: str) -> Response:
        return self._decided(id, reject_withdrawal)

    @operation(
        Operation(
            "payWithdrawal",
            "Say that a withdrawal was paid out",
            Access.MANAGE,
            PAID,
            {200: shapes.WebkulWithdrawal},
            refusals=(*DECIDED, WithdrawalNotApproved, PayoutUnderWay, PayoutNotDue),
            takes_idempotency_key=True,
            description="Of an approved one, once the days are over that the shop lets it wait.",
            example={"payout_reference": "WK-WDRW-17"},
        )
    )
    @action(detail=True, methods=["post"])
    def paid(self, request: Request, id: str) -> Response:
        return self._decided(id, mark_paid)

    @operation(
        Operation(
            "failWithdrawal",
            "Say that a payout failed, or came back",
            Access.MANAGE,
            FAILED,
            {200: shapes.WebkulWithdrawal},
            refusals=(*DECIDED, WithdrawalNotApproved, PayoutUnderWay, BalanceLimitExceeded),
            takes_idempotency_key=True,
            description="Of an approved one or a paid one. Amount and fee go back into the wallet, once.",
            example={"payout_reference": "RETURN-17", "note": "The account is closed."},
        )
    )
    @action(detail=True, methods=["post"])
    def failed(self, request: Request, id: str) -> Response:
        return self._decided(id, mark_failed)

    def _decided(self, id: str, verb: Callable[..., Withdrawal]) -> Response:
        asked = self.arguments()
        said = {name: asked[name] for name in ("note", "payout_reference") if asked.get(name) is not None}
        decision = {"withdrawal_id": number_in_path(id), "by": self.caller, "actor": self.credential.actor, **said}
        return self.answer_once(asked, lambda event: Reply(200, dump(withdrawal_row(verb(**decision)))))


class OwnWithdrawalViewSet(CustomerViewSet):
    """Ask for one's money, and see what became of it."""

    @operation(
        Operation(
            "listOwnWithdrawals",
            "List the caller's own withdrawals",
            Access.SIGNED_IN,
            OWN,
            {200: shapes.WebkulWithdrawalPage},
            is_list=True,
            description="Newest first.",
        )
    )
    def list(self, request: Request) -> Response:
        return _page(self, Withdrawal.objects.of(self.caller), self.arguments())

    @operation(
        Operation(
            "requestWithdrawal",
            "Ask for money to be paid out",
            Access.SIGNED_IN,
            ASK,
            {201: shapes.WebkulWithdrawal, 200: shapes.WebkulWithdrawal},
            refusals=REFUSED,
            takes_idempotency_key=True,
            description="It is taken from the wallet now; the fee comes out of what is paid out. What may be asked for is "
            "`withdrawable` of the balance.",
            example={"amount": 150, "method": "paypal", "details": {"email": "customer@example.com"}},
        )
    )
    def create(self, request: Request) -> Response:
        asked = self.arguments()
        unit = self.unit(asked)
        amount = self.amount(asked, unit)
        wallet = self._wallet(asked["method"], unit, amount)
        self.require_allowed_amount(wallet, amount, asked, is_adjustment=False)
        where = {"method": asked["method"], "details": asked["details"]}

        def work(event: Event) -> Reply:
            actor = self.credential.actor
            withdrawal = request_withdrawal(wallet=wallet, amount=amount, event=event, actor=actor, **where)
            return Reply(201, dump(withdrawal_row(withdrawal)))

        return self.answer_once(asked, work)

    def _wallet(self, method: str, unit: Currency, amount: Money) -> Wallet:
        """The caller's own; who has none has nothing to be paid out."""
        try:
            wallet = read_wallet_in(self.caller.pk, unit)
        except Wallet.DoesNotExist:
            require_offered(method)
            raise WithdrawableExceeded(required=amount, available=Money(0, unit)) from None
        wallet.user = self.caller
        return wallet


def withdrawal_row(withdrawal: Withdrawal) -> dict[str, Any]:
    """As both doors show it."""
    unit = withdrawal.wallet.currency
    minor = {
        "amount": withdrawal.amount_minor,
        "fee": withdrawal.fee_minor,
        "net": withdrawal.amount_minor - withdrawal.fee_minor,
    }
    return {
        "id": withdrawal.pk,
        "user_id": withdrawal.wallet.user_id,
        **{name: major(amount, unit) for name, amount in minor.items()},
        "currency": withdrawal.currency_code,
        "method": withdrawal.method,
        "status": str(withdrawal.status),
        "note": withdrawal.note or None,
        "payout_reference": withdrawal.payout_reference or None,
        "created_at": moment(withdrawal.created_at),
        "decided_at": moment(withdrawal.decided_at),
    }


def _page(view: AdminViewSet | CustomerViewSet, rows: "QuerySet[Withdrawal]", asked: dict[str, Any]) -> Response:
    if asked["status"] is not None:
        rows = rows.filter(status=asked["status"])
    page = Page.of(rows.select_related("wallet__account").order_by("-pk"), asked)
    return view.page(page, [withdrawal_row(withdrawal) for withdrawal in page.rows])
