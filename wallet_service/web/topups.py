"""Adding money: a page that offers it, and one that says what became of it.

The answer to a POST leads to where the provider takes the payment, an address that the provider made, or to the
top-up's own page. Another user's top-up is like one that is not there.
"""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from ledger.admin_base import shown
from ledger.errors import AccountFrozen, AccountMirrored, BalanceLimitExceeded, EventReused, Refusal
from ledger.models import Account
from ledger.money import Currency, Money
from payments.errors import TopupOutOfBounds, TopupsDisabled
from payments.models import Topup
from payments.port import PaymentProviderAway, PaymentRefused
from payments.services import bonus_of, current_provider, start_topup
from points.packages.services import packages_for_sale
from site_settings.reading import current_settings, default_currency
from wallet_service.api import rates
from wallet_service.api.middleware import public_url
from wallet_service.api.walletpro.base import NAMESPACE
from wallet_service.api.walletpro.topup_rows import SHOWN, offered_amounts, payment_url
from wallet_service.web.pages import OwnPage
from wallet_service.web.words import waiting_time
from wallets.admin_forms import example, minor_units
from wallets.models import Wallet
from wallets.services import default_wallet_of

LATEST = 10
MANUAL = "manual"
WORDS: dict[type[Refusal], str] = {
    TopupsDisabled: "The shop takes no top-ups now.",
    AccountFrozen: "The wallet is frozen. Please ask the shop.",
    AccountMirrored: "The points of this wallet lie at another shop. Please buy them there.",
    TopupOutOfBounds: "A top-up is between {least} and {most}.",
    BalanceLimitExceeded: "The wallet cannot hold so much.",
    PaymentRefused: "The payment provider does not take this payment.",
    PaymentProviderAway: "The payment provider does not answer. Please try again in a moment; you are not charged twice.",
    EventReused: "This page was sent before. Please look at your top-ups below, and begin again if you still want to.",
}


class TopupForm(forms.Form):
    """An amount in major units, or one of those offered. `claim` makes a page that is sent twice one top-up."""

    amount = forms.CharField(
        label="Amount", required=False, max_length=24, widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
    )
    preset = forms.IntegerField(required=False, min_value=1)
    save_method = forms.BooleanField(label="Keep this way to pay, for automatic top-ups", required=False)
    claim = forms.UUIDField(widget=forms.HiddenInput())

    def __init__(self, data: Any = None, *, unit: Currency) -> None:
        super().__init__(data, initial={"claim": uuid4()}, label_suffix="")
        self.unit = unit
        self.fields["amount"].label = f"Amount in {unit.code}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        preset = cleaned.get("preset")
        if preset is not None and preset not in offered_amounts():
            self.add_error(None, "This amount is not offered any more.")
        elif preset is None and "amount" in cleaned:
            self._read_amount(cleaned["amount"])
        return cleaned

    def money(self) -> Money:
        """What was chosen, or typed."""
        return Money(self.cleaned_data["preset"] or self.cleaned_data["minor"], self.unit)

    def _read_amount(self, text: str) -> None:
        try:
            self.cleaned_data["minor"] = minor_units(text, self.unit)
        except forms.ValidationError as wrong:
            self.add_error("amount", wrong)


