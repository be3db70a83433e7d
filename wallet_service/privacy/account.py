"""Who he is and how he comes in: the user, his sessions, keys, application passwords, codes by mail and from an app."""

from collections.abc import Iterator
from uuid import uuid4

from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone

from apikeys.models import ApiKey, ApplicationPassword
from apikeys.services import revoke
from ledger.streaming import stream
from passcodes.models import Guesses, Passcode, TotpDevice
from people.models import User
from people.rights import Right
from wallet_service.privacy.person import Part, Person, Row, columns, told

ANONYMOUS = "erased-"
# A user name as short as that is part of too many words to be looked for in messages.
NAME_SEARCHED = 4


class UserPart(Part):
    name = "person"
    covers = frozenset(f"people.User.{name}" for name in ("email", "username", "first_name", "last_name"))
    goes = "Name, e-mail address, user name, password, groups and rights; he is inactive and can never sign in again."
    stays = "His number, and when he joined: entries and audit rows name it, and it leads to nobody any more."

    def rows(self, person: Person) -> Iterator[Row]:
        names = ("id", "username", "email", "first_name", "last_name", "is_active", "is_staff", "date_joined", "last_login")
        groups = sorted(person.user.groups.values_list("name", flat=True))
        yield {**columns(person.user, *names), "groups": groups}

    def obstacles(self, person: Person) -> Iterator[str]:
        if person.user.is_superuser:
            yield "He is a superuser: another superuser has to take that from him first."
        elif _is_manager(person.user) and not _is_another_manager(person.user):
            yield "He is the last one who may manage the shop: somebody else has to be made a manager first."

    def erase(self, person: Person, *, actor: str) -> int:
        user = person.user
        if user.username.startswith(ANONYMOUS) and not (user.email or user.is_active or user.first_name or user.last_name):
            return 0
        user.username, user.email = f"{ANONYMOUS}{uuid4().hex[:16]}", ""
        user.first_name = user.last_name = ""
        user.is_active = user.is_staff = False
        user.last_login = None
        # Not `set_unusable_password`: the audit row of the erasure says it.
        user.password = make_password(None)
        user.save()
        user.groups.clear()
        user.user_permissions.clear()
        return 1


def _is_manager(user: User) -> bool:
    return user.is_active and user.has_perm(f"people.{Right.MANAGE}")


def _is_another_manager(user: User) -> bool:
    manages = Q(groups__permissions__codename=Right.MANAGE) | Q(user_permissions__codename=Right.MANAGE)
    return User.objects.filter(manages | Q(is_superuser=True), is_active=True).exclude(pk=user.pk).exists()


class SessionsPart(Part):
    name = "sessions"
    goes = "Sessions: every browser is signed out."

    def rows(self, person: Person) -> Iterator[Row]:
        for session in _sessions(person):
            yield {"ends_at": session.expire_date}

    def erase(self, person: Person, *, actor: str) -> int:
        keys = [session.pk for session in _sessions(person)]
        return Session.objects.filter(pk__in=keys).delete()[0]


def _sessions(person: Person) -> Iterator[Session]:
    """Whose a session is stands inside it: all that live are opened."""
    with stream(Session.objects.filter(expire_date__gt=timezone.now()).order_by("expire_date", "pk")) as sessions:
        for session in sessions:
            if session.get_decoded().get(SESSION_KEY) == str(person.user.pk):
                yield session


class KeysPart(Part):
    name = "api_keys"
    covers = frozenset(
        {"apikeys.ApiKey.owner", "apikeys.ApiKey.created_by", "apikeys.ApiKey.last_used_ip", "apikeys.GatewayKey.created_by"}
    )
    goes = "API keys: revoked; their descriptions, addresses and last uses."
    stays = "The revoked keys' numbers, which entries name as who wrote them."

    def rows(self, person: Person) -> Iterator[Row]:
        names = (
            *("id", "description", "scope", "allowed_ips", "max_amount", "created_at", "revoked_at"),
            *("last_used_at", "last_used_ip"),
        )
        yield from told(ApiKey.objects.filter(owner=person.user).order_by("pk"), *names)

    def erase(self, person: Person, *, actor: str) -> int:
        keys = ApiKey.objects.filter(owner=person.user).order_by("pk")
        for key in keys.filter(revoked_at=None):
            revoke(key)
        told_of = keys.exclude(description="", allowed_ips=[], last_used_ip=None)
        return told_of.update(description="", allowed_ips=[], last_used_ip=None)


