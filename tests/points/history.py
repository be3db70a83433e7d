"""Histories of two wallets in which points are moved as well (tests/points/model.py), and the steps that are likely.

They count in the site's currency, so whatever else moves a wallet moves these: loans, holds, codes, transfers, withdrawals,
refunds and reversals of what points did.
"""

from dataclasses import replace
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.db.models import Sum

from ledger.checkpoints.services import sweep_ledger
from ledger.models import Entry
from ledger.movements import Event
from points.models import PushedWithdrawal
from points.purchases import grant_for_purchase, spend_as_discount
from points.pushed import withdraw_pushed
from points.services import charge_points, has_enough, withdraw_points
from points.sweeping import sweep_fees
from site_settings.services import change_settings
from tests.conftest import WHY
from tests.ledger.history import History
from tests.ledger.walk import LIKELY as OF_THE_LEDGER
from tests.ledger.walk import Steps, order
from tests.points.model import Fee, Points
from wallets.models import Wallet


class PointsHistory(History):
    kept_by: ClassVar[type[Points]] = Points
    model: Points

    def points_are_charged(self, who: int, amount: int) -> None:
        verb = partial(charge_points, **self._so_many(who, amount), why=WHY)
        self._agree(verb, lambda model: model.charge(who, amount), who)

    def points_are_withdrawn(self, who: int, amount: int, order: int | None) -> None:
        asked = self._so_many(who, amount)
        fresh = Wallet.objects.select_related("account").get(pk=asked["wallet"].pk)
        assert has_enough(wallet=fresh, points=asked["points"]) == self.model.is_enough(who, amount)
        verb = partial(withdraw_points, **asked, why=replace(WHY, order_id=order))
        self._agree(verb, lambda model: model.withdraw_points(who, amount, order), who)

    def an_order_brings_points(self, who: int, order: int, cents: int) -> None:
        asked = {"wallet": self.wallets[who], "total": self._money(who, cents), "why": replace(WHY, order_id=order)}
        self._agree(partial(grant_for_purchase, order_id=order, **asked), lambda model: model.buy(who, order, cents), who)

    def a_discount_costs_points(self, who: int, order: int, cents: int) -> None:
        asked = {"wallet": self.wallets[who], "discount": self._money(who, cents), "why": replace(WHY, order_id=order)}
        verb = partial(spend_as_discount, event=Event.named(str(uuid4())), **asked)
        self._agree(verb, lambda model: model.spend(who, order, cents), who)

    def points_are_pushed(self, who: int, number: int, amount: int) -> None:
        """By another site: which knows a wallet by its name, and its own requests by a number."""
        verb = partial(self._push, number, self.wallets[who], amount)
        self._agree(verb, lambda model: model.push(who, number, amount), is_repeatable=False)
        refusals = {push.request_id.int: push.refusal for push in PushedWithdrawal.objects.all()}
        assert refusals == {number: refusal.__name__ if refusal else "" for number, (_, refusal) in self.model.pushes.items()}

    def fees_on_points_change(self, kind: str, figure: str, is_for_added: bool) -> None:
        words = "add" if is_for_added else "subtract"
        fee, cost = Fee(kind, Decimal(figure)), Decimal(figure)
        setattr(self.model.shop, f"{words}_fee", fee)
        change_settings({f"points_{words}_fee_type": kind, f"points_{words}_fee_amount": cost}, actor="test")

    def points_are_worth(self, per_purchase: str, per_money: str) -> None:
        shop = self.model.shop
        shop.per_purchase, shop.per_money = Decimal(per_purchase), Decimal(per_money)
        change_settings({"points_per_purchase": shop.per_purchase, "points_per_money": shop.per_money}, actor="test")

    def frozen_wallets_take_points(self, is_so: bool) -> None:
        self.model.shop.frozen_take_points = is_so
        change_settings({"points_charge_inactive": is_so}, actor="test")

    def fees_go_to(self, wallet: int | None) -> None:
        self.model.shop.fee_wallet = wallet
        change_settings({"fee_wallet": "" if wallet is None else self.wallets[wallet].name}, actor="test")

    def is_sealed(self) -> None:
        assert not sweep_ledger().left_out
        self.model.seal()

    def fees_are_swept(self) -> None:
        """Whom it is refused for keeps nothing of it: there is an alarm, and they stay."""
        brought: list[int] = []
        self.model.attempt(lambda model: brought.append(model.sweep()))
        assert sweep_fees() == sum(brought)

    def every_row_is_what_the_model_says(self) -> None:
        super().every_row_is_what_the_model_says()
        paid = Entry.objects.filter(account__in=[wallet.pk for wallet in self.wallets], house="fees")
        assert -(paid.aggregate(sum=Sum("amount"))["sum"] or 0) == self.model.fees

    def _so_many(self, who: int, amount: int) -> dict[str, Any]:
        return {"wallet": self.wallets[who], "points": self._money(who, amount), "event": Event.named(str(uuid4()))}

    @staticmethod
    def _push(number: int, wallet: Wallet, amount: int) -> list[Entry]:
        asked: dict[str, Any] = {"wallet_name": wallet.name, "points": wallet.money(amount)}
        push, _ = withdraw_pushed(request_id=UUID(int=number), why=WHY, **asked)
        return [Entry.objects.get(account_id=wallet.pk, sequence=push.sequence)] if push.sequence else []


FIGURES = ["0.5", "1", "2.5", "10", "33", "50", "150"]
RATIOS = ["0", "0.1", "0.5", "1", "1.5", "3"]

LIKELY: Steps[PointsHistory] = {
    **{name: (max(1, weight // 3), step) for name, (weight, step) in OF_THE_LEDGER.items()},
    "points_are_charged": (20, lambda h, d: {"amount": d.randint(1, 90) if d.random() < 0.7 else -d.randint(1, 40)}),
    "points_are_withdrawn": (16, lambda h, d: {"amount": d.randint(1, 50), "order": order(d)}),
    "an_order_brings_points": (9, lambda h, d: {"order": d.randint(1, 6), "cents": d.choice([0, 1, 7, 15, 15, 60])}),
    "a_discount_costs_points": (9, lambda h, d: {"order": d.randint(1, 2), "cents": d.randint(0, 30)}),
    "points_are_pushed": (9, lambda h, d: {"number": d.randint(1, 30), "amount": d.choice([5, 20])}),
    "fees_on_points_change": (
        9,
        lambda h, d: {"kind": d.choice(["none", "fixed", "percent"]), "figure": d.choice(FIGURES), "is_for_added": heads(d)},
    ),
    "points_are_worth": (4, lambda h, d: {"per_purchase": d.choice(RATIOS), "per_money": d.choice(RATIOS)}),
    "frozen_wallets_take_points": (2, lambda h, d: {"is_so": heads(d)}),
    "fees_go_to": (3, lambda h, d: {"wallet": d.choice([0, 0, 1, 1, None])}),
    "is_sealed": (8, lambda h, d: {}),
    "fees_are_swept": (12, lambda h, d: {}),
}


def heads(dice: Random) -> bool:
    return dice.random() < 0.5
