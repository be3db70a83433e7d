"""The settings' screen in the admin."""

import re
from typing import Any

import pytest
from django.test import Client

from audit.models import Act
from people.models import User
from site_settings.declared import declarations
from site_settings.reading import current_settings

pytestmark = pytest.mark.django_db
PAGE = "/admin/constance/config/"


@pytest.fixture
def screen(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def sent(page: Client, **changes: Any) -> dict[str, Any]:
    """What a browser would send: the form as it stands, with `changes`."""
    form = page.get(PAGE).context["form"]
    data: dict[str, Any] = {"version": form.initial["version"]}
    for name, field in form.fields.items():
        value = field.prepare_value(form.initial.get(name))
        if value is not False and value is not None:
            data[name] = value
    return {name: value for name, value in {**data, **changes}.items() if value is not None}


def test_shows_every_setting_with_its_help(screen: Client):
    text = screen.get(PAGE).content.decode()

    for name, _type, declaration in declarations():
        assert f'name="{name}"' in text
        assert re.sub(r"['\"&].*", "", declaration.help) in text


def test_a_manager_changes_some_and_his_name_stands_by_it(screen: Client, manager: User):
    response = screen.post(
        PAGE, sent(screen, transfers_enabled="on", transfer_fee_amount="2.5", kyc_required_features=["transfer"])
    )

    assert response.status_code == 302
    now = current_settings()
    assert (now.transfers_enabled, str(now.transfer_fee_amount), now.kyc_required_features) == (True, "2.5", ["transfer"])
    assert set(Act.objects.filter(act="setting.changed").values_list("actor", flat=True)) == {f"user:{manager.pk} admin"}
    assert Act.objects.filter(act="setting.changed").count() == 3


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("default_currency", "XYZ"),
        ("velocity_max_count", "many"),
        ("velocity_max_count", ""),
        ("transfer_fee_type", "some"),
        ("kyc_required_features", ["fly"]),
        ("transfer_fee_amount", "NaN"),
        ("topup_presets", "1000, 1000"),
        ("topup_presets", "1000; 5000"),
        ("topup_presets", "[1000"),
        ("step_up_threshold", "1\0"),
    ],
)
def test_says_what_is_wrong_and_changes_nothing(screen: Client, name: str, wrong: Any):
    before = current_settings()
    response = screen.post(PAGE, sent(screen, transfers_enabled="on", **{name: wrong}))

    assert response.status_code == 200
    assert response.context["form"].errors[name]
    assert current_settings() == before


@pytest.mark.parametrize(("typed", "kept"), [("5000, 1000", [5000, 1000]), ("[7]", [7]), ("", [])])
def test_takes_numbers_as_somebody_types_them(screen: Client, typed: str, kept: list[int]):
    screen.post(PAGE, sent(screen, topup_presets=typed))

    assert current_settings().topup_presets == kept
    assert sent(screen)["topup_presets"] == ", ".join(map(str, kept))


def test_what_guards_managers_is_a_superusers(screen: Client, client: Client):
    screen.post(PAGE, sent(screen, approval_above='{"*": 5}', limits_on_adjustments="on"))
    assert (current_settings().approval_above, current_settings().limits_on_adjustments) == ({}, False)

    client.force_login(User.objects.create_superuser("root", "root@example.test", "x"))
    client.post(PAGE, sent(client, approval_above='{"*": 5}', limits_on_adjustments="on"))
    assert (current_settings().approval_above, current_settings().limits_on_adjustments) == ({"*": 5}, True)


def test_who_saw_an_older_page_overwrites_nothing(screen: Client):
    seen = sent(screen, velocity_max_count="5")
    screen.post(PAGE, sent(screen, velocity_max_count="9"))
    response = screen.post(PAGE, seen)

    assert "Somebody else changed the settings" in response.content.decode()
    assert current_settings().velocity_max_count == 9


def test_nobody_else_sees_it(client: Client, alice: User):
    clerk = User.objects.create_user("clerk", "clerk@example.test", "x", is_staff=True)
    for user, status in ((clerk, 403), (alice, 302)):
        client.force_login(user)
        assert client.get(PAGE).status_code == status
        assert client.post(PAGE, {"transfers_enabled": "on"}).status_code == status
    assert current_settings().transfers_enabled is False
