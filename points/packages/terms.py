"""What a package brings and costs, sealed into its row."""

import json

from ledger.sealing import SealBroken, seal, unseal
from points.models import PointPackage

SEALED = ("points_minor", "currency_code", "price_minor", "price_currency")


def seal_package(package: PointPackage) -> None:
    """Give a saved row the seal of what it says now."""
    package.sealed = seal(json.dumps(_told(package)).encode(), _context(package))


def is_as_sealed(package: PointPackage) -> bool:
    """Whether the row says what was sealed.

    Raises:
        KeyMissing: it was sealed under a key that is gone.
    """
    try:
        return bool(json.loads(unseal(bytes(package.sealed), _context(package))) == _told(package))
    except SealBroken:
        return False


def require_as_sealed(package: PointPackage) -> None:
    """Refuse to sell what somebody edited.

    Raises:
        SealBroken: the row is not what was sealed.
    """
    if not is_as_sealed(package):
        raise SealBroken(_context(package))


def _told(package: PointPackage) -> dict[str, object]:
    return {**{name: getattr(package, name) for name in SEALED}, "is_retired": package.retired_at is not None}


def _context(package: PointPackage) -> str:
    return f"points_package:{package.pk}"
