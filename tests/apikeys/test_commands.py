"""`create_api_key` and `create_application_password`, for scripts."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from apikeys.credentials import find_application_password, find_key, find_signing_key
from apikeys.models import ApiKey, ApplicationPassword
from people.models import User

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> Any:
    output = StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


@pytest.mark.parametrize("owner", ["manager", "MANAGER@example.test", "{id}"])
def test_create_api_key(manager: User, owner: str):
    made = json.loads(
        run(
            "create_api_key", "--owner", owner.format(id=manager.pk), "--scope", "read_write", "--description", "shop",
            "--allow-ip", "10.0.0.0/8", "--allow-ip", "2001:db8::1", "--json",
        )
    )  # fmt: skip

    assert list(made) == ["consumer_key", "consumer_secret"]
    found = find_key(**made)
    assert found is not None
    assert (found.user, found.scope, found.allowed_ips) == (manager, "read_write", ("10.0.0.0/8", "2001:db8::1/128"))


def test_a_key_with_a_maximum_per_call(alice: User):
    run("create_api_key", "--owner", "alice", "--scope", "write", "--description", "shop", "--max-amount", "5000")

    assert ApiKey.objects.get().max_amount == 5000


@pytest.mark.parametrize("asked", [True, False])
def test_a_key_signs_its_calls_where_that_is_asked_for(alice: User, asked: bool):
    flags = ("--oauth",) if asked else ()
    made = json.loads(run("create_api_key", "--owner", "alice", "--scope", "read", "--description", "x", "--json", *flags))

    found = find_signing_key(made["consumer_key"])
    assert (found is not None and found[1] == made["consumer_secret"]) is asked
    assert ApiKey.objects.get().oauth_enabled is asked


def test_create_application_password(alice: User):
    made = json.loads(run("create_application_password", "--user", "alice", "--name", "phone", "--json"))

    assert list(made) == ["password"]
    assert find_application_password("alice@example.test", made["password"]) is not None


def test_what_is_printed_for_people_holds_the_secret_too(alice: User):
    assert "cs_" in run("create_api_key", "--owner", "alice", "--scope", "read", "--description", "shop")
    assert len(run("create_application_password", "--user", "alice", "--name", "phone")) > 24


@pytest.mark.parametrize(
    "arguments",
    [
        ("create_api_key", "--owner", "nobody", "--scope", "read", "--description", "x"),
        ("create_api_key", "--owner", "alice", "--scope", "all", "--description", "x"),
        ("create_api_key", "--owner", "alice", "--scope", "read", "--description", "x", "--allow-ip", "nowhere"),
        *(
            ("create_api_key", "--owner", "alice", "--scope", "read", "--description", "x", "--max-amount", amount)
            for amount in ("0", "-1", "12.50", "x", "", "٣", "9" * 17, str(10**15 + 1))
        ),
        ("create_application_password", "--user", "nobody", "--name", "x"),
    ],
)
def test_what_cannot_be_is_said_and_makes_nothing(alice: User, arguments: tuple[str, ...]):
    with pytest.raises(CommandError), transaction.atomic():
        run(*arguments)

    assert not ApiKey.objects.exists()
    assert not ApplicationPassword.objects.exists()
