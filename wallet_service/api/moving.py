"""What the families share that move money: each call once per idempotency key, and no more at a time than its caller may."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any
from uuid import UUID

from apikeys.errors import KeyLimitExceeded
from apikeys.services import require_within_maximum
from hooks.points import AmountFilter
from idempotency.services import Reply, answer_once, was_answered
from ledger.errors import AmountOutOfRange, Busy
from ledger.money import AMOUNT_MAX, Money, minor_of
from ledger.movements import Event
from stepups.errors import StepUpRequired
from stepups.services import open_challenge
from wallet_service.api.blocked import telling_blocked
from wallet_service.api.middleware import public_url
from wallet_service.api.operations import operation_of
from wallet_service.api.wordpress import WordPressViewSet
from wallets.approvals import require_no_approval
from wallets.errors import ApprovalRequired
from wallets.models import Wallet
from wallets.services import default_wallet_of

# What `require_allowed_amount` refuses, for the operations that call it.
TOO_MUCH = (KeyLimitExceeded, ApprovalRequired)
# What says how a call is made, not what it asks for.
HOW = frozenset({"idempotency_key", "dry_run"})


class MovingViewSet(WordPressViewSet):
    """A route that may move money.

    `asked` are its valid arguments, with `idempotency_key` and, where it can be tried, `dry_run`.
    """

    # This call was found answered, and was let by what is asked of a first one.
    _is_repetition = False

    def reply_once(self, asked: dict[str, Any], work: Callable[[Event], Reply]) -> Reply:
        """Do what was asked, once per idempotency key; the original reply to a repetition."""
        key = asked["idempotency_key"]
        fingerprint = self._fingerprint(key, _what(asked))
        work = _refuse_anew if self._is_repetition else work
        try:
            with telling_blocked(self.request._request):
                return answer_once(caller=self.credential.identity, key=key, fingerprint=fingerprint, answer=work)
        except StepUpRequired as required:
            # Behind the roll-back, so that it outlives it. A dry run has opened none.
            open_challenge(required, site_url=public_url(self.request._request))
            raise

    def require_allowed_amount(self, wallet: Wallet, amount: Money, asked: dict[str, Any], *, is_adjustment: bool = True) -> None:
        """Refuse more than this credential moves in one call: of a key its maximum, of a person what takes two.

        Every route that moves money calls it behind its arguments and before the claim. `is_adjustment` is
        off where somebody moves his own money. That it was tried is kept, unless it was a dry run. What was done
        before under this key is let through: its replay moves nothing, whatever the limit is by now.

        Raises:
            KeyLimitExceeded, ApprovalRequired: it is more.
        """
        try:
            self._require_amount(wallet, amount, is_adjustment, is_kept=False)
        except TOO_MUCH:
            if self.was_answered(asked):
                return
            self._require_amount(wallet, amount, is_adjustment, is_kept=not asked.get("dry_run"))

    def hooked_amount(self, point: AmountFilter, amount: Money, user_id: int, asked: dict[str, Any]) -> Money:
        """What the operator's own app makes of an amount that somebody wants moved; as it is where nobody listens.

        A repetition, which gets the first answer, is not put before it.

        Raises:
            AmountOutOfRange: it made of it what no wallet moves, nothing for instance.
        """
        if not point.is_heard or self.was_answered(asked):
            return amount
        context = {
            "namespace": self.namespace,
            "operation": operation_of(self).id,
            "currency": amount.currency.code,
            **{name: asked.get(name) for name in ("order_id", "reference", "note", "reason")},
        }
        minor = minor_of(point.apply(amount.decimal, user_id, context), amount.currency)
        if minor is None:
            raise ValueError(f"{point.name} made a fraction of a minor unit of {amount}")
        if not 0 < minor <= AMOUNT_MAX:
            raise AmountOutOfRange(minor)
        return Money(minor, amount.currency)

    def was_answered(self, asked: dict[str, Any]) -> bool:
        """Whether this call is a repetition, which gets the first answer: nothing is reckoned or limited anew for it."""
        key = asked["idempotency_key"]
        if key is None or asked.get("dry_run"):
            return False
        fingerprint = self._fingerprint(key, _what(asked))
        self._is_repetition = was_answered(caller=self.credential.identity, key=key, fingerprint=fingerprint)
        return self._is_repetition

    def own_wallet(self) -> Wallet:
        """The caller's default wallet, which he spends from; opened if it is missing."""
        wallet = default_wallet_of(self.caller)
        wallet.user = self.caller
        return wallet

    def _require_amount(self, wallet: Wallet, amount: Money, is_adjustment: bool, *, is_kept: bool) -> None:
        actor = self.credential.actor
        if self.credential.is_key:
            require_within_maximum(amount, self.credential.max_amount, actor=actor, is_kept=is_kept)
        elif is_adjustment:
            require_no_approval(wallet, amount, actor=actor, is_kept=is_kept)

    def _fingerprint(self, key: UUID | None, asked: dict[str, Any]) -> bytes:
        """What makes two calls the same: route, path (`/wallets/007` is `/wallets/7`) and validated arguments.

        It stands in the entry, and so in receipts. The key is its salt, which no receipt holds: nobody tries out on it
        what a note said that he may not read, or a text that was erased.
        """
        path = [(name, value.lstrip("0") if value.isdigit() else value) for name, value in sorted(self.kwargs.items())]
        # What was not given is left out, so that a new argument does not make yesterday's keys another call's.
        given = sorted((name, value) for name, value in asked.items() if value is not None)
        return sha256(repr((key, self.basename, self.action, path, given)).encode()).digest()


def _refuse_anew(event: Event) -> Reply:
    """What was answered a moment ago has come to the end of its 24 hours: the next call is a first one."""
    raise Busy


def _what(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if name not in HOW}
