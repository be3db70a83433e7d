"""Every site setting: its name, type, default, bounds, and what it does. Needs no database; `settings.py` reads it.

A setting is a field of `SiteSettings`. Amounts are minor units of the currency at hand, 0 is off unless said.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

FEATURES = ("redeem", "transfer", "withdrawal", "wallet_usage", "qr_pay", "refund_request")
LOT_KINDS = ("bonus", "cashback", "milestone", "referral", "redemption")
FEE_TYPES = ("none", "fixed", "percent")
ELIGIBILITIES = ("whitelist", "group", "kyc")
EXTERNAL_REFRESHES = ("off", "12_hours", "day")
PAYOUT_METHODS = ("bank", "paypal", "stripe")
DOCUMENT_TYPES = ("Passport", "National ID", "Driving Licence", "Voter ID", "Aadhaar")
# The mails that may be switched off, and the text messages there are: `notices.kinds` says what each is.
MAILS = (
    *("wallet.credited", "wallet.debited", "balance.low", "topup.bonus", "topup.refund", "topup.dispute"),
    *("auto_reload.completed", "auto_reload.failed", "transfer.sent", "transfer.received"),
    *("money_request.received", "money_request.cancelled", "money_request.declined", "money_request.failed"),
    *("withdrawal.requested", "withdrawal.approved", "withdrawal.rejected", "withdrawal.paid", "withdrawal.failed"),
    *("refund_request.approved", "refund_request.rejected", "kyc.submitted", "kyc.decided", "debt.overdue", "webhook.failing"),
)
TEXT_MESSAGES = ("transfer.code", "qr_pay.code", "transfer.received", "withdrawal.approved", "withdrawal.paid")
AMOUNT_MAX = 10**15
COUNT_MAX = 10**6
MINUTES_MAX = 366 * 24 * 60

# The groups, as the screen shows them.
GENERAL = "General"
NOTIFICATIONS = "Notifications"
TRANSFERS = "Transfers"
QR = "QR pay"
TOPUPS = "Top-ups"
WITHDRAWALS = "Withdrawals"
REFUNDS = "Refund requests"
PAY_LATER = "Pay later"
WEBHOOKS = "Webhooks"
LIMITS = "Limits"
VERIFYING = "Identity checks"
CODES = "Codes"
POINTS = "Points"
GATEWAY = "External API"
DEVELOPER = "Developer"


@dataclass(frozen=True, slots=True)
class Declaration:
    """One setting, beside its type: what the screens and the command say and check of it."""

    group: str
    help: str
    minimum: int | None = None
    maximum: int | None = None
    # What a text may be, or each item of a list; none: anything.
    options: tuple[str, ...] = ()
    # A four-eyes threshold is of no use where the one it holds can raise it: only a superuser changes these.
    is_guarded: bool = False


def _declare(default: Any, group: str, help: str, **rest: Any) -> Any:
    declaration = Declaration(group, help, **rest)
    if isinstance(default, list | dict):
        return field(default_factory=lambda: type(default)(default), metadata={"declaration": declaration})
    return field(default=default, metadata={"declaration": declaration})


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """What the operator has set, all of it, as of one moment."""

    default_currency: str = _declare("USD", GENERAL, "The site's currency: ISO 4217, or a unit of your own.")
    low_balance: int = _declare(
        10_000,
        GENERAL,
        "Below this a balance in the site's currency is a low one, which an event tells; 0: never.",
        minimum=0,
        maximum=AMOUNT_MAX,
    )
    lot_kinds: list[str] = _declare(
        list(LOT_KINDS), GENERAL, "Credit of these kinds may be spent and never paid out.", options=LOT_KINDS
    )
    limits_on_adjustments: bool = _declare(
        False, GENERAL, "Spending limit and velocity caps hold for adjustments in the admin too.", is_guarded=True
    )
    approval_above: dict[str, int] = _declare(
        {},
        GENERAL,
        'By hand at most this much; above it a second manager decides. {"*": 100000, "EUR": 90000}; {} is off.',
        minimum=0,
        maximum=AMOUNT_MAX,
        is_guarded=True,
    )
    notices_off: list[str] = _declare(["topup.bonus"], NOTIFICATIONS, "Mails that nobody gets.", options=MAILS)
    sms_on: list[str] = _declare(
        ["transfer.code", "qr_pay.code"],
        NOTIFICATIONS,
        "Text messages that go out beside the mail, where a provider is set up and the customer's number is known.",
        options=TEXT_MESSAGES,
    )
    manager_mail_to: list[str] = _declare(
        [], NOTIFICATIONS, "Where mails for managers go, with commas; none: to every shop manager."
    )
    transfers_enabled: bool = _declare(False, TRANSFERS, "Customers may send money to each other.")
    transfer_fee_type: str = _declare("none", TRANSFERS, "What the sender pays on top.", options=FEE_TYPES)
    transfer_fee_amount: Decimal = _declare(
        Decimal(0), TRANSFERS, "Fixed: minor units, 250 is $2.50. Percent: 2.5 is 2.5 %.", minimum=0, maximum=AMOUNT_MAX
    )
    money_request_days: int = _declare(30, TRANSFERS, "A money request expires after so many days.", minimum=1, maximum=3650)
    step_up_threshold: int = _declare(
        0, TRANSFERS, "From this amount on a transfer needs a second proof; 0: never.", minimum=0, maximum=AMOUNT_MAX
    )
    transfer_min: int = _declare(
        100,
        TRANSFERS,
        "The least that a transfer with a mailed code is, in minor units. Of walletpro/v1, whose document knows none, it holds "
        "for no transfer.",
        minimum=1,
        maximum=AMOUNT_MAX,
    )
    transfer_max: int = _declare(
        0, TRANSFERS, "The most that one transfer is, in minor units; 0: any.", minimum=0, maximum=AMOUNT_MAX
    )
    transfer_daily_cap: int = _declare(
        0,
        TRANSFERS,
        "What one customer may send in a day (UTC), in minor units, fees apart; 0: any.",
        minimum=0,
        maximum=AMOUNT_MAX,
    )
    qr_pay_enabled: bool = _declare(False, QR, "Customers may pay each other by scanning a code.")
    qr_receive_kyc_required: bool = _declare(False, QR, "Who is paid this way must have passed the identity check, too.")
    qr_pay_min: int = _declare(100, QR, "The least that one payment is, in minor units.", minimum=1, maximum=AMOUNT_MAX)
    qr_pay_max: int = _declare(0, QR, "The most that one payment is, in minor units; 0: any.", minimum=0, maximum=AMOUNT_MAX)
    qr_pay_otp_threshold: int = _declare(
        0, QR, "Above this amount a payment needs a mailed code; 0: never.", minimum=0, maximum=AMOUNT_MAX
    )
    topups_enabled: bool = _declare(True, TOPUPS, "Customers may add money by paying for it.")
    topup_min: int = _declare(100, TOPUPS, "The least that one top-up is, in minor units.", minimum=1, maximum=AMOUNT_MAX)
    topup_max: int = _declare(2_500_000, TOPUPS, "The most that one top-up is, in minor units.", minimum=1, maximum=AMOUNT_MAX)
    topup_presets: list[int] = _declare(
        [1000, 2500, 5000, 10000], TOPUPS, "The amounts that are offered, in minor units.", minimum=1, maximum=AMOUNT_MAX
    )
    topup_bonus_percent: Decimal = _declare(
        Decimal(0), TOPUPS, "What is given on top of a top-up: 5 is 5 %, rounded down; 0: nothing.", minimum=0, maximum=1000
    )
    topup_bonus_from: int = _declare(
        0, TOPUPS, "Only from this amount on, in minor units; 0: from the first.", minimum=0, maximum=AMOUNT_MAX
    )
    topup_bonus_max: int = _declare(0, TOPUPS, "At most so much, in minor units; 0: any.", minimum=0, maximum=AMOUNT_MAX)
    auto_reload_attempts: int = _declare(
        3, TOPUPS, "How often an auto-reload tries to charge before it gives up and says so.", minimum=1, maximum=10
    )
    withdrawals_enabled: bool = _declare(False, WITHDRAWALS, "Customers may ask for money to be paid out.")
    withdrawal_methods: list[str] = _declare(list(PAYOUT_METHODS), WITHDRAWALS, "How it may be paid out.", options=PAYOUT_METHODS)
    withdrawal_min: int = _declare(
        10_000, WITHDRAWALS, "The least that one withdrawal is, in minor units.", minimum=1, maximum=AMOUNT_MAX
    )
    withdrawal_max: int = _declare(
        0, WITHDRAWALS, "The most that one withdrawal is, in minor units; 0: any.", minimum=0, maximum=AMOUNT_MAX
    )
    withdrawal_monthly_max: int = _declare(
        0,
        WITHDRAWALS,
        "What one customer may withdraw in a calendar month (UTC), in minor units; 0: any.",
        minimum=0,
        maximum=AMOUNT_MAX,
    )
    withdrawal_fee_type: str = _declare("none", WITHDRAWALS, "What comes out of the payout.", options=FEE_TYPES)
    withdrawal_fee_amount: Decimal = _declare(
        Decimal(0), WITHDRAWALS, "Fixed: minor units, 250 is $2.50. Percent: 2.5 is 2.5 %.", minimum=0, maximum=AMOUNT_MAX
    )
    withdrawal_hold_enabled: bool = _declare(
        False, WITHDRAWALS, "An approved withdrawal waits before it is paid out, for as many days as follow."
    )
    withdrawal_hold_days: int = _declare(7, WITHDRAWALS, "How many days that is.", minimum=0, maximum=365)
    refund_requests_enabled: bool = _declare(False, REFUNDS, "Customers may ask for an order to be refunded to their wallet.")
    refund_request_days: int = _declare(
        14, REFUNDS, "How many days after a wallet paid for an order its refund may be asked for.", minimum=1, maximum=3650
    )
    bnpl_enabled: bool = _declare(False, PAY_LATER, "Eligible customers may pay later what their wallet lacks at a checkout.")
    bnpl_eligibility: str = _declare(
        "whitelist",
        PAY_LATER,
        "Who is eligible: those on the list, members of the groups below, or whose identity was checked.",
        options=ELIGIBILITIES,
    )
    bnpl_groups: list[str] = _declare([], PAY_LATER, "The names of those groups, with commas.")
    bnpl_max_debt: int = _declare(
        100_000, PAY_LATER, "The most that one customer may owe, in minor units.", minimum=0, maximum=AMOUNT_MAX
    )
    bnpl_min_order: int = _declare(
        10_000, PAY_LATER, "The least that an order is to be paid later, in minor units.", minimum=0, maximum=AMOUNT_MAX
    )
    bnpl_repayment_days: int = _declare(30, PAY_LATER, "A debt is due after so many days.", minimum=1, maximum=3650)
    bnpl_grace_days: int = _declare(7, PAY_LATER, "It bears interest so many days after that.", minimum=0, maximum=3650)
    bnpl_interest_type: str = _declare("none", PAY_LATER, "What interest comes on top, once.", options=FEE_TYPES)
    bnpl_interest_amount: Decimal = _declare(
        Decimal(0), PAY_LATER, "Fixed: minor units, 250 is $2.50. Percent: 2.5 is 2.5 %.", minimum=0, maximum=AMOUNT_MAX
    )
    webhook_event_days: int = _declare(
        90, WEBHOOKS, "How many days events are kept, to be sent again or read.", minimum=1, maximum=3650
    )
    velocity_window_minutes: int = _declare(60, LIMITS, "How many minutes the caps look back.", minimum=1, maximum=MINUTES_MAX)
    velocity_max_count: int = _declare(
        0, LIMITS, "Debits, transfers and holds of a wallet in the window; 0: any.", minimum=0, maximum=COUNT_MAX
    )
    velocity_max_sum: int = _declare(0, LIMITS, "What they may come to, in minor units; 0: any.", minimum=0, maximum=AMOUNT_MAX)
    kyc_enabled: bool = _declare(False, VERIFYING, "The features below are for customers whose identity was checked.")
    kyc_required_features: list[str] = _declare([], VERIFYING, "Which features those are.", options=FEATURES)
    kyc_max_documents: int = _declare(2, VERIFYING, "How many files one submission may have.", minimum=1, maximum=5)
    kyc_max_file_mb: int = _declare(5, VERIFYING, "How large one file may be, in MiB.", minimum=1, maximum=20)
    kyc_document_types: list[str] = _declare(list(DOCUMENT_TYPES), VERIFYING, "Which documents are taken, with commas.")
    kyc_description: str = _declare("", VERIFYING, "What customers are told of what you need to see.")
    rate_redeem_per_minute: int = _declare(
        10, CODES, "Codes that one identity may try in a minute; 0: any.", minimum=0, maximum=COUNT_MAX
    )
    rate_redeem_per_address: int = _declare(
        30, CODES, "Wrong codes from one address in a minute; 0: any.", minimum=0, maximum=COUNT_MAX
    )
    points_currency: str = _declare(
        "", POINTS, "What cmmpexapi/v1 counts in: a unit of your own (OWN_UNITS), or a currency; empty: the site's currency."
    )
    points_wallets_per_user: int = _declare(
        1, POINTS, "How many wallets in the points currency one user may have.", minimum=1, maximum=1000
    )
    points_initial: int = _declare(
        0, POINTS, "What a new wallet in the points currency begins with, in minor units.", minimum=0, maximum=AMOUNT_MAX
    )
    points_charge_inactive: bool = _declare(False, POINTS, "Points may be added to a wallet that is frozen.")
    points_add_fee_type: str = _declare("none", POINTS, "What is taken of points that are added.", options=FEE_TYPES)
    points_add_fee_amount: Decimal = _declare(
        Decimal(0), POINTS, "Fixed: minor units. Percent: 2.5 is 2.5 %.", minimum=0, maximum=AMOUNT_MAX
    )
    points_subtract_fee_type: str = _declare("none", POINTS, "What is taken on top of points that leave.", options=FEE_TYPES)
    points_subtract_fee_amount: Decimal = _declare(
        Decimal(0), POINTS, "Fixed: minor units. Percent: 2.5 is 2.5 %.", minimum=0, maximum=AMOUNT_MAX
    )
    fee_wallet: str = _declare(
        "", POINTS, "The name or number of the wallet that a daily job brings all fees of its currency to; empty: they stay."
    )
    points_per_money: Decimal = _declare(
        Decimal(1),
        POINTS,
        "So many points are worth one major unit of the site's currency: 10: 50 are $5.",
        minimum=0,
        maximum=COUNT_MAX,
    )
    points_per_purchase: Decimal = _declare(
        Decimal(0), POINTS, "So many points are given for each major unit of a purchase; 0: none.", minimum=0, maximum=COUNT_MAX
    )
    gateway_open: bool = _declare(False, GATEWAY, "Open external API gateway: whoever has the key may call cmmpexapi/v1.")
    rate_gateway_wrong_keys: int = _declare(
        20, GATEWAY, "Wrong keys from one address in a minute; 0: any.", minimum=0, maximum=COUNT_MAX
    )
    external_wallets_enabled: bool = _declare(False, GATEWAY, "Wallets of external sites are mirrored here.")
    external_refresh: str = _declare(
        "off", GATEWAY, "How often the state of external wallets is refreshed.", options=EXTERNAL_REFRESHES
    )
    walletpro_api_enabled: bool = _declare(True, DEVELOPER, "The routes of walletpro/v1 are there.")
    rate_walletpro_per_minute: int = _declare(
        120, DEVELOPER, "Calls of walletpro/v1 in a minute, for each identity; 0: any.", minimum=0, maximum=COUNT_MAX
    )
    rate_wkwp_per_address: int = _declare(
        60,
        DEVELOPER,
        "Calls of wkwp-wallet/v1 and wkwc_wallet/v1 in a minute from one address without a key; 0: any.",
        minimum=0,
        maximum=COUNT_MAX,
    )
    rate_wkwp_per_key: int = _declare(
        600, DEVELOPER, "Calls of them in a minute with one key; 0: any.", minimum=0, maximum=COUNT_MAX
    )
    rate_wkwp_burst: int = _declare(
        30, DEVELOPER, "Calls of them in five seconds, for both; 0: any.", minimum=0, maximum=COUNT_MAX
    )
    rate_failed_logins_per_minute: int = _declare(
        20, DEVELOPER, "Wrong credentials from one address in a minute; 0: any.", minimum=0, maximum=COUNT_MAX
    )
    request_logging: bool = _declare(False, DEVELOPER, "Keep every API request and answer, without its secrets.")
    request_log_days: int = _declare(14, DEVELOPER, "How many days they are kept.", minimum=1, maximum=3650)


def declarations() -> Iterator[tuple[str, Any, Declaration]]:
    """Name, type (a list's with what it holds) and declaration of each setting, in order."""
    for declared in fields(SiteSettings):
        yield declared.name, declared.type, declared.metadata["declaration"]


def defaults(overridden: Mapping[str, Any]) -> dict[str, Any]:
    """The default of each setting; `overridden` holds those that the environment gives."""
    return {declared.name: overridden.get(declared.name, _default_of(declared)) for declared in fields(SiteSettings)}


def constance_config(overridden: Mapping[str, Any]) -> dict[str, tuple[Any, str, str]]:
    """The same for django-constance: default, help and form field (`constance_fields`)."""
    given = defaults(overridden)
    return {name: (given[name], declaration.help, name) for name, _type, declaration in declarations()}


def constance_fieldsets() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The settings of each group, for the screen, in their order."""
    groups: dict[str, tuple[str, ...]] = {}
    for name, _type, declaration in declarations():
        groups[declaration.group] = (*groups.get(declaration.group, ()), name)
    return tuple(groups.items())


def constance_fields() -> dict[str, list[Any]]:
    """A form field for each setting: it checks what the command checks."""
    return {name: ["site_settings.fields.setting_field", {"name": name}] for name, _type, _ in declarations()}


def _default_of(declared: Any) -> Any:
    return declared.default_factory() if callable(declared.default_factory) else declared.default
