"""Settings from the environment: each has one spelling, and a wrong one stops the process."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from wallet_service.environment import amounts, service_address


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("0", {"*": 0}),
        ("100000", {"*": 100000}),
        ("100000,EUR:90000, jpy:10000", {"*": 100000, "EUR": 90000, "JPY": 10000}),
        ("EUR:0", {"EUR": 0}),
    ],
)
def test_amounts_for_all_currencies_and_for_some(monkeypatch: pytest.MonkeyPatch, text: str, found: dict[str, int]):
    monkeypatch.setenv("APPROVAL_ABOVE", text)

    assert amounts("APPROVAL_ABOVE") == found


@pytest.mark.parametrize("text", ["-1", "1000.00", "1e3", "EUR", "EUR:", ":5", "EUR=5", "1,2", "EUR:1,eur:2", "٣", "1_000"])
def test_what_is_no_amount_stops_the_process(monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.setenv("APPROVAL_ABOVE", text)

    with pytest.raises(ImproperlyConfigured, match="APPROVAL_ABOVE"):
        amounts("APPROVAL_ABOVE")


@pytest.mark.parametrize("text", ["https://pay.example", "http://127.0.0.1:12111/", "http://localhost:1", "http://[::1]:1"])
def test_a_service_is_called_by_https_or_on_this_machine(monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.setenv("STRIPE_API_BASE", text)

    assert service_address("STRIPE_API_BASE", "https://api.stripe.com") == text.rstrip("/")


@pytest.mark.parametrize(
    "text", ["http://pay.example", "http://127.0.0.1.pay.example", "ftp://localhost", "pay.example", "https://"]
)
def test_a_service_elsewhere_is_not_called_without_tls(monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.setenv("STRIPE_API_BASE", text)

    with pytest.raises(ImproperlyConfigured, match="STRIPE_API_BASE"):
        service_address("STRIPE_API_BASE", "https://api.stripe.com")


@pytest.mark.parametrize("missing", ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"])
def test_stripe_without_its_secrets_stops_the_process(missing: str):
    given = {"PAYMENT_PROVIDER": "stripe", "STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1", missing: ""}
    begun = subprocess.run(
        [sys.executable, "-c", "import wallet_service.settings"], env={**os.environ, **given}, capture_output=True, text=True
    )

    assert f"{missing} is not set" in begun.stderr
