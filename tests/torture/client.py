"""One customer of the bank: random operations over HTTP, each under a key of its own, and his own books of what he was told.

Everything he asks for carries a `reference` that is his, so that the judge finds
what became of it without trusting anybody's idempotency. His dice decide what he
asks for and how often he asks again; they are thrown before he knows the answer.

    python -m tests.torture.client '{"url": …, "key": […], "wallets": […], "seed": …, "number": …, "seconds": …, "file": …}'
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import requests

AGAIN = {429, 503}
STILL_RUNNING = "walletpro_idempotency_in_progress"
PATIENCE_SECONDS = 8
# How many of those operations that were not answered are given up, to be found done or not done, but not done twice.
GIVEN_UP = 0.2
REPEATED = 0.15


class Client:
    def __init__(self, task: dict[str, Any]) -> None:
        self.url: str = task["url"]
        self.wallets: list[int] = task["wallets"]
        self.name = f"{task['seed']}-{task['number']}"
        self.dice = Random(self.name)
        self.until = time.monotonic() + task["seconds"]
        self.session = requests.Session()
        self.session.auth = self.managers_key = tuple(task["key"])
        self.holders: list[dict[str, Any]] = task["holders"]
        self.holds: list[tuple[int, int]] = []
        self.moved: list[tuple[int, int]] = []
        self.asked = 0
        self.books = Path(task["file"]).open("w", buffering=1)  # noqa: SIM115  it is his until he ends

    def work(self) -> None:
        while time.monotonic() < self.until:
            self.one()
        self.books.close()

    def one(self) -> None:
        dice = self.dice
        verb = dice.choices(list(VERBS), [weight for weight, _ in VERBS.values()])[0]
        path, body = VERBS[verb][1](self)
        fate = {"give_up": dice.random() < GIVEN_UP, "repeat": dice.random() < REPEATED}
        key = str(UUID(int=dice.getrandbits(128), version=4))
        if not path:
            return
        self.asked += 1
        own = f"{self.name}-{self.asked}"
        # What a holder does himself is done with his own key, and says in its note what is a reference elsewhere.
        self.session.auth = tuple(body.pop("as", self.managers_key))
        body = {"reason": "torture", **body, "reference": own, "note": own, "idempotency_key": key}
        call = {"verb": verb, "path": path, "amount": body.get("amount"), "reference": body["reference"]}
        self._write({**call, "state": "asked"})
        answer = self._ask(path, body, **fate)
        if answer is None:
            return
        status, row = answer
        done = status in {200, 201, 206}
        self._write({**call, "state": "done" if done else "refused", "status": status, "answer": row})
        if done:
            self._remember(verb, row)
            if fate["repeat"] and (again := self._ask(path, body, give_up=True)):
                self._write({**call, "state": "repeated", "status": again[0], "answer": again[1]})

    def _ask(self, path: str, body: dict[str, Any], *, give_up: bool, repeat: bool = False) -> tuple[int, dict[str, Any]] | None:
        """The answer; where there is none, the same call under the same key again, or never mind."""
        while time.monotonic() < self.until + PATIENCE_SECONDS:
            try:
                answer = self.session.post(f"{self.url}/{path}", json=body, timeout=PATIENCE_SECONDS)
                row = answer.json()
                if answer.status_code not in AGAIN and row.get("code") != STILL_RUNNING:
                    return answer.status_code, row
            except (requests.RequestException, ValueError):
                if give_up:
                    return None
            time.sleep(0.05)
        return None

    def _write(self, line: dict[str, Any]) -> None:
        self.books.write(json.dumps(line) + "\n")

    def _remember(self, verb: str, row: dict[str, Any]) -> None:
        if verb == "hold":
            self.holds.append((row["id"], int(row["amount"])))
        elif verb in {"credit", "debit", "partial debit", "capture"}:
            self.moved.append((row["transaction_id"], int(row["amount"])))
        elif verb == "transfer":
            self.moved.append((row["transfer_out"]["id"], int(row["amount"])))

    def pick(self, things: list[tuple[int, int]]) -> tuple[int, int] | None:
        """One of the last few; the dice are thrown even where there is none."""
        number = self.dice.randrange(12)
        return things[-1 - number % len(things)] if things else None

    def amount(self, most: int = 400) -> str:
        return str(self.dice.randint(1, most))

    def wallet(self) -> int:
        return self.dice.choice(self.wallets)


Call = tuple[str, dict[str, Any]]


def credit(client: Client) -> Call:
    dice = client.dice
    body: dict[str, Any] = {"amount": client.amount(), "type": dice.choice(["credit", "cashback", "milestone"])}
    end = datetime.now(UTC) + timedelta(seconds=dice.randint(2, 20))
    if dice.random() < 0.4:
        body["expiry_date"] = end.strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"wallets/{client.wallet()}/credit", body


def debit(client: Client) -> Call:
    return f"wallets/{client.wallet()}/debit", {"amount": client.amount()}


def partial_debit(client: Client) -> Call:
    return f"wallets/{client.wallet()}/debit", {"amount": client.amount(1500), "allow_partial": True}


def hold(client: Client) -> Call:
    seconds = client.dice.choice([1, 3, 900])
    return "holds", {"wallet_id": client.wallet(), "amount": client.amount(), "expires_in": seconds}


def capture(client: Client) -> Call:
    held, whole, share = client.pick(client.holds), client.dice.random() < 0.5, client.dice.random()
    if held is None:
        return "", {}
    return f"holds/{held[0]}/capture", {} if whole else {"amount": str(1 + int(share * (held[1] - 1)))}


def void(client: Client) -> Call:
    held = client.pick(client.holds)
    return ("", {}) if held is None else (f"holds/{held[0]}/void", {})


def reverse(client: Client) -> Call:
    moved, whole, share = client.pick(client.moved), client.dice.random() < 0.5, client.dice.random()
    if moved is None:
        return "", {}
    return f"transactions/{moved[0]}/reverse", {"amount": str(moved[1] if whole else 1 + int(share * (moved[1] - 1)))}


def transfer(client: Client) -> Call:
    sender, recipient = client.dice.sample(client.holders, 2)
    return "transfers", {"as": sender["key"], "to_user_email": recipient["email"], "amount": client.amount()}


VERBS: dict[str, tuple[int, Callable[[Client], Call]]] = {
    "credit": (6, credit),
    "debit": (4, debit),
    "partial debit": (2, partial_debit),
    "hold": (4, hold),
    "capture": (3, capture),
    "void": (1, void),
    "reverse": (4, reverse),
    "transfer": (4, transfer),
}


if __name__ == "__main__":
    Client(json.loads(sys.argv[1])).work()
