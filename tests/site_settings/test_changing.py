"""Settings are checked, audited, and seen at once by who serves."""

import contextlib
import json
import threading
import time
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from constance import config
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from audit.models import Act
from people.models import User
from site_settings import listening, reading
from site_settings.declared import SiteSettings, declarations
from site_settings.errors import SettingGuarded, SettingInvalid, SettingUnknown
from site_settings.reading import current_settings, default_currency
from site_settings.services import change_settings
from site_settings.values import parsed, require_valid_defaults, validated, written

pytestmark = pytest.mark.django_db

# One that each setting takes and does not have, and one that it refuses.
OTHER: dict[str, tuple[Any, Any]] = {
    "default_currency": ("EUR", "XYZ"),
    "lot_kinds": (["bonus"], ["debit"]),
    "limits_on_adjustments": (True, "yes"),
    "approval_above": ({"*": 5, "EUR": 0}, {"XYZ": 5}),
    "notices_off": (["transfer.sent", "kyc.submitted"], ["transfer.code"]),
    "sms_on": (["withdrawal.paid"], ["transfer.sent"]),
    "manager_mail_to": (["till@example.test"], ["till@example.test", "nobody"]),
    "transfers_enabled": (True, 1),
    "transfer_fee_type": ("percent", "some"),
    "transfer_fee_amount": (Decimal("2.5"), Decimal("-1")),
    "money_request_days": (7, 0),
    "step_up_threshold": (5000, -1),
    "low_balance": (500, -1),
    "transfer_min": (1, 0),
    "transfer_max": (5, -1),
    "transfer_daily_cap": (10**15, 10**15 + 1),
    "qr_pay_enabled": (True, 1),
    "qr_receive_kyc_required": (True, "yes"),
    "qr_pay_min": (1, 0),
    "qr_pay_max": (5, 0.5),
    "qr_pay_otp_threshold": (5000, -1),
    "withdrawals_enabled": (True, 1),
    "withdrawal_methods": (["bank"], ["cash"]),
    "withdrawal_min": (1, 0),
    "withdrawal_max": (5, -1),
    "withdrawal_monthly_max": (5, "5"),
    "withdrawal_fee_type": ("percent", "some"),
    "withdrawal_fee_amount": (Decimal("2.5"), Decimal("-1")),
    "withdrawal_hold_enabled": (True, 7),
    "withdrawal_hold_days": (0, 366),
    "refund_requests_enabled": (True, "on"),
    "refund_request_days": (30, 0),
    "bnpl_enabled": (True, 1),
    "bnpl_eligibility": ("kyc", "anybody"),
    "bnpl_groups": (["Customer"], [""]),
    "bnpl_max_debt": (0, -1),
    "bnpl_min_order": (0, -1),
    "bnpl_repayment_days": (1, 0),
    "bnpl_grace_days": (0, -1),
    "bnpl_interest_type": ("fixed", "daily"),
    "bnpl_interest_amount": (Decimal("2.5"), Decimal("-1")),
    "topups_enabled": (False, "no"),
    "topup_min": (1, 0),
    "topup_max": (10**15, 10**15 + 1),
    "topup_presets": ([5000, 1000], [1000, 1000]),
    "topup_bonus_percent": (Decimal("12.5"), Decimal("1000.1")),
    "topup_bonus_from": (5000, "many"),
    "topup_bonus_max": (1, 1.5),
    "auto_reload_attempts": (1, 0),
    "webhook_event_days": (1, 0),
    "velocity_window_minutes": (5, 0),
    "velocity_max_count": (3, 1.5),
    "velocity_max_sum": (10**15, 10**15 + 1),
    "kyc_enabled": (True, None),
    "kyc_required_features": (["transfer"], ["fly"]),
    "kyc_max_documents": (5, 6),
    "kyc_max_file_mb": (1, 0),
    "kyc_document_types": (["Passport"], "Passport"),
    "kyc_description": ("Show us who you are.", 5),
    "rate_redeem_per_minute": (0, True),
    "rate_redeem_per_address": (1, "1"),
    "points_currency": ("EUR", "XYZ"),
    "points_wallets_per_user": (3, 0),
    "points_initial": (500, -1),
    "points_charge_inactive": (True, 1),
    "points_add_fee_type": ("percent", "some"),
    "points_add_fee_amount": (Decimal("2.5"), Decimal("-1")),
    "points_subtract_fee_type": ("fixed", None),
    "points_subtract_fee_amount": (Decimal("2.5"), Decimal("-1")),
    "fee_wallet": ("42", 5),
    "points_per_money": (Decimal("2.5"), Decimal("-1")),
    "points_per_purchase": (Decimal("0.5"), "many"),
    "gateway_open": (True, "yes"),
    "rate_gateway_wrong_keys": (0, -1),
    "external_wallets_enabled": (True, 1),
    "external_refresh": ("12_hours", "hourly"),
    "walletpro_api_enabled": (False, []),
    "rate_walletpro_per_minute": (1, -5),
    "rate_wkwp_per_address": (1, -5),
    "rate_wkwp_per_key": (0, "many"),
    "rate_wkwp_burst": (0, 1.5),
    "rate_failed_logins_per_minute": (1, {}),
    "request_logging": (True, "on"),
    "request_log_days": (1, 10**9),
}


