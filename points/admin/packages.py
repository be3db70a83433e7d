"""Packages of points: made, changed and retired by who manages the shop."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget

from audit.services import actor_of
from ledger.admin_base import ReadOnlyAdmin, badge, shown
from ledger.errors import AmountOutOfRange
from ledger.models import Account
from ledger.money import Currency
from people.admin_base import ShopAdmin, button, is_shop_manager, posted, signed_in
from points.models import PointPackage
from points.packages.errors import PackageExists, PackageUnknown
from points.packages.services import change_package, make_package, retire_package
from site_settings.reading import default_currency, points_currency
from wallets.admin_actions import attempt
from wallets.admin_forms import WORDS, MoneyField

WORDS[PackageExists] = ("points_minor", lambda refusal: "Just as many points are for sale already.")
WORDS[PackageUnknown] = (None, lambda refusal: "It is retired: nothing was changed now.")
WORDS.setdefault(AmountOutOfRange, (None, lambda refusal: "That is no amount."))
POSITION_MAX = 32767
COLOURS = {"For sale": "success", "Retired": "info", "In a former currency": "warning"}


class PackageForm(forms.Form):
    """Points and price in major units."""

    position = forms.IntegerField(
        min_value=0,
        max_value=POSITION_MAX,
        initial=0,
        help_text="Lower ones are shown first.",
        widget=UnfoldAdminTextInputWidget({"inputmode": "numeric"}),
    )

    def __init__(self, data: Any = None, *, points: Currency, money: Currency, initial: dict[str, int] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["points_minor"] = MoneyField(unit=points, label="Points")
        self.fields["price_minor"] = MoneyField(unit=money, label="Price")
        self.order_fields(["points_minor", "price_minor", "position"])


@admin.register(PointPackage)
class PointPackageAdmin(ReadOnlyAdmin, ShopAdmin, ModelAdmin):
    """What customers can buy points in."""

    actions_detail = ("edit", "retire")
    list_display = ("__str__", "state", "points_shown", "price_shown", "position", "created_at", "changed_at")
    list_filter = (("retired_at", admin.EmptyFieldListFilter), "currency_code")
    search_fields = ("=id",)
    search_help_text = "Number of the package"
    ordering = ("position", "pk")
    exclude = ("sealed",)
    fields = (("state", "position"), ("points_shown", "price_shown"), ("created_at", "changed_at", "retired_at"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_shop_manager(request)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not is_shop_manager(request):
            raise PermissionDenied
        form = PackageForm(posted(request), points=points_currency(), money=default_currency())
        by = actor_of(signed_in(request))
        if form.is_valid() and (made := attempt(form, lambda: make_package(**form.cleaned_data, actor=by))):
            messages.success(request, f"{made} is for sale: {made.points} for {made.price}.")
            return redirect(_page(made))
        cancel = reverse("admin:points_pointpackage_changelist")
        return self.form_page(request, form, title="Make a package of points", submit="Sell it", cancel=cancel)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        package = self.get_object(request, str(object_id)) if is_shop_manager(request) else None
        is_open = package is not None and package.retired_at is None
        return super().get_actions_detail(request, object_id) if is_open else []

    @button("Edit", icon="edit")
    def edit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        package, by = self._found(request, object_id), actor_of(signed_in(request))
        initial = {name: getattr(package, name) for name in ("points_minor", "price_minor", "position")}
        form = PackageForm(posted(request), points=package.points.currency, money=package.price.currency, initial=initial)

        def change() -> PointPackage:
            return change_package(package_id=package.pk, actor=by, **form.cleaned_data)

        if form.is_valid() and (changed := attempt(form, change)):
            messages.success(request, f"{changed} brings {changed.points} for {changed.price} now.")
            return redirect(_page(package))
        facts = (("What was ordered", "stays as it was ordered"),)
        title = f"Change {package}"
        return self.form_page(request, form, title=title, submit="Change it", cancel=_page(package), obj=package, facts=facts)

    @button("Retire", icon="block")
    def retire(self, request: HttpRequest, object_id: str) -> HttpResponse:
        package, by = self._found(request, object_id), actor_of(signed_in(request))
        form = forms.Form(posted(request))
        if form.is_valid() and (retired := attempt(form, lambda: retire_package(package_id=package.pk, actor=by))):
            messages.success(request, f"{retired} is not for sale any more.")
            return redirect(_page(package))
        page: dict[str, Any] = {"submit": "Retire it", "cancel": _page(package), "obj": package, "is_dangerous": True}
        facts = (("What was ordered", "is credited when it is paid"),)
        return self.form_page(request, form, title=f"Sell {package} no longer?", facts=facts, **page)

    def _found(self, request: HttpRequest, object_id: str) -> PointPackage:
        if not is_shop_manager(request):
            raise PermissionDenied
        package = self.get_object(request, object_id)
        if package is None:
            raise Http404
        return package  # type: ignore[no-any-return]

    @badge("State", COLOURS)
    def state(self, package: PointPackage) -> str:
        if package.retired_at is not None:
            return "Retired"
        is_sold = (package.currency_code, package.price_currency) == (points_currency().code, default_currency().code)
        return "For sale" if is_sold else "In a former currency"

    @admin.display(description="Points", ordering="points_minor")
    def points_shown(self, package: PointPackage) -> str:
        return shown(Account(currency_code=package.currency_code), package.points_minor)

    @admin.display(description="Price", ordering="price_minor")
    def price_shown(self, package: PointPackage) -> str:
        return shown(Account(currency_code=package.price_currency), package.price_minor)


def _page(package: PointPackage) -> str:
    return reverse("admin:points_pointpackage_change", args=[package.pk])
