"""The Store API's way in: a browser's session."""

from typing import Any

from django.contrib.auth import get_user
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from people.models import User
from wallet_service.api import nonces
from wallet_service.api.authentication import READING, Caller, InvalidNonce, sent_nonce


class StoreSessionAuthentication(BaseAuthentication):
    """The session cookie; with it the nonce, where something is written.

    Reading goes by the cookie alone: it changes nothing, and no page of another site can read the answer, because it
    comes without CORS headers and is no script. A nonce that was sent is looked at, whatever the verb: `Nonce`, else
    those that walletpro/v1 takes.

    What is done here is the customer's own business, so no right of his counts.
    """

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        nonce = request.headers.get("Nonce", sent_nonce(request._request))
        if nonce is None and request.method not in READING:
            return None
        user = get_user(request._request)
        session = request._request.session
        if not isinstance(user, User):
            if nonce is None:
                return None
            raise InvalidNonce
        if nonce is not None and not nonces.is_valid(nonce, session, user.pk):
            raise InvalidNonce
        identity = f"user:{user.pk}"
        current = "" if nonce is None else nonces.make_nonce(session, user.pk)
        return user, Caller(identity, f"{identity} store", frozenset(), current)


class StoreSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = StoreSessionAuthentication
    name = ["storeSession", "storeNonce"]  # noqa: RUF012

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, str]]:
        return [
            {"type": "apiKey", "in": "cookie", "name": "sessionid"},
            {"type": "apiKey", "in": "header", "name": "Nonce"},
        ]

    def get_security_requirement(self, auto_schema: AutoSchema) -> dict[str, list[Any]]:
        return {"storeSession": []} if auto_schema.method in READING else {"storeSession": [], "storeNonce": []}
