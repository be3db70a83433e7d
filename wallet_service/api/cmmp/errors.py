"""Every word this family says when it says no."""

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http.request import UnreadablePostError
from rest_framework import exceptions

import federation.errors as federation
import ledger.errors as ledger
import points.errors as points
import wallets.errors as wallets
from kyc.errors import KycRequired
from wallet_service.api.answers import RETRY_AFTER, SAMPLE_WAIT, retry_after, retry_soon
from wallet_service.api.family import Answer, Answers, Facts
from wallet_service.api.wordpress import ANSWERS as WORDPRESS
from wallet_service.api.wordpress import NO_ROUTE, HttpsRequired, JsonpDisabled, NoRoute

# What WordPress itself answers before a plugin is asked: in its own envelope.
WORDPRESS_OWN = (NoRoute, HttpsRequired, JsonpDisabled)


class GatewayClosed(exceptions.PermissionDenied):
    """The operator has not opened the gateway."""


class KeyMissing(exceptions.NotAuthenticated):
    """The call names no key."""


class KeyWrong(exceptions.AuthenticationFailed):
    """It is not the key that works now."""


class TooManyWrongKeys(exceptions.AuthenticationFailed):
    """Wrong once more, from an address that was wrong too often."""

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class BodyBroken(exceptions.ParseError):
    """The body broke off, or is a form in chunks, of which nobody can tell."""


class ArgumentsMissing(exceptions.ParseError):
    """No wallet, or no points."""


class PointsInvalid(exceptions.ParseError):
    """They are no number, not one of this unit, or not one that moves anything."""


class RequestIdInvalid(exceptions.ParseError):
    """It is no UUID."""


class PageInvalid(exceptions.ParseError):
    """Where a page begins, or how long it is, is no number: whoever pages would get the first one for ever."""


def said(answer: Answer) -> Facts:
    """An answer as this family writes it."""
    return {"success": False, "message": [answer.message]}


def _no(message: str) -> Answer:
    return Answer(200, "", message)


BUSY = Answer(503, "", "The service is busy, please try again", retry_soon, RETRY_AFTER, SAMPLE_WAIT)
TOO_MANY = Answer(429, "", "Too many wrong keys, please try again later", retry_after, RETRY_AFTER, SAMPLE_WAIT)
UNREADABLE = _no("The request can't be read")
BROKEN = Answer(500, "", "There has been a critical error on this website.")
CLOSED = _no("External API gateway is closed")
MISSING = _no("Please provide wallet id or email and points")
NO_NUMBER = _no("Points must be a number")
UNKNOWN = _no("Wallet does not exist")
INACTIVE = _no("Wallet is inactive")
TOO_LITTLE = _no("Wallet doesn't have enough points")

ANSWERS: Answers = {
    NoRoute: NO_ROUTE,
    **{cls: WORDPRESS[cls] for cls in (HttpsRequired, JsonpDisabled)},
    exceptions.APIException: BROKEN,
    GatewayClosed: CLOSED,
    KeyMissing: _no("Please provide a secure key"),
    KeyWrong: _no("Secure key is invalid"),
    TooManyWrongKeys: TOO_MANY,
    exceptions.Throttled: TOO_MANY,
    BodyBroken: _no("The body did not arrive whole, please send it with its length"),
    ArgumentsMissing: MISSING,
    PointsInvalid: NO_NUMBER,
    RequestIdInvalid: _no("Request id must be a UUID"),
    PageInvalid: _no("After and limit must be whole numbers of 0 or more"),
    ledger.EventReused: _no("Request id was used for another withdrawal"),
    # --- an unreadable body is an empty one: what reads it says nothing of its own
    **dict.fromkeys(
        (
            *(exceptions.ParseError, exceptions.ValidationError, exceptions.UnsupportedMediaType, exceptions.NotAcceptable),
            *(RequestDataTooBig, SuspiciousOperation, UnreadablePostError),
        ),
        MISSING,
    ),
    **dict.fromkeys((exceptions.NotFound, exceptions.MethodNotAllowed), NO_ROUTE),
    **dict.fromkeys((exceptions.NotAuthenticated, exceptions.AuthenticationFailed), _no("Secure key is invalid")),
    exceptions.PermissionDenied: CLOSED,
    **dict.fromkeys((ledger.Busy, OperationalError, InterfaceError, ledger.LedgerUnavailable), BUSY),
    # --- wallets and points
    points.PointsWalletUnknown: UNKNOWN,
    **dict.fromkeys((ledger.AmountOutOfRange, ledger.CurrencyUnknown), NO_NUMBER),
    ledger.CurrencyMismatch: UNKNOWN,
    ledger.AccountFrozen: INACTIVE,
    ledger.InsufficientFunds: TOO_LITTLE,
    ledger.BalanceLimitExceeded: _no("Wallet can't hold that many points"),
    wallets.SpendingLimitExceeded: _no("Wallet's spending limit is exceeded"),
    wallets.VelocityCapExceeded: _no("Wallet has reached its limit for now"),
    KycRequired: _no("Wallet's owner has to be verified first"),
    ledger.AccountMirrored: _no("Wallet belongs to an external site"),
    federation.SiteRefused: _no("The main site refuses"),
    federation.SiteSilent: _no("The main site does not answer, nothing was moved"),
    federation.PushUnknown: _no("The main site gave no answer, the points are set aside until it is known what it did"),
    federation.NotMirrorable: _no("Wallet can't be brought to what the main site says"),
    # --- what no route of this family is about; whoever comes to build one finds the words
    ledger.Refusal: _no("This is not possible"),
}
