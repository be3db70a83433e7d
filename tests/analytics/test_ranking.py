"""Who spent most, in windows of every length, from one walk back in time."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from analytics import ranking
from analytics.models import DaySpending, Progress
from analytics.ranking import refresh_rankings
from analytics.reading import Chart, Metric, draw_chart, summarize
from ledger.models import Entry
from ledger.movements import Event
from people.models import User
from tests.conftest import WHY
from wallets.holds import capture_hold, place_hold
from wallets.models import Wallet
from wallets.services import debit, open_wallet

pytestmark = pytest.mark.django_db

Give = Callable[..., Entry]


def ask(days: int) -> Chart:
    return draw_chart(metric=Metric.TOP_SPENDERS, days=days, currency_code="USD")


def ranked(days: int) -> list[tuple[Any, int]]:
    return ask(days).points


def spend(wallet: Wallet, minor: int) -> None:
    debit(wallet=wallet, amount=wallet.money(minor), event=Event.once("test"), why=WHY)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_window_is_ranked_as_if_it_were_added_up_alone(seed: int):
    """Few amounts, so that many are even: then the lower number leads. Both the walk and the answer without it."""
    dice, today = Random(seed), timezone.now().date()
    users = [User.objects.create_user(f"u{number}", f"u{number}@example.test") for number in range(25)]
    accounts = {open_wallet(user=user).pk: user.pk for user in users}
    rows = [
        DaySpending(day=today - timedelta(days=back), account_id=account, spent=dice.choice([1, 2, 3, 50]))
        for back in range(400)
        for account in dice.sample(sorted(accounts), dice.choice([0, 0, 1, 2, 6]))
    ]
    DaySpending.objects.bulk_create(rows)
    refresh_rankings()

    for days in (1, 2, 7, 30, 90, 364, 365):
        sums: Counter[int] = Counter()
        for row in rows:
            if (today - row.day).days < days:
                sums[accounts[row.account_id]] += int(row.spent)
        expected = sorted(sums.items(), key=lambda spender: (-spender[1], spender[0]))[:10]
        assert ranked(days) == expected, days
        Progress.objects.update(ranked_at=None)
        assert ranked(days) == expected, days
        Progress.objects.update(ranked_at=timezone.now())


def test_a_later_ranking_of_the_day_is_as_if_everybody_had_been_ranked_anew(
    give: Give, count: Callable[[], int], monkeypatch: pytest.MonkeyPatch
):
    """Only leaders and those who have spent since are looked at: the rest cannot have come before them."""
    dice, today = Random(3), timezone.now().date()
    wallets = [open_wallet(user=User.objects.create_user(f"u{number}", f"u{number}@example.test")) for number in range(40)]
    DaySpending.objects.bulk_create(
        DaySpending(day=today - timedelta(days=back), account_id=wallet.pk, spent=dice.randint(1, 60))
        for back in range(0, 400, 3)
        for wallet in dice.sample(wallets, 12)
    )
    for wallet in wallets:
        give(wallet, 10_000)
    refresh_rankings()
    looked_at, to_rank = [], ranking._wallets_to_rank

    def watched(*asked: Any) -> Any:
        wallets = to_rank(*asked)
        looked_at.append(wallets.count())
        return wallets

    monkeypatch.setattr(ranking, "_wallets_to_rank", watched)
    for _ in range(6):
        for wallet in dice.sample(wallets, 3):
            spend(wallet, dice.randint(1, 400))
        if dice.random() < 0.5:
            count()
        refresh_rankings()
        kept = {days: ranked(days) for days in range(1, 366, 7)}
        Progress.objects.update(ranked_at=timezone.now() - timedelta(minutes=11))
        assert {days: ranked(days) for days in kept} == kept
        Progress.objects.update(ranked_at=timezone.now())

    assert max(looked_at) < len(wallets)


def test_the_first_ranking_of_a_day_is_about_everybody(wallet: Wallet, give: Give):
    DaySpending.objects.create(day=timezone.now().date() - timedelta(days=1), account_id=wallet.pk, spent=5)
    yesterday = timezone.now() - timedelta(days=1)
    Progress.objects.update_or_create(pk=1, defaults={"ranked_at": yesterday, "ranked_id": 10**9})
    refresh_rankings()

    assert ranked(2) == [(wallet.user_id, 5)]


def test_purchases_count_and_nothing_else(wallet: Wallet, give: Give):
    give(wallet, 1000)
    spend(wallet, 100)
    hold = place_hold(wallet=wallet, amount=wallet.money(70), event=Event.once("test"), why=WHY, expires_in=timedelta(hours=1))
    capture_hold(hold=hold.account.holds.get(), amount=wallet.money(30), event=Event.once("test"), why=WHY)

    assert ranked(1) == [(wallet.user_id, 130)]


def test_what_the_job_kept_is_told_for_ten_minutes_with_its_time(wallet: Wallet, give: Give):
    give(wallet, 1000)
    spend(wallet, 10)
    refresh_rankings()
    made_at = Progress.objects.get().ranked_at
    spend(wallet, 5)

    assert ask(365).as_of == made_at
    assert ranked(365) == [(wallet.user_id, 10)]
    assert summarize(window=1, currency_code="USD").active_wallets_at == made_at
    Progress.objects.update(ranked_at=timezone.now() - timedelta(minutes=10))
    before = timezone.now()
    assert ranked(365) == [(wallet.user_id, 15)]
    assert (ask(365).as_of or before) >= before


def test_active_are_customers_with_money(wallet: Wallet, bobs_wallet: Wallet, give: Give):
    give(wallet, 1000)
    give(bobs_wallet, 10)
    spend(bobs_wallet, 10)

    assert summarize(window=1, currency_code="USD").active_wallets == 1
    refresh_rankings()
    assert summarize(window=1, currency_code="USD").active_wallets == 1
