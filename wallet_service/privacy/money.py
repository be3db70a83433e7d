"""What he holds and owes, and the words about it: wallets, entries and their parts, approvals. Erasing changes no amount."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.db.models import Q, QuerySet

from audit.services import erase_texts
from ledger.due import show_settled
from ledger.kinds import Kind
from ledger.models import ERASABLE_TEXTS, Account, Debt, Entry, Hold, Lot
from ledger.streaming import stream
from wallet_service.privacy.person import Part, Person, Row, columns, money
from wallets.models import Adjustment, Wallet
from wallets.naming import name_wallet

# So many entries are read and emptied at a time.
BATCH = 1000
WORDED = Q(*(Q(**{f"{name}__isnull": False}) for name in ERASABLE_TEXTS), _connector=Q.OR)


class WalletsPart(Part):
    name = "wallets"
    covers = frozenset({"wallets.Wallet.user", "wallets.Wallet.nickname"})
    goes = "The nicknames of his wallets."
    stays = "His wallets with what is in them: nobody's, but for a number. Erasing moves no money."

    def rows(self, person: Person) -> Iterator[Row]:
        names = ("nickname", "is_default", "auto_reload_enabled", "transfers_locked", "created_at", "updated_at")
        for wallet in _wallets(person):
            account, code = wallet.account, wallet.currency_code
            amounts = {
                **{name: money(getattr(account, name), code) for name in ("balance", "available", "held", "owed")},
                **{name: money(getattr(wallet, name), code) for name in AMOUNTS},
            }
            yield {"id": wallet.pk, "name": wallet.name, "status": account.status, **amounts, **columns(wallet, *names)}

    def obstacles(self, person: Person) -> Iterator[str]:
        """A balance is none: see `balances`."""
        for wallet in _wallets(person):
            if wallet.account.held:
                yield f"{wallet} has {_said(wallet, wallet.account.held)} set aside by live holds: capture or void them first."
            if wallet.account.owed:
                yield f"{wallet} owes {_said(wallet, wallet.account.owed)}: settle that first."

    def erase(self, person: Person, *, actor: str) -> int:
        """Names are drawn by chance, and say nothing."""
        named = Wallet.objects.filter(pk__in=person.wallet_ids, nickname__isnull=False).order_by("pk")
        return len([name_wallet(wallet=wallet, nickname="", actor=actor) for wallet in named])


AMOUNTS = ("spending_limit", "auto_reload_threshold", "auto_reload_amount")


def balances(person: Person) -> list[str]:
    """What is in his wallets, each as a sentence begins: `Wallet 17 holds 5.00 USD`."""
    return [f"{wallet} holds {_said(wallet, wallet.account.balance)}" for wallet in _wallets(person) if wallet.account.balance]


def _said(wallet: Wallet, minor: int) -> str:
    return " ".join((money(minor, wallet.currency_code) or {}).values())


def _wallets(person: Person) -> list[Wallet]:
    wallets = list(Wallet.objects.filter(pk__in=person.wallet_ids).select_related("account").order_by("pk"))
    show_settled(wallet.account for wallet in wallets)
    return wallets


CHANGES = ("amount", "balance", "held_change", "owed_change")


class EntriesPart(Part):
    """`entries` is most of what there is: a hundred thousand are read and emptied a batch at a time."""

    name = "entries"
    goes = (
        "The texts (reason, note, metadata) of his wallets' entries, and of the entries that his transfers made in "
        "others' wallets. Each erasure leaves an audit row."
    )
    stays = (
        "The entries: amounts, times, order numbers, references, who wrote them by number, and the digests of the texts. "
        "Without them the chain would not verify. What others wrote in their own wallets about him is not found."
    )

    def rows(self, person: Person) -> Iterator[Row]:
        names = ("id", "sequence", "kind", "at", "order_id", "reference", *ERASABLE_TEXTS, "actor", "group", "ends")
        for account in Account.objects.filter(pk__in=person.wallet_ids).order_by("pk"):
            code = account.currency_code
            with stream(Entry.objects.filter(account=account).order_by("sequence")) as entries:
                for entry in entries:
                    amounts = {name: money(getattr(entry, name), code) for name in CHANGES}
                    other = entry.house or (entry.counter_account_id and f"wallet {entry.counter_account_id}")
                    yield {"wallet": account.pk, **columns(entry, *names), **amounts, "other_side": other}

    def erase(self, person: Person, *, actor: str) -> int:
        erased = 0
        for account_id in person.wallet_ids:
            for batch in _worded(account_id):
                erased += erase_texts(batch, actor=actor)
                erased += sum(erase_texts(mirrors, actor=actor) for mirrors in _mirrors(batch))
        return erased


def _worded(account_id: int) -> Iterator[list[Entry]]:
    """An account's entries that have words, in batches."""
    entries = Entry.objects.filter(WORDED, account_id=account_id).order_by("sequence")
    last = 0
    while batch := list(entries.filter(sequence__gt=last)[:BATCH]):
        yield batch
        last = batch[-1].sequence


