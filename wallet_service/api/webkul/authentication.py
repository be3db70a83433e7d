"""A way in of the operator's own (docs/hooks.md, `wkwp_rest_pre_authenticate`)."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from hooks.points import rest_pre_authenticate
from people.models import User
from people.rights import rights_of
from wallet_service.api.authentication import SAFE, Caller, InvalidCredentials


class OperatorAuthentication(BaseAuthentication):
    """Whoever the operator's own app says it is; None: it does not know, and ours are asked.

    He may what his rights say, as with every way in, and an inactive user nothing.
    """

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        proof = rest_pre_authenticate.apply(None, request)
        if proof is None:
            return None
        if not isinstance(proof.user, User) or not proof.user.is_active:
            raise InvalidCredentials
        if not proof.may_write and request.method not in SAFE:
            raise InvalidCredentials
        identity = f"hook:{proof.credential}"
        actor = f"{identity} user:{proof.user.pk}"
        return proof.user, Caller(identity, actor, rights_of(proof.user), may_write=proof.may_write)
