"""Writing notices into the outbox, in the transaction of what they tell of. A worker sends them (notices.sending).

What is written are facts: the words are made of them when the notice is sent, so that neither money waits for a template,
nor one that an operator has broken stops a transfer.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from ledger.alarms import clear_alarm
from ledger.sealing import seal
from notices import sms
from notices.headers import is_address, one_line
from notices.kinds import KINDS
from notices.models import Channel, Contact, Notice
from notices.preferences import declined
from people.models import User
from people.rights import Right
from site_settings.reading import current_settings

logger = logging.getLogger(__name__)

PARKED_ALARM = "mail_parked"
# Both sign-in backends know the same rights; Django wants one of them named.
BACKEND = "people.backends.NameOrEmailBackend"

Facts = Mapping[str, Any]


@transaction.atomic(savepoint=False)
def send_notice(
    *, to: User, kind: str, facts: Facts | None = None, subject: str = "", text: str = "", expires_in: timedelta | None = None
) -> None:
    """Have the user told, at his address of now, once this transaction is committed; by text message too, where that is on.

    `facts` are what the template of the kind knows (notices.samples). Amounts, times and numbers are taken as they print.
    Without them, `text` is mailed as it is, under `subject`: no secret belongs into that one. A notice that could not be sent
    within `expires_in` is not sent at all. Nothing is written to a user without an address, or with one that is none; nor where
    the operator has switched the kind off, or the user has declined it.
    """
    if is_off(kind):
        return
    if facts is None:
        written = [_mail(to, kind, subject=one_line(subject), plain=text, expires_in=expires_in)]
    else:
        written = list(notices_of(to=to, kind=kind, facts=facts, expires_in=expires_in))
    for notice in written:
        if notice is not None:
            notice.save(force_insert=True)


@transaction.atomic(savepoint=False)
def tell_managers(*, kind: str, facts: Facts) -> None:
    """Have the shop told: the addresses of the setting `manager_mail_to`, else every active shop manager."""
    if is_off(kind):
        return
    addresses = current_settings().manager_mail_to
    if addresses:
        shop = [_sealed(Notice(kind=kind, address=address), _written(facts), None) for address in addresses]
        Notice.objects.bulk_create(shop)
        return
    managers = User.objects.with_perm(f"people.{Right.MANAGE}", backend=BACKEND).order_by("pk")
    write_notices(_mail(manager, kind, plain=_written(facts)) for manager in managers)


def is_off(kind: str) -> bool:
    """Whether the operator has switched it off."""
    return kind in current_settings().notices_off


def notices_of(
    *, to: User, kind: str, facts: Facts, expires_in: timedelta | None = None, is_declined: bool | None = None
) -> Iterator[Notice]:
    """What one user is told of: a mail, a text message, both or nothing. Not written yet.

    Who has looked up whether the user has declined the mail says so: it costs a statement otherwise.
    """
    about, plain = KINDS[kind], _written(facts)
    if is_declined is None:
        is_declined = _has_declined(to, about.mail_preference)
    if not is_declined and (mail := _mail(to, kind, plain=plain, expires_in=expires_in)):
        yield mail
    if about.has_sms and kind in current_settings().sms_on and sms.is_set_up() and not _has_declined(to, about.sms_preference):
        phone = Contact.objects.filter(user=to).values_list("phone", flat=True).first()
        if phone:
            yield _sealed(Notice(user=to, channel=Channel.SMS, address=phone, kind=kind), plain, expires_in)


def write_notices(notices: Iterable[Notice | None]) -> int:
    """Write those that there are, in one statement; how many."""
    return len(Notice.objects.bulk_create([notice for notice in notices if notice is not None]))


def _mail(to: User, kind: str, *, plain: str, subject: str = "", expires_in: timedelta | None = None) -> Notice | None:
    if not is_address(to.email):
        if to.email:
            logger.warning("user:%d gets no mail: what stands for his address is none", to.pk)
        return None
    return _sealed(Notice(user=to, address=to.email, kind=kind, subject=subject), plain, expires_in)


def _sealed(notice: Notice, plain: str, expires_in: timedelta | None) -> Notice:
    now = timezone.now()
    notice.created_at = notice.next_attempt_at = now
    notice.expires_at = now + expires_in if expires_in is not None else None
    notice.text = seal(plain.encode(errors="replace"), notice.sealed_for)
    return notice


def _written(facts: Facts) -> str:
    return json.dumps(facts, default=_text, ensure_ascii=False)


def _text(fact: Any) -> str:
    """Money, times and numbers of things, as people read them."""
    return f"{fact:%Y-%m-%d %H:%M} UTC" if isinstance(fact, datetime) else str(fact)


def _has_declined(user: User, key: str) -> bool:
    return bool(key and declined([user.pk], [key]))


@transaction.atomic(savepoint=False)
def send_again(notice: Notice) -> bool:
    """Give a parked notice all its attempts again; whether it was parked still."""
    again = Notice.objects.parked().filter(pk=notice.pk)
    found = again.update(parked_at=None, attempts=0, next_attempt_at=timezone.now(), last_error="")
    clear_parked_alarm()
    return bool(found)


def clear_parked_alarm() -> None:
    """It is over when nothing is parked."""
    if not Notice.objects.parked().exists():
        clear_alarm(PARKED_ALARM)
