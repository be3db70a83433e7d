"""A second proof for one transfer: asked for after a refusal, given on a page, spent with the money."""

import contextlib

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from audit.acts import ActName
from audit.context import origin
from audit.services import record
from ledger.money import Money
from notices.headers import is_address
from passcodes import services as passcodes
from passcodes.errors import PasscodeTooSoon, TooManyWrongCodes
from passcodes.totp import check_totp, has_totp
from people.models import User
from stepups.acts import facts_of, is_borne_out, subject_of
from stepups.errors import ChallengeExpired, ChallengeSpent, NoWayToProve, StepUpRequired
from stepups.mails import mail_transfer_code
from stepups.models import OPEN_FOR, PASSED_FOR, Challenge

PURPOSE = "step-up"
UNSPENT_MAX = 20


@transaction.atomic(savepoint=False)
def find_proof(*, credential: str, user: User, recipient: User, amount: Money) -> Challenge | None:
    """The challenge that `user` has passed for exactly this, locked for the transaction that will spend it; None: there is none.

    Call it before any account is locked. A second transfer waits here for the first, and finds it spent. A row that says it
    was passed, without an audit row that says so too, proves nothing.
    """
    passed = Challenge.objects.live().filter(passed_at__isnull=False).filter(_belongs_to(credential, user, recipient, amount))
    challenge = passed.select_for_update(no_key=True).first()
    return challenge if challenge is not None and is_borne_out(challenge) else None


@transaction.atomic(savepoint=False)
def spend(challenge: Challenge) -> None:
    """Let `find_proof`'s challenge have paid, in the money's transaction: a transfer that fails leaves it as it was."""
    spent = Challenge.objects.filter(pk=challenge.pk, passed_at__isnull=False, spent_at=None).update(spent_at=timezone.now())
    assert spent == 1, "who spends a challenge has locked it"


def open_challenge(required: StepUpRequired, *, site_url: str = "") -> Challenge:
    """A page where the user can give the proof that was asked for; its address is `required.url` from now on.

    Call it after the refusal's transaction was rolled back. The same refusal gets the same challenge while that is
    open. A user without an authenticator app is mailed a code with a new one, as far as codes may be sent.
    `site_url` is where the site is seen from outside, where PUBLIC_URL does not say.
    """
    challenge, is_new = _open(required)
    required.url = url_of(challenge, site_url=site_url)
    if is_new:
        # If none may be sent, the page says so.
        with contextlib.suppress(PasscodeTooSoon, TooManyWrongCodes, NoWayToProve):
            send_code(challenge=challenge, site_url=site_url)
    return challenge


def send_code(*, challenge: Challenge, site_url: str = "") -> None:
    """Mail a code for `challenge` to its user; nothing where his codes come from an app.

    Raises:
        ChallengeSpent, ChallengeExpired: it is too late for that.
        NoWayToProve: he has no address.
        PasscodeTooSoon, TooManyWrongCodes: as `passcodes.services.issue`.
    """
    _require_live(challenge)
    if has_totp(challenge.user):
        return
    if not can_be_mailed(challenge.user):
        raise NoWayToProve
    with transaction.atomic():
        code = passcodes.issue(user=challenge.user, purpose=PURPOSE, subject=str(challenge.pk))
        mail_transfer_code(challenge, code=code, url=url_of(challenge, site_url=site_url))


def can_be_mailed(user: User) -> bool:
    """Whether there is an address to send a code to."""
    return is_address(user.email)


def pass_challenge(*, challenge: Challenge, code: str) -> None:
    """Take `code` as the proof, from the user's app if he has one, else from the mail. Call it where there is no transaction.

    A challenge that is passed already stays as it is, whatever the code.

    Raises:
        ChallengeSpent, ChallengeExpired: it is too late for that.
        TooManyWrongCodes, PasscodeExpired, PasscodeWrong: as `passcodes.services.check`.
    """
    _require_live(challenge)
    if challenge.passed_at is not None:
        return
    if has_totp(challenge.user):
        how = Challenge.How.APP
        check_totp(user=challenge.user, code=code)
    else:
        how = Challenge.How.MAIL
        passcodes.check(user=challenge.user, purpose=PURPOSE, subject=str(challenge.pk), code=code)
    _mark_passed(challenge, how)


def url_of(challenge: Challenge, *, site_url: str = "") -> str:
    """The address of the challenge's page."""
    return f"{settings.PUBLIC_URL or site_url}{reverse('step-up', args=[challenge.pk])}"


@transaction.atomic
def _mark_passed(challenge: Challenge, how: Challenge.How) -> None:
    now = timezone.now()
    ours = Challenge.objects.live().filter(pk=challenge.pk, passed_at=None)
    is_first = ours.update(passed_at=now, how=how, expires_at=now + PASSED_FOR)
    challenge.refresh_from_db()
    if is_first:
        record(ActName.STEP_UP_PASSED, actor=origin().actor(), subject=subject_of(challenge), facts=facts_of(challenge))


@transaction.atomic
def _open(required: StepUpRequired) -> tuple[Challenge, bool]:
    """The open challenge for what was refused, and whether it is new."""
    wanted = _belongs_to(required.credential, required.user, required.recipient, required.amount)
    now = timezone.now()
    Challenge.objects.filter(wanted, spent_at=None, expires_at__lte=now).delete()
    challenge, is_new = Challenge.objects.get_or_create(
        **{"user": required.user, "credential": required.credential, "recipient": required.recipient},
        **{"amount_minor": required.amount.minor, "currency_code": required.amount.currency.code, "spent_at": None},
        defaults={"created_at": now, "expires_at": now + OPEN_FOR},
    )
    if is_new:
        _end_oldest(required.user)
    return challenge, is_new


def _end_oldest(user: User) -> None:
    """Nobody keeps more than so many unspent ones, whatever he asks for. One that is paying just now is passed over."""
    unspent = Challenge.objects.filter(user=user, spent_at=None).order_by("-created_at", "-pk").values("pk")
    beyond = list(unspent.select_for_update(skip_locked=True)[UNSPENT_MAX:].values_list("pk", flat=True))
    Challenge.objects.filter(pk__in=beyond, spent_at=None).delete()


def _belongs_to(credential: str, user: User, recipient: User, amount: Money) -> Q:
    return Q(user=user, credential=credential, recipient=recipient, amount_minor=amount.minor, currency_code=amount.currency.code)


def _require_live(challenge: Challenge) -> None:
    if challenge.spent_at is not None:
        raise ChallengeSpent
    if challenge.expires_at <= timezone.now():
        raise ChallengeExpired
