"""Buying points: the packages that are for sale. What is bought is a top-up, whose own page says what became of it."""

from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from ledger.admin_base import shown
from ledger.errors import Refusal
from payments.models import Topup
from points.packages.errors import PackagePriceChanged, PackageUnknown
from points.packages.services import buy_package, package_for_sale, packages_for_sale
from site_settings.reading import current_settings, points_currency
from wallet_service.api import rates
from wallet_service.api.middleware import public_url
from wallet_service.api.walletpro.base import NAMESPACE
from wallet_service.api.walletpro.topup_rows import payment_url
from wallet_service.web.pages import OwnPage
from wallet_service.web.topups import WORDS as TOPUP_WORDS
from wallet_service.web.words import waiting_time
from wallets.models import Wallet
from wallets.reading import ID_MAX
from wallets.services import wallet_in

SHOWN_MAX = 100
WORDS: dict[type[Refusal], str] = {
    **TOPUP_WORDS,
    PackageUnknown: "This package is not for sale any more.",
    PackagePriceChanged: "The price of this package has changed. Please look again.",
}


class PackageForm(forms.Form):
    """Which one, and at what price he saw it. `claim` makes a page that is sent twice one purchase."""

    package = forms.IntegerField(min_value=1, max_value=ID_MAX)
    price = forms.IntegerField(min_value=1)
    claim = forms.UUIDField()


class PackagesPage(OwnPage):
    """The packages in the shop's order, each with a button that leads to its payment."""

    template_name = "web/packages.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        usage = rates.count(request, NAMESPACE, f"user:{self.user.pk}", current_settings().rate_walletpro_per_minute)
        if usage and usage.is_over:
            response = self.show(error=f"That was too often. Try again in {waiting_time(usage.retry_after)}.", status=429)
            response["Retry-After"] = str(usage.retry_after)
            return response
        form = PackageForm(_posted(request))
        if not form.is_valid():
            return self.show(error="Please choose one of the packages.")
        try:
            topup = self._buy(form.cleaned_data)
        except tuple(WORDS) as refusal:
            return self.show(error=next(words for kind, words in WORDS.items() if isinstance(refusal, kind)))
        address = payment_url(topup, public_url(request))
        return HttpResponseRedirect(address or reverse("topup", args=[topup.pk]))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if not self.request.user.is_authenticated:
            return context
        unit = points_currency()
        own = Wallet.objects.held_by(self.user).select_related("account")
        wallet = own.filter(currency_code=unit.code, is_default=True).first()
        return {
            **{"wallet": wallet, "unit": unit, "is_enabled": current_settings().topups_enabled, "claim": uuid4()},
            "balance": shown(wallet.account, wallet.account.balance) if wallet else None,
            "packages": [
                {"id": package.pk, "points": package.points, "price": package.price, "price_minor": package.price_minor}
                for package in packages_for_sale()[:SHOWN_MAX]
            ],
            **context,
        }

    def _buy(self, asked: dict[str, Any]) -> Topup:
        package = package_for_sale(asked["package"])
        return buy_package(
            package=package,
            wallet=wallet_in(self.user, package.points.currency),
            shown_price_minor=asked["price"],
            origin=Topup.Origin.CUSTOMER,
            actor=f"user:{self.user.pk} session",
            return_url=public_url(self.request) + reverse("packages"),
            claim=f"user:{self.user.pk} page {asked['claim']}",
        )


def _posted(request: HttpRequest) -> dict[str, str]:
    """A button says `package` as `number:price`."""
    package, _, price = request.POST.get("package", "").partition(":")
    return {"package": package, "price": price, "claim": request.POST.get("claim", "")}
