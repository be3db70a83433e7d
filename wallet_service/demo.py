"""The demo shop of `make run`: the documents' own ids, so that their examples work when pasted."""

import json
import random
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection, transaction

from apikeys.gateway import make_gateway_key, recognize_gateway_key
from apikeys.models import ApiKey
from apikeys.services import make_application_password, mint_key
from codes.services import generate_codes
from ledger.kinds import Kind
from ledger.movements import Circumstances, Event
from payments.adapters.manual import ManualProvider
from payments.models import Topup
from payments.services import confirm_topup, new_topup, order_of
from people.models import User
from people.rights import CUSTOMER, SHOP_MANAGER
from site_settings.services import change_settings
from wallet_service.demo_dealings import load_dealings
from wallet_service.demo_offers import load_offers
from wallet_service.local_secrets import write_private
from wallets.models import Wallet
from wallets.services import change_wallet, credit, debit, open_wallet

FILE_NAME = "demo.json"
# As the documents show wallet 42 (seeds/002, "Wallets Endpoints").
BALANCE_MINOR = 8500
EARNINGS = (
    (Kind.TOPUP, "Top-up", 2000, 5000),
    (Kind.CASHBACK, "3% cashback on order #{order}", 50, 400),
    (Kind.MILESTONE, "Reward for spending $500", 500, 1000),
    (Kind.REFERRAL, "A friend's first order", 300, 500),
    (Kind.CREDIT, "Goodwill", 100, 700),
)
ENTRIES = 100
# Everything is on, so that each documented call can be tried.
SETTINGS = {
    **{"transfers_enabled": True, "qr_pay_enabled": True, "qr_pay_otp_threshold": 5000, "kyc_enabled": True, "low_balance": 1000},
    **{"withdrawals_enabled": True, "withdrawal_min": 1000, "refund_requests_enabled": True, "gateway_open": True},
    # Any customer may pay later; five percent, once, a week after 30 days.
    **{"bnpl_enabled": True, "bnpl_eligibility": "group", "bnpl_groups": [CUSTOMER]},
    **{"bnpl_interest_type": "percent", "bnpl_interest_amount": 5},
    # Five percent on top from $50 on, at most $25.
    **{"topup_bonus_percent": 5, "topup_bonus_from": 5000, "topup_bonus_max": 2500},
}
# As the document shows it (seeds/000, "Check if Wallet has Enough Points").
GATEWAY_TRY = "/wp-json/cmmpexapi/v1/wallet_has_enough_points?wallet_id=123&points=10"


def demo_file() -> Path:
    return Path(settings.DATA_DIR) / FILE_NAME


@transaction.atomic
def load_demo() -> None:
    """Make the demo shop, once, in a database that nobody uses yet; its passwords are kept in DATA_DIR."""
    if settings.PRODUCTION or User.objects.exists():
        return
    change_settings(SETTINGS, actor="demo")
    access = {name: secrets.token_urlsafe(12) for name in ("admin_password", "manager_password", "customer_password")}
    _make_person("admin", 1, access["admin_password"], is_superuser=True, is_staff=True)
    manager = _make_person("manager", 2, access["manager_password"], group=SHOP_MANAGER, is_staff=True)
    customer = _make_person("customer", 7, access["customer_password"], group=CUSTOMER)
    other = _make_person("friend", 42, access["customer_password"], group=CUSTOMER)
    wallet = open_wallet(user=customer, wallet_id=42, actor="demo")
    friends = open_wallet(user=other, wallet_id=123, actor="demo")
    _move_sequences_on()
    later = open_wallet(user=_make_person("later", 8, access["customer_password"], group=CUSTOMER), actor="demo")
    _fill(wallet)
    _fill_other(friends)
    load_dealings(customer=wallet, friend=friends, later=later)
    load_offers()
    change_wallet(
        wallet=wallet,
        actor="demo",
        spending_limit=20000,
        auto_reload_enabled=True,
        auto_reload_threshold=1000,
        auto_reload_amount=5000,
    )
    amount, event = wallet.money(2000), Event.once("demo")
    _, codes = generate_codes(amount=amount, event=event, actor="demo", made_by=manager, quantity=5, prefix="WELCOME-")
    key, secret = mint_key(owner=manager, scope="read_write", description="Demo", minted_by=None)
    _, application_password = make_application_password(user=customer, name="Demo")
    access |= {"consumer_key": key.consumer_key, "consumer_secret": secret, "application_password": application_password}
    access |= {"redemption_code": codes[0], "gateway_key": make_gateway_key()[1]}
    access["topup_id"] = str(_ask_for(wallet, 5000).pk)
    write_private(demo_file(), json.dumps(access, indent=2) + "\n")


