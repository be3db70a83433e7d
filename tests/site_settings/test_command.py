"""`manage.py site_setting`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from audit.models import Act
from site_settings.declared import declarations
from site_settings.reading import current_settings

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("site_setting", *arguments, stdout=out)
    return out.getvalue().strip()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("transfers_enabled", "true", True),
        ("rate_walletpro_per_minute", "0", 0),
        ("kyc_required_features", '["transfer"]', ["transfer"]),
        ("topup_presets", "[5000, 1000]", [5000, 1000]),
        ("topup_presets", "[]", []),
        ("transfer_fee_type", "percent", "percent"),
        ("transfer_fee_type", '"fixed"', "fixed"),
        ("transfer_fee_amount", "2.5", 2.5),
        ("fee_wallet", "42", "42"),
        ("fee_wallet", '"42"', "42"),
    ],
)
def test_sets_and_reads(name: str, text: str, value: object):
    assert json.loads(run(name, text, "--json"))["value"] == value
    assert json.loads(run(name, "--json"))["value"] == value
    assert Act.objects.get(act="setting.changed").actor == "command"


def test_shows_one_plainly():
    assert run("transfer_fee_type") == "none"
    assert run("velocity_max_count") == "0"


def test_lists_all_with_their_defaults():
    run("velocity_max_count", "4")
    rows = json.loads(run("--list", "--json"))

    assert [row["name"] for row in rows] == [name for name, _type, _declaration in declarations()]
    changed = [row for row in rows if row["value"] != row["default"]]
    assert [(row["name"], row["value"], row["default"]) for row in changed] == [("velocity_max_count", 4, 0)]
    marked = [line.split()[1] for line in run("--list").splitlines() if line.startswith("*")]
    assert marked == ["velocity_max_count"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing"],
        ["nothing", "1"],
        ["velocity_max_count", "many"],
        ["velocity_max_count", "--list"],
        ["default_currency", "XXL"],
    ],
    ids=repr,
)
def test_says_in_one_line_what_is_wrong(arguments: list[str]):
    before = current_settings()

    with pytest.raises(CommandError) as refused:
        run(*arguments)
    assert "\n" not in str(refused.value)
    assert current_settings() == before
