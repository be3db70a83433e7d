"""What the audit rows say of a step-up. A challenge that is passed is worth what its act says, not what its columns do."""

from collections.abc import Collection
from typing import Any

from django.utils import timezone

from audit.acts import ActName
from audit.encoding import is_intact
from audit.models import Act
from audit.services import canonical
from stepups.models import PASSED_FOR, Challenge


def subject_of(challenge: Challenge) -> str:
    """Who has passed it."""
    return f"user:{challenge.user_id}"


def facts_of(challenge: Challenge) -> dict[str, Any]:
    """All that it proves: which one it was, and for what. They name people by number, so that they stay true of the erased."""
    return {
        **{"step_up": str(challenge.pk), "how": str(challenge.how), "credential": challenge.credential},
        **{"recipient": challenge.recipient_id, "amount_minor": challenge.amount_minor, "currency": challenge.currency_code},
    }


def is_borne_out(challenge: Challenge) -> bool:
    """Whether an act with its MAC says that exactly this was passed, within the time that it pays in. One statement.

    Raises:
        KeyMissing: the act was written under a key that is not in the ring.
    """
    acts = Act.objects.filter(act=ActName.STEP_UP_PASSED, subject=subject_of(challenge), facts=canonical(facts_of(challenge)))
    return any(is_intact(act) for act in acts.filter(at__gt=timezone.now() - PASSED_FOR))


def borne_out(challenges: Collection[Challenge]) -> set[Challenge]:
    """Those of them of which an act with its MAC says that they were passed, whenever that was. One statement.

    Raises:
        KeyMissing: an act was written under a key that is not in the ring.
    """
    told = {(subject_of(challenge), canonical(facts_of(challenge))): challenge for challenge in challenges}
    acts = Act.objects.filter(act=ActName.STEP_UP_PASSED, subject__in={subject for subject, _ in told})
    said = ((act.subject, act.facts) for act in acts.filter(facts__in=[facts for _, facts in told]) if is_intact(act))
    return {told[place] for place in said if place in told}
