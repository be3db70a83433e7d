"""The ways in. Each raises facts, that a family's ANSWERS words.

* AuthenticationFailed
  - InvalidCredentials
  - CallerAddressForbidden
    - AddressListNeeded
  - InvalidNonce
  - TooManyFailedLogins
"""

import base64
import binascii
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apikeys.credentials import Credential, find_application_password, find_key, touch
from apikeys.digests import digest
from apikeys.oauth import find_signer
from audit.acts import ActName
from audit.services import record_attempt
from people.models import User
from people.rights import Right, rights_of
from wallet_service.api import nonces, rates
from wallet_service.api.bodies import form_of
from wallet_service.api.middleware import client_address
from wallet_service.api.signed_calls import signed_call

READING = {"GET", "HEAD"}
SAFE = {*READING, "OPTIONS"}
SESSION_NAME_LENGTH = 16
SCOPES = {"read": (True, False), "write": (False, True), "read_write": (True, True)}


class InvalidCredentials(AuthenticationFailed):
    """Unknown, revoked, wrong, or beyond the key's scope: one answer for them all."""


class CallerAddressForbidden(AuthenticationFailed):
    """The key is right, and not for this address."""


class AddressListNeeded(CallerAddressForbidden):
    """A key that signs would write over plain http, where anybody may change the body, and lists no address."""


class InvalidNonce(AuthenticationFailed):
    """The nonce is not this session's."""


class TooManyFailedLogins(AuthenticationFailed):
    """Wrong once more, from an address that was wrong too often."""

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, once he has proved it. `identity` is what limits and idempotency count by.

    Of a key, `max_amount` is the most that one call may move, in minor units; None: as much as there is.
    `may_write` is off for a key that only reads. `session` tells one of a user's sessions from another.
    """

    identity: str
    actor: str
    rights: frozenset[Right]
    nonce: str = ""
    is_key: bool = False
    max_amount: int | None = None
    may_write: bool = True
    session: str = ""

    @property
    def bearer(self) -> str:
        """What a step-up belongs to: this key, this application password, or this session and no other of its user."""
        return f"{self.actor} {self.session}" if self.session else self.actor


class BasicAuthentication(BaseAuthentication):
    """`Authorization: Basic`: an API key where the name begins with `ck_`, else an application password.

    A header without a colon, without a password or that is no base64 is none, as in WordPress.
    """

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        pair = basic_pair(request.META.get("HTTP_AUTHORIZATION", ""))
        if pair is None:
            return None
        if pair[0].startswith("ck_"):
            return by_key(request, *pair)
        credential = find_application_password(*pair) if "\0" not in pair[0] else None
        if credential is None:
            raise failed_login(request)
        touch(credential, client_address(request))
        identity = f"user:{credential.user.pk}"
        return credential.user, Caller(identity, f"{identity} application_password:{credential.id}", credential.rights)


class QueryKeyAuthentication(BaseAuthentication):
    """An API key as `?consumer_key=&consumer_secret=`."""

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        query = request.query_params
        if "consumer_key" not in query and "consumer_secret" not in query:
            return None
        return by_key(request, query.get("consumer_key", ""), query.get("consumer_secret", ""))


class OAuthAuthentication(BaseAuthentication):
    """An API key that has signed the call by OAuth 1.0a, in the query or in an `Authorization: OAuth` header."""

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        call = signed_call(request._request)
        if call is None:
            return None
        return admitted(request, find_signer(call))


class SessionNonceAuthentication(BaseAuthentication):
    """The session cookie with a nonce; without a nonce the caller is a stranger, with a wrong one he is refused."""

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        nonce = sent_nonce(request._request)
        if nonce is None:
            return None
        user = get_user(request._request)
        session = request._request.session
        if not isinstance(user, User) or not nonces.is_valid(nonce, session, user.pk):
            raise InvalidNonce
        identity = f"user:{user.pk}"
        nonce, name = nonces.make_nonce(session, user.pk), session_name(session)
        return user, Caller(identity, f"{identity} session", rights_of(user), nonce, session=name)


def session_name(session: SessionBase) -> str:
    """Which session it is, for rows that are kept: nobody gets into it with that."""
    return digest(f"session:{session.session_key}").hex()[:SESSION_NAME_LENGTH]


def basic_pair(header: str) -> tuple[str, str] | None:
    """Name and password of a Basic header (RFC 7617); None where there are none."""
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(token.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (name, password) if colon and password else None


def by_key(request: Request, consumer_key: str, consumer_secret: str) -> tuple[User, Caller]:
    """The owner of this API key, if it proves itself and may be used for this call from here."""
    known = "\0" not in consumer_key + consumer_secret
    return admitted(request, find_key(consumer_key, consumer_secret) if known else None)


def admitted(request: Request, credential: Credential | None) -> tuple[User, Caller]:
    """The owner of the key that proved itself, if it may be used for this call from here; None is a wrong one.

    Only a wrong one counts as a failed login. Who calls with the right one, beyond its scope or from elsewhere, guesses
    nothing: his program would be told of too many failed logins, instead of what is wrong with it.
    """
    if credential is None:
        raise failed_login(request)
    if not credential.allows_address(client_address(request)):
        raise CallerAddressForbidden
    if not scope_allows(credential, request.method or ""):
        raise InvalidCredentials
    if credential.oauth_enabled and not credential.allowed_ips and not request.is_secure() and request.method not in SAFE:
        raise AddressListNeeded
    touch(credential, client_address(request))
    identity = f"key:{credential.id}"
    actor = f"{identity} user:{credential.user.pk}"
    may_write = SCOPES[credential.scope or "read_write"][1]
    return credential.user, Caller(
        identity, actor, credential.rights, is_key=True, max_amount=credential.max_amount, may_write=may_write
    )


def scope_allows(credential: Credential, method: str) -> bool:
    """`read` is GET and HEAD, `write` is everything else; OPTIONS needs none."""
    may_read, may_write = SCOPES[credential.scope or "read_write"]
    return method == "OPTIONS" or (may_read if method in READING else may_write)


def sent_nonce(request: HttpRequest) -> str | None:
    """The nonce as it was sent; `_wpnonce` in query or form beats the header, right or wrong.

    A form is looked into only for who brings a session's cookie: a stranger's body is not waited for.
    """
    if "_wpnonce" in request.GET:
        return str(request.GET["_wpnonce"])
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        form = form_of(request)
        if "_wpnonce" in form:
            return str(form["_wpnonce"])
    return request.headers.get("X-WP-Nonce")


def failed_login(request: HttpRequest | Request) -> AuthenticationFailed:
    """Count a wrong credential by address, and say what to answer. Right ones are never held up by it."""
    plain = request._request if isinstance(request, Request) else request
    usage = rates.count_failed_login(plain)
    record_attempt(ActName.CREDENTIAL_WRONG, network=rates.network_of(plain))
    return TooManyFailedLogins(usage.retry_after) if usage and usage.is_over else InvalidCredentials()
