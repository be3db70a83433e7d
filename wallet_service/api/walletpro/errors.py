"""Every word this family says when it says no."""

from django.conf import settings
from rest_framework.exceptions import AuthenticationFailed, Throttled

import analytics.errors as analytics
import bnpl.errors as bnpl
import codes.errors as codes
import federation.errors as federation
import idempotency.errors as idempotency
import kyc.errors as kyc
import ledger.errors as ledger
import passcodes.errors as passcodes
import payments.errors as payments
import payments.port as providers
import points.errors as points
import points.importing.errors as imports
import points.packages.errors as packages
import points.plans.errors as plans
import refunds.errors as refunds
import site_settings.errors as site_settings
import stepups.errors as stepups
import transfers.errors as transfers
import wallets.errors as wallets
import webhooks.errors as webhooks
import withdrawals.errors as withdrawals
from apikeys.errors import AddressListInvalid, KeyLimitExceeded, OwnerOutranks
from ledger.models import Checkpoint, Entry, Hold
from ledger.money import Money
from ledger.sealing import SealBroken
from people.models import User
from wallet_service.api import wordpress
from wallet_service.api.answers import RETRY_AFTER, SAMPLE_WAIT, RateLimited, one_param, one_wrong, retry_after, retry_soon
from wallet_service.api.authentication import AddressListNeeded, CallerAddressForbidden, TooManyFailedLogins
from wallet_service.api.family import Answer, Answers, Facts
from wallet_service.api.redeeming import TooManyCodes
from wallets.models import Wallet
from webhooks.models import Endpoint
from webhooks.models import Event as WebhookEvent


def text(amount: Money) -> str:
    """Money as this family writes it."""
    return str(amount.minor)


def balance_and_requested(exc: ledger.InsufficientFunds) -> Facts:
    return {"balance": text(exc.available), "requested": text(exc.required)}


Limited = wallets.SpendingLimitExceeded | wallets.ApprovalRequired | KeyLimitExceeded | transfers.TransferLimitExceeded


def limit_and_requested(exc: Limited) -> Facts:
    return {"limit": text(exc.limit), "requested": text(exc.requested)}


def velocity(exc: wallets.VelocityCapExceeded) -> Facts:
    """`limit` is a count, or minor units as text where the sum is what is capped."""
    return {
        "limit": exc.limit if isinstance(exc.limit, int) else text(exc.limit),
        "requested": text(exc.requested),
        "window_minutes": exc.window_minutes,
        "retry_after": exc.retry_after,
    }


def where_to_step_up(exc: stepups.StepUpRequired) -> Facts:
    """A dry run opens no page."""
    page = {"step_up_url": exc.url} if exc.url else {}
    return {**page, "requested": text(exc.requested)}


SAMPLE_SHORTFALL = {"balance": "4200", "requested": "5000"}
SAMPLE_LIMIT = {"limit": "4000", "requested": "5000"}
INVALID_CREDENTIALS = Answer(401, "walletpro_invalid_credentials", "The credentials are not valid.")
BUSY = Answer(
    503, "walletpro_busy", "The service is busy; nothing was changed. Please try again.", retry_soon, RETRY_AFTER, SAMPLE_WAIT
)
# Not "nothing was changed": a connection that broke at the commit leaves that open. The idempotency key tells.
UNREACHABLE = Answer(
    503,
    "walletpro_busy",
    "The service is busy. Please try again, with the same idempotency key.",
    retry_soon,
    RETRY_AFTER,
    SAMPLE_WAIT,
)
UNAVAILABLE = Answer(503, "walletpro_ledger_unavailable", "The wallet is being looked into; nothing was changed.")

