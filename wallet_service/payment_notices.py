"""Where payment providers say what has happened: `POST /payments/notices/<provider>/`, for nobody else.

The provider's signature is the credential, over the body byte for byte. What is answered with 2xx is never sent again,
so that is said when the notice and its effect are committed, and only then; everything else is sent again, for days.
"""

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from audit.acts import ActName
from audit.services import record_attempt
from ledger.errors import Refusal
from ledger.retry import in_transaction
from payments.adapters import provider_named
from payments.port import NoticeNotAuthentic, NoticeUnreadable
from payments.receiving import take_notice
from wallet_service.api import rates
from wallet_service.api.wordpress import UNREACHABLE

logger = logging.getLogger(__name__)

BODY_BYTES_MAX = 256 * 1024
RETRY_SECONDS = 30
# Without its secret a provider is not set up, and is told nothing.
SECRETS = {"manual": "PAYMENT_NOTICE_SECRET", "stripe": "STRIPE_WEBHOOK_SECRETS"}


@csrf_exempt
def take(request: HttpRequest, provider: str) -> HttpResponse:
    """Never a 500: the notice is in order, the service is not, and the provider has to send it again."""
    try:
        return _refusal(request, provider) or _taken(request, provider)
    except UnreadablePostError:
        return _error(400, "incomplete")
    except (Refusal, *UNREACHABLE) as cause:
        logger.error("a notice of %s has to be sent again: %s", provider, type(cause).__name__)
        return _again()
    except Exception:
        # Whatever it is: this is money that somebody has paid.
        logger.exception("a notice of %s could not be taken", provider)
        return _again()


def _refusal(request: HttpRequest, provider: str) -> HttpResponse | None:
    """What can be said before the body is read."""
    if settings.REQUIRE_HTTPS and not request.is_secure():
        return _error(403, "https_required")
    if not getattr(settings, SECRETS.get(provider, ""), None):
        return _error(404, "no_such_provider")
    if request.method != "POST":
        return _error(405, "post_only", Allow="POST")
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_BYTES_MAX:
        return _error(413, "too_large")
    return None


def _taken(request: HttpRequest, provider: str) -> HttpResponse:
    try:
        notice = provider_named(provider).read_notice(request.body, request.headers)
    except NoticeNotAuthentic:
        return _not_authentic(request, provider)
    except NoticeUnreadable as unreadable:
        logger.error("a notice of %s cannot be understood: %s", provider, unreadable)
        return _error(400, "unreadable")
    outcome = in_transaction(lambda: take_notice(provider=provider, notice=notice))
    return JsonResponse({"received": True, "outcome": outcome})


def _not_authentic(request: HttpRequest, provider: str) -> HttpResponse:
    """Counted against its address as wrong passwords are. Who signs right is never counted, and never stopped."""
    usage = rates.count_wrong_notice(request)
    record_attempt(ActName.CREDENTIAL_WRONG, network=rates.network_of(request))
    if usage and usage.is_over:
        return _error(429, "too_many", **{"Retry-After": str(usage.retry_after)})
    logger.warning("a notice that is not of %s, or an old one, from %s", provider, rates.network_of(request))
    return _error(400, "not_authentic")


def _again() -> HttpResponse:
    return _error(503, "try_again", **{"Retry-After": str(RETRY_SECONDS)})


def _error(status: int, code: str, **headers: str) -> HttpResponse:
    return JsonResponse({"error": code}, status=status, headers=headers)
