"""What he has paid, with what, and what of it went back."""

from collections.abc import Iterator

from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat, Now

from ledger.streaming import stream
from payments.models import PaymentMethod, Reload, TakeBack, Topup
from payments.services import fail_topup
from wallet_service.privacy.person import Part, Person, Row, columns, money

ERASED = "erased-"
WAITING = (Topup.Status.CREATED, Topup.Status.PENDING)
UNDER_WAY = (Topup.Status.CHARGING, Topup.Status.UNKNOWN, Topup.Status.REVIEW)


class PaymentMethodsPart(Part):
    name = "payment_methods"
    covers = frozenset({"payments.PaymentMethod.user"})
    goes = "Saved cards: their labels, and the provider's names for them and for him. None can be charged any more."
    stays = "That there was one. What the provider itself keeps of him is erased there."

    def rows(self, person: Person) -> Iterator[Row]:
        with stream(PaymentMethod.objects.filter(user=person.user).order_by("pk")) as methods:
            for method in methods:
                yield columns(method, "id", "provider", "reference", "customer_reference", "label", "created_at", "removed_at")

    def erase(self, person: Person, *, actor: str) -> int:
        his = PaymentMethod.objects.filter(user=person.user).exclude(reference__startswith=ERASED)
        number = Concat(Value(ERASED), Cast("pk", TextField()))
        his.filter(removed_at=None).update(removed_at=Now())
        return his.update(reference=number, customer_reference="", label="")


class TopupsPart(Part):
    """Those that he confirmed as a manager are others', and name him by number."""

    name = "top_ups"
    covers = frozenset({"payments.Topup.confirming_by", "payments.TakeBack.seen_by"})
    goes = "The pages where he paid, and those that he came back to. What he has not paid yet is marked as failed."
    stays = "What he paid and what went back, with the provider's names for the payments: entries and the shop's books name them."

    def rows(self, person: Person) -> Iterator[Row]:
        names = ("id", "wallet_id", "origin", "provider", "reference", "status", "failure", "item", "method_id", "return_url")
        with stream(self._of(person).order_by("created_at", "pk")) as topups:
            for topup in topups:
                code = topup.currency_code
                amounts = {"amount": money(topup.amount_minor, code), "bonus": money(topup.bonus_minor, code)}
                if topup.is_sale:
                    amounts |= {"price": money(topup.price_minor, topup.price_currency), "fee": money(topup.fee_minor, code)}
                yield {**columns(topup, *names, "created_at", "finished_at"), **amounts}
        backs = TakeBack.objects.filter(topup__wallet__in=person.wallet_ids).annotate(
            code=F("topup__currency_code"), paid_in=F("topup__price_currency")
        )
        for back in backs.order_by("created_at", "pk"):
            amounts = {name: money(getattr(back, f"{name}_minor"), back.code) for name in ("taken", "debt")}
            amounts["amount"] = money(back.amount_minor, back.paid_in or back.code)
            yield {**columns(back, "id", "topup_id", "kind", "status", "case", "reason", "created_at"), **amounts}

    def obstacles(self, person: Person) -> Iterator[str]:
        for topup in self._of(person).filter(status__in=UNDER_WAY).order_by("created_at", "pk"):
            yield f"{topup} is {topup.get_status_display()}: settle it first."
        said = Topup.objects.filter(confirming_by=person.user)
        for topup in said.order_by("created_at", "pk"):
            yield f"{topup} waits for a second manager to say what he said: settle it first."
        open_backs = Q(status__in=[TakeBack.Status.REQUESTED, TakeBack.Status.UNKNOWN])
        for back in TakeBack.objects.filter(open_backs, topup__wallet__in=person.wallet_ids).order_by("created_at", "pk"):
            yield f"The refund {back.pk} is {back.get_status_display()}: settle it first."

    def erase(self, person: Person, *, actor: str) -> int:
        waiting = list(self._of(person).filter(status__in=WAITING).order_by("pk"))
        for topup in waiting:
            fail_topup(topup_id=topup.pk, reason="person_erased")
        return len(waiting) + self._of(person).exclude(payment_url="", return_url="").update(payment_url="", return_url="")

    def _of(self, person: Person) -> QuerySet[Topup]:
        return Topup.objects.filter(wallet__in=person.wallet_ids)


class ReloadsPart(Part):
    name = "auto_reloads"
    stays = "When his balance fell so far that it was reloaded, and what came of it."

    def rows(self, person: Person) -> Iterator[Row]:
        reloads = Reload.objects.filter(wallet__in=person.wallet_ids).order_by("created_at", "pk")
        with stream(reloads) as found:
            for reload in found:
                names = ("id", "wallet_id", "sequence", "status", "attempts", "topup_id", "failure", "created_at", "finished_at")
                yield columns(reload, *names)