def test_the_table_of_these_tests_is_complete():
    assert set(OTHER) == {name for name, _type, _declaration in declarations()}


@pytest.mark.parametrize("name", OTHER)
def test_takes_what_fits_and_tells_who_changed_it(name: str):
    before, value = getattr(current_settings(), name), OTHER[name][0]

    assert change_settings({name: value}, actor="test") == {name: value}
    assert getattr(current_settings(), name) == value
    assert getattr(config, name) == value
    row = Act.objects.get(act="setting.changed")
    assert (row.actor, row.subject) == ("test", f"setting:{name}")
    assert json.loads(row.facts) == {"from": written(before), "to": written(value)}


@pytest.mark.parametrize("name", OTHER)
def test_refuses_what_does_not_fit_and_changes_nothing(name: str):
    before = current_settings()

    with pytest.raises(SettingInvalid), transaction.atomic():
        change_settings({"velocity_max_count": 7, name: OTHER[name][1]}, actor="test")
    assert current_settings() == before
    assert not Act.objects.filter(act="setting.changed").exists()


def test_what_it_was_already_is_no_change():
    assert change_settings({"transfers_enabled": False}, actor="test") == {}
    assert not Act.objects.filter(act="setting.changed").exists()


def test_refuses_what_is_no_setting():
    with pytest.raises(SettingUnknown):
        change_settings({"transfer_enabled": True}, actor="test")


def test_a_manager_does_not_raise_the_threshold_that_holds_him(manager: User):
    with pytest.raises(SettingGuarded), transaction.atomic():
        change_settings({"approval_above": {}, "limits_on_adjustments": True}, actor="test", by=manager)
    assert current_settings().limits_on_adjustments is False


@pytest.mark.parametrize("wrong", [["1000"], [True], [1.5], [0], [10**15 + 1], [1000, 1000], "1000", 1000], ids=repr)
def test_refuses_numbers_that_are_none(wrong: Any):
    with pytest.raises(SettingInvalid):
        validated("topup_presets", wrong)


def test_the_least_topup_is_not_above_the_most():
    with pytest.raises(SettingInvalid), transaction.atomic():
        change_settings({"topup_min": current_settings().topup_max + 1}, actor="test")
    change_settings({"topup_min": 7, "topup_max": 7}, actor="test")


def test_the_sites_currency_is_the_setting():
    change_settings({"default_currency": "JPY"}, actor="test")

    assert default_currency().decimals == 0


@pytest.mark.parametrize(
    "text", ["NaN", "1e400", "-0.00001", "[[[[", "\u0000", "{}", "null", "9" * 400, "1.5", "true", '"', "١٢"], ids=repr
)
@pytest.mark.parametrize("name", ["transfer_fee_amount", "velocity_max_sum", "default_currency", "approval_above"])
def test_no_text_breaks_it(name: str, text: str):
    with contextlib.suppress(SettingInvalid):
        assert validated(name, parsed(text)) in (Decimal("1.5"), {}, Decimal(12))


@pytest.mark.parametrize("number", ["0", "2.5", "100", "0.1", "12.3456", "1000000000000000"])
def test_a_number_is_written_as_it_is_read(number: str):
    assert parsed(written(Decimal(number))) == Decimal(number)