class ApplicationPasswordsPart(Part):
    name = "application_passwords"
    covers = frozenset({"apikeys.ApplicationPassword.user", "apikeys.ApplicationPassword.last_used_ip"})
    goes = "Application passwords: revoked; their names and last uses."

    def rows(self, person: Person) -> Iterator[Row]:
        passwords = ApplicationPassword.objects.filter(user=person.user).order_by("created_at", "pk")
        yield from told(passwords, "id", "name", "created_at", "revoked_at", "last_used_at", "last_used_ip")

    def erase(self, person: Person, *, actor: str) -> int:
        passwords = ApplicationPassword.objects.filter(user=person.user).order_by("pk")
        for password in passwords.filter(revoked_at=None):
            revoke(password)
        return passwords.exclude(name="", last_used_ip=None).update(name="", last_used_ip=None)


class PasscodesPart(Part):
    name = "passcodes"
    covers = frozenset({"passcodes.Passcode.user", "passcodes.Guesses.user"})
    goes = "Codes by mail, and how often he was wrong."

    def rows(self, person: Person) -> Iterator[Row]:
        codes = Passcode.objects.filter(user=person.user).order_by("created_at", "pk")
        yield from told(codes, "purpose", "created_at", "expires_at", "used_at", "tries")
        yield from told(Guesses.objects.filter(user=person.user), "tries", "issued", "locked_until")

    def erase(self, person: Person, *, actor: str) -> int:
        mine = {"user": person.user}
        return Passcode.objects.filter(**mine).delete()[0] + Guesses.objects.filter(**mine).delete()[0]


class AuthenticatorPart(Part):
    name = "authenticator_apps"
    covers = frozenset({"passcodes.TotpDevice.user"})
    goes = "His authenticator app's secret."

    def rows(self, person: Person) -> Iterator[Row]:
        devices = TotpDevice.objects.filter(user=person.user)
        yield from told(devices, "created_at", "confirmed_at", "last_used_at")

    def erase(self, person: Person, *, actor: str) -> int:
        return TotpDevice.objects.filter(user=person.user).delete()[0]


class AdminLogPart(Part):
    """What Django's admin notes beside our audit rows. What he did there is told; what names him is emptied."""

    name = "admin_log"
    covers = frozenset({"admin.LogEntry.user"})
    goes = "His name in the admin's own history of changes."

    def rows(self, person: Person) -> Iterator[Row]:
        done = LogEntry.objects.filter(user_id=person.user.pk).order_by("action_time", "pk")
        yield from told(done, "action_time", "object_repr", "change_message")

    def erase(self, person: Person, *, actor: str) -> int:
        about = LogEntry.objects.filter(self._about(person)).exclude(object_repr="", change_message="")
        return about.update(object_repr="", change_message="")

    def _about(self, person: Person) -> Q:
        is_his = Q(pk=None)
        passwords = ApplicationPassword.objects.filter(user=person.user).values_list("pk", flat=True)
        for app, model, numbers in (
            ("people", "user", [person.user.pk]),
            ("apikeys", "apikey", person.key_ids),
            ("apikeys", "applicationpassword", passwords),
        ):
            ids = [str(number) for number in numbers]
            is_his |= Q(content_type__app_label=app, content_type__model=model, object_id__in=ids)
        for word in (person.email, person.username):
            if len(word) >= NAME_SEARCHED:
                is_his |= Q(object_repr__icontains=word) | Q(change_message__icontains=word)
        return is_his
