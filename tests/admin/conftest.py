"""Who opens the admin, and in what browser."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from people.models import User
from tests.conftest import PASSWORD


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss", "boss@example.test", PASSWORD)


@pytest.fixture
def clerk(db: None) -> User:
    """Staff without any right."""
    return User.objects.create_user("clerk", "clerk@example.test", PASSWORD, is_staff=True)


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def managers_browser(manager: User) -> Client:
    return browser_of(manager)


@pytest.fixture
def boss_browser(boss: User) -> Client:
    return browser_of(boss)


@pytest.fixture
def clerks_browser(clerk: User) -> Client:
    return browser_of(clerk)


@pytest.fixture
def alices_browser(alice: User) -> Client:
    return browser_of(alice)


def all_text_in_database() -> str:
    """Every row of every table as text, the sessions' contents decoded."""
    from django.contrib.sessions.models import Session

    texts = [repr(session.get_decoded()) for session in Session.objects.all()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            texts += [row[0] for row in cursor.fetchall()]
    return "\n".join(texts)


def errors_of(response: Any) -> dict[str, list[str]]:
    """What the form on the page complains of."""
    assert response.status_code == 200
    return dict(response.context["form"].errors)
