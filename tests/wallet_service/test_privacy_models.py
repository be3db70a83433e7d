"""No column that leads to a person is forgotten: each is some part's, which exports and erases it or says why not."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models

from people.models import User
from wallet_service.privacy.parts import PARTS
from wallet_service.privacy.person import Part

PERSONAL = ("email", "address", "ip", "phone", "full_name", "first_name", "last_name", "username")


def columns_of_people() -> Iterator[str]:
    """Every relation to a user, and every column that is typed or called like an address or a name."""
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if not isinstance(field, models.Field) or field.auto_created:
                continue
            is_relation = field.related_model is User
            is_address = isinstance(field, models.EmailField | models.GenericIPAddressField)
            is_called_so = any(part in PERSONAL for part in (field.name, field.name.split("_")[-1]))
            if is_relation or is_address or is_called_so:
                yield f"{model._meta.app_label}.{model.__name__}.{field.name}"


def covered() -> set[str]:
    return {column for part in PARTS for column in part.covers}


@pytest.mark.parametrize("column", sorted(columns_of_people()))
def test_a_column_that_leads_to_a_person_is_some_parts(column: str):
    assert column in covered(), f"{column}: no part of wallet_service/privacy exports and erases it"


def test_the_walk_finds_what_is_known():
    found = set(columns_of_people())

    assert {"wallets.Wallet.user", "apikeys.ApiKey.last_used_ip", "notices.Notice.address", "people.User.email"} <= found


@pytest.mark.parametrize("column", sorted(covered()))
def test_a_part_names_columns_that_are_there(column: str):
    app, model, field = column.split(".")

    assert apps.get_model(app, model)._meta.get_field(field)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_a_part_that_looks_after_columns_says_what_becomes_of_them(part: Part):
    assert part.goes or part.stays or not part.covers
    assert type(part).rows is not Part.rows
    assert bool(part.goes) == (type(part).erase is not Part.erase)


def test_names_are_said_once():
    assert len({part.name for part in PARTS}) == len(PARTS)