ANSWERS: Answers = {
    **wordpress.ANSWERS,
    **dict.fromkeys(wordpress.UNREACHABLE, UNREACHABLE),
    AuthenticationFailed: INVALID_CREDENTIALS,
    CallerAddressForbidden: Answer(403, "forbidden_caller_ip", "This key may not be used from this address."),
    AddressListNeeded: Answer(
        403, "forbidden_caller_ip", "A key that may sign by OAuth writes over plain http only from addresses that it lists."
    ),
    TooManyFailedLogins: Answer(429, "walletpro_rate_limited", "Too many failed logins.", retry_after, RETRY_AFTER, SAMPLE_WAIT),
    TooManyCodes: Answer(429, "walletpro_rate_limited", "Too many codes were tried.", retry_after, RETRY_AFTER, SAMPLE_WAIT),
    RateLimited: Answer(429, "walletpro_rate_limited", "Too many requests.", retry_after, RETRY_AFTER, SAMPLE_WAIT),
    Throttled: Answer(429, "walletpro_rate_limited", "Too many requests.", retry_soon, RETRY_AFTER, SAMPLE_WAIT),
    Wallet.DoesNotExist: Answer(404, "walletpro_wallet_not_found", "There is no such wallet."),
    points.NoPoints: Answer(422, "walletpro_no_points", "At the shop's ratio this comes to no points."),
    points.PointsWalletUnknown: Answer(404, "walletpro_wallet_not_found", "There is no such wallet."),
    Entry.DoesNotExist: Answer(404, "walletpro_transaction_not_found", "There is no such transaction."),
    Checkpoint.DoesNotExist: Answer(404, "walletpro_checkpoint_not_found", "There is no such checkpoint."),
    User.DoesNotExist: Answer(404, "rest_user_invalid_id", "Invalid user ID."),
    ledger.Refusal: Answer(422, "walletpro_refused", "The wallet does not allow this."),
    ledger.AmountOutOfRange: one_param("amount", "amount must be between 1 (inclusive) and 1000000000000000 (inclusive)"),
    ledger.CurrencyUnknown: one_param("currency", "currency is not a currency of this site."),
    ledger.CurrencyMismatch: one_param("currency", "currency is not the wallet's."),
    ledger.AccountFrozen: Answer(403, "walletpro_wallet_frozen", "The wallet is frozen."),
    ledger.AccountMirrored: Answer(409, "walletpro_wallet_mirrored", "The wallet's points lie at another site: move them there."),
    ledger.InsufficientFunds: Answer(
        422,
        "walletpro_insufficient_balance",
        "The wallet balance ({balance}) is less than the requested debit amount ({requested}).",
        balance_and_requested,
        sample=SAMPLE_SHORTFALL,
    ),
    ledger.BalanceLimitExceeded: Answer(
        422,
        "walletpro_balance_limit",
        "The wallet would hold more than it may.",
        lambda exc: {"balance": text(exc.balance), "requested": text(exc.amount)},
        sample=SAMPLE_SHORTFALL,
    ),
    ledger.PreconditionFailed: Answer(
        412,
        "walletpro_precondition_failed",
        "The wallet is not as the call said it must be.",
        lambda exc: {"balance": text(exc.balance), "sequence": exc.sequence},
        sample={"balance": "4200", "sequence": 12},
    ),
    Hold.DoesNotExist: Answer(404, "walletpro_hold_not_found", "There is no such hold."),
    ledger.HoldExpired: Answer(409, "walletpro_hold_expired", "The hold's time is over, and its money is free again."),
    ledger.HoldUnderWay: Answer(409, "walletpro_hold_under_way", "The hold is for a refund or payout that is under way."),
    ledger.HoldNotActive: Answer(409, "walletpro_hold_not_active", "The hold was captured or voided before."),
    ledger.CaptureExceedsHold: Answer(
        422,
        "walletpro_capture_exceeds_hold",
        "The requested amount ({requested}) is more than is held ({held}).",
        lambda exc: {"held": text(exc.held), "requested": text(exc.requested)},
        sample={"held": "4200", "requested": "5000"},
    ),
    ledger.NotReversible: Answer(
        409,
        "walletpro_not_reversible",
        "A transaction of this kind ({kind}) is not given back this way.",
        lambda exc: {"kind": exc.kind},
        sample={"kind": "expiry"},
    ),
    ledger.AlreadyReversed: Answer(409, "walletpro_already_reversed", "The transaction was given back before."),
    ledger.ReversalExceedsOriginal: Answer(
        422,
        "walletpro_reversal_exceeds_original",
        "The requested amount ({requested}) is not what can be given back ({most}).",
        lambda exc: {"most": text(exc.most), "requested": text(exc.requested)},
        sample={"most": "4200", "requested": "5000"},
    ),
    ledger.OrderOpen: Answer(409, "walletpro_order_open", "Money is still held for this order."),
    ledger.OrderNotPaid: Answer(422, "walletpro_order_not_paid", "The wallet paid nothing for this order."),
    ledger.OrderRefunded: Answer(409, "walletpro_order_refunded", "What the wallet paid for this order was given back before."),
    ledger.RefundExceedsOrder: Answer(
        422,
        "walletpro_refund_exceeds_order",
        "The requested amount ({requested}) is more than can be given back of the order ({most}).",
        lambda exc: {"most": text(exc.most), "requested": text(exc.requested)},
        sample={"most": "4200", "requested": "5000"},
    ),
    ledger.EventReused: Answer(409, "walletpro_event_reused", "This was done before, in another way."),
    ledger.NotSealed: Answer(
        409,
        "walletpro_not_sealed",
        "No checkpoint covers this transaction yet. Please try again.",
        lambda exc: {"retry_after": settings.SEAL_EVERY_SECONDS},
        RETRY_AFTER,
        SAMPLE_WAIT,
    ),
    ledger.Busy: BUSY,
    ledger.LedgerUnavailable: UNAVAILABLE,
    ledger.AccountNotIntact: UNAVAILABLE,
    ledger.KeyMissing: UNAVAILABLE,
    SealBroken: UNAVAILABLE,
    idempotency.IdempotencyKeyReused: Answer(
        422, "walletpro_idempotency_key_reused", "This idempotency key was used for another request."
    ),
    idempotency.IdempotencyInProgress: Answer(
        409,
        "walletpro_idempotency_in_progress",
        "The first request with this idempotency key is still running.",
        retry_soon,
        RETRY_AFTER,
        SAMPLE_WAIT,
    ),
    wallets.SpendingLimitExceeded: Answer(
        422,
        "walletpro_spending_limit_exceeded",
        "The requested amount ({requested}) is more than the wallet's spending limit ({limit}).",
        limit_and_requested,
        sample=SAMPLE_LIMIT,
    ),
    wallets.VelocityCapExceeded: Answer(
        429,
        "walletpro_velocity_cap_exceeded",
        "Too many debits: the wallet's limit within {window_minutes} minutes is {limit}.",
        velocity,
        RETRY_AFTER,
        {**SAMPLE_LIMIT, "window_minutes": 60, "retry_after": 1200},
    ),
    codes.CodeInvalid: Answer(404, "walletpro_code_invalid", "This redemption code is not valid."),
    codes.CodeAlreadyRedeemed: Answer(409, "walletpro_code_already_redeemed", "Redemption code has already been used."),
    codes.CodeExpired: Answer(410, "walletpro_code_expired", "Redemption code is past its expiry date."),
    kyc.KycRequired: Answer(
        403,
        "walletpro_kyc_required",
        "The customer must complete KYC verification before this action ({feature}).",
        lambda exc: {"feature": exc.feature},
        sample={"feature": "transfer"},
    ),
    stepups.StepUpRequired: Answer(
        403,
        "walletpro_step_up_required",
        "This transfer ({requested}) needs a step-up first; check data.step_up_url.",
        where_to_step_up,
        sample={"step_up_url": "https://shop.example/account/step-up/0d9b…", "requested": "5000"},
    ),
    transfers.TransfersDisabled: Answer(
        403, "walletpro_transfers_disabled", "Customer-to-customer transfers are not enabled on this store."
    ),
    transfers.RecipientNotFound: Answer(404, "walletpro_recipient_not_found", "There is nobody to send to with this address."),
    transfers.SelfTransfer: Answer(422, "walletpro_invalid_recipient", "Sender and recipient are the same."),
    transfers.RecipientFull: Answer(422, "walletpro_balance_limit", "The recipient's wallet would hold more than it may."),
    wallets.TransferLocked: Answer(403, "walletpro_transfer_locked", "The customer has locked the transfers of his account."),
    **{
        refusal: Answer(422, "walletpro_limit_exceeded", message, limit_and_requested, sample=SAMPLE_LIMIT)
        for refusal, message in {
            transfers.TransferLimitExceeded: "The amount ({requested}) is not within the limit ({limit}).",
            transfers.TransferTooSmall: "The amount ({requested}) is less than the least that is sent this way ({limit}).",
            transfers.TransferTooLarge: "The amount ({requested}) is more than one transfer may be ({limit}).",
            transfers.DailyCapExceeded: "With what was sent today, {requested} is more than a day's limit ({limit}).",
        }.items()
    },
    # Paying by QR code and with a mailed code have no route in this family.
    transfers.QrPayDisabled: Answer(403, "walletpro_qr_pay_disabled", "QR Pay is currently disabled"),
    transfers.FixedAmountDiffers: one_param("amount", "amount is not what the QR code says."),
    transfers.PaymentCodeNeeded: Answer(400, "walletpro_passcode_needed", "A payment of so much needs a mailed code."),
    transfers.MoneyRequestUnknown: wordpress.FORBIDDEN,
    bnpl.DebtNotFound: wordpress.FORBIDDEN,
    bnpl.NothingOwed: Answer(422, "walletpro_nothing_owed", "There is nothing to repay."),
    bnpl.RepaymentExceedsDebt: Answer(
        422,
        "walletpro_repayment_exceeds_debt",
        "The requested amount ({requested}) is more than is owed ({owed}).",
        lambda exc: {"owed": text(exc.owed), "requested": text(exc.requested)},
        sample={"owed": "4200", "requested": "5000"},
    ),
    transfers.MoneyRequestNotPending: Answer(
        409,
        "walletpro_request_not_pending",
        "The money request is {request_status} already.",
        lambda exc: {"request_status": str(exc.status)},
        sample={"request_status": "declined"},
    ),
    transfers.TooManyMoneyRequests: Answer(
        429,
        "walletpro_too_many_money_requests",
        "At most {limit} money requests may be open, or made within a day.",
        lambda exc: {"limit": exc.limit, "retry_after": exc.retry_after},
        RETRY_AFTER,
        {"limit": 100, "retry_after": 3600},
    ),
    payments.TopupsDisabled: Answer(403, "walletpro_topups_disabled", "Top-ups are not enabled on this store."),
    payments.TopupOutOfBounds: Answer(
        422,
        "walletpro_topup_out_of_bounds",
        "The requested amount ({requested}) is not between {minimum} and {maximum}.",
        lambda exc: {"minimum": text(exc.least), "maximum": text(exc.most), "requested": text(exc.requested)},
        sample={"minimum": "100", "maximum": "2500000", "requested": "50"},
    ),
    payments.TopupUnknown: Answer(404, "walletpro_topup_not_found", "There is no such top-up."),
    payments.TopupNotOpen: Answer(
        409,
        "walletpro_topup_not_open",
        "The top-up is {topup_status}.",
        lambda exc: {"topup_status": str(exc.status)},
        sample={"topup_status": "completed"},
    ),
    payments.TopupNotCompleted: Answer(
        409,
        "walletpro_topup_not_completed",
        "The top-up is {topup_status}: nothing of it can go back.",
        lambda exc: {"topup_status": str(exc.status)},
        sample={"topup_status": "pending"},
    ),
    payments.TopupUnderWay: Answer(409, "walletpro_topup_under_way", "The top-up is being charged. Please try again later."),
    payments.RefundUnderWay: Answer(
        409, "walletpro_refund_under_way", "A refund of this top-up is under way. Please try again later."
    ),
    payments.RefundExceedsTopup: Answer(
        422,
        "walletpro_refund_exceeds_topup",
        "The requested amount ({requested}) is more than is left of the top-up ({maximum}).",
        lambda exc: {"maximum": text(exc.most), "requested": text(exc.requested)},
        sample={"maximum": "2000", "requested": "5000"},
    ),
    refunds.RefundRequestsDisabled: Answer(
        403, "walletpro_refund_requests_disabled", "Refund requests are not enabled on this store."
    ),
    refunds.RefundRequestUnknown: Answer(404, "walletpro_refund_request_not_found", "There is no such refund request."),
    refunds.RefundRequestNotPending: Answer(409, "walletpro_not_pending", "It was decided before."),
    refunds.RefundAlreadyAsked: Answer(409, "walletpro_already_requested", "A refund of this order was asked for before."),
    refunds.RefundPeriodOver: Answer(422, "walletpro_refund_period_over", "A refund can no longer be asked for."),
    refunds.OrderPaidElsewhere: Answer(
        409, "walletpro_order_paid_elsewhere", "Another wallet of the customer has paid for this order."
    ),
    refunds.RefundExceedsRequest: Answer(
        422,
        "walletpro_refund_exceeds_request",
        "The requested amount ({requested}) is more than was asked for ({maximum}).",
        lambda exc: {"maximum": text(exc.most), "requested": text(exc.requested)},
        sample={"maximum": "2000", "requested": "5000"},
    ),
    refunds.TooManyRefundRequests: Answer(
        429, "walletpro_rate_limited", "Too many refund requests were made.", retry_after, RETRY_AFTER, SAMPLE_WAIT
    ),
    payments.PaymentWentBack: Answer(
        422,
        "walletpro_payment_went_back",
        "{gone} of the payment went back already: {maximum} is left of it.",
        lambda exc: {"gone": text(exc.gone), "maximum": text(exc.most)},
        sample={"gone": "2000", "maximum": "3000"},
    ),
    analytics.ReportInvalid: Answer(422, "walletpro_report_invalid", "No such report can be made."),
    packages.PackageUnknown: Answer(404, "walletpro_point_package_not_found", "No such package is for sale."),
    packages.PackageExists: Answer(409, "walletpro_point_package_exists", "Just as many points are for sale already."),
    packages.PackagePriceChanged: Answer(
        409,
        "walletpro_point_package_price_changed",
        "The price of this package is {price} now.",
        lambda exc: {"price": text(exc.price)},
        sample={"price": "900"},
    ),
    payments.OtherPrice: Answer(
        422,
        "walletpro_other_price",
        "The price is {price}, and {paid} was paid.",
        lambda exc: {"price": text(exc.price), "paid": text(exc.paid)},
        sample={"price": "900", "paid": "800"},
    ),
    payments.ProviderDecides: Answer(409, "walletpro_topup_at_provider", "Whether it is paid is for the provider to say."),
    providers.PaymentProviderAway: Answer(
        503,
        "walletpro_payment_provider_away",
        "The payment provider does not answer. Please try again: the same idempotency key asks for the same payment.",
        retry_soon,
        RETRY_AFTER,
        SAMPLE_WAIT,
    ),
    providers.PaymentRefused: Answer(
        422,
        "walletpro_payment_refused",
        "The payment provider does not take this payment ({reason}).",
        lambda exc: {"reason": exc.reason},
        sample={"reason": "amount_too_small"},
    ),
    payments.PaymentMethodUnknown: wordpress.FORBIDDEN,
    providers.NoticeNotAuthentic: Answer(403, "walletpro_notice_not_authentic", "The notice is not signed by the provider."),
    providers.NoticeUnreadable: Answer(400, "walletpro_notice_unreadable", "The notice says nothing that can be understood."),
    wallets.AppliedExceedsTotal: Answer(
        422,
        "walletpro_exceeds_total",
        "The requested amount ({requested}) is more than the order costs ({total}).",
        lambda exc: {"total": text(exc.total), "requested": text(exc.requested)},
        sample={"total": "3999", "requested": "5000"},
    ),
    # Codes are entered on pages only; whoever comes to take them over REST finds the words.
    **dict.fromkeys(
        (passcodes.PasscodeTooSoon, passcodes.TooManyWrongCodes),
        Answer(429, "walletpro_rate_limited", "No code is sent or taken for now.", retry_after, RETRY_AFTER, SAMPLE_WAIT),
    ),
    passcodes.PasscodeWrong: Answer(400, "walletpro_passcode_invalid", "That is not the code."),
    passcodes.PasscodeExpired: Answer(409, "walletpro_passcode_expired", "The code is over."),
    **dict.fromkeys(
        (passcodes.TotpAlreadyEnrolled, passcodes.TotpNotEnrolled, stepups.NoWayToProve, stepups.CodeNeeded),
        Answer(409, "walletpro_no_such_proof", "The user proves himself in another way."),
    ),
    **dict.fromkeys(
        (stepups.ChallengeExpired, stepups.ChallengeSpent),
        Answer(409, "walletpro_step_up_over", "The step-up is over: ask for the transfer again."),
    ),
    stepups.PasswordWrong: wordpress.FORBIDDEN,
    wallets.ApprovalRequired: Answer(
        403,
        "walletpro_approval_required",
        "A person may move up to {limit} alone ({requested} requested): a second manager has to approve it in the admin.",
        limit_and_requested,
        sample=SAMPLE_LIMIT,
    ),
    KeyLimitExceeded: Answer(
        403,
        "walletpro_key_limit_exceeded",
        "This key moves up to {limit} in one call ({requested} requested).",
        limit_and_requested,
        sample=SAMPLE_LIMIT,
    ),
    # Withdrawals are the other family's; whoever comes to build them here finds the words.
    # Of the admin and the console: no route of this family imports.
    imports.ImportRefused: Answer(409, "walletpro_import_refused", "The import cannot be done now."),
    plans.PlanRefused: Answer(409, "walletpro_plan_refused", "The plan cannot be run now."),
    withdrawals.WithdrawalUnknown: wordpress.FORBIDDEN,
    withdrawals.WithdrawalsDisabled: Answer(403, "walletpro_withdrawals_disabled", "Withdrawals are not enabled on this store."),
    withdrawals.MethodNotOffered: one_param("method", "method is not one that this store pays out by."),
    withdrawals.DetailsInvalid: one_param("details", "details do not say where to pay."),
    **dict.fromkeys(
        (withdrawals.WithdrawalOutOfBounds, withdrawals.FeeTakesAll, withdrawals.MonthlyCapExceeded),
        Answer(422, "walletpro_withdrawal_limit", "The requested amount is not one that is paid out."),
    ),
    withdrawals.WithdrawableExceeded: Answer(
        422,
        "walletpro_insufficient_balance",
        "What may be paid out ({balance}) is less than the requested amount ({requested}).",
        balance_and_requested,
        sample=SAMPLE_SHORTFALL,
    ),
    **dict.fromkeys(
        (
            *(withdrawals.WithdrawalNotPending, withdrawals.WithdrawalNotApproved),
            *(withdrawals.PayoutNotDue, withdrawals.PayoutUnderWay),
        ),
        Answer(409, "walletpro_withdrawal_not_pending", "The withdrawal is not in a state in which this can be decided."),
    ),
    # Nobody asks or decides over REST; whoever comes to build it finds the words.
    wallets.MayNotDecide: wordpress.FORBIDDEN,
    kyc.OwnVerification: wordpress.FORBIDDEN,
    kyc.RejectionNeedsNote: one_param("note", "note is needed for a rejection."),
    # No route of this family takes documents: whoever puts one here finds the words.
    kyc.SubmissionNotPending: Answer(409, "walletpro_not_pending", "It was decided before."),
    kyc.AlreadySubmitted: Answer(409, "walletpro_already_submitted", "An identity check waits for a decision already."),
    kyc.AlreadyApproved: Answer(409, "walletpro_already_approved", "The identity was checked already."),
    kyc.TooManyDocuments: one_param("files", "files are not as many as the site takes."),
    kyc.DocumentTooLarge: Answer(413, "rest_request_too_large", "A file is larger than it may be."),
    kyc.DocumentUnfit: one_param("files", "files has one that is no document."),
    kyc.StillLooking: Answer(429, "walletpro_rate_limited", "Other files are looked at just now."),
    kyc.DocumentsUnavailable: Answer(503, "walletpro_documents_unavailable", "Documents cannot be taken or read now."),
    site_settings.SettingGuarded: wordpress.FORBIDDEN,
    site_settings.SettingUnknown: one_param("name", "name is not a setting."),
    site_settings.SettingInvalid: one_param("value", "value is not one that the setting takes."),
    wallets.AlreadyDecided: Answer(409, "walletpro_not_pending", "It was decided before."),
    wallets.ExpiryPassed: one_param("expiry_date", "expiry_date must lie in the future."),
    wallets.AtLiesAhead: one_param("at", "at must lie in the past."),
    wallets.WalletExists: Answer(
        409,
        "walletpro_wallet_exists",
        "The user has a wallet in this currency.",
        lambda exc: {"wallet_id": exc.wallet_id},
        sample={"wallet_id": 42},
    ),
    wallets.NameInvalid: one_param("name", "name is not one that a wallet can have."),
    wallets.NameTaken: Answer(409, "walletpro_wallet_name_taken", "Another wallet is called so."),
    wallets.AutoReloadIncomplete: Answer(
        400,
        "rest_invalid_param",
        "Invalid parameter(s): {names}",
        lambda exc: one_wrong(exc.missing, f"{exc.missing} is needed where auto-reload is on."),
        sample=one_wrong("auto_reload_amount", "auto_reload_amount is needed where auto-reload is on."),
    ),
    Endpoint.DoesNotExist: Answer(404, "walletpro_webhook_not_found", "There is no such webhook."),
    WebhookEvent.DoesNotExist: Answer(404, "walletpro_event_not_found", "There is no such event, or none any more."),
    webhooks.EndpointUrlInvalid: Answer(
        400,
        "rest_invalid_param",
        "Invalid parameter(s): {names}",
        lambda exc: one_wrong("url", f"url {exc.why}."),
        sample=one_wrong("url", "url leads into a private network."),
    ),
    webhooks.EventTypeUnknown: one_param("event_types", "event_types names something that is no event."),
    webhooks.EventIsATest: one_param("event", "event is a test, which is one call: /test sends another."),
    webhooks.TooManyEndpoints: Answer(
        409,
        "walletpro_too_many_webhooks",
        "There are {limit} webhooks, which is as many as there may be.",
        lambda exc: {"limit": exc.limit},
        sample={"limit": 50},
    ),
    webhooks.PositionAhead: Answer(
        422,
        "walletpro_position_ahead",
        "No event has got to this position: the last one is {last_position}. Was the service set back to a backup?",
        lambda exc: {"last_position": exc.last_position},
        sample={"last_position": 1891},
    ),
    webhooks.EventsForgotten: Answer(
        410,
        "walletpro_events_forgotten",
        "Events behind this position are not kept any more: the oldest is {oldest_position}. Read what they told another way.",
        lambda exc: {"oldest_position": exc.oldest_position},
        sample={"oldest_position": 1200},
    ),
    OwnerOutranks: wordpress.FORBIDDEN,
    AddressListInvalid: one_param("allowed_ips", "allowed_ips holds something that is no address."),
    # A main site is withdrawn from over cmmpexapi/v1 alone; whoever comes to build it here finds the words.
    federation.SiteInvalid: one_param("url", "url, key or name is not one of a main site."),
    federation.SiteBusy: Answer(409, "walletpro_site_busy", "Withdrawals at the main site are not settled."),
    federation.SiteRefused: Answer(409, "walletpro_site_refused", "The main site refused; nothing was moved."),
    federation.SiteSilent: Answer(503, "walletpro_site_silent", "The main site does not answer; nothing was moved."),
    federation.PushUnknown: Answer(
        409, "walletpro_push_unknown", "Whether the points left the main site is not known yet; they are set aside until it is."
    ),
    federation.PushUnderWay: Answer(409, "walletpro_push_under_way", "The main site is still asked."),
    federation.RefreshUnderWay: Answer(409, "walletpro_refresh_under_way", "The wallets are being refreshed already."),
    federation.NotMirrorable: Answer(409, "walletpro_not_mirrorable", "The wallet cannot follow one of another site."),
    federation.DifferenceSettled: Answer(409, "walletpro_difference_settled", "It was settled before."),
}
