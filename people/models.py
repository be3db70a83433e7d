"""The user: a customer, a manager, or the owner of an API key."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Lower

from people.acts import tell
from people.any_case import in_any_case, is_email


def refuse_key_like_name(name: str) -> None:
    """`ck_…` as a Basic user name is an API key, so no user may be called that."""
    if name.lower().startswith("ck_"):
        raise ValidationError("A user name may not begin with ck_: API keys do.")


def refuse_letters_like_others(email: str) -> None:
    """Django's check means A-Z before the @ and lets three letters pass that are them in the other case: ı, ſ and K (Kelvin)."""
    if not email.rpartition("@")[0].isascii():
        raise ValidationError({"email": "Enter a valid email address."})


class UserManager(DjangoUserManager["User"]):
    """Makes users that obey the table's rules, or says which one they break."""

    def _create_user_object(self, username: str, email: str | None, password: str | None, **extra: Any) -> "User":
        # Django saves without a check; `createsuperuser` turns a ValidationError into one clear line.
        user: User = super()._create_user_object(username, email, password, **extra)  # type: ignore[misc]
        user.clean_fields(exclude=["password"])
        user.validate_constraints()
        return user

    @transaction.atomic(savepoint=False)
    def create_superuser(self, *args: Any, **kwargs: Any) -> "User":
        """As Django does, which the command `createsuperuser` calls; and it is told."""
        user = super().create_superuser(*args, **kwargs)
        tell("user.created", subject=f"user:{user.pk}", facts={"is_superuser": True})
        return user

    def by_reference(self, reference: str) -> "User":
        """The user that an operator means by a user name, an e-mail address or an id.

        Raises:
            User.DoesNotExist: there is none.
        """
        found = self.named(reference).first()
        if found is None and reference.isascii() and reference.isdigit() and len(reference) < 19:
            found = self.filter(pk=int(reference)).first()
        if found is None:
            raise self.model.DoesNotExist(f"there is no user {reference!r}")
        return found

    def named(self, name_or_email: str) -> models.QuerySet["User"]:
        """The user with this user name or e-mail, in any case. A name wins over somebody else's e-mail."""
        if not name_or_email:
            # An e-mail may be left empty; that is no name.
            return self.none()
        return (
            self.annotate(by_name=in_any_case(name_or_email, "username"))
            .filter(in_any_case(name_or_email, "username") | is_email(name_or_email))
            .order_by("-by_name")
        )


class User(AbstractUser):
    """One person or program. User name and e-mail are unique whatever their case; an e-mail may be left empty."""

    objects: ClassVar[UserManager] = UserManager()

    class Meta(AbstractUser.Meta):
        constraints = (
            models.UniqueConstraint(
                Lower("username"), name="people_user_username_any_case", violation_error_message="That user name is taken."
            ),
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="people_user_email_any_case",
                violation_error_message="That e-mail address is taken.",
            ),
        )
        permissions = (
            ("manage_woocommerce", "Manage the shop: every wallet, every route"),
            ("walletpro_read_wallets", "Read every wallet, transaction and hold"),
            ("walletpro_write_wallets", "Credit, debit and hold on every wallet"),
        )

    # Django's own, until it is saved.
    _password: str | None
    # Not a column: his password was taken from him, and that is not saved yet.
    _lost_password = False

    def clean_fields(self, exclude: Any = None) -> None:
        super().clean_fields(exclude=exclude)
        refuse_key_like_name(self.username)
        refuse_letters_like_others(self.email)

    def set_unusable_password(self) -> None:
        super().set_unusable_password()
        self._lost_password = True

    @transaction.atomic(savepoint=False)
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Tells of a new password as well: Django's own pages and commands that set one have only this in common.

        A password that is only digested anew, as at sign-in, is none: Django leaves `_password` empty there.
        """
        is_changed = not self._state.adding and (self._password is not None or self._lost_password)
        super().save(*args, **kwargs)
        self._lost_password = False
        if is_changed:
            tell("user.password_changed", subject=f"user:{self.pk}")
