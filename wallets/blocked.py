"""Telling of what a spending limit has stopped: no money moved, so no entry tells of it.

A refusal by the limit is told, whoever was refused, and so of whatever he tried: each is one try to spend, with its
amount. Of what is tried over the API, at most ten a minute for a wallet (wallet_service/api/blocked.py). Not a dry run, which
is no try, and not what a velocity cap refuses: that is another refusal, of another limit, and comes to an end by itself.
"""

import logging

from django.db import OperationalError, transaction

from ledger.errors import Refusal
from ledger.outbox import tell
from wallets.errors import SpendingLimitExceeded
from webhooks.naming import SPENDING_LIMIT_BLOCKED

logger = logging.getLogger(__name__)


def tell_blocked(refusal: Refusal) -> None:
    """Tell of `refusal` if the spending limit was why. Call it after the roll-back, before the answer leaves.

    Where it cannot be written, the log says so, and the caller is answered as ever: no money is in question.

    Raises:
        RuntimeError: there is a transaction around it, that could take the event back.
    """
    if not isinstance(refusal, SpendingLimitExceeded):
        return
    facts = {
        "limit": str(refusal.limit.minor),
        "requested": str(refusal.requested.minor),
        "currency": refusal.requested.currency.code,
    }
    try:
        with transaction.atomic(durable=True):
            tell(SPENDING_LIMIT_BLOCKED, account_id=refusal.wallet_id, facts=facts)
    except OperationalError:
        logger.exception("wallet %s: that its spending limit stopped something could not be told", refusal.wallet_id)
