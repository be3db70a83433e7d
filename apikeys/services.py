"""Minting and revoking credentials. A secret leaves these functions once and is never read again."""

import ipaddress
import secrets
import string
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from apikeys.digests import digest
from apikeys.errors import AddressListInvalid, OwnerOutranks
from apikeys.models import ApiKey, ApplicationPassword
from people.models import User
from people.rights import is_within_rank

ALPHANUMERIC = string.ascii_letters + string.digits
# About 142 random bits: as WordPress makes them, shown in groups of four.
APPLICATION_PASSWORD_LENGTH = 24


@transaction.atomic(savepoint=False)
def mint_key(
    *, owner: User, scope: str, description: str, allowed_ips: Iterable[str] = (), minted_by: User | None = None
) -> tuple[ApiKey, str]:
    """A new API key and its secret, `cs_` and 40 hex digits. `minted_by` is None for the operator at the console.

    Raises:
        OwnerOutranks: the owner has a right that who mints has not.
        AddressListInvalid: `allowed_ips` names something else than addresses and CIDR ranges.
    """
    require_rank(minted_by, owner)
    secret = f"cs_{secrets.token_hex(20)}"
    key = ApiKey.objects.create(
        owner=owner,
        scope=scope,
        description=description,
        allowed_ips=networks(allowed_ips),
        consumer_key=f"ck_{secrets.token_hex(20)}",
        secret_digest=digest(secret),
        created_by=minted_by,
    )
    return key, secret


@transaction.atomic(savepoint=False)
def make_application_password(*, user: User, name: str, made_by: User | None = None) -> tuple[ApplicationPassword, str]:
    """A new application password, shown as `abcd EFGH …`.

    Raises:
        OwnerOutranks: the user has a right that who makes it has not.
    """
    require_rank(made_by, user)
    secret = "".join(secrets.choice(ALPHANUMERIC) for _ in range(APPLICATION_PASSWORD_LENGTH))
    password = ApplicationPassword.objects.create(user=user, name=name, digest=digest(secret))
    return password, " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


@transaction.atomic(savepoint=False)
def revoke(credential: ApiKey | ApplicationPassword) -> None:
    """It stops working at once; its row stays, for who asks later."""
    if credential.revoked_at is None:
        credential.revoked_at = timezone.now()
        credential.save(update_fields=["revoked_at"])


def require_rank(actor: User | None, owner: User) -> None:
    """Nobody gives a credential for somebody who may do more than he may himself."""
    if actor is not None and not is_within_rank(actor, owner):
        raise OwnerOutranks


def networks(texts: Iterable[str]) -> list[str]:
    """Addresses and CIDR ranges in their canonical spelling."""
    found = []
    for text in texts:
        try:
            found.append(str(ipaddress.ip_network(text.strip(), strict=False)))
        except ValueError:
            raise AddressListInvalid(text) from None
    return found
