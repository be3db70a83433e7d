"""Minting and revoking credentials. A secret leaves these functions once and is never read again."""

import ipaddress
import secrets
import string
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from apikeys.digests import digest
from apikeys.errors import AddressListInvalid, KeyLimitExceeded, OwnerOutranks
from apikeys.models import ApiKey, ApplicationPassword
from audit.acts import ActName
from audit.services import actor_of, record
from ledger.money import Money
from ledger.sealing import seal
from people.models import User
from people.rights import is_within_rank

ALPHANUMERIC = string.ascii_letters + string.digits
# About 142 random bits: as WordPress makes them, shown in groups of four.
APPLICATION_PASSWORD_LENGTH = 24


@transaction.atomic(savepoint=False)
def mint_key(
    *,
    owner: User,
    scope: str,
    description: str,
    allowed_ips: Iterable[str] = (),
    max_amount: int | None = None,
    oauth_enabled: bool = False,
    minted_by: User | None = None,
) -> tuple[ApiKey, str]:
    """A new API key and its secret, `cs_` and 40 hex digits. `minted_by` is None for the operator at the console.

    `max_amount` is the most that one call may move, in minor units of whatever currency that call is in.
    `oauth_enabled`: it may sign its calls by OAuth 1.0a, for which its secret is kept, sealed, beside the digest.

    Raises:
        OwnerOutranks: the owner has a right that who mints has not.
        AddressListInvalid: `allowed_ips` names something else than addresses and CIDR ranges.
    """
    require_rank(minted_by, owner)
    secret = f"cs_{secrets.token_hex(20)}"
    key = ApiKey(
        owner=owner,
        scope=scope,
        description=description,
        allowed_ips=networks(allowed_ips),
        max_amount=max_amount,
        oauth_enabled=oauth_enabled,
        consumer_key=f"ck_{secrets.token_hex(20)}",
        secret_digest=digest(secret),
        created_by=minted_by,
    )
    if oauth_enabled:
        key.sealed_secret = seal(secret.encode(), key.sealed_for)
    key.save(force_insert=True)
    facts = {"owner": owner.pk, "scope": scope, "allowed_ips": key.allowed_ips, "max_amount": max_amount, "oauth": oauth_enabled}
    record(ActName.KEY_MINTED, actor=actor_of(minted_by), subject=f"key:{key.pk}", facts=facts)
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
    act = ActName.APPLICATION_PASSWORD_MADE
    record(act, actor=actor_of(made_by), subject=f"application_password:{password.pk}", facts={"user": user.pk})
    return password, " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


@transaction.atomic(savepoint=False)
def revoke(credential: ApiKey | ApplicationPassword, *, revoked_by: User | None = None) -> None:
    """It stops working at once; its row stays, for who asks later, and no secret in it.

    `revoked_by` is None for the operator at the console.
    """
    if credential.revoked_at is not None:
        return
    credential.revoked_at = timezone.now()
    actor = actor_of(revoked_by)
    if isinstance(credential, ApiKey):
        credential.sealed_secret = None
        credential.save(update_fields=["revoked_at", "sealed_secret"])
        record(ActName.KEY_REVOKED, actor=actor, subject=f"key:{credential.pk}", facts={"owner": credential.owner_id})
    else:
        credential.save(update_fields=["revoked_at"])
        subject = f"application_password:{credential.pk}"
        record(ActName.APPLICATION_PASSWORD_REVOKED, actor=actor, subject=subject, facts={"user": credential.user_id})


def require_within_maximum(amount: Money, max_amount: int | None, *, actor: str, is_kept: bool = True) -> None:
    """Refuse more than a key moves in one call; with `is_kept`, that it tried is. Call it before there is a transaction.

    `max_amount` is minor units of whatever currency `amount` is in; None: as much as there is.

    Raises:
        KeyLimitExceeded: it is more.
    """
    if max_amount is None or amount.minor <= max_amount:
        return
    facts = {"amount_minor": amount.minor, "currency": amount.currency.code, "max_amount": max_amount}
    if is_kept:
        with transaction.atomic(durable=True):
            record(ActName.KEY_MAXIMUM_EXCEEDED, actor=actor, subject=actor.split()[0], facts=facts)
    raise KeyLimitExceeded(limit=Money(max_amount, amount.currency), requested=amount)


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