class TopupsPage(OwnPage):
    """What can be added to one of the user's wallets (`?wallet=`, else his default one), and the last top-ups of it."""

    template_name = "web/topups.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        wallet = self._wallet() or default_wallet_of(self.user)
        form = TopupForm(request.POST, unit=wallet.currency)
        usage = rates.count(request, NAMESPACE, f"user:{self.user.pk}", current_settings().rate_walletpro_per_minute)
        if usage and usage.is_over:
            wait = waiting_time(usage.retry_after)
            response = self.show(form=form, wallet=wallet, error=f"That was too often. Try again in {wait}.", status=429)
            response["Retry-After"] = str(usage.retry_after)
            return response
        if not form.is_valid():
            return self.show(form=form, wallet=wallet)
        try:
            return self._leave_for(self._start(wallet, form))
        except EventReused as refusal:
            return self.show(form=TopupForm(unit=wallet.currency), wallet=wallet, error=_in_words(refusal))
        except tuple(WORDS) as refusal:
            return self.show(form=form, wallet=wallet, error=_in_words(refusal))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if not self.request.user.is_authenticated:
            return context
        wallet = context.get("wallet") or self._wallet()
        unit = wallet.currency if wallet else default_currency()
        now = current_settings()
        return {
            **{"form": TopupForm(unit=unit), "wallet": wallet},
            **context,
            **{"is_enabled": now.topups_enabled, "can_save": current_provider().charges_off_session, "unit": unit},
            "sells_packages": now.topups_enabled and packages_for_sale().exists(),
            "offered": [_offer(Money(amount, unit)) for amount in offered_amounts()],
            **{"least": Money(now.topup_min, unit), "most": Money(now.topup_max, unit), "example": example(unit)},
            "balance": shown(wallet.account, wallet.account.balance) if wallet else None,
            "others": [other for other in self._wallets() if wallet and other.pk != wallet.pk],
            "latest": [_row(topup) for topup in self._topups(wallet)[:LATEST]] if wallet else [],
        }

    def _start(self, wallet: Wallet, form: TopupForm) -> Topup:
        return start_topup(
            wallet=wallet,
            amount=form.money(),
            origin=Topup.Origin.CUSTOMER,
            actor=f"user:{self.user.pk} session",
            return_url=public_url(self.request) + reverse("topups"),
            saves_method=form.cleaned_data["save_method"],
            claim=f"user:{self.user.pk} page {form.cleaned_data['claim']}",
        )

    def _leave_for(self, topup: Topup) -> HttpResponse:
        address = payment_url(topup, public_url(self.request))
        return HttpResponseRedirect(address or reverse("topup", args=[topup.pk]))

    def _wallets(self) -> Any:
        return Wallet.objects.held_by(self.user).select_related("account").order_by("-is_default", "pk")

    def _wallet(self) -> Wallet | None:
        """The one that the address names, if it is his; else his default one, if he has it. Looking opens none."""
        named = self.request.GET.get("wallet", "")
        wallets = list(self._wallets())
        by_number = {str(wallet.pk): wallet for wallet in wallets}
        in_default = (wallet for wallet in wallets if wallet.currency_code == default_currency().code)
        return by_number.get(named) or next(in_default, None)

    def _topups(self, wallet: Wallet) -> Any:
        return Topup.objects.filter(wallet=wallet).select_related("wallet__account").order_by("-created_at", "-pk")


class TopupPage(OwnPage):
    """One top-up: how to pay it, or what became of it."""

    template_name = "web/topup.html"

    def get(self, request: HttpRequest, *args: Any, topup_id: UUID, **kwargs: Any) -> HttpResponse:
        own = Topup.objects.filter(wallet__user=self.user).select_related("wallet__account")
        topup = own.filter(pk=topup_id).first()
        if topup is None:
            return self.show(status=404)
        is_manual = topup.provider == MANUAL
        address = None if is_manual else payment_url(topup, public_url(request))
        return self.show(topup=_row(topup), is_manual=is_manual, payment_url=address)


def _offer(amount: Money) -> dict[str, Any]:
    bonus = bonus_of(amount)
    return {"minor": amount.minor, "amount": str(amount), "bonus": str(bonus) if bonus.minor else ""}


def _row(topup: Topup) -> dict[str, Any]:
    account = topup.wallet.account
    return {
        **{"id": topup.pk, "at": topup.created_at, "finished_at": topup.finished_at, "status": SHOWN[topup.status]},
        "amount": shown(account, topup.amount_minor),
        "bonus": shown(account, topup.bonus_minor) if topup.bonus_minor else "",
        "price": shown(Account(currency_code=topup.price_currency), topup.price_minor) if topup.is_sale else "",
        "fee": shown(account, topup.fee_minor) if topup.fee_minor else "",
        "is_under_way": topup.status not in (Topup.Status.PENDING, Topup.Status.COMPLETED, Topup.Status.FAILED),
    }


def _in_words(refusal: Refusal) -> str:
    words = next(words for kind, words in WORDS.items() if isinstance(refusal, kind))
    return words.format(least=getattr(refusal, "least", ""), most=getattr(refusal, "most", ""))
