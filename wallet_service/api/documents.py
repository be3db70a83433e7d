"""A namespace's OpenAPI document, made of exactly its live routes; made once a process and site."""

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any

from django.urls import include, path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings

from wallet_service.api.components import share
from wallet_service.api.routes import FamilyRouter
from wallet_service.api.wordpress import dump

# What holds for every route of a family that speaks WordPress, and would be noise at each.
HABITS = (
    "Arguments of a POST, PUT or PATCH come as JSON; as in WordPress a form or the query string does as well (JSON wins, then "
    "the form). Every answer takes `_fields` (the members to keep) and `_envelope` (status and headers inside the body); "
    "`_method` in the query of a POST, or the header `X-HTTP-Method-Override`, replaces its verb. HEAD and OPTIONS work. "
    "An unknown path and a wrong verb are both 404 `rest_no_route`."
)
VERBS = ("get", "post", "put", "patch", "delete")

# drf-spectacular's settings are the process's: two documents at once would mix.
_making = Lock()


@dataclass(frozen=True, slots=True)
class Document:
    """What a namespace's document says beside its routes."""

    title: str
    description: str
    router: FamilyRouter
    habits: str = HABITS

    def make(self, site: str) -> dict[str, Any]:
        """The document for a site seen at `site`, an absolute URL without a slash at the end."""
        prefix = f"/wp-json/{self.router.namespace}"
        settings = {
            "TITLE": self.title,
            "DESCRIPTION": f"{self.description}\n\n{self.habits}",
            "SORT_OPERATION_PARAMETERS": False,
            "SCHEMA_PATH_PREFIX": prefix,
            "SCHEMA_PATH_PREFIX_TRIM": True,
            "SERVERS": [{"url": f"{site}{prefix}"}],
        }
        patterns = [path(f"{prefix[1:]}/", include(self.router.urls))]
        with _making, patched_settings(settings):
            generator = SchemaGenerator(patterns=patterns)  # type: ignore[no-untyped-call]
            document: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
        document["tags"] = self._tags(document)
        share(document)
        # DRF hands the verbs of a path over as a set: in another order in every process.
        document["paths"] = {
            route: {verb: verbs[verb] for verb in VERBS if verb in verbs} for route, verbs in document["paths"].items()
        }
        return document

    def _tags(self, document: dict[str, Any]) -> list[dict[str, str]]:
        """The document's nouns, in the order of their routes, with what their viewsets say of them."""
        said = {prefix.split("/")[0]: (viewset.__doc__ or "").split("\n")[0] for prefix, viewset, _name in self.router.registry}
        used = [tag for verbs in document["paths"].values() for operation in verbs.values() for tag in operation["tags"]]
        return [{"name": tag, "description": said.get(tag, "")} for tag in dict.fromkeys(used)]


# Bounded: the site's name is the caller's to choose where ALLOWED_HOSTS has a wildcard.
@lru_cache(maxsize=16)
def document_text(document: Document, site: str) -> str:
    """The document as JSON text."""
    return dump(document.make(site))
