"""The gateway's key: one lives, a new one ends it, nobody reads it again."""

import json
import re
import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test import Client

from apikeys.gateway import live_gateway_key, make_gateway_key, recognize_gateway_key, revoke_gateway_key, touch_gateway_key
from apikeys.models import GatewayKey
from audit.models import Act
from ledger.retry import in_transaction
from people.models import User

pytestmark = pytest.mark.django_db


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("gateway_key", *arguments, stdout=out)
    return out.getvalue()


def test_one_lives_at_a_time():
    first, old = make_gateway_key()
    second, new = make_gateway_key()

    assert (recognize_gateway_key(old), recognize_gateway_key(old.lower()), recognize_gateway_key("")) == (None, None, None)
    recognized = recognize_gateway_key(new)
    assert recognized is not None
    assert recognized.id == second.pk
    assert new.isascii()
    assert new.isalnum()
    assert len(new) == 48
    first.refresh_from_db()
    assert first.revoked_at is not None
    assert new.encode() not in bytes(second.digest)
    acts = Act.objects.filter(act__startswith="gateway_key.").order_by("pk").values_list("act", "subject", "facts")
    assert list(acts) == [
        ("gateway_key.made", f"gateway_key:{first.pk}", "{}"),
        ("gateway_key.made", f"gateway_key:{second.pk}", f'{{"replaces":{first.pk}}}'),
    ]


def test_switched_off_it_is_dead_and_none_is_left(db: None):
    _, secret = make_gateway_key()
    assert revoke_gateway_key() is not None
    assert (recognize_gateway_key(secret), revoke_gateway_key(), live_gateway_key()) == (None, None, None)


def test_its_use_is_kept_once_a_minute():
    _, secret = make_gateway_key()
    used = recognize_gateway_key(secret)
    assert used is not None
    touch_gateway_key(used)
    [first] = GatewayKey.objects.values_list("last_used_at", flat=True)
    again = recognize_gateway_key(secret)
    assert again is not None
    touch_gateway_key(again)
    touch_gateway_key(used)
    assert first is not None
    assert list(GatewayKey.objects.values_list("last_used_at", flat=True)) == [first]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_many_made_at_once_the_last_one_lives():
    made: list[str] = []
    barrier = threading.Barrier(6)

    def make() -> None:
        barrier.wait()
        made.append(in_transaction(make_gateway_key)[1])
        connections.close_all()

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6
    assert sum(recognize_gateway_key(secret) is not None for secret in made) == 1
    connection.close()


def test_the_command(db: None):
    with pytest.raises(CommandError, match="no gateway key: make one"):
        said()
    with pytest.raises(CommandError, match="there is no gateway key"):
        said("--revoke")
    secret = said("--generate").strip()
    assert recognize_gateway_key(secret) is not None
    assert "never used" in said()
    assert secret not in said()
    made = json.loads(said("--generate", "--json"))
    assert recognize_gateway_key(made["key"]) is not None
    told = json.loads(said("--json"))
    assert (told["id"], told["last_used_at"], told["revoked_at"]) == (made["id"], None, None)
    assert "is switched off" in said("--revoke")
    with pytest.raises(CommandError):
        said("--generate", "--revoke")


class TestTheAdmin:
    @pytest.fixture
    def page(self, manager: User, client: Client) -> Client:
        User.objects.filter(pk=manager.pk).update(is_staff=True)
        client.force_login(manager)
        return client

    def test_shows_it_once(self, page: Client):
        answer = page.post("/admin/apikeys/gatewaykey/add/").content.decode()
        [key] = GatewayKey.objects.all()
        [secret] = {found for found in re.findall(r"\b[A-Za-z0-9]{48}\b", answer) if recognize_gateway_key(found)}
        for address in ("", f"{key.pk}/change/", "add/"):
            shown = page.get(f"/admin/apikeys/gatewaykey/{address}").content.decode()
            assert secret not in shown
            assert bytes(key.digest).hex() not in shown
        assert "Generate a new one" in page.get("/admin/apikeys/gatewaykey/add/").content.decode()
        assert page.post(f"/admin/apikeys/gatewaykey/{key.pk}/switch-off/").status_code == 302
        assert recognize_gateway_key(secret) is None

    def test_is_for_managers(self, bob: User, client: Client):
        User.objects.filter(pk=bob.pk).update(is_staff=True)
        key, _ = make_gateway_key()
        client.force_login(bob)
        for address in ("add/", f"{key.pk}/switch-off/"):
            assert client.post(f"/admin/apikeys/gatewaykey/{address}").status_code == 403
        assert live_gateway_key() == key
