"""What this family says when it says no to a withdrawal."""

from decimal import Decimal
from typing import Any

import withdrawals.errors as withdrawals
from wallet_service.api.answers import one_param
from wallet_service.api.family import Answer, Answers, Facts
from wallet_service.api.webkul.fields import moment

LIMIT = "limit_exceeded"
PROBLEMS = {
    "missing": "{name} is required for this method.",
    "unknown": "{name} is not one of this method's.",
    "invalid": "{name} is not valid.",
}
SAMPLE_STATUS = {"withdrawal_status": "approved"}


def wrong_details(exc: withdrawals.DetailsInvalid) -> Facts:
    """As WordPress says it of an object's members."""
    named = {name if name == "details" else f"details[{name}]": problem for name, problem in exc.problems.items()}
    params = {name: PROBLEMS[problem].format(name=name) for name, problem in named.items()}
    details = {name: {"code": "rest_invalid_param", "message": message, "data": None} for name, message in params.items()}
    return {"names": ", ".join(params), "params": params, "details": details}


def bounds(exc: withdrawals.WithdrawalOutOfBounds) -> Facts:
    """A shop may have no maximum."""
    most = {"maximum": exc.most.decimal} if exc.most else {}
    return {"minimum": exc.least.decimal, **most, "requested": exc.requested.decimal}


def in_month(exc: withdrawals.MonthlyCapExceeded) -> Facts:
    return {"limit": exc.limit.decimal, "left": exc.left.decimal, "requested": exc.requested.decimal}


def fee_and_requested(exc: withdrawals.FeeTakesAll) -> Facts:
    return {"fee": exc.fee.decimal, "requested": exc.requested.decimal}


def withdrawable_and_requested(exc: withdrawals.WithdrawableExceeded) -> Facts:
    """`balance`, as of every shortfall: here it is what may be paid out of it."""
    return {"balance": exc.available.decimal, "requested": exc.required.decimal}


def status_of(exc: Any) -> Facts:
    """`status` is the answer's own."""
    return {"withdrawal_status": str(exc.status)}


WITHDRAWAL_ANSWERS: Answers = {
    withdrawals.WithdrawalUnknown: Answer(404, "not_found", "There is no such withdrawal."),
    withdrawals.WithdrawalsDisabled: Answer(403, "withdrawals_disabled", "Withdrawals are not enabled on this store."),
    withdrawals.MethodNotOffered: one_param("method", "method is not one that this store pays out by."),
    withdrawals.DetailsInvalid: Answer(
        400,
        "rest_invalid_param",
        "Invalid parameter(s): {names}",
        wrong_details,
        sample=wrong_details(withdrawals.DetailsInvalid({"ifsc": "missing"})),
    ),
    withdrawals.DetailsMissing: Answer(
        400,
        "rest_missing_callback_param",
        "Missing parameter(s): {names}",
        lambda exc: {"names": "details", "params": ["details"]},
        sample={"names": "details", "params": ["details"]},
    ),
    withdrawals.WithdrawalOutOfBounds: Answer(
        422,
        LIMIT,
        "The requested amount ({requested:f}) is not one that is paid out at once.",
        bounds,
        sample={"minimum": Decimal("100.00"), "maximum": Decimal("500.00"), "requested": Decimal("50.00")},
    ),
    withdrawals.FeeTakesAll: Answer(
        422,
        LIMIT,
        "The fee ({fee:f}) would leave nothing of the requested amount ({requested:f}).",
        fee_and_requested,
        sample={"fee": Decimal("5.00"), "requested": Decimal("5.00")},
    ),
    withdrawals.MonthlyCapExceeded: Answer(
        422,
        LIMIT,
        "The requested amount ({requested:f}) is more than is left of this month ({left:f} of {limit:f}).",
        in_month,
        sample={"limit": Decimal("500.00"), "left": Decimal("42.00"), "requested": Decimal("50.00")},
    ),
    withdrawals.WithdrawableExceeded: Answer(
        422,
        "insufficient_balance",
        "What may be paid out ({balance:f}) is less than the requested amount ({requested:f}).",
        withdrawable_and_requested,
        sample={"balance": Decimal("42.00"), "requested": Decimal("50.00")},
    ),
    withdrawals.WithdrawalNotPending: Answer(
        409, "not_pending", "The withdrawal is {withdrawal_status} already.", status_of, sample=SAMPLE_STATUS
    ),
    withdrawals.WithdrawalNotApproved: Answer(
        409, "not_approved", "The withdrawal is {withdrawal_status}.", status_of, sample={"withdrawal_status": "pending"}
    ),
    withdrawals.PayoutNotDue: Answer(
        409,
        "payout_not_due",
        "The withdrawal is paid out from {payable_at} on.",
        lambda exc: {"payable_at": moment(exc.payable_at)},
        sample={"payable_at": "2026-05-06T07:14:23Z"},
    ),
    withdrawals.PayoutUnderWay: Answer(
        409, "payout_under_way", "The withdrawal is being paid out, or its provider is asked. Please try again later."
    ),
}
