"""Settings from the environment: each has one spelling, and a wrong one stops the process."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from wallet_service.environment import amounts


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