def demo_lines(base_url: str) -> list[str]:
    """What a newcomer needs to try the demo shop; nothing where this database is not the one it was made in."""
    try:
        access = json.loads(demo_file().read_text())
    except FileNotFoundError:
        return []
    if not ApiKey.objects.filter(consumer_key=access["consumer_key"], revoked_at=None).exists():
        return []
    pair = f"{access['consumer_key']}:{access['consumer_secret']}"
    # None where another one has been made since: it is not kept here.
    gateway_keys = [key for key in (access.get("gateway_key", ""),) if recognize_gateway_key(key)]
    return [
        f"Admin:       {base_url}/admin/   admin / {access['admin_password']}",
        f"Manager:     {base_url}/admin/   manager / {access['manager_password']}",
        f"Customer:    {base_url}/account/login/   customer / {access['customer_password']}   (user 7, wallet 42)",
        f"             application password: {access['application_password']}",
        "             friend (user 42, wallet 123) and later (user 8, who owes for an order) have the same password",
        f"API key:     {pair}   (read_write, the manager's)",
        *(f"Gateway key: {key}   (the argument `key` of cmmpexapi/v1)" for key in gateway_keys),
        f"To redeem:   {access.get('redemption_code', '')}   ($20.00, once)",
        f"To confirm:  manage.py confirm_topup {access.get('topup_id', '')}   (a top-up of $50.00 that waits)",
        f"To buy:      {base_url}/account/packages/   (points; $10.00 for $9.00, as the customer)",
        f"Kept in:     {demo_file()}",
        "Try:",
        f'  curl -u "{pair}" "{base_url}/wp-json/walletpro/v1/wallets/42"',
        f'  curl -u "{pair}" "{base_url}/wp-json/wkwp-wallet/v1/wallets?per_page=5"',
        *(f'  curl "{base_url}{GATEWAY_TRY}&key={key}"' for key in gateway_keys),
    ]


def _make_person(name: str, user_id: int, password: str, group: str = "", **extra: bool) -> User:
    user = User.objects.create_user(name, f"{name}@example.com", password, id=user_id, **extra)
    if group:
        user.groups.add(Group.objects.get(name=group))
    return user


def _move_sequences_on() -> None:
    """Ids that were brought along must not be drawn again."""
    with connection.cursor() as cursor:
        for table in ("people_user", "ledger_account"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # noqa: S608


def _fill(wallet: Wallet) -> None:
    """A hundred entries of several kinds that end at the documents' balance."""
    balance = 0
    for kind, reason, amount, order in _history():
        why = Circumstances(actor="demo", reason=reason.format(order=order), order_id=order)
        if kind is Kind.DEBIT and balance < amount:
            kind, why = Kind.TOPUP, Circumstances(actor="demo", reason="Top-up")
        event, money = Event.once("demo"), wallet.money(amount)
        if kind is Kind.DEBIT:
            balance = debit(wallet=wallet, amount=money, event=event, why=why).balance
        else:
            balance = credit(wallet=wallet, amount=money, event=event, why=why, kind=kind).balance
    rest = BALANCE_MINOR - balance
    why = Circumstances(actor="demo", reason="Opening balance settled")
    settle = credit if rest > 0 else debit
    if rest:
        settle(wallet=wallet, amount=wallet.money(abs(rest)), event=Event.once("demo"), why=why)


def _history() -> Iterator[tuple[Kind, str, int, int]]:
    """Earnings and purchases of a customer; the same in every demo shop."""
    dice = random.Random(42)  # noqa: S311  a story, not a secret
    for number in range(ENTRIES - 1):
        order = 8800 + number
        if number % 5 < 3:
            kind, reason, low, high = EARNINGS[number % 7 % len(EARNINGS)]
            yield kind, reason, dice.randint(low, high), order
        else:
            yield Kind.DEBIT, "Order #{order}", dice.randint(300, 2500), order


def _fill_other(wallet: Wallet) -> None:
    paid = _ask_for(wallet, 50000)
    confirm_topup(topup_id=paid.pk, paid=paid.amount, actor="demo", reference="till-4711")
    why = Circumstances(actor="demo", reason="Welcome")
    credit(wallet=wallet, amount=wallet.money(72500), event=Event.once("demo"), why=why)


def _ask_for(wallet: Wallet, minor: int) -> Topup:
    """A top-up by hand, as the customer's page starts one."""
    asked: dict[str, Any] = {"provider": "manual", "status": Topup.Status.PENDING, "actor": f"user:{wallet.user_id}"}
    topup = new_topup(wallet=wallet, amount=wallet.money(minor), origin=Topup.Origin.CUSTOMER, **asked)
    topup.payment_url = ManualProvider().start(order_of(topup)).payment_url
    topup.save(update_fields=["payment_url"])
    return topup
