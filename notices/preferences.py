"""What customers have said of their notices: which they do not want, where text messages reach them, in what language."""

import re
from collections.abc import Collection, Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import check_for_language

from audit.acts import ActName
from audit.services import actor_of, record
from notices.kinds import PREFERENCES
from notices.models import Contact, OptOut
from people.models import User

PHONE = re.compile(r"\+[1-9][0-9]{6,14}")


def preferences_of(user: User) -> dict[str, bool]:
    """Whether he wants what each key stands for: everything that he has not declined."""
    declined = set(OptOut.objects.filter(user=user).values_list("key", flat=True))
    return {key: key not in declined for key in PREFERENCES}


def set_preference(user: User, key: str, value: bool) -> None:
    """Whether he wants what `key` stands for, one of PREFERENCES."""
    if key not in PREFERENCES:
        raise ValueError(f"{key} is no preference")
    if value:
        OptOut.objects.filter(user=user, key=key).delete()
    else:
        OptOut.objects.bulk_create([OptOut(user=user, key=key)], ignore_conflicts=True)


def declined(user_ids: Collection[int], keys: Collection[str]) -> set[tuple[int, str]]:
    """Who of these does not want what."""
    return set(OptOut.objects.filter(user_id__in=user_ids, key__in=keys).values_list("user_id", "key")) if keys else set()


@transaction.atomic(savepoint=False)
def set_contact(*, user: User, phone: str, language: str, by: User | None = None) -> Contact:
    """Where text messages reach him, in E.164, and the language of what he gets; "" for neither.

    Only a manager says this: who has stolen a session shall not send the codes that guard it to a telephone of his own. `by` is
    None for the operator at the console.

    Raises:
        ValidationError: that is no number, or no language of this service.
    """
    check_contact(phone=phone, language=language)
    contact, _ = Contact.objects.update_or_create(user=user, defaults={"phone": phone, "language": language})
    facts = {"has_phone": bool(phone), "language": language}
    record(ActName.CONTACT_SET, actor=actor_of(by), subject=f"user:{user.pk}", facts=facts)
    return contact


def check_contact(*, phone: str, language: str) -> None:
    problems: dict[str, str] = {}
    if phone and not PHONE.fullmatch(phone):
        problems["phone"] = "A number in E.164: + and 7 to 15 digits, the country's first."
    if language and not check_for_language(language):
        problems["language"] = "There is no such language."
    if problems:
        raise ValidationError(problems)


def contacts_of(user_ids: Collection[int]) -> Mapping[int, Contact]:
    return {contact.user_id: contact for contact in Contact.objects.filter(user_id__in=user_ids)}
