"""Two who manage at once, and one who manages while events are given their places."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from ledger.models import Entry
from tests.webhooks.making import happen, new_endpoint
from wallets.models import Wallet
from webhooks.dispatching import dispatch_batch
from webhooks.errors import TooManyEndpoints
from webhooks.models import Endpoint, Queue
from webhooks.services import ENDPOINTS_MAX, remove_endpoint

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def beside(pool: ThreadPoolExecutor, work: Callable[[], Any]) -> Future[Any]:
    """`work` in a transaction of its own, over a connection of its own; it has had time to get into the way of ours."""

    def run() -> Any:
        try:
            with transaction.atomic():
                return work()
        finally:
            connection.close()

    running = pool.submit(run)
    time.sleep(0.4)
    return running


def test_two_who_make_the_last_one_at_once_make_one():
    for _ in range(ENDPOINTS_MAX - 1):
        new_endpoint()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            new_endpoint()
            other = beside(pool, new_endpoint)
        with pytest.raises(TooManyEndpoints):
            other.result(timeout=10)

    assert Endpoint.objects.count() == ENDPOINTS_MAX


def test_nothing_waits_for_one_that_was_removed_while_events_got_their_places(wallet: Wallet, give: Callable[..., Entry]):
    endpoint = new_endpoint()
    happen(wallet)
    Queue.objects.all().delete()
    give(wallet, 5)

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert dispatch_batch() == 1
            removing = beside(pool, lambda: remove_endpoint(endpoint=endpoint, actor="test"))
        removing.result(timeout=10)

    assert not Queue.objects.exists()
