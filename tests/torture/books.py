"""The bank's side of the test: it opens the wallets, and in the end compares every client's books with the ledger.

python -m tests.torture.books open WALLETS | judge FILE…
"""

import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")
django.setup()

from django.contrib.auth.models import Group  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.db.models import Sum  # noqa: E402

from apikeys.services import mint_key  # noqa: E402
from ledger.kinds import Kind  # noqa: E402
from ledger.models import Account, Checkpoint, Entry  # noqa: E402
from ledger.movements import Circumstances, Event  # noqa: E402
from people.models import User  # noqa: E402
from people.rights import SHOP_MANAGER  # noqa: E402
from site_settings.services import change_settings  # noqa: E402
from transfers.models import Transfer  # noqa: E402
from wallets.services import credit, open_wallet  # noqa: E402

CAPITAL = 5_000
OPENING = Circumstances("torture", reason="opening")
KIND_OF = {
    "credit": {Kind.CREDIT, Kind.CASHBACK, Kind.MILESTONE},
    "debit": {Kind.DEBIT},
    "partial debit": {Kind.DEBIT},
    "hold": {Kind.HOLD},
    "capture": {Kind.CAPTURE},
    "void": {Kind.RELEASE},
    "reverse": {Kind.REVERSAL},
    "transfer": {Kind.TRANSFER, Kind.FEE},
}
FEE = 3


@transaction.atomic
def open_bank(count: int) -> dict[str, Any]:
    """So many wallets with something in them, a key of each holder, and one of their manager."""
    change_settings({"transfers_enabled": True, "transfer_fee_type": "fixed", "transfer_fee_amount": FEE}, actor="torture")
    manager = User.objects.create_user("manager", "manager@example.test", is_staff=True)
    manager.groups.add(Group.objects.get(name=SHOP_MANAGER))
    key, secret = mint_key(owner=manager, scope="read_write", description="torture")
    wallets, holders = [], []
    for number in range(count):
        holder = User.objects.create_user(f"c{number}", f"c{number}@example.test")
        wallet = open_wallet(user=holder)
        credit(wallet=wallet, amount=wallet.money(CAPITAL), event=Event.once("torture"), why=OPENING)
        wallets.append(wallet.pk)
        his_key, his_secret = mint_key(owner=holder, scope="write", description="torture")
        holders.append({"email": holder.email, "key": [his_key.consumer_key, his_secret]})
    return {"key": [key.consumer_key, secret], "wallets": wallets, "holders": holders}


