"""Signing in with a user name or an e-mail address, in any case."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from people.models import User


class NameOrEmailBackend(ModelBackend):
    """Django's own check of password and permissions, with WordPress's freedom in the name."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        name = username if username is not None else kwargs.get(User.USERNAME_FIELD)
        if name is None or password is None or "\0" in name:
            return None
        user = User.objects.named(name).first()
        if user is None:
            # As long as a wrong password takes, so that time does not tell which users exist.
            User().set_password(password)
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None
