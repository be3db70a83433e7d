"""Every extension point there is, by the name that it has in WordPress. docs/hooks.md says more of each.

Amounts are Decimals in major units.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Any, Protocol

from hooks.registry import Action, Filter, Filters

CREDENTIAL = re.compile(r"[A-Za-z0-9_.:@-]{1,64}")


class Routes(Protocol):
    """What a callback of `rest_register_routes` is handed."""

    def register(self, namespace: str, prefix: str, viewset: type, basename: str) -> None:
        """Add the routes of `viewset` below `prefix`. Whoever an action does not let in stays out: all, unless it says who."""


@dataclass(frozen=True, slots=True)
class Proof:
    """That a call is `user`'s, as an authenticator of the operator's own found out: he may what his rights say, and no more.

    `credential` names what he proved it with, for limits, idempotency and the audit trail: `sso:42`, never a secret.
    `may_write` is off for one that only reads.
    """

    user: Any
    credential: str
    may_write: bool = True

    def __post_init__(self) -> None:
        if not CREDENTIAL.fullmatch(self.credential):
            raise ValueError(f"{self.credential!r} does not name a credential: up to 64 letters, digits and . : @ _ -")


# What has more digits before its point is no amount, and is not computed with.
DIGITS_MAX = 40
Context = Mapping[str, object]
AmountFilter = Filter[Decimal, [int, Context]]


def _is_limit(value: object) -> bool:
    return type(value) is int and value >= 0


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


def _is_json(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(name, str) and _is_json(member) for name, member in value.items())
    if isinstance(value, list):
        return all(_is_json(item) for item in value)
    if isinstance(value, Decimal | float):
        return isfinite(value)
    return value is None or isinstance(value, str | int)


def _is_amount(value: object) -> bool:
    return isinstance(value, Decimal) and value.is_finite() and value.adjusted() < DIGITS_MAX


# --- what happened: behind the commit, whichever family, page or job it came by
balance_changed: Action[[int, Decimal, str, Decimal]] = Action("wkwp_wallet_balance_changed")
amount_updated: Action[[int, Decimal]] = Action("wkwc_wallet_amount_updated")
low_balance_alert: Action[[int, Decimal, Decimal]] = Action("wkwp_wallet_low_balance_alert")

# --- money on its way: a failure stops it
credit_amount: AmountFilter = Filter("wkwp_wallet_credit_amount", _is_amount, is_strict=True)
debit_amount: AmountFilter = Filter("wkwp_wallet_debit_amount", _is_amount, is_strict=True)
history_label: Filter[str, [str]] = Filter("wkwp_wallet_history_label", lambda value: isinstance(value, str))

# --- the REST API of wkwp-wallet/v1 and wkwc_wallet/v1
rest_register_routes: Action[[Routes]] = Action("wkwp_rest_register_routes")
rest_pre_authenticate: Filter[Proof | None, [Any]] = Filter(
    "wkwp_rest_pre_authenticate", lambda value: value is None or isinstance(value, Proof), is_strict=True
)
rest_response: Filters[Any, [Any]] = Filters("wkwp_rest_response_", _is_json)
rest_rate_limit: Filters[int, [str]] = Filters("wkwp_rest_rate_limit_", _is_limit, names=frozenset({"ip", "key", "burst"}))
rest_cors_origins: Filter[list[str], []] = Filter("wkwp_rest_cors_origins", _is_list_of_texts)
