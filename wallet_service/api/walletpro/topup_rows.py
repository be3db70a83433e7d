"""Top-ups as this family writes them."""

from typing import Any
from urllib.parse import urljoin

from ledger.money import Currency
from payments.models import Topup
from payments.services import current_provider
from points.packages.services import package_of
from site_settings.reading import current_settings
from wallet_service.api.walletpro.fields import minor, moment

Status = Topup.Status
# What a customer is told of each state. What goes on between the service and a provider is nothing that he could act on.
SHOWN: dict[str, str] = {
    **dict.fromkeys((Status.CREATED, Status.PENDING, Status.CHARGING, Status.UNKNOWN, Status.REVIEW), "pending"),
    Status.COMPLETED: "completed",
    Status.FAILED: "failed",
}
SHOWN_STATUSES = tuple(dict.fromkeys(SHOWN.values()))
STATES = tuple(Status.values)


def states_shown_as(status: str) -> list[str]:
    """The states that are told as `status`."""
    return [state for state, shown in SHOWN.items() if shown == status]


def topup_row(topup: Topup, *, site: str, sees_state: bool) -> dict[str, Any]:
    """A top-up. `sees_state` is for who may read any wallet: what it waits for, and why. `site` makes addresses whole."""
    is_failed = topup.status == Status.FAILED
    row = {
        "id": str(topup.pk),
        "wallet_id": topup.wallet_id,
        "amount": str(topup.amount_minor),
        "bonus": str(topup.bonus_minor),
        "currency": topup.currency_code,
        **_bought(topup),
        "status": SHOWN[topup.status],
        "provider": topup.provider,
        "payment_url": payment_url(topup, site),
        "failure": topup.failure or None if is_failed or sees_state else None,
        "transaction_id": topup.entry_id,
        "origin": topup.origin,
        "created_at": moment(topup.created_at),
        "finished_at": moment(topup.finished_at),
    }
    return {**row, "state": topup.status, "paid": minor(topup.paid_minor)} if sees_state else row


def _bought(topup: Topup) -> dict[str, Any]:
    """What is paid for what is bought at a price of its own. A plain top-up is paid with its own amount."""
    if not topup.is_sale:
        return {}
    sold = {"price": str(topup.price_minor), "price_currency": topup.price_currency, "fee": str(topup.fee_minor)}
    return {**sold, "package_id": package_of(topup)}


def payment_url(topup: Topup, site: str) -> str | None:
    """Where the customer pays it, while he can."""
    return urljoin(f"{site}/", topup.payment_url) if topup.status == Status.PENDING and topup.payment_url else None


def options_row(unit: Currency) -> dict[str, Any]:
    """What may be topped up in `unit`. The settings' figures are minor units of whatever currency it is."""
    now, provider = current_settings(), current_provider()
    bonus = {
        "percent": f"{now.topup_bonus_percent.normalize():f}",
        "minimum": str(max(now.topup_bonus_from, now.topup_min)),
        "maximum": str(now.topup_bonus_max) if now.topup_bonus_max else None,
    }
    return {
        "enabled": now.topups_enabled,
        "provider": provider.name,
        "currency": unit.code,
        "minimum": str(now.topup_min),
        "maximum": str(now.topup_max),
        "presets": [str(amount) for amount in offered_amounts()],
        "bonus": bonus if now.topup_bonus_percent else None,
        "can_save_method": provider.charges_off_session,
    }


def offered_amounts() -> list[int]:
    """The presets, as far as a top-up may come to them."""
    now = current_settings()
    return [amount for amount in now.topup_presets if now.topup_min <= amount <= now.topup_max]