class Judge:
    """Reads what the clients were told, and says where the ledger differs."""

    def __init__(self, files: list[str]) -> None:
        self.calls: dict[str, dict[str, Any]] = {}
        self.states: dict[str, set[str]] = defaultdict(set)
        self.problems: list[str] = []
        for file in files:
            for line in Path(file).read_text().splitlines():
                self._read(json.loads(line))
        self.written: dict[str, list[Entry]] = defaultdict(list)
        for entry in Entry.objects.exclude(reference=None).order_by("id"):
            self.written[entry.reference or ""].append(entry)
        # A transfer has no reference: its note is the client's, and its group is the fee's as well.
        notes = dict(Transfer.objects.values_list("group", "note"))
        for entry in Entry.objects.filter(kind__in=KIND_OF["transfer"]).order_by("id"):
            self.written[notes.get(entry.group or UUID(int=0), "")].append(entry)

    def _read(self, line: dict[str, Any]) -> None:
        reference = line["reference"]
        self.states[reference].add(line["state"])
        if line["state"] == "repeated":
            first = self.calls[reference]["answer"]
            told = {name: line["answer"].get(name) for name in first}
            if told != first:
                self.problems.append(f"{reference}: was told {first}, and asked again {line['answer']}")
        else:
            self.calls[reference] = line

    def judge(self) -> list[str]:
        for reference, call in self.calls.items():
            self.problems += [f"{reference} ({call['verb']}): {problem}" for problem in self._call(call, self.written[reference])]
        self.problems += [f"{reference}: nobody asked for it" for reference in self.written if reference not in self.calls]
        self.problems += self._totals()
        return self.problems

    def _call(self, call: dict[str, Any], entries: list[Entry]) -> Iterator[str]:
        """Exactly once what was acknowledged, not at all what was refused, at most once what nobody heard of again."""
        if call["state"] == "refused":
            if call["status"] >= 500:
                yield f"answered {call['status']}"
            if entries:
                yield f"was refused ({call['status']}) and is there"
            return
        times = len({entry.group or entry.pk for entry in entries})
        if times > 1:
            yield f"is there {times} times"
        if call["state"] == "done" and not entries:
            yield "was acknowledged and is not there"
        if any(entry.kind not in KIND_OF[call["verb"]] for entry in entries):
            yield f"is there as {entries[0].kind}"
        if call["state"] == "done" and entries:
            yield from self._answer(call["verb"], call["answer"], entries[0])

    def _answer(self, verb: str, told: dict[str, Any], entry: Entry) -> Iterator[str]:
        """What the client was told is what stands there."""
        if verb == "transfer":
            yield from self._transferred(told, entry)
            return
        if verb in {"hold", "void"}:
            facts = {"wallet_id": entry.account_id, "amount": str(abs(entry.held_change))}
            facts |= {"id": entry.pk} if verb == "hold" else {}
        else:
            facts = {"transaction_id": entry.pk, "wallet_id": entry.account_id}
            facts |= {"amount": str(abs(entry.amount)), "balance_after": str(entry.balance)}
        for name, fact in facts.items():
            if told.get(name) != fact:
                yield f"was told {name} {told.get(name)}, the ledger says {fact}"

    def _transferred(self, told: dict[str, Any], entry: Entry) -> Iterator[str]:
        """Both sides and the fee, as the sender was told of them."""
        amount = int(told["amount"])
        sides = Entry.objects.filter(group=entry.group).order_by("amount", "kind").values_list("pk", "kind", "amount")
        out, into = told["transfer_out"]["id"], told["transfer_in"]["id"]
        expected = {(out, Kind.TRANSFER, -amount), (into, Kind.TRANSFER, amount)}
        found = set(sides)
        fees = [row for row in found if row[1] == Kind.FEE]
        if found - set(fees) != expected or [row[2] for row in fees] != [-FEE]:
            yield f"was told {sorted(expected)} and a fee of {FEE}, the ledger says {sorted(found)}"

    def _totals(self) -> Iterator[str]:
        """What there is: the capital, what was asked for and done, and what has expired. Nothing else."""
        expected: Counter[int] = Counter()
        for account_id in Account.objects.values_list("pk", flat=True):
            expected[account_id] = CAPITAL
        for entries in self.written.values():
            for entry in entries:
                expected[entry.account_id] += entry.amount
        for row in Entry.objects.filter(kind=Kind.EXPIRY).values("account_id").annotate(total=Sum("amount")):
            expected[row["account_id"]] += row["total"]
        for account_id, balance in Account.objects.values_list("pk", "balance"):
            if balance != expected[account_id]:
                yield f"wallet {account_id} holds {balance}, what happened to it comes to {expected[account_id]}"

    def verdict(self, problems: list[str]) -> int:
        """A run in which nothing was done proves nothing."""
        if not any(call["state"] == "done" for call in self.calls.values()):
            print("Nothing was acknowledged: give it more time.")
            return 1
        return 1 if problems else 0

    def summary(self) -> str:
        states = Counter(call["state"] for call in self.calls.values())
        unheard = [reference for reference, call in self.calls.items() if call["state"] == "asked"]
        found = sum(bool(self.written[reference]) for reference in unheard)
        repeated = sum("repeated" in states for states in self.states.values())
        settled = Entry.objects.filter(key=None).count()
        return (
            f"{len(self.calls)} operations: {states['done']} acknowledged, {states['refused']} refused,"
            f" {states['asked']} never answered ({found} of them done); {repeated} repeated;"
            f" {settled} releases and expiries; {Checkpoint.objects.count()} checkpoints"
        )


def main(arguments: list[str]) -> int:
    match arguments:
        case ["open", count]:
            call_command("migrate", verbosity=0)
            print(json.dumps(open_bank(int(count))))
            return 0
        case ["judge", *files]:
            judge = Judge(files)
            problems = judge.judge()
            print(judge.summary())
            for problem in problems[:50]:
                print(problem)
            # Sealing goes on where the last kill broke it off, and then all of it is verified.
            call_command("seal_ledger", sweep=True)
            call_command("verify_ledger")
            return judge.verdict(problems)
    raise SystemExit(__doc__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
