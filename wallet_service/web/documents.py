"""The pages that show a namespace's OpenAPI document: Swagger UI and Redoc, from our own static files."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.views.generic import TemplateView

from wallet_service.api.documents import Document

# Nothing from anywhere else. Both programs write their styles into the page, and Redoc searches in a worker of its own making.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class DocumentPage(TemplateView):
    """For anybody, like the document itself."""

    document: ClassVar[Document | None] = None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        assert self.document is not None, "`as_view` was handed none"
        namespace = self.document.router.namespace
        return {
            **super().get_context_data(**kwargs),
            "title": self.document.title,
            "namespace": namespace,
            "document_url": reverse(f"{namespace}/openapi.json"),
        }

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().get(request, *args, **kwargs)
        response["Content-Security-Policy"] = POLICY
        return response


def pages_of(document: Document) -> list[URLPattern]:
    """A namespace's two pages, below /docs/."""
    namespace = document.router.namespace
    swagger = DocumentPage.as_view(document=document, template_name="web/swagger.html")
    redoc = DocumentPage.as_view(document=document, template_name="web/redoc.html")
    return [
        path(f"docs/{namespace}/", swagger, name=f"{namespace} swagger"),
        path(f"docs/{namespace}/redoc/", redoc, name=f"{namespace} redoc"),
    ]
