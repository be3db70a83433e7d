"""Every kind of notice there is: what it is called, who gets it, and which of a customer's own switches stop it.

The words are in `templates/notices/<name>.txt`, facts to try them with in `notices.samples`. A kind that the operator may switch
off, or that has a text message, stands in `site_settings.declared` as well: the settings are read before there are any apps.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from site_settings.declared import MAILS, TEXT_MESSAGES

CUSTOMER, MANAGER = "customer", "manager"

# What a customer may decline (facts.md 2.18).
CREDIT_MAIL = "_wkwp_notify_credit_email"
DEBIT_MAIL = "_wkwp_notify_debit_email"
LOW_BALANCE_MAIL = "_wkwp_notify_low_balance_email"
KYC_MAIL = "_wkwp_notify_kyc_email"
TRANSFER_RECEIVED_SMS = "_wkwp_notify_transfer_received_sms"
WITHDRAWAL_PAID_SMS = "_wkwp_notify_withdrawal_paid_sms"
PREFERENCES = (CREDIT_MAIL, DEBIT_MAIL, LOW_BALANCE_MAIL, KYC_MAIL, TRANSFER_RECEIVED_SMS, WITHDRAWAL_PAID_SMS)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind, and the customer's own switch of its mail and of its text message."""

    name: str
    title: str
    audience: str = CUSTOMER
    mail_preference: str = ""
    sms_preference: str = ""

    @property
    def is_switchable(self) -> bool:
        return self.name in MAILS

    @property
    def has_sms(self) -> bool:
        return self.name in TEXT_MESSAGES


_KINDS = (
    Kind("wallet.credited", "Money came in", mail_preference=CREDIT_MAIL),
    Kind("wallet.debited", "Money went out", mail_preference=DEBIT_MAIL),
    Kind("balance.low", "A balance fell below the mark", mail_preference=LOW_BALANCE_MAIL),
    Kind("topup.bonus", "A bonus came with a top-up"),
    Kind("topup.refund", "A top-up was paid back"),
    Kind("topup.dispute", "A bank took a top-up back"),
    Kind("auto_reload.completed", "A balance was reloaded"),
    Kind("auto_reload.failed", "A balance could not be reloaded"),
    Kind("transfer.sent", "A transfer, to who sent it"),
    Kind("transfer.received", "A transfer, to who received it", sms_preference=TRANSFER_RECEIVED_SMS),
    Kind("transfer.code", "The code for a transfer"),
    Kind("qr_pay.code", "The code for a payment by QR code"),
    Kind("money_request.received", "Somebody asks for money"),
    Kind("money_request.cancelled", "A request for money was taken back"),
    Kind("money_request.declined", "A request for money was declined"),
    Kind("money_request.failed", "A request for money could not be paid"),
    Kind("withdrawal.requested", "A customer wants money paid out", MANAGER),
    Kind("withdrawal.approved", "A withdrawal was approved"),
    Kind("withdrawal.rejected", "A withdrawal was rejected"),
    Kind("withdrawal.paid", "A withdrawal was paid out", sms_preference=WITHDRAWAL_PAID_SMS),
    Kind("withdrawal.failed", "A payout failed", MANAGER),
    Kind("refund_request.approved", "A refund request was approved"),
    Kind("refund_request.rejected", "A refund request was rejected"),
    Kind("kyc.submitted", "A customer sent documents", MANAGER),
    Kind("kyc.decided", "An identity check was decided", mail_preference=KYC_MAIL),
    Kind("debt.overdue", "A debt is overdue"),
    Kind("step_up.code", "The code that confirms a payment"),
    Kind("totp.code", "The code that sets an authenticator app up"),
    Kind("totp.enrolled", "An authenticator app was set up"),
    Kind("totp.removed", "An authenticator app was removed"),
    Kind("webhook.failing", "A webhook endpoint is paused", MANAGER),
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _KINDS}
