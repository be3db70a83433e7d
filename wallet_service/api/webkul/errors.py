"""Every word this family says when it says no: WordPress's envelope, codes without a prefix."""

from decimal import Decimal
from typing import Any

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
from wallet_service.api.webkul.kyc_errors import KYC_ANSWERS
from wallet_service.api.webkul.withdrawal_errors import WITHDRAWAL_ANSWERS
from wallets.models import Wallet
from webhooks.models import Endpoint
from webhooks.models import Event as WebhookEvent


class KeyInvalid(Exception):
    """It is no setting that a customer has."""


# What each feature that an identity check gates is called in a sentence, and who would use it.
GATED = {
    "transfer": ("Sender", "transfer"),
    "qr_pay": ("Sender", "pay by QR code"),
    "withdrawal": ("Customer", "withdraw"),
    "refund_request": ("Customer", "request a refund"),
    "redeem": ("Customer", "redeem a code"),
    "wallet_usage": ("Customer", "use the wallet"),
}


def number(amount: Money) -> Decimal:
    """Money as this family writes it."""
    return amount.decimal


def balance_and_requested(exc: ledger.InsufficientFunds) -> Facts:
    return {"balance": number(exc.available), "requested": number(exc.required)}


Limited = wallets.SpendingLimitExceeded | wallets.ApprovalRequired | KeyLimitExceeded | transfers.TransferLimitExceeded


def limit_and_requested(exc: Limited) -> Facts:
    return {"limit": number(exc.limit), "requested": number(exc.requested)}


def velocity(exc: wallets.VelocityCapExceeded) -> Facts:
    """`limit` is a count, or major units where the sum is what is capped."""
    limit = Decimal(exc.limit) if isinstance(exc.limit, int) else number(exc.limit)
    return {"limit": limit, "window_minutes": exc.window_minutes, "retry_after": exc.retry_after}


def fixed_amount(exc: transfers.FixedAmountDiffers) -> Facts:
    return one_wrong("amount", f"amount must be {number(exc.fixed):f}: the QR code says so.")


def who_and_deed(exc: kyc.KycRequired) -> Facts:
    """The document's error tells nothing beside its words."""
    who, deed = GATED.get(exc.feature, ("Customer", exc.feature))
    return {"who": who, "deed": deed}


def where_to_step_up(exc: stepups.StepUpRequired) -> Facts:
    return {"step_up_url": exc.url, "requested": number(exc.requested)}


def most_and_requested(exc: Any) -> Facts:
    return {"maximum": number(exc.most), "requested": number(exc.requested)}


def not_there(message: str) -> Answer:
    return Answer(404, "not_found", message)


SAMPLE_SHORTFALL = {"balance": Decimal("42.00"), "requested": Decimal("50.00")}
SAMPLE_LIMIT = {"limit": Decimal("40.00"), "requested": Decimal("50.00")}
SAMPLE_MOST = {"maximum": Decimal("42.00"), "requested": Decimal("50.00")}
FORBIDDEN_ADDRESS = "forbidden_caller_ip"
BUSY = Answer(503, "busy", "The service is busy; nothing was changed. Please try again.", retry_soon, RETRY_AFTER, SAMPLE_WAIT)
# Not "nothing was changed": a connection that broke at the commit leaves that open. The idempotency key tells.
UNREACHABLE = Answer(
    503, "busy", "The service is busy. Please try again, with the same Idempotency-Key.", retry_soon, RETRY_AFTER, SAMPLE_WAIT
)
UNAVAILABLE = Answer(503, "ledger_unavailable", "The wallet is being looked into; nothing was changed.")
NOT_PENDING = Answer(409, "not_pending", "It was decided before.")
RECIPIENT_INVALID = Answer(404, "recipient_invalid", "There is nobody to send to with this id.")
BALANCE_LIMIT = "balance_limit"


def too_many(message: str) -> Answer:
    return Answer(429, "too_many_requests", message, retry_after, RETRY_AFTER, SAMPLE_WAIT)


