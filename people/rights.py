"""The three rights of the wallet APIs, and how one statement reads them.

They are Django permissions of `people.User`, given to users or through groups.
The documents call them WordPress capabilities (seeds/002, "Permissions").
"""

from collections.abc import Iterable
from copy import copy
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from people.models import User


class Right(StrEnum):
    """What a caller may do beyond his own wallet. Rights add up; none but the first implies another."""

    MANAGE = "manage_woocommerce"
    READ_WALLETS = "walletpro_read_wallets"
    WRITE_WALLETS = "walletpro_write_wallets"


ALL_RIGHTS = frozenset(Right)
SHOP_MANAGER = "Shop manager"
CUSTOMER = "Customer"

# For a statement that has `people_user` under the name `u`: the code names of its rights, as text[].
RIGHTS_OF_USER = """ARRAY(
    SELECT p.codename FROM auth_permission p
    JOIN django_content_type c ON c.id = p.content_type_id AND c.app_label = 'people' AND c.model = 'user'
    WHERE p.codename IN ('manage_woocommerce', 'walletpro_read_wallets', 'walletpro_write_wallets')
    AND (EXISTS (SELECT FROM people_user_user_permissions up WHERE up.user_id = u.id AND up.permission_id = p.id)
         OR EXISTS (SELECT FROM people_user_groups ug JOIN auth_group_permissions gp ON gp.group_id = ug.group_id
                    WHERE ug.user_id = u.id AND gp.permission_id = p.id)))::text[]"""

READ_RIGHTS = f"SELECT {RIGHTS_OF_USER} FROM people_user u WHERE u.id = %s"  # noqa: S608  a constant of ours


def rights_from(codenames: Iterable[str], *, is_superuser: bool) -> frozenset[Right]:
    """The rights that permission code names stand for; a superuser has them all."""
    return ALL_RIGHTS if is_superuser else frozenset(Right(name) for name in codenames)


def rights_of(user: "User") -> frozenset[Right]:
    """What `user` may do, in one statement; nothing when the account is inactive."""
    if not user.is_active:
        return frozenset()
    if user.is_superuser:
        return ALL_RIGHTS
    with connection.cursor() as cursor:
        cursor.execute(READ_RIGHTS, [user.pk])
        row = cursor.fetchone()
    return rights_from(row[0] if row else (), is_superuser=False)


def is_within_rank(actor: "User", other: "User") -> bool:
    """Whether `other` may do nothing that `actor` may not do himself."""
    if actor.is_superuser or actor == other:
        return True
    if other.is_superuser:
        return False
    # Who is inactive has no permissions, until somebody activates him again.
    awake = copy(other)
    awake.is_active = True
    return awake.get_all_permissions() <= actor.get_all_permissions() | _implied(actor)


def _implied(actor: "User") -> set[str]:
    """The right to manage is every other right as well (contract.md 1, "What they grant")."""
    return {f"people.{right}" for right in Right} if Right.MANAGE in rights_of(actor) else set()
