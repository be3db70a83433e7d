"""A long way through a history, by dice that know what is likely to be worth doing."""

from collections.abc import Callable
from datetime import timedelta
from inspect import signature
from random import Random
from typing import Any, TypeVar

from ledger.kinds import Kind
from tests.ledger.history import HOUR, History
from tests.ledger.model import Wish
from tests.ledger.withdrawals import COMES_BACK

KINDS = [Kind.CREDIT, Kind.CREDIT, Kind.CREDIT, Kind.TOPUP, Kind.CASHBACK, Kind.MILESTONE]


def wish(dice: Random) -> Wish | None:
    if dice.random() < 0.9:
        return None
    return Wish(balance_gte=dice.randint(0, 150)) if dice.random() < 0.5 else Wish(sequence=dice.choice([0, -1, 1]))


def part(dice: Random) -> int | None:
    return None if dice.random() < 0.4 else dice.randint(1, 30)


def lasts(dice: Random) -> timedelta:
    return dice.randint(1, 8) * HOUR


def ends(history: History, dice: Random) -> Any:
    """Some hours from now, on the hour, so that ends meet; now and then it has passed."""
    if dice.random() < 0.4:
        return None
    return history.model.clock.replace(minute=0) + dice.choice([0, 1, 2, 3, 5, 8]) * HOUR


def a_code(history: History, dice: Random) -> dict[str, Any]:
    lasts = {"most": dice.randint(1, 3), "each": dice.choice([None, 1, 2]), "end": ends(history, dice)}
    return {"amount": dice.randint(1, 60), **lasts, "only": dice.choice([None, None, 0, 1])}


def order(dice: Random) -> int | None:
    return dice.choice([None, 1, 2])


H = TypeVar("H", bound=History)

# How likely each verb of a history is, and what it is asked for; who it is about is drawn for all.
Steps = dict[str, tuple[int, Callable[[H, Random], dict[str, Any]]]]

LIKELY: Steps[History] = {
    "credits": (18, lambda h, d: {"amount": d.randint(1, 90), "kind": d.choice(KINDS), "end": ends(h, d), "wish": wish(d)}),
    "debits": (
        14,
        lambda h, d: {"amount": d.randint(1, 50), "is_partial": d.random() < 0.3, "wish": wish(d), "order": order(d)},
    ),
    "pays_later": (16, lambda h, d: {"amount": d.randint(1, 90), "wish": wish(d)}),
    "what_is_lent_costs": (
        3,
        lambda h, d: {
            "kind": d.choice(["none", "fixed", "fixed", "percent", "percent"]),
            "figure": d.choice(["0.5", "3", "7.5", "50"]),
        },
    ),
    "may_pay_later_or_not": (1, lambda h, d: {}),
    "repays": (5, lambda h, d: {"number": d.randrange(200), "amount": part(d)}),
    "holds": (14, lambda h, d: {"amount": d.randint(1, 40), "lasts": lasts(d), "wish": wish(d)}),
    "captures": (12, lambda h, d: {"number": d.randrange(200), "amount": part(d), "order": order(d)}),
    "refunds": (8, lambda h, d: {"order": d.randint(1, 2), "amount": part(d)}),
    "voids": (3, lambda h, d: {"number": d.randrange(200)}),
    "transfers": (9, lambda h, d: {"sender": d.randrange(2), "amount": d.randint(1, 40), "wish": wish(d)}),
    "withdraws": (9, lambda h, d: {"amount": d.randint(1, 40)}),
    "a_withdrawal_comes_back": (6, lambda h, d: {"number": d.randrange(200), "how": d.choice(COMES_BACK)}),
    "the_fee_changes": (3, lambda h, d: {"fee": d.randint(0, 3)}),
    "a_code_is_made": (3, lambda h, d: a_code(h, d)),
    "redeems": (6, lambda h, d: {"number": d.randrange(200)}),
    "a_code_is_voided": (1, lambda h, d: {"number": d.randrange(200)}),
    "reverses": (16, lambda h, d: {"number": d.randrange(200), "amount": part(d)}),
    "owes": (4, lambda h, d: {"amount": d.randint(1, 40), "is_bound": d.random() < 0.5}),
    "takes_back": (5, lambda h, d: {"numbers": (d.randrange(200), d.randrange(200)), "amount": part(d)}),
    "repeats_an_event": (3, lambda h, d: {"number": d.randrange(200)}),
    "time_passes": (12, lambda h, d: {"step": d.choice([HOUR, HOUR / 2, HOUR / 2, HOUR / 4, 2 * HOUR, -HOUR / 4])}),
    "a_debt_comes_to_bear_interest": (14, lambda h, d: {}),
    "the_job_runs": (4, lambda h, d: {}),
    "gets_a_credit_line": (3, lambda h, d: {"line": d.choice([0, 0, 10, 30])}),
    "limits": (2, lambda h, d: {"limit": d.choice([None, None, None, 45])}),
    "freezes": (3, lambda h, d: {"frozen": d.random() < 0.15}),
    "forgets_words": (1, lambda h, d: {}),
}
OF_CODES = {"redeems", "a_code_is_voided"}


def walk(history: H, dice: Random, steps: int, of: Steps[H]) -> None:
    """So many of these steps, by their weights; each is printed before it is taken."""
    try:
        for _ in range(steps):
            name = dice.choices(list(of), [weight for weight, _ in of.values()])[0]
            arguments = of[name][1](history, dice)
            verb = getattr(history, name)
            if "who" in signature(verb).parameters:
                arguments = {"who": dice.randrange(2), **arguments}
            print(f"{name}({', '.join(f'{key}={value}' for key, value in arguments.items())})")
            if (name != "repeats_an_event" or history.done) and (name not in OF_CODES or history.codes):
                verb(**arguments)
            history.readers_see_what_the_model_says()
            history.every_row_is_what_the_model_says()
            history.the_verifier_finds_nothing()
    finally:
        history.teardown()
