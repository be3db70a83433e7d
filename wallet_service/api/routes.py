"""Routers that make WordPress's routes, and what the discovery index says of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from rest_framework.routers import DynamicRoute, Route, SimpleRouter
from rest_framework.viewsets import ViewSetMixin

from wallet_service.api.arguments import Schema
from wallet_service.api.operations import NO_OPERATION, Operation

DIGITS = "[0-9]+"


class FamilyRouter(SimpleRouter):
    """One router a versioned namespace. As in WordPress, an item takes POST, PUT and PATCH alike."""

    routes = [  # noqa: RUF012  as DRF declares it
        Route(
            url=r"^{prefix}{trailing_slash}$",
            mapping={"get": "list", "post": "create"},
            name="{basename}-list",
            detail=False,
            initkwargs={"suffix": "List"},
        ),
        DynamicRoute(url=r"^{prefix}/{url_path}{trailing_slash}$", name="{basename}-{url_name}", detail=False, initkwargs={}),
        Route(
            url=r"^{prefix}/{lookup}{trailing_slash}$",
            mapping={"get": "retrieve", "post": "update", "put": "update", "patch": "update", "delete": "destroy"},
            name="{basename}-detail",
            detail=True,
            initkwargs={"suffix": "Instance"},
        ),
        DynamicRoute(
            url=r"^{prefix}/{lookup}/{url_path}{trailing_slash}$", name="{basename}-{url_name}", detail=True, initkwargs={}
        ),
    ]

    def __init__(self, namespace: str) -> None:
        super().__init__(trailing_slash=False)
        self.namespace = namespace

    def live_routes(self) -> Iterator[tuple[str, type[ViewSetMixin], Mapping[str, str]]]:
        """Each route as WordPress writes its pattern, with its viewset and its verbs' actions."""
        for prefix, viewset, _basename in self.registry:
            lookup = self.get_lookup_regex(viewset).replace(DIGITS, r"[\d]+")
            for route in self.get_routes(viewset):
                if mapping := self.get_method_map(viewset, route.mapping):
                    path = route.url.format(prefix=prefix, lookup=lookup, trailing_slash="").strip("^$")
                    yield f"/{self.namespace}/{path}", viewset, mapping


def verbs_of(actions: Mapping[str, str]) -> list[str]:
    """The verbs of a route as WordPress lists them: HEAD and OPTIONS go without saying."""
    return [verb.upper() for verb in actions if verb not in {"head", "options"}]


def operation_for(viewset: type, action: str) -> Operation:
    """The operation of a viewset's action."""
    return getattr(getattr(viewset, action), "operation", NO_OPERATION)


def route_entry(namespace: str, viewset: type, actions: Mapping[str, str], href: str = "") -> Schema:
    """A route's entry in the discovery index; `href` where its pattern has no placeholder."""
    verbs = verbs_of(actions)
    entry: dict[str, Any] = {
        "namespace": namespace,
        "methods": verbs,
        "endpoints": [
            {"methods": [verb], "args": operation_for(viewset, actions[verb.lower()]).arguments.index_entry()} for verb in verbs
        ],
    }
    return {**entry, "_links": {"self": [{"href": href}]}} if href else entry
