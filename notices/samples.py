"""Facts of each kind, every one that its template knows: what the admin's previews and the tests fill the templates with.

Who sends a notice gives the same names. What is not always there (a note, a fee, a reason) may be left out, or be "".
"""

from collections.abc import Mapping
from typing import Any

_MOVEMENT = {"amount": "$12.50", "what": "cashback", "at": "2026-05-01 09:30 UTC", "reason": "For your last order"}
_PAID = {**_MOVEMENT, "what": "debit", "reason": "Order #1234"}
_TAKEN_BACK = {"amount": "$50.00", "topup": "$60.00", "booked": "$55.00", "owed": "$10.00", "number": "0f3c…"}
_CODE = {"code": "123456", "amount": "$250.00", "recipient": "b…b@example.com", "minutes": 10}
_ASKED = {"amount": "$20.00", "note": "Lunch"}
_PAYOUT = {
    "user": "ada@example.com", "amount": "$1,000.00", "fee": "$25.00", "net": "$975.00", "method": "bank", "number": 4711
}  # fmt: skip

SAMPLES: Mapping[str, Mapping[str, Any]] = {
    "wallet.credited": {"count": 1, "amount": "$12.50", "balance": "$112.50", "movements": [_MOVEMENT], "more": 0},
    "wallet.debited": {"count": 1, "amount": "$12.50", "balance": "$87.50", "movements": [_PAID], "more": 0},
    "balance.low": {"balance": "$87.50", "threshold": "$100.00"},
    "topup.bonus": {"amount": "$5.00", "balance": "$105.00"},
    "topup.refund": _TAKEN_BACK,
    "topup.dispute": _TAKEN_BACK,
    "auto_reload.completed": {"amount": "$50.00", "method": "Visa •••• 4242", "bonus": "$2.50", "number": "0f3c…"},
    "auto_reload.failed": {"reason": "no_saved_method"},
    "transfer.sent": {
        **{"amount": "$250.00", "recipient": "bob@example.com", "fee": "$2.50"},
        **{"note": "For the tickets", "number": "6e1f…"},
    },
    "transfer.received": {"amount": "$250.00", "sender": "ada@example.com", "note": "For the tickets", "number": "6e1f…"},
    "transfer.code": _CODE,
    "qr_pay.code": _CODE,
    "money_request.received": {**_ASKED, "requester": "bob@example.com", "until": "2026-05-31 10:00 UTC"},
    "money_request.cancelled": {"amount": "$20.00", "requester": "bob@example.com"},
    "money_request.declined": {**_ASKED, "payer": "bob@example.com"},
    "money_request.failed": {**_ASKED, "payer": "bob@example.com"},
    "withdrawal.requested": {**_PAYOUT, "note": "Rent"},
    "withdrawal.approved": {**_PAYOUT, "eta": "2026-05-08", "note": "Thank you."},
    "withdrawal.rejected": {"amount": "$1,000.00", "note": "The account number is wrong.", "number": 4711},
    "withdrawal.paid": {**_PAYOUT, "reference": "WK-WDRW-17", "note": "Thank you."},
    "withdrawal.failed": {**_PAYOUT, "reason": "The bank refused it."},
    "refund_request.approved": {"amount": "$30.00", "asked": "$40.00", "order": 1234, "note": "One of the two."},
    "refund_request.rejected": {"amount": "$40.00", "order": 1234, "note": "It was worn."},
    "kyc.submitted": {"user": "ada@example.com", "document_type": "Passport", "number": 17},
    # Or "approved".
    "kyc.decided": {"status": "rejected", "note": "The picture is blurred."},
    "debt.overdue": {
        **{"amount": "$82.00", "order": 1234, "lent": "$80.00", "made": "2026-04-01", "due": "2026-05-01"},
        **{"interest": "$2.00", "interest_from": "2026-05-08", "number": 17},
    },
    "step_up.code": {**_CODE, "user": "ada", "url": "https://shop.example.com/account/step-up/0f3c/"},
    "totp.code": {"user": "ada", "code": "123456", "minutes": 10},
    "totp.enrolled": {},
    "totp.removed": {},
    "webhook.failing": {"endpoint": 3, "host": "shop.example.com", "hours": 24},
}
