"""Paying by QR code: each wallet has one that is its own; whoever scans it pays into that wallet."""

import logging
import secrets
from dataclasses import dataclass
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from audit.acts import ActName
from audit.context import COMMAND
from audit.services import record
from kyc.models import Verification
from kyc.services import status_of
from ledger.money import Money
from ledger.movements import Event
from ledger.sealing import SealBroken, seal, unseal
from passcodes.services import RightCode
from people.models import User
from site_settings.reading import current_settings
from transfers.errors import FixedAmountDiffers, PaymentCodeNeeded, RecipientNotFound
from transfers.models import QrCode
from transfers.qr_tokens import is_proven, read_token, write_token
from transfers.services import SentTransfer, send_transfer
from transfers.ways import by_qr
from wallets.models import Wallet

logger = logging.getLogger(__name__)

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a token says: who is paid, and how much where that is fixed."""

    wallet: Wallet
    fixed: Money | None

    @property
    def recipient(self) -> User:
        return self.wallet.user


@transaction.atomic(savepoint=False)
def qr_of(wallet: Wallet, *, actor: str = COMMAND) -> QrCode:
    """The wallet's QR code, made when it is first asked for.

    Raises:
        QrPayDisabled: it is not switched on.
    """
    by_qr().require_on()
    there = QrCode.objects.filter(pk=wallet.pk)
    if code := there.first():
        return code
    _order_by_wallet(wallet)
    return there.first() or _draw(wallet, actor)


@transaction.atomic(savepoint=False)
def regenerate_qr(*, wallet: Wallet, actor: str = COMMAND) -> QrCode:
    """Another QR code for the wallet: whatever was printed of the one before pays nobody any more.

    Raises:
        QrPayDisabled: it is not switched on.
    """
    by_qr().require_on()
    _order_by_wallet(wallet)
    return _draw(wallet, actor)


def token_of(code: QrCode, *, fixed: Money | None = None) -> str:
    """What is to be shown as a QR code. With `fixed` exactly that is paid.

    Raises:
        SealBroken: somebody changed its row.
    """
    return write_token(number=code.number, secret=_secret_of(code), amount_minor=fixed.minor if fixed else 0)


def scan(token: str, *, payer: User) -> Scanned:
    """Whom `payer` would pay by this token, and how much where that is fixed.

    Raises:
        QrPayDisabled: it is not switched on.
        RecipientNotFound: nobody is paid by it: it was replaced or is none, is his own, or who showed it takes no money.
        SealBroken: somebody changed its row.
    """
    by_qr().require_on()
    found = _find(token)
    if found is None or found.recipient.pk == payer.pk or not _takes_money(found.wallet):
        raise RecipientNotFound
    return found


def require_as_fixed(scanned: Scanned, amount: Money) -> None:
    """Refuse another amount than the QR code says, if it says one.

    Raises:
        FixedAmountDiffers: it is another.
    """
    if scanned.fixed is not None and scanned.fixed != amount:
        raise FixedAmountDiffers(scanned.fixed)


def is_code_needed(amount: Money) -> bool:
    """Whether a payment of so much needs a code that was sent to the payer: above the threshold, not at it."""
    return 0 < current_settings().qr_pay_otp_threshold < amount.minor


@transaction.atomic(savepoint=False)
def pay_by_qr(
    *,
    sender: Wallet,
    token: str,
    amount: Money,
    event: Event,
    actor: str,
    note: str = "",
    code: RightCode | None = None,
) -> SentTransfer:
    """Pay `amount` to whom `token` belongs, the fee of a transfer on top, once per `event`.

    `sender` is the payer's wallet in the token's currency. `code` is what was sent to him for this
    (`transfers.mailed_codes`); it is spent with the payment.

    Raises:
        QrPayDisabled, RecipientNotFound: as `scan`.
        FixedAmountDiffers: the token says another amount.
        PaymentCodeNeeded: so much needs a code, and there is none.
        AccountFrozen, KycRequired, TransferLocked and the limits, InsufficientFunds, RecipientFull: see `send_transfer`.
    """
    scanned = scan(token, payer=sender.user)
    require_as_fixed(scanned, amount)
    if code is None and is_code_needed(amount):
        raise PaymentCodeNeeded(sender.money(current_settings().qr_pay_otp_threshold))
    return send_transfer(
        sender=sender, recipient=scanned.wallet, amount=amount, event=event, actor=actor, note=note, way=by_qr(), code=code
    )


def _order_by_wallet(wallet: Wallet) -> None:
    """Of two who ask at once for the first one, both get the same; of two who want another, the second one's stays."""
    Wallet.objects.select_for_update(no_key=True).only("pk").get(pk=wallet.pk)


def _draw(wallet: Wallet, actor: str) -> QrCode:
    code = QrCode(wallet=wallet, number=uuid4(), created_at=timezone.now())
    code.secret = seal(secrets.token_bytes(SECRET_BYTES), code.sealed_for)
    code.save()
    record(ActName.QR_CODE_DRAWN, actor=actor, subject=f"wallet:{wallet.pk}", facts={"number": str(code.number)})
    return code


def _find(token: str) -> Scanned | None:
    read = read_token(token)
    if read is None:
        return None
    number, amount_minor, mac = read
    rows = QrCode.objects.select_related("wallet__user", "wallet__account")
    code = rows.filter(number=number).first()
    if code is None or not is_proven(mac, number=number, secret=_secret_of(code), amount_minor=amount_minor):
        return None
    return Scanned(code.wallet, code.wallet.money(amount_minor) if amount_minor else None)


def _takes_money(wallet: Wallet) -> bool:
    """Who may not is no recipient: the payer learns no more of him."""
    settings = current_settings()
    if not wallet.user.is_active or wallet.account.is_frozen:
        return False
    is_gated = settings.kyc_enabled and settings.qr_receive_kyc_required
    return not is_gated or status_of(wallet.user_id) == Verification.Status.APPROVED


def _secret_of(code: QrCode) -> bytes:
    try:
        return unseal(bytes(code.secret), code.sealed_for)
    except SealBroken:
        logger.critical("%s was changed outside the service: it pays nobody", code)
        raise
