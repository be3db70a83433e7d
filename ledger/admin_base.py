"""Windows that nobody can write through, on tables of any length."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.paginator import Paginator
from django.db import DataError
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from ledger.errors import CurrencyUnknown
from ledger.models import Account

F = TypeVar("F", bound=Callable[..., Any])

COUNT_MAX = 10_000
SEARCHABLE_MAX = 2**63 - 1
# What an account is, as its lists colour it.
STATUS_COLOURS = {"Active": "success", "Frozen": "danger", "Mirrored": "info", "Mirrored, frozen": "danger"}


def badge(title: str, colours: dict[str, str], *, ordering: str | None = None) -> Callable[[F], F]:
    """Show a column's word as a coloured label: `colours` is word -> success, warning, danger, info."""
    decorate: Callable[[F], F] = display(description=title, label=colours, ordering=ordering)
    return decorate


def link(address: str, text: object) -> SafeString:
    """A link that looks like one among read-only fields."""
    return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', address, text)


def shown(account: Account, minor: int | None) -> str:
    """An amount of the account's currency for people, also where the site knows that currency no longer."""
    if minor is None:
        return "-"
    try:
        return str(account.money(minor))
    except CurrencyUnknown:
        return f"{minor} minor units of {account.currency_code}"


def as_id(text: str) -> int | None:
    """The row number that somebody typed into a search box; None where it is none."""
    text = text.strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
    return number if number is not None and number <= SEARCHABLE_MAX else None


class BoundedPaginator(Paginator):
    """Pages over the first COUNT_MAX rows: nobody counts the whole table to turn a page."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:COUNT_MAX].count())


class ReadOnlyAdmin(admin.ModelAdmin):
    """For shop managers, and staff whom Django's permissions let look. Nobody adds, changes or deletes.

    What a subclass puts into `exclude` is not on the page, and a filter in the address cannot ask for it either.
    """

    actions: Sequence[Any] | None = None
    list_per_page = 50
    show_full_result_count = False
    paginator = BoundedPaginator

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """A filter that no column can be compared with is one that Django answers without a 500."""
        try:
            return super().get_changelist_instance(request)
        except (ValueError, TypeError, OverflowError, DataError) as wrong:
            raise IncorrectLookupParameters(wrong) from wrong

    def response_action(self, request: HttpRequest, queryset: Any, *args: Any, **kwargs: Any) -> Any:
        """What can be no row's id chooses none."""
        try:
            return super().response_action(request, queryset, *args, **kwargs)
        except (ValueError, TypeError, OverflowError, DataError):
            return None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_shop_manager(request) or super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_shop_manager(request) or super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        hidden = lookup.split("__")[0] in (self.exclude or ())
        return not hidden and super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]


def is_shop_manager(request: HttpRequest) -> bool:
    """Whether who asks may see all of the admin and use its actions."""
    # The ledger knows nothing of people, but that Django's users have rights with names.
    return request.user.has_perm("people.manage_woocommerce")
