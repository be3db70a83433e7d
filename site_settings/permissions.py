"""Managers change settings: django-constance asks for permissions of its own, and managing implies them."""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from people.models import User
from people.rights import Right

SCREEN = frozenset({"constance.view_config", "constance.change_config"})


class ManagersBackend(BaseBackend):
    """Grants the settings' screen to active managers, and nothing else to nobody else."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return perm in SCREEN and isinstance(user_obj, User) and user_obj.has_perm(f"people.{Right.MANAGE}")
