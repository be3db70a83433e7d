"""What a customer sets for himself (facts.md 2.18): by the plugin's own keys, flags as 0 and 1, one at a time.

A key that is none of these is 400 `invalid_key`. Amounts are major units of the site's currency; an empty text unsets one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from ledger.errors import LedgerUnavailable
from ledger.money import AMOUNT_MAX
from ledger.retry import in_transaction
from notices.kinds import PREFERENCES
from notices.preferences import preferences_of, set_preference
from wallet_service.api.arguments import Argument, Arguments, Boolean, Schema, Text
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.webkul import settings_shapes as shapes
from wallet_service.api.webkul.base import CustomerViewSet
from wallet_service.api.webkul.errors import KeyInvalid
from wallet_service.api.webkul.fields import MajorUnits, in_minor, major
from wallets.errors import AutoReloadIncomplete
from wallets.models import Wallet
from wallets.services import change_wallet, lock_transfers

LOCKED = "_wkwp_transfer_locked"
AUTO_TOPUP = "_wkwp_auto_topup_"


@dataclass(frozen=True, kw_only=True)
class Value(Argument):
    """Whatever the key takes: parsed by that."""

    def parse(self, name: str, value: Any) -> Any:
        return value

    def schema(self) -> Schema:
        return {"type": ["integer", "number", "string", "boolean"]}


class MaybeAmount(MajorUnits):
    """An amount, or an empty text for none."""

    def parse(self, name: str, value: Any) -> Decimal | None:  # type: ignore[override]  # none is no amount
        return None if value == "" else super().parse(name, value)


FLAG = Boolean(description="1 or 0.")
AMOUNT = MaybeAmount(description="Major units.", is_signed=True)
CHANGE = Arguments(
    {
        "key": Text(description="Which setting.", required=True),
        "value": Value(description="0 or 1; of an amount, a number, or an empty text for none.", required=True),
    }
)


@dataclass(frozen=True, slots=True)
class OwnSetting:
    """What a key takes, and what is done with it: `write(wallet, value, actor)`."""

    takes: Argument
    write: Callable[[Wallet, Any, str], object]


def _lock(wallet: Wallet, value: bool, actor: str) -> None:
    lock_transfers(user=wallet.user, is_locked=value, actor=actor)


def _preference(key: str) -> OwnSetting:
    return OwnSetting(FLAG, lambda wallet, value, actor: set_preference(wallet.user, key, value))


def _change(name: str) -> Callable[[Wallet, Any, str], Wallet]:
    return lambda wallet, value, actor: change_wallet(wallet=wallet, actor=actor, **{name: value})


def _amount(name: str, *, least: int) -> OwnSetting:
    change = _change(name)

    def write(wallet: Wallet, value: Any, actor: str) -> Wallet:
        minor = None if value is None else in_minor("value", value, wallet.currency, least=least, most=AMOUNT_MAX)
        return change(wallet, minor, actor)

    return OwnSetting(AMOUNT, write)


SETTINGS: Mapping[str, OwnSetting] = {
    LOCKED: OwnSetting(FLAG, _lock),
    **{key: _preference(key) for key in PREFERENCES},
    f"{AUTO_TOPUP}enabled": OwnSetting(FLAG, _change("auto_reload_enabled")),
    f"{AUTO_TOPUP}threshold": _amount("auto_reload_threshold", least=0),
    f"{AUTO_TOPUP}amount": _amount("auto_reload_amount", least=1),
}


class OwnSettingViewSet(CustomerViewSet):
    """A customer's own settings."""

    @operation(
        Operation("getSettings", "The caller's own settings", Access.SIGNED_IN, answers={200: shapes.WebkulOwnSettings}),
    )
    def list(self, request: Request) -> Response:
        return Response(_row(self.own_wallet()))

    @operation(
        Operation(
            "changeSetting",
            "Change one of the caller's own settings",
            Access.SIGNED_IN,
            CHANGE,
            {200: shapes.WebkulOwnSettings},
            refusals=(KeyInvalid, AutoReloadIncomplete, LedgerUnavailable),
            description="Answers all of them.",
            example={"key": LOCKED, "value": 1},
        )
    )
    def create(self, request: Request) -> Response:
        asked = self.arguments()
        setting = SETTINGS.get(asked["key"])
        if setting is None:
            raise KeyInvalid
        value = Arguments({"value": setting.takes}).validate({"value": asked["value"]})["value"]
        wallet, actor = self.own_wallet(), self.credential.actor
        in_transaction(lambda: setting.write(wallet, value, actor))
        return Response(_row(self.own_wallet()))


def _row(wallet: Wallet) -> dict[str, Any]:
    """In the order in which keys are declared."""
    reload = (wallet.auto_reload_threshold, wallet.auto_reload_amount)
    threshold, amount = (None if minor is None else major(minor, wallet.currency) for minor in reload)
    return {
        LOCKED: int(wallet.transfers_locked),
        **{key: int(is_wanted) for key, is_wanted in preferences_of(wallet.user).items()},
        f"{AUTO_TOPUP}enabled": int(wallet.auto_reload_enabled),
        f"{AUTO_TOPUP}threshold": threshold,
        f"{AUTO_TOPUP}amount": amount,
    }
