"""A namespace's OpenAPI document, made of exactly its live routes; made once a process and site."""

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any

from django.urls import include, path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings

from wallet_service.api.routes import FamilyRouter
from wallet_service.api.wordpress import dump

VERBS = ("get", "post", "put", "patch", "delete")

# drf-spectacular's settings are the process's: two documents at once would mix.
_making = Lock()


@dataclass(frozen=True, slots=True)
class Document:
    """What a namespace's document says beside its routes."""

    title: str
    description: str
    router: FamilyRouter

    def make(self, site: str) -> dict[str, Any]:
        """The document for a site seen at `site`, an absolute URL without a slash at the end."""
        prefix = f"/wp-json/{self.router.namespace}"
        settings = {
            "TITLE": self.title,
            "DESCRIPTION": self.description,
            "SORT_OPERATION_PARAMETERS": False,
            "SCHEMA_PATH_PREFIX": prefix,
            "SCHEMA_PATH_PREFIX_TRIM": True,
            "SERVERS": [{"url": f"{site}{prefix}"}],
        }
        patterns = [path(f"{prefix[1:]}/", include(self.router.urls))]
        with _making, patched_settings(settings):
            generator = SchemaGenerator(patterns=patterns)  # type: ignore[no-untyped-call]
            document: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
        # DRF hands the verbs of a path over as a set: in another order in every process.
        document["paths"] = {
            route: {verb: verbs[verb] for verb in VERBS if verb in verbs} for route, verbs in document["paths"].items()
        }
        return document


# Bounded: the site's name is the caller's to choose where ALLOWED_HOSTS has a wildcard.
@lru_cache(maxsize=16)
def document_text(document: Document, site: str) -> str:
    """The document as JSON text."""
    return dump(document.make(site))
