"""Packages against their seals, and against the acts by which they were made.

What was sold bears a seal of its own, which payments look after.
"""

from collections.abc import Iterator

from django.db import connection

from audit.acts import ActName
from ledger.findings import Finding
from ledger.streaming import stream
from points.models import PointPackage
from points.packages.terms import is_as_sealed

GONE = """
SELECT DISTINCT act.subject FROM audit_act act
WHERE act.act = %s AND NOT EXISTS (SELECT FROM points_pointpackage p WHERE act.subject = 'point_package:' || p.id) ORDER BY 1"""


def verify_packages(account_id: int | None) -> Iterator[Finding]:
    """One finding for each package that is not what was sealed, and each that is gone. They are no account's."""
    if account_id is not None:
        return
    with stream(PointPackage.objects.order_by("pk")) as packages:
        for package in packages:
            if not is_as_sealed(package):
                yield Finding(f"point package {package.pk} does not say what is sealed")
    with connection.cursor() as cursor:
        cursor.execute(GONE, [ActName.PACKAGE_MADE])
        for (subject,) in cursor.fetchall():
            yield Finding(f"point package {subject.removeprefix('point_package:')} was made, and is gone")