def test_a_default_from_the_environment_is_checked_before_the_process_starts(settings: Any):
    settings.SITE_SETTING_DEFAULTS = {"approval_above": {"*": 1, "ERU": 5}}

    with pytest.raises(ImproperlyConfigured, match="APPROVAL_ABOVE.*ERU"):
        require_valid_defaults()


def test_reading_costs_one_statement_and_then_none():
    reading.forget()
    with CaptureQueriesContext(connection) as first:
        current_settings()
    with CaptureQueriesContext(connection) as then:
        assert current_settings() is current_settings()
    assert (len(first), len(then)) == (1, 0)


def test_a_stored_value_that_cannot_be_is_left_out(caplog: pytest.LogCaptureFixture):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO constance_constance (key, value) VALUES ('velocity_max_count', '\"many\"'), ('old', '1')")
    reading.forget()

    assert current_settings() == SiteSettings(**reading.default_values())
    assert "velocity_max_count" in caplog.text


def test_what_was_read_before_a_change_is_not_kept_behind_it(monkeypatch: pytest.MonkeyPatch):
    reading.forget()
    stored = reading.stored_values

    def changed_meanwhile() -> dict[str, Any]:
        values = stored()
        reading.forget()
        return values

    monkeypatch.setattr(reading, "stored_values", changed_meanwhile)
    current_settings()

    assert reading._kept.values is None


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A listening thread of the test's own, which ends with its connection."""
    opened: list[psycopg.Connection] = []
    connect = psycopg.connect

    def connecting(**parameters: Any) -> psycopg.Connection:
        opened.append(connect(**parameters))
        return opened[-1]

    def listen() -> None:
        try:
            listening._listen()
        except psycopg.Error:
            reading.believe_changes_are_told(False)

    monkeypatch.setattr(psycopg, "connect", connecting)
    monkeypatch.setattr(listening, "ASK_SECONDS", 0.2)
    # It is believed from the start; here only once it listens.
    reading.believe_changes_are_told(False)
    thread = threading.Thread(target=listen)
    thread.start()
    _until(lambda: bool(opened) and reading._kept.is_told)
    yield opened[0]
    _end(opened[0])
    thread.join(10)
    reading.believe_changes_are_told(True)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_another_process_hears_of_a_change(listener: psycopg.Connection):
    assert current_settings().velocity_max_count == 0
    parameters = connections["default"].get_connection_params()
    with psycopg.connect(**parameters, autocommit=True) as other:
        other.execute("INSERT INTO constance_constance (key, value) VALUES ('velocity_max_count', '9')")
        assert current_settings().velocity_max_count == 0, "nobody told"
        other.execute("SELECT pg_notify('site_settings', '')")

    _until(lambda: current_settings().velocity_max_count == 9)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_without_ears_it_reads_every_second(listener: psycopg.Connection, monkeypatch: pytest.MonkeyPatch):
    _end(listener)
    _until(lambda: not reading._kept.is_told)
    current_settings()
    change = "INSERT INTO constance_constance (key, value) VALUES ('velocity_max_count', '9')"
    with connection.cursor() as cursor:
        cursor.execute(change)
    monkeypatch.setattr(reading, "UNTOLD_SECONDS", 0)

    assert current_settings().velocity_max_count == 9


def _end(ended: psycopg.Connection) -> None:
    if not ended.closed:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [ended.info.backend_pid])


def _until(condition: Any) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("kind", "amount", "is_taken"),
    [
        ("fixed", "250", True),
        ("fixed", "2.5", False),
        ("percent", "2.5", True),
        ("percent", "100", True),
        ("percent", "100.01", False),
    ],
)
def test_a_fee_that_nobody_means_is_refused(kind: str, amount: str, is_taken: bool):
    change_settings({"transfer_fee_type": kind}, actor="test")
    if is_taken:
        change_settings({"transfer_fee_amount": Decimal(amount)}, actor="test")
    else:
        with pytest.raises(SettingInvalid), transaction.atomic():
            change_settings({"transfer_fee_amount": Decimal(amount)}, actor="test")
    assert current_settings().transfer_fee_amount == (Decimal(amount) if is_taken else 0)


def test_the_type_is_changed_whatever_the_figure_was():
    change_settings({"transfer_fee_type": "fixed", "transfer_fee_amount": 250}, actor="test")
    change_settings({"transfer_fee_type": "percent"}, actor="test")

    assert current_settings().transfer_fee_type == "percent"
