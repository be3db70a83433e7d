"""Pages of a list: where they begin and end, and the headers that say so."""

from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.response import Response

from wallet_service.api.arguments import Argument, Integer
from wallet_service.api.middleware import public_url

PER_PAGE_MAX = 100
CREDENTIALS = {"_wpnonce", "consumer_key", "consumer_secret"}


def page_arguments(per_page: int) -> dict[str, Argument]:
    """`page` and `per_page`, for a list that shows `per_page` rows unless asked for more or fewer."""
    return {
        "page": Integer(description="Page number.", default=1, minimum=1),
        "per_page": Integer(description="Results per page.", default=per_page, minimum=1, maximum=PER_PAGE_MAX),
    }


@dataclass(frozen=True, slots=True)
class Page:
    """One page of `total` rows; a page past the end is empty."""

    HEADERS: ClassVar = ("X-WP-Total", "X-WP-TotalPages", "Link")

    rows: list[Any]
    total: int
    number: int
    per_page: int

    @classmethod
    def of(cls, rows: "QuerySet[Any]", asked: dict[str, Any]) -> "Page":
        """The page that was asked for, in two statements, or one where it is past the end."""
        number, per_page = asked["page"], asked["per_page"]
        total = rows.order_by().count()
        first = (number - 1) * per_page
        return cls(list(rows[first : first + per_page]) if first < total else [], total, number, per_page)

    @property
    def total_pages(self) -> int:
        return -(-self.total // self.per_page)

    def set_headers(self, response: Response, request: HttpRequest) -> Response:
        """X-WP-Total, X-WP-TotalPages, and a Link to the pages beside this one."""
        response["X-WP-Total"] = str(self.total)
        response["X-WP-TotalPages"] = str(self.total_pages)
        links = []
        if self.number > 1 and self.total_pages:
            links.append((min(self.number - 1, self.total_pages), "prev"))
        if self.number < self.total_pages:
            links.append((self.number + 1, "next"))
        if links:
            response["Link"] = ", ".join(f'<{page_url(request, page)}>; rel="{rel}"' for page, rel in links)
        return response


def page_url(request: HttpRequest, page: int) -> str:
    """This request's own URL with another page, and without the credentials that stood in it."""
    asked = [
        (name, str(page) if name == "page" else value)
        for name, values in request.GET.lists()
        # Clients that sign repeat every parameter; the last one counts, and of a list all do.
        for value in values[0 if name.endswith("[]") else -1 :]
        if name not in CREDENTIALS and not name.startswith("oauth_")
    ]
    if "page" not in request.GET:
        asked.append(("page", str(page)))
    return f"{public_url(request)}{request.path}?{urlencode(asked)}"
