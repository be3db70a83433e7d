"""Handing out and erasing all that is held of one person."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from audit.acts import ActName
from audit.services import actor_of, record
from ledger.book import lock_accounts
from people.models import User
from wallet_service.privacy.errors import PersonNotErasable
from wallet_service.privacy.money import EntriesPart, balances
from wallet_service.privacy.parts import PARTS
from wallet_service.privacy.person import Person, as_json, person_of

FORMAT = "wallet-service person 1"


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure changed: rows by part. `kept` tells what is left in his wallets."""

    username: str
    changed: dict[str, int] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        """Whether there was anything to erase."""
        return bool(self.changed)


@transaction.atomic(savepoint=False)
def record_export(*, user: User, by: User | None) -> None:
    """Write that his data is handed out. Call it before `exported` is; `by` is None for the operator at the console."""
    record(ActName.PERSON_EXPORTED, actor=actor_of(by), subject=f"user:{user.pk}")


def exported(user: User) -> Iterator[str]:
    """All that is held of him as one JSON document, a line a row, read as it is written: money is exact text.

    Secrets, digests of them and MACs are left out; docs/privacy.md says what each member holds.
    """
    person = person_of(user)
    yield f'{{"format": {as_json(FORMAT)},\n "exported_at": {as_json(timezone.now())}'
    for part in PARTS:
        yield f',\n "{part.name}": ['
        for number, row in enumerate(part.rows(person)):
            yield f"{',' if number else ''}\n  {as_json(row)}"
        yield "]"
    yield "}\n"


def obstacles(user: User, *, keep_balance: bool = False) -> list[str]:
    """Why he cannot be erased now, in sentences; none where he can."""
    return _obstacles(person_of(user), keep_balance=keep_balance)


@transaction.atomic(savepoint=False)
def erase_person(*, user: User, by: User | None = None, keep_balance: bool = False) -> Erased:
    """Forget who this user is, in one transaction, and write that it was done. Said twice, it is done once.

    No money moves. With `keep_balance` his wallets go on holding what is in them, and are nobody's; without it, a
    wallet that holds something is in the way. `by` is None for the operator at the console.

    Raises:
        PersonNotErasable: an office, a balance, a hold, a debt or something that waits for an answer is in the way.
        AccountNotIntact, KeyMissing: see `lock_accounts`.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    person, actor = person_of(user), actor_of(by)
    _require_no_obstacle(person, keep_balance=keep_balance)
    changed = {part.name: part.erase(person, actor=actor) for part in PARTS}
    if person.wallet_ids:
        # Last in the order of locks. What came meanwhile is seen now, and nothing comes behind it.
        lock_accounts(*person.wallet_ids)
        _require_no_obstacle(person, keep_balance=keep_balance)
        changed[EntriesPart.name] += EntriesPart().erase(person, actor=actor)
    changed = {name: rows for name, rows in changed.items() if rows}
    if changed:
        record(ActName.PERSON_ERASED, actor=actor, subject=f"user:{user.pk}", facts={"rows": changed})
    return Erased(user.username, changed, balances(person))


def _require_no_obstacle(person: Person, *, keep_balance: bool) -> None:
    if reasons := _obstacles(person, keep_balance=keep_balance):
        raise PersonNotErasable(reasons)


def _obstacles(person: Person, *, keep_balance: bool) -> list[str]:
    reasons = [reason for part in PARTS for reason in part.obstacles(person)]
    if not keep_balance:
        reasons += [f"{said}: pay it out first, or say that it is to be kept." for said in balances(person)]
    return reasons
