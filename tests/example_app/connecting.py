"""Which callback stands at which extension point."""

from typing import Any

from hooks import points
from tests.example_app import callbacks

PAIRS: tuple[tuple[Any, Any], ...] = (
    (points.balance_changed, callbacks.post_to_the_shop),
    (points.amount_updated, callbacks.remember_balance),
    (points.low_balance_alert, callbacks.remember_alert),
    (points.credit_amount, callbacks.double_on_birthdays),
    (points.debit_amount, callbacks.round_up),
    (points.history_label, callbacks.say_it_our_way),
    (points.rest_register_routes, callbacks.add_routes),
    (points.rest_pre_authenticate, callbacks.ask_single_sign_on),
    (points.rest_response["list_wallets"], callbacks.hide_addresses),
    (points.rest_rate_limit["ip"], callbacks.trust_the_office),
    (points.rest_rate_limit["key"], callbacks.allow_two),
    (points.rest_rate_limit["burst"], callbacks.no_burst_limit),
    (points.rest_cors_origins, callbacks.open_to_the_front_end),
)


def connect() -> None:
    for point, callback in PAIRS:
        point.connect(callback)


def disconnect() -> None:
    for point, callback in PAIRS:
        point.disconnect(callback)
