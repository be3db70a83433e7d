"""A second instance of this service, whose main site is the first: `python -m tests.federation.second_instance URL KEY`.

In a process and on a database of its own. It says what it saw, as JSON.
"""

import json
import os
import sys
from typing import Any


def main(url: str, key: str) -> dict[str, Any]:
    from django.core.management import call_command
    from django.test import Client

    from apikeys.gateway import make_gateway_key
    from federation import remote, services
    from federation.checking import check_connection
    from federation.errors import SiteSilent
    from federation.models import Mirror, Push
    from federation.refreshing import ask_refresh, run_refresh
    from federation.services import settle_pushes
    from federation.sites import add_site, change_site
    from ledger.models import Account
    from ledger.retry import in_transaction
    from ledger.verifying import verify
    from site_settings.services import change_settings
    from wallets.services import create_customer

    call_command("migrate", verbosity=0)
    in_transaction(lambda: create_customer(email="alice@example.test", password="lung-heap-9173"))
    change_settings({"external_wallets_enabled": True, "gateway_open": True}, actor="test")
    own_key = in_transaction(make_gateway_key)[1]
    site = in_transaction(lambda: add_site(name="First", url=url, key=key))
    said: dict[str, Any] = {"checked": check_connection(site)}
    site.refresh_from_db()
    refresh = run_refresh(ask_refresh(site=site, actor="test"))
    refresh.refresh_from_db()
    mirror = Mirror.objects.get()
    said["refreshed"] = [refresh.error, refresh.opened, mirror.remote_name]

    def call(action: str, points: str) -> Any:
        given = {"key": own_key, "wallet_id": mirror.remote_name, "points": points}
        return Client().get(f"/wp-json/cmmpexapi/v1/{action}", given).json()["message"]

    said["withdrawn"] = [call("withdraw_wallet_points", "10"), call("wallet_has_enough_points", "90")]
    said["too much"] = call("withdraw_wallet_points", "1000")

    # The first one does the work, and its answer is lost.
    read = remote.read_answer

    def lost(answer: Any) -> Any:
        remote.read_answer = read
        raise SiteSilent("lost")

    remote.read_answer = lost
    said["lost"] = call("withdraw_wallet_points", "5")

    def ask_again(key: str) -> list[str]:
        in_transaction(lambda: change_site(site_id=site.pk, key=key))
        Push.objects.filter(status="unknown").update(next_attempt_at="2020-01-01T00:00:00Z")
        settle_pushes()
        push = Push.objects.latest("asked_at")
        return [push.status, push.message]

    said["asked again"] = [ask_again("the-key-of-before"), ask_again(key)]
    said["pushes"] = [push.status for push in Push.objects.order_by("asked_at")]
    account = Account.objects.get(pk=mirror.pk)
    said["left"] = [account.balance, account.held]
    said["findings"] = [str(finding) for finding in verify().findings]
    assert services.may_settle(Push.objects.latest("asked_at")) is False
    return said


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wallet_service.settings")
    django.setup()
    from django.conf import settings

    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
    settings.ALLOWED_HOSTS = ["*"]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    print(json.dumps(main(*sys.argv[1:])))  # noqa: T201
