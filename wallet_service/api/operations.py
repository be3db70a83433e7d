"""What a route is, said once beside it: who may call it, what it takes, what it answers.

Permissions, validation, the discovery index, the OpenAPI document and the table
of rights in the docs all read it from here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

from django.conf import settings
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from people.rights import Right
from wallet_service.api.arguments import Arguments

Action = TypeVar("Action", bound=Callable[..., Any])


class Access(Enum):
    """Who may call a route. What is more than signing in names the right; managing implies them all."""

    NOBODY = "nobody"
    PUBLIC = "anybody"
    CHECKPOINTS = "any signed-in user, and for anybody where the operator says so"
    SIGNED_IN = "any signed-in user"
    READ_WALLETS = "walletpro_read_wallets or manage_woocommerce"
    WRITE_WALLETS = "walletpro_write_wallets or manage_woocommerce"
    READ_HOLDS = "walletpro_read_wallets, walletpro_write_wallets or manage_woocommerce"
    MANAGE = "manage_woocommerce"
    GATEWAY = "whoever has the gateway's key"

    @property
    def is_open(self) -> bool:
        """Whether a stranger may call it, too."""
        return self is Access.PUBLIC or (self is Access.CHECKPOINTS and settings.CHECKPOINTS_PUBLIC)

    def is_granted_to(self, rights: frozenset[Right]) -> bool:
        if self in {Access.SIGNED_IN, Access.CHECKPOINTS, Access.NOBODY, Access.GATEWAY}:
            return self not in {Access.NOBODY, Access.GATEWAY}
        return bool({Right.MANAGE, *RIGHTS.get(self, ())} & rights)


# Any one of these will do; managing always does.
RIGHTS = {
    Access.READ_WALLETS: (Right.READ_WALLETS,),
    Access.WRITE_WALLETS: (Right.WRITE_WALLETS,),
    Access.READ_HOLDS: (Right.READ_WALLETS, Right.WRITE_WALLETS),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One route with one verb. `refusals` are the exceptions that its own work may end in."""

    id: str
    summary: str
    access: Access
    arguments: Arguments = field(default_factory=Arguments)
    answers: Mapping[int, type[BaseSerializer] | None] = field(default_factory=dict)
    refusals: tuple[type[BaseException], ...] = ()
    # What a success may be instead of JSON, by media type.
    files: tuple[str, ...] = ()
    is_list: bool = False
    takes_idempotency_key: bool = False
    has_location: bool = False
    # It takes files, in a body of at most so many bytes.
    upload_bytes: Callable[[], int] | None = None
    description: str = ""
    # A request's arguments as somebody may send them, for the OpenAPI document.
    example: Mapping[str, Any] = field(default_factory=dict)


# What an action is that forgot to say so, and a verb that no action takes: closed.
NO_OPERATION = Operation("", "", Access.NOBODY)


def operation(declared: Operation) -> Callable[[Action], Action]:
    """Say what the decorated action of a viewset is."""

    def decorate(action: Action) -> Action:
        action.operation = declared  # type: ignore[attr-defined]
        return action

    return decorate


def operation_of(view: APIView) -> Operation:
    """The operation that the view is running; `NO_OPERATION` where it runs none."""
    action = getattr(view, str(getattr(view, "action", None)), None)
    return getattr(action, "operation", None) or NO_OPERATION
