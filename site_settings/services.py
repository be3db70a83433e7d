"""Changing settings: checked, written, audited and told in one transaction."""

from collections.abc import Mapping
from typing import Any

from constance.codecs import dumps
from constance.models import Constance
from django.db import connection, transaction

from audit.acts import ActName
from audit.services import record
from people.models import User
from site_settings.errors import SettingGuarded, SettingInvalid
from site_settings.listening import CHANNEL
from site_settings.reading import current_settings, default_values, forget, stored_values
from site_settings.values import declared, validated, written


@transaction.atomic(savepoint=False)
def change_settings(values: Mapping[str, Any], *, actor: str, by: User | None = None) -> dict[str, Any]:
    """Set each to its value; what really changed, with its new value. `by` is None for the operator at the console.

    Raises:
        SettingUnknown, SettingInvalid: nothing is changed then.
        SettingGuarded: `by` may not change this one.
    """
    checked = {name: validated(name, value) for name, value in values.items()}
    require_sensible(checked)
    _lock_settings()
    before = {**default_values(), **stored_values()}
    changed = {name: value for name, value in checked.items() if before[name] != value}
    for name, value in changed.items():
        if by is not None and declared(name)[1].is_guarded and not by.is_superuser:
            raise SettingGuarded(name)
        Constance.objects.update_or_create(key=name, defaults={"value": dumps(value)})
        facts = {"from": written(before[name]), "to": written(value)}
        record(ActName.SETTING_CHANGED, actor=actor, subject=f"setting:{name}", facts=facts)
    if changed:
        _tell()
    return changed


def require_sensible(changes: Mapping[str, Any]) -> None:
    """Refuse what nobody means: a fee of half a cent, or more than is sent; a least top-up above the most.

    Asked where the figure changes; a change of the type alone says nothing of the figure that comes next.

    Raises:
        SettingInvalid: it is one.
    """
    _require_sensible_fee(changes)
    if changes.keys() & {"topup_min", "topup_max"}:
        least, most = (changes.get(name, getattr(current_settings(), name)) for name in ("topup_min", "topup_max"))
        if least > most:
            raise SettingInvalid("topup_min", "the least that one top-up is cannot be more than the most")


def _require_sensible_fee(changes: Mapping[str, Any]) -> None:
    amount = changes.get("transfer_fee_amount")
    kind = changes.get("transfer_fee_type", current_settings().transfer_fee_type)
    if amount is None:
        return
    if kind == "fixed" and amount != amount.to_integral_value():
        raise SettingInvalid("transfer_fee_amount", "a fixed fee is whole minor units: 250 is $2.50")
    if kind == "percent" and amount > 100:
        raise SettingInvalid("transfer_fee_amount", "a percentage is at most 100")


def _lock_settings() -> None:
    """One change at a time, so that the audit row names what was there before."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE constance_constance IN SHARE ROW EXCLUSIVE MODE")


def _tell() -> None:
    """All processes hear of it when this transaction commits; this one reads anew at once, and behind the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    forget()
    transaction.on_commit(forget)
