"""Periodic plans that he decided on as a manager."""

from collections.abc import Iterator

from django.db.models import Q

from points.models import Plan
from wallet_service.privacy.person import Part, Person, Row, columns


class PlansPart(Part):
    name = "periodic_plans"
    covers = frozenset({"points.Plan.terms_by", "points.Plan.approved_by"})
    stays = "Which periodic plans he set or approved as a manager, by number: their audit rows are compared with it."

    def rows(self, person: Person) -> Iterator[Row]:
        for plan in Plan.objects.filter(Q(terms_by=person.user) | Q(approved_by=person.user)).order_by("pk"):
            told = {"set_by_him": plan.terms_by_id == person.user.pk, "approved_by_him": plan.approved_by_id == person.user.pk}
            yield {**columns(plan, "id", "name", "created_at"), **told}