def _mirrors(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """What of these he sent stands in the recipients' accounts under the same event, with the same words."""
    keys = defaultdict(list)
    for entry in entries:
        if entry.kind == Kind.TRANSFER and entry.amount < 0 and entry.counter_account_id and entry.key:
            keys[entry.counter_account_id].append(entry.key)
    for account_id, events in keys.items():
        yield list(Entry.objects.filter(WORDED, account_id=account_id, key__in=events, kind=Kind.TRANSFER))


class HoldsPart(Part):
    name = "holds"

    def rows(self, person: Person) -> Iterator[Row]:
        for hold in Hold.objects.filter(account_id__in=person.wallet_ids).select_related("account").order_by("pk"):
            amount = money(hold.amount, hold.account.currency_code)
            yield {"wallet": hold.account_id, "amount": amount, **columns(hold, "id", "sequence", "ends", "closed_by")}


class LotsPart(Part):
    name = "lots"

    def rows(self, person: Person) -> Iterator[Row]:
        lots = Lot.objects.filter(account_id__in=person.wallet_ids).select_related("account")
        for lot in lots.order_by("account_id", "sequence", "pk"):
            rest = money(lot.rest, lot.account.currency_code)
            yield {"wallet": lot.account_id, "rest": rest, **columns(lot, "sequence", "ends")}


class DebtsPart(Part):
    name = "debts"

    def rows(self, person: Person) -> Iterator[Row]:
        """What is open of them; the entries say what there was."""
        debts = Debt.objects.filter(account_id__in=person.wallet_ids).select_related("account")
        for debt in debts.order_by("account_id", "sequence"):
            amounts = {name: money(getattr(debt, name), debt.account.currency_code) for name in ("principal", "interest")}
            yield {"wallet": debt.account_id, **amounts, **columns(debt, "sequence", "ends")}


class ApprovalsPart(Part):
    """Adjustments by hand of his wallets. Those that he asked for as a manager are about others, and name him by number."""

    name = "approvals"
    covers = frozenset({"wallets.Adjustment.asked_by", "wallets.Adjustment.decided_by"})
    goes = "The words (reason, note, decision) of adjustments by hand of his wallets."
    stays = "What was adjusted, and by which managers: their audit rows are compared with it."

    def rows(self, person: Person) -> Iterator[Row]:
        names = ("id", "kind", "expires_at", "reason", "note", "order_id", "reference", "status", "asked_at", "decided_at")
        with stream(self._of(person).select_related("wallet").order_by("pk")) as adjustments:
            for adjustment in adjustments:
                amount = money(adjustment.amount_minor, adjustment.wallet.currency_code)
                yield {"wallet": adjustment.wallet_id, "amount": amount, **columns(adjustment, *names, "decision_note")}

    def obstacles(self, person: Person) -> Iterator[str]:
        waiting = self._of(person).filter(status=Adjustment.Status.PENDING)
        asked = Adjustment.objects.filter(asked_by=person.user, status=Adjustment.Status.PENDING)
        for adjustment in (waiting | asked).order_by("pk"):
            yield f"{adjustment} waits for approval: decide on it first."

    def erase(self, person: Person, *, actor: str) -> int:
        worded = self._of(person).exclude(reason="", note="", decision_note="")
        return worded.update(reason="", note="", decision_note="")

    def _of(self, person: Person) -> QuerySet[Adjustment]:
        return Adjustment.objects.filter(wallet_id__in=person.wallet_ids)
