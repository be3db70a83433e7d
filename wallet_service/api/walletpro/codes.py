"""Codes of walletpro/v1 (seeds/002, "Codes Endpoints").

A code is a prefix and twelve characters; case, blanks and dashes do not count when it is redeemed. Unknown, voided and
somebody else's are one answer. Extensions: `currency`, `max_per_user`, `POST /codes/{code}/void`.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apikeys.errors import KeyLimitExceeded
from apikeys.services import require_within_maximum
from codes.errors import CodeAlreadyRedeemed, CodeExpired, CodeInvalid
from codes.models import QUANTITY_MAX, REDEMPTIONS_MAX, Code
from codes.services import find_code, generate_codes, redeem_code, require_within_limits_of_one, value_for, void_code
from codes.texts import PREFIX, PREFIX_MAX, normalized
from idempotency.services import Reply
from kyc.errors import KycRequired
from ledger.errors import AccountFrozen, AccountMirrored, BalanceLimitExceeded, CurrencyUnknown, LedgerUnavailable
from ledger.money import AMOUNT_MAX, Money, currency
from ledger.movements import Event
from ledger.retry import in_transaction
from people.models import User
from site_settings.reading import default_currency
from wallet_service.api.arguments import Arguments, DateTime, Integer, Invalid, MinorUnits, Schema, Text
from wallet_service.api.moving import TOO_MUCH
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.pages import Page, page_arguments
from wallet_service.api.redeeming import counted_try
from wallet_service.api.walletpro import code_shapes
from wallet_service.api.walletpro.base import WalletProViewSet, with_repeats
from wallet_service.api.wordpress import dump
from wallets.reading import ID_MAX

LAST_MICROSECOND = 999_999
EXAMPLE_KEY = "550e8400-e29b-41d4-a716-446655440000"


@dataclass(frozen=True, kw_only=True)
class Prefix(Text):
    """What a code begins with."""

    def parse(self, name: str, value: Any) -> str:
        prefix = super().parse(name, value)
        if not PREFIX.fullmatch(prefix):
            raise Invalid("rest_invalid_pattern", f"{name} does not match pattern {PREFIX.pattern}.")
        return prefix

    def schema(self) -> Schema:
        return {**super().schema(), "pattern": f"^{PREFIX.pattern}$"}


LIST = Arguments(
    {
        "status": Text(description="What the codes are good for now.", options=code_shapes.STATUSES),
        "prefix": Text(description="What the codes' prefix begins with.", max_length=PREFIX_MAX),
        "after": DateTime(description="Created after this moment."),
        "before": DateTime(description="Created before this moment."),
        "batch": Integer(description="Only of this batch.", minimum=1),
        **page_arguments(per_page=25),
    }
)
GENERATE = with_repeats(
    {
        "amount": MinorUnits(
            description="Credit value of each code, in minor units.", required=True, minimum=1, maximum=AMOUNT_MAX
        ),
        "quantity": Integer(description="Number of codes to generate.", default=1, minimum=1, maximum=QUANTITY_MAX),
        "currency": Text(description="The site's currency unless said.", min_length=1, max_length=12),
        "expiry_date": DateTime(description="Date after which codes cannot be redeemed.", blank=True, nullable=True),
        "max_redemptions": Integer(
            description="How often each code can be redeemed, whoever does.", default=1, minimum=1, maximum=REDEMPTIONS_MAX
        ),
        "max_per_user": Integer(
            description="How often one user can redeem each code.", nullable=True, minimum=1, maximum=REDEMPTIONS_MAX
        ),
        "prefix": Prefix(
            description="What the codes begin with: letters, digits, dashes and underscores, no dash or underscore first.",
            default="",
            max_length=PREFIX_MAX,
        ),
        "restrict_to_user_id": Integer(description="Who alone can redeem the codes.", nullable=True, minimum=1),
    }
)
REDEEM = with_repeats({})


class CodeViewSet(WalletProViewSet):
    """Generate, list, redeem and void redemption codes."""

    lookup_field = "code"
    lookup_value_regex = "[^/]+"

    @operation(
        Operation(
            "listCodes",
            "List codes",
            Access.MANAGE,
            LIST,
            {200: code_shapes.RedemptionCodePage},
            is_list=True,
            description="`code` in full to who may write, to a key that only reads its prefix and last four characters.",
        )
    )
    def list(self, request: Request) -> Response:
        asked, now = self.arguments(), timezone.now()
        codes = Code.objects.filter(_wanted(asked))
        if asked["status"]:
            codes = codes.of_status(asked["status"], now)
        page = Page.of(codes.order_by("-id"), asked)
        in_full = self.credential.may_write
        return self.page(page, [code_shapes.code_row(code, now, in_full=in_full) for code in page.rows])

    @operation(
        Operation(
            "generateCodes",
            "Generate codes",
            Access.MANAGE,
            GENERATE,
            {201: code_shapes.CodeGeneration, 200: code_shapes.GENERATION_REPEATED},
            refusals=(*TOO_MUCH, CurrencyUnknown, User.DoesNotExist),
            takes_idempotency_key=True,
            description=(
                "What all the codes can bring, amount times quantity times redemptions, is held against a key's maximum and "
                "against what a person moves alone."
            ),
            example={
                "amount": "2000",
                "quantity": 50,
                "prefix": "SUMMER-",
                "expiry_date": "2099-08-31T23:59:59Z",
                "max_redemptions": 1,
            },
        )
    )
    def create(self, request: Request) -> Response:
        asked = self.arguments()
        amount = Money(asked["amount"], currency(asked["currency"]) if asked["currency"] else default_currency())
        user_id = asked["restrict_to_user_id"]
        only_for = None if user_id is None else User.objects.get(pk=min(user_id, ID_MAX))
        self._require_allowed_total(amount, asked)

        def work(event: Event) -> Reply:
            batch, texts = generate_codes(
                amount=amount,
                event=event,
                actor=self.credential.actor,
                made_by=self.caller,
                quantity=asked["quantity"],
                prefix=asked["prefix"],
                expires_at=asked["expiry_date"],
                max_redemptions=asked["max_redemptions"],
                max_per_user=asked["max_per_user"],
                restrict_to_user=only_for,
            )
            return Reply(201, dump(code_shapes.generation_row(batch, texts)))

        return self.answer_once(asked, work)

    @operation(
        Operation(
            "redeemCode",
            "Redeem a code",
            Access.SIGNED_IN,
            REDEEM,
            {201: code_shapes.CodeRedemption, 200: code_shapes.REDEMPTION_REPEATED},
            refusals=(
                *(KeyLimitExceeded, AccountFrozen, AccountMirrored, CodeInvalid, CodeAlreadyRedeemed, CodeExpired, KycRequired),
                *(BalanceLimitExceeded, LedgerUnavailable),
            ),
            takes_idempotency_key=True,
            description="To the caller's own wallet in the code's currency, opened if missing. It has a rate limit of its own.",
            example={"idempotency_key": EXAMPLE_KEY},
        )
    )
    @action(detail=True, methods=["post"])
    def redeem(self, request: Request, code: str) -> Response:
        asked = self.arguments()
        # However it is spelt, it is the same call.
        self.kwargs["code"] = normalized(code)

        def work(event: Event) -> Reply:
            redemption = redeem_code(code=code, user=self.caller, event=event, actor=self.credential.actor)
            return Reply(201, dump(code_shapes.redemption_row(redemption)))

        with counted_try(request._request, self.credential.identity):
            self._require_allowed_value(code, asked)
            return self.answer_once(asked, work)

    @operation(
        Operation(
            "voidCode",
            "Void a code",
            Access.MANAGE,
            answers={200: code_shapes.RedemptionCode},
            refusals=(CodeInvalid, CodeAlreadyRedeemed),
            description="Nobody can redeem it any more; what was redeemed stays. Voided again, it is as it was.",
        )
    )
    @action(detail=True, methods=["post"])
    def void(self, request: Request, code: str) -> Response:
        self.arguments()
        actor = self.credential.actor
        voided = in_transaction(lambda: void_code(code=find_code(code), actor=actor))
        return Response(code_shapes.code_row(voided, timezone.now(), in_full=True))

    def _require_allowed_total(self, amount: Money, asked: dict[str, Any]) -> None:
        """Codes are money: hold what they can bring in all against what this credential moves in one call."""
        total = Money(amount.minor * asked["quantity"] * asked["max_redemptions"], amount.currency)
        actor, is_kept = self.credential.actor, not asked["dry_run"]
        if self.credential.is_key:
            require_within_maximum(total, self.credential.max_amount, actor=actor, is_kept=is_kept)
        else:
            require_within_limits_of_one(total, actor=actor, is_kept=is_kept)

    def _require_allowed_value(self, code: str, asked: dict[str, Any]) -> None:
        """What a key's maximum is held against stands in the code, for good: it is read where there is a maximum."""
        if self.credential.is_key and self.credential.max_amount is not None:
            value = value_for(code=code, user=self.caller)
            if value is not None:
                actor, is_kept = self.credential.actor, not asked["dry_run"]
                require_within_maximum(value, self.credential.max_amount, actor=actor, is_kept=is_kept)


def _wanted(asked: dict[str, Any]) -> Q:
    """The filter. `after` and `before` are exclusive, and compared in whole seconds, as times are shown."""
    wanted = Q()
    if asked["prefix"]:
        wanted &= Q(prefix__startswith=asked["prefix"].upper())
    if asked["after"]:
        wanted &= Q(created_at__gt=asked["after"].replace(microsecond=LAST_MICROSECOND))
    if asked["before"]:
        wanted &= Q(created_at__lt=asked["before"])
    if asked["batch"]:
        wanted &= Q(batch_id=asked["batch"])
    return wanted