ANSWERS: Answers = {
    **wordpress.ANSWERS,
    **dict.fromkeys(wordpress.UNREACHABLE, UNREACHABLE),
    AuthenticationFailed: Answer(401, "invalid_credentials", "The credentials are not valid."),
    CallerAddressForbidden: Answer(403, FORBIDDEN_ADDRESS, "This key may not be used from this address."),
    AddressListNeeded: Answer(
        403, FORBIDDEN_ADDRESS, "A key that may sign by OAuth writes over plain http only from addresses that it lists."
    ),
    TooManyFailedLogins: too_many("Too many failed logins."),
    TooManyCodes: too_many("Too many codes were tried."),
    RateLimited: too_many("Too many requests."),
    Throttled: Answer(429, "too_many_requests", "Too many requests.", retry_soon, RETRY_AFTER, SAMPLE_WAIT),
    KeyInvalid: Answer(400, "invalid_key", "There is no such setting."),
    User.DoesNotExist: Answer(404, "rest_user_invalid_id", "Invalid user ID."),
    ledger.EventReused: Answer(409, "event_reused", "This was done before, in another way."),
    points.NoPoints: Answer(422, "no_points", "At the shop's ratio this comes to no points."),
    **dict.fromkeys((Wallet.DoesNotExist, points.PointsWalletUnknown), not_there("There is no such wallet.")),
    Entry.DoesNotExist: not_there("There is no such transaction."),
    # --- the ledger
    ledger.Refusal: Answer(422, "refused", "The wallet does not allow this."),
    ledger.AmountOutOfRange: one_param("amount", "amount is not one that a wallet moves at once."),
    ledger.CurrencyUnknown: one_param("currency", "currency is not a currency of this site."),
    ledger.CurrencyMismatch: one_param("currency", "currency is not the wallet's."),
    ledger.AccountFrozen: Answer(403, "wallet_frozen", "The wallet is frozen."),
    ledger.AccountMirrored: Answer(409, "wallet_mirrored", "The wallet's points lie at another site: move them there."),
    ledger.InsufficientFunds: Answer(
        422,
        "insufficient_balance",
        "The wallet balance ({balance:f}) is less than the requested amount ({requested:f}).",
        balance_and_requested,
        sample=SAMPLE_SHORTFALL,
    ),
    ledger.BalanceLimitExceeded: Answer(
        422,
        BALANCE_LIMIT,
        "The wallet would hold more than it may.",
        lambda exc: {"balance": number(exc.balance), "requested": number(exc.amount)},
        sample=SAMPLE_SHORTFALL,
    ),
    ledger.Busy: BUSY,
    **dict.fromkeys((ledger.LedgerUnavailable, SealBroken), UNAVAILABLE),
    # --- repeats
    idempotency.IdempotencyKeyReused: Answer(422, "idempotency_key_reused", "This idempotency key was used for another request."),
    idempotency.IdempotencyInProgress: Answer(
        409,
        "idempotency_in_progress",
        "The first request with this idempotency key is still running.",
        retry_soon,
        RETRY_AFTER,
        SAMPLE_WAIT,
    ),
    # --- who may, and how much
    kyc.KycRequired: Answer(
        403,
        "kyc_required",
        "{who} must have an approved KYC submission to {deed}.",
        who_and_deed,
        sample={"who": "Sender", "deed": "transfer"},
    ),
    wallets.SpendingLimitExceeded: Answer(
        422,
        "limit_exceeded",
        "The requested amount ({requested:f}) is more than the wallet's spending limit ({limit:f}).",
        limit_and_requested,
        sample=SAMPLE_LIMIT,
    ),
    wallets.VelocityCapExceeded: Answer(
        429,
        "velocity_cap_exceeded",
        "Too many debits: the wallet's limit within {window_minutes} minutes is {limit:f}.",
        velocity,
        RETRY_AFTER,
        {"limit": Decimal("40.00"), "window_minutes": 60, "retry_after": 1200},
    ),
    wallets.ApprovalRequired: Answer(
        403,
        "approval_required",
        "A person may move up to {limit:f} alone ({requested:f} requested): a second manager has to approve it in the admin.",
        limit_and_requested,
        sample=SAMPLE_LIMIT,
    ),
    KeyLimitExceeded: Answer(
        403,
        "key_limit_exceeded",
        "This key moves up to {limit:f} in one call ({requested:f} requested).",
        limit_and_requested,
        sample=SAMPLE_LIMIT,
    ),
    stepups.StepUpRequired: Answer(
        403,
        "step_up_required",
        "This transfer ({requested:f}) needs a step-up first; check data.step_up_url.",
        where_to_step_up,
        sample={"step_up_url": "https://shop.example/account/step-up/0d9b…", "requested": Decimal("50.00")},
    ),
    **dict.fromkeys((wallets.MayNotDecide, kyc.OwnVerification, OwnerOutranks), wordpress.FORBIDDEN),
    wallets.AlreadyDecided: NOT_PENDING,
    kyc.RejectionNeedsNote: one_param("note", "note is needed for a rejection."),
    # --- paying later
    bnpl.DebtNotFound: wordpress.FORBIDDEN,
    bnpl.NothingOwed: Answer(422, "nothing_owed", "There is nothing to repay."),
    bnpl.RepaymentExceedsDebt: Answer(
        422,
        "limit_exceeded",
        "The requested amount ({requested:f}) is more than is owed ({owed:f}).",
        lambda exc: {"owed": number(exc.owed), "requested": number(exc.requested)},
        sample={"owed": Decimal("42.00"), "requested": Decimal("50.00")},
    ),
    **KYC_ANSWERS,
    # --- transfers
    transfers.TransfersDisabled: Answer(
        403, "transfers_disabled", "Customer-to-customer transfers are not enabled on this store."
    ),
    **dict.fromkeys((transfers.RecipientNotFound, transfers.SelfTransfer), RECIPIENT_INVALID),
    transfers.RecipientFull: Answer(422, BALANCE_LIMIT, "The recipient's wallet would hold more than it may."),
    wallets.TransferLocked: Answer(403, "transfer_locked", "You have locked the transfers of your account."),
    **{
        refusal: Answer(422, "limit_exceeded", message, limit_and_requested, sample=SAMPLE_LIMIT)
        for refusal, message in {
            transfers.TransferLimitExceeded: "The amount ({requested:f}) is not within the limit ({limit:f}).",
            transfers.TransferTooSmall: "The amount ({requested:f}) is less than the least that may be sent ({limit:f}).",
            transfers.TransferTooLarge: "The amount ({requested:f}) is more than may be sent at once ({limit:f}).",
            transfers.DailyCapExceeded: "With what was sent today, {requested:f} is more than a day's limit ({limit:f}).",
        }.items()
    },
    transfers.QrPayDisabled: Answer(403, "qr_pay_disabled", "QR Pay is currently disabled"),
    transfers.FixedAmountDiffers: Answer(
        400,
        "rest_invalid_param",
        "Invalid parameter(s): {names}",
        fixed_amount,
        sample=one_wrong("amount", "amount must be 12.50: the QR code says so."),
    ),
    transfers.PaymentCodeNeeded: Answer(
        400,
        "invalid_otp",
        "A payment above {limit:f} needs an otp: ask for one with qr_send_otp.",
        lambda exc: {"limit": number(exc.threshold)},
        sample={"limit": Decimal("40.00")},
    ),
    passcodes.PasscodeWrong: Answer(400, "invalid_otp", "That is not the code."),
    passcodes.PasscodeExpired: Answer(410, "expired_otp", "The code is over: ask for another one."),
    **dict.fromkeys((passcodes.PasscodeTooSoon, passcodes.TooManyWrongCodes), too_many("No code is sent or taken for now.")),
    # --- imports, of the admin and the console: no route of this family has them
    imports.ImportRefused: Answer(409, "import_refused", "The import cannot be done now."),
    plans.PlanRefused: Answer(409, "plan_refused", "The plan cannot be run now."),
    # --- refunds
    refunds.RefundRequestsDisabled: Answer(403, "refund_requests_disabled", "Refund requests are not enabled on this store."),
    refunds.RefundRequestUnknown: not_there("There is no such refund request."),
    refunds.RefundRequestNotPending: Answer(
        409,
        "not_pending",
        "The refund request is {request_status} already.",
        lambda exc: {"request_status": exc.status},
        sample={"request_status": "approved"},
    ),
    refunds.RefundAlreadyAsked: Answer(
        409,
        "already_requested",
        "A refund of this order was asked for before; the request is {request_status}.",
        lambda exc: {"request_status": exc.status},
        sample={"request_status": "pending"},
    ),
    refunds.RefundPeriodOver: Answer(
        422,
        "refund_period_over",
        "A refund may be asked for within {days} days of the payment.",
        lambda exc: {"days": exc.days},
        sample={"days": 14},
    ),
    refunds.OrderPaidElsewhere: Answer(
        409, "order_paid_elsewhere", "Another wallet of the customer has paid for this order; the request is to be made anew."
    ),
    refunds.TooManyRefundRequests: too_many("Too many refund requests are open, or were made within a day."),
    ledger.OrderOpen: Answer(409, "order_open", "Money is still held for this order."),
    ledger.OrderRefunded: Answer(409, "already_refunded", "What the wallet paid for this order was given back before."),
    ledger.OrderNotPaid: Answer(422, "order_not_paid", "The wallet paid nothing for this order."),
    **WITHDRAWAL_ANSWERS,
    # --- what no route of this family is about; whoever comes to build one finds the words
    **dict.fromkeys(
        (
            *(Checkpoint.DoesNotExist, Hold.DoesNotExist, Endpoint.DoesNotExist, WebhookEvent.DoesNotExist),
            *(payments.TopupUnknown, packages.PackageUnknown),
        ),
        not_there("There is no such thing."),
    ),
    **dict.fromkeys(
        (transfers.MoneyRequestUnknown, payments.PaymentMethodUnknown, stepups.PasswordWrong, site_settings.SettingGuarded),
        wordpress.FORBIDDEN,
    ),
    **dict.fromkeys(
        (
            *(transfers.MoneyRequestNotPending, payments.TopupNotOpen, payments.TopupUnderWay, payments.ProviderDecides),
            *(ledger.HoldNotActive, ledger.HoldExpired, ledger.NotReversible),
            *(packages.PackageExists, packages.PackagePriceChanged),
        ),
        NOT_PENDING,
    ),
    **dict.fromkeys(
        (payments.RefundExceedsTopup, ledger.ReversalExceedsOriginal, ledger.RefundExceedsOrder, refunds.RefundExceedsRequest),
        Answer(422, "limit_exceeded", "At most {maximum:f} can go back.", most_and_requested, sample=SAMPLE_MOST),
    ),
    **dict.fromkeys(
        (
            *(ledger.CaptureExceedsHold, wallets.AppliedExceedsTotal, payments.TopupOutOfBounds),
            *(payments.PaymentWentBack, payments.OtherPrice, providers.PaymentRefused),
        ),
        Answer(422, "limit_exceeded", "The amount is not one that can be taken here."),
    ),
    analytics.ReportInvalid: Answer(422, "report_invalid", "No such report can be made."),
    ledger.PreconditionFailed: Answer(412, "precondition_failed", "The wallet is not as the call said it must be."),
    ledger.NotSealed: Answer(
        409,
        "not_sealed",
        "No checkpoint covers this transaction yet. Please try again.",
        lambda exc: {"retry_after": settings.SEAL_EVERY_SECONDS},
        RETRY_AFTER,
        SAMPLE_WAIT,
    ),
    transfers.TooManyMoneyRequests: too_many("Too many money requests are open, or were made within a day."),
    **dict.fromkeys((payments.TopupsDisabled, providers.NoticeNotAuthentic), wordpress.FORBIDDEN),
    providers.PaymentProviderAway: BUSY,
    **dict.fromkeys((providers.NoticeUnreadable,), wordpress.UNREADABLE),
    codes.CodeInvalid: Answer(404, "code_invalid", "This redemption code is not valid."),
    codes.CodeAlreadyRedeemed: Answer(409, "code_already_redeemed", "Redemption code has already been used."),
    codes.CodeExpired: Answer(410, "code_expired", "Redemption code is past its expiry date."),
    **dict.fromkeys(
        (passcodes.TotpAlreadyEnrolled, passcodes.TotpNotEnrolled, stepups.NoWayToProve, stepups.CodeNeeded),
        Answer(409, "no_such_proof", "The user proves himself in another way."),
    ),
    **dict.fromkeys(
        (stepups.ChallengeExpired, stepups.ChallengeSpent),
        Answer(409, "step_up_over", "The step-up is over: ask for the transfer again."),
    ),
    wallets.WalletExists: Answer(409, "wallet_exists", "The user has a wallet in this currency."),
    wallets.ExpiryPassed: one_param("expiry_date", "expiry_date must lie in the future."),
    wallets.AtLiesAhead: one_param("at", "at must lie in the past."),
    wallets.NameInvalid: one_param("name", "name is not one that a wallet can have."),
    wallets.NameTaken: Answer(409, "wallet_name_taken", "Another wallet is called so."),
    wallets.AutoReloadIncomplete: Answer(
        400,
        "rest_invalid_param",
        "Invalid parameter(s): {names}",
        lambda exc: one_wrong(exc.missing, f"{exc.missing} is needed where auto-reload is on."),
        sample=one_wrong("auto_reload_amount", "auto_reload_amount is needed where auto-reload is on."),
    ),
    site_settings.SettingUnknown: one_param("name", "name is not a setting."),
    site_settings.SettingInvalid: one_param("value", "value is not one that the setting takes."),
    AddressListInvalid: one_param("allowed_ips", "allowed_ips holds something that is no address."),
    webhooks.EndpointUrlInvalid: one_param("url", "url is not one that is called."),
    webhooks.EventTypeUnknown: one_param("event_types", "event_types names something that is no event."),
    webhooks.EventIsATest: one_param("event", "event is a test, which is one call."),
    webhooks.TooManyEndpoints: Answer(409, "too_many_webhooks", "There are as many webhooks as there may be."),
    webhooks.PositionAhead: Answer(422, "position_ahead", "No event has got to this position."),
    webhooks.EventsForgotten: Answer(410, "events_forgotten", "Events behind this position are not kept any more."),
    # A main site is withdrawn from over cmmpexapi/v1 alone; whoever comes to build it here finds the words.
    federation.SiteInvalid: one_param("url", "url, key or name is not one of a main site."),
    federation.SiteBusy: Answer(409, "site_busy", "Withdrawals at the main site are not settled."),
    federation.SiteRefused: Answer(409, "site_refused", "The main site refused; nothing was moved."),
    federation.SiteSilent: Answer(503, "site_silent", "The main site does not answer; nothing was moved."),
    federation.PushUnknown: Answer(
        409, "push_unknown", "Whether the points left the main site is not known yet; they are set aside until it is."
    ),
    federation.PushUnderWay: Answer(409, "push_under_way", "The main site is still asked."),
    federation.RefreshUnderWay: Answer(409, "refresh_under_way", "The wallets are being refreshed already."),
    federation.NotMirrorable: Answer(409, "not_mirrorable", "The wallet cannot follow one of another site."),
    federation.DifferenceSettled: Answer(409, "difference_settled", "It was settled before."),
}
