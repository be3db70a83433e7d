"""Bringing the fees that the house account `fees` has to the fee wallet, exactly and once.

What the house account has stands in each checkpoint, of everything sealed until then: nobody adds up a history. While the
sweep before is not sealed itself, that figure still has what it brought: then nothing is brought. So each sweep brings what
the sealed entries come to, its predecessors among them, and what is written meanwhile is the next one's.
"""

from collections import Counter

from django.db import connection

from ledger.alarms import clear_alarm, raise_alarm
from ledger.book import lock_accounts
from ledger.checkpoints.statements import Tally, read_body
from ledger.errors import Busy, LedgerUnavailable, Refusal
from ledger.kinds import House, Kind
from ledger.models import Checkpoint, Leaf
from ledger.money import AMOUNT_MAX
from ledger.movements import Circumstances, Event, Movement
from ledger.retry import in_transaction
from points.models import FeeSweep
from site_settings.reading import current_settings
from wallets.models import Wallet
from wallets.reading import read_wallet_called

FEE_WALLET = "fee wallet"
# The words are the same for everybody, so they need no erasing.
WHY = Circumstances("service", reason="Fees")

# Two sweeps at once would bring the same fees twice.
LOCK = "SELECT pg_advisory_xact_lock(20071)"


def sweep_fees() -> int:
    """Bring what the house account `fees` of the fee wallet's currency has to that wallet; how much, in minor units.

    The setting `fee_wallet` names it: none, and the fees stay. An alarm tells of one that is not there or takes nothing.
    """
    word = current_settings().fee_wallet
    if not word:
        return 0
    try:
        wallet = read_wallet_called(word)
        swept = in_transaction(lambda: _sweep(wallet))
    except (Busy, LedgerUnavailable):
        raise
    except Wallet.DoesNotExist:
        raise_alarm(FEE_WALLET, "", "No wallet is called as the setting fee_wallet says: fees stay where they are.")
        return 0
    except Refusal as refusal:
        raise_alarm(FEE_WALLET, "", f"The fee wallet takes nothing, fees stay where they are: {refusal}")
        return 0
    clear_alarm(FEE_WALLET)
    return swept


def sweep_event(sweep: FeeSweep) -> Event:
    """Of a currency's sweeps each number is one, for ever."""
    return Event.named(sweep.key, sweep.amount_minor)


def _sweep(wallet: Wallet) -> int:
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
    checkpoint = Checkpoint.objects.order_by("-number").first()
    before = FeeSweep.objects.filter(currency_code=wallet.currency_code).order_by("-number").first()
    if checkpoint is None or (before and not _is_sealed(before, checkpoint)):
        return 0
    amount = min(_fees_in(checkpoint, wallet.currency_code), AMOUNT_MAX)
    if amount <= 0:
        return 0
    sweep = FeeSweep(
        currency_code=wallet.currency_code,
        number=before.number + 1 if before else 1,
        wallet=wallet,
        amount_minor=amount,
        checkpoint=checkpoint.number,
    )
    book = lock_accounts(wallet.pk)
    gain = Movement(wallet.pk, Kind.CREDIT, wallet.money(amount), House.FEES, WHY)
    entry = book.post(gain, event=sweep_event(sweep))[0]
    sweep.sequence, sweep.swept_at = entry.sequence, entry.at
    sweep.save(force_insert=True)
    return amount


def _is_sealed(sweep: FeeSweep, checkpoint: Checkpoint) -> bool:
    """Whether the totals of `checkpoint` have its entry in them."""
    leaves = Leaf.objects.filter(source=Leaf.Source.ENTRY, account_id=sweep.wallet_id, row=sweep.sequence)
    return leaves.filter(checkpoint__lte=checkpoint.number).exists()


def _fees_in(checkpoint: Checkpoint, code: str) -> int:
    return Tally.of(read_body(checkpoint.body)).houses.get(code, Counter())[House.FEES.value]
