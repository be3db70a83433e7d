"""Rate limits: django-ratelimit over a counter that all workers share (`settings.CACHES["ratelimit"]`)."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import cast

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from django_ratelimit import core
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError

from site_settings.reading import current_settings
from wallet_service.api.middleware import client_address
from wallet_service.rate_counter import Counter

logger = logging.getLogger(__name__)

MINUTE = 60
DAY = 24 * 60 * MINUTE
# Tries of one customer to hand documents in: looking at them is dear, and being refused is free.
SUBMISSIONS_PER_DAY = 20


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a window is used. `resets_at` is a Unix time, `retry_after` whole seconds until then."""

    limit: int
    count: int
    resets_at: int
    retry_after: int

    @property
    def is_over(self) -> bool:
        return self.count > self.limit

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.count)


def count(request: HttpRequest, group: str, who: str, per_minute: int, *, is_hit: bool = True) -> Usage | None:
    """Count one hit of `who` in `group`, or only read what was counted; None where the limit is off, or nobody can count.

    A counter that is down lets calls through: it guards against too much, not against the wrong ones.
    """
    if not settings.RATE_LIMITS or per_minute == 0:
        return None
    try:
        usage = get_usage(request, group=group, key=lambda group, request: who, rate=(per_minute, MINUTE), increment=is_hit)
    except RedisError:
        logger.exception("the rate counter does not answer; calls are let through uncounted")
        return None
    seconds = max(1, usage["time_left"])
    return Usage(usage["limit"], usage["count"], int(time.time()) + seconds, seconds)


@dataclass(frozen=True, slots=True)
class Tier:
    """How many calls somebody has in a window of so many seconds; 0: any."""

    limit: int
    seconds: int


def count_tiers(group: str, who: str, tiers: Sequence[Tier]) -> list[Usage]:
    """Count one hit of `who` in each tier of `group` that is on, all of them in one round trip to the counter.

    Windows and keys are those of `count`. Nothing is told of tiers where nobody can count.
    """
    live = [tier for tier in tiers if tier.limit] if settings.RATE_LIMITS else []
    if not live:
        return []
    windows = [core._get_window(who, tier.seconds) for tier in live]
    timeouts = {
        core._make_cache_key(group, window, (tier.limit, tier.seconds), who, core.ALL): tier.seconds + core.EXPIRATION_FUDGE
        for tier, window in zip(live, windows, strict=True)
    }
    try:
        counts = cast(Counter, caches[settings.RATELIMIT_USE_CACHE]).hit_all(timeouts)
    except RedisError:
        logger.exception("the rate counter does not answer; calls are let through uncounted")
        return []
    waits = [max(1, window - int(time.time())) for window in windows]
    return [
        Usage(tier.limit, hits, int(time.time()) + seconds, seconds)
        for tier, hits, seconds in zip(live, counts, waits, strict=True)
    ]


def network_of(request: HttpRequest) -> str:
    """What a caller without a name is counted by: his address; of IPv6 the /64, which is one household's."""
    address = client_address(request)
    return str(ip_network(f"{address}/{64 if ':' in address else 32}", strict=False))


def count_failed_login(request: HttpRequest) -> Usage | None:
    """Count a wrong credential against its address."""
    return count(request, "failed_login", network_of(request), current_settings().rate_failed_logins_per_minute)


def count_wrong_notice(request: HttpRequest) -> Usage | None:
    """Count a payment notice that is not its provider's against its address: as many as failed logins, apart from them."""
    return count(request, "wrong_notice", network_of(request), current_settings().rate_failed_logins_per_minute)


def count_redemption(request: HttpRequest, identity: str) -> Usage | None:
    """Count somebody's try to redeem a code, whatever comes of it."""
    return count(request, "redeem", identity, current_settings().rate_redeem_per_minute)


def count_wrong_code(request: HttpRequest, *, is_hit: bool = True) -> Usage | None:
    """Count a wrong redemption code against its address, or only read how many there were."""
    return count(request, "wrong_code", network_of(request), current_settings().rate_redeem_per_address, is_hit=is_hit)


def count_submission(identity: str) -> Usage | None:
    """Count somebody's try to hand documents in, whatever comes of it."""
    return next(iter(count_tiers("kyc_submission", identity, [Tier(SUBMISSIONS_PER_DAY, DAY)])), None)
