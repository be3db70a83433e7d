"""The families that the service speaks, each with its document."""

from wallet_service.api.cmmp import urls as cmmp
from wallet_service.api.cmmp.base import GatewayViewSet
from wallet_service.api.documents import Document
from wallet_service.api.walletpro import urls as walletpro
from wallet_service.api.walletpro.base import WalletProViewSet
from wallet_service.api.walletpro.store import urls as store
from wallet_service.api.walletpro.store.base import StoreViewSet
from wallet_service.api.webkul import urls as webkul
from wallet_service.api.webkul.base import AdminViewSet, CustomerViewSet
from wallet_service.api.wordpress import WordPressViewSet

# Each namespace once: mounted, listed in the index, shown on pages, and seen by all that is made of its document.
FAMILIES: tuple[tuple[Document, type[WordPressViewSet]], ...] = (
    (walletpro.document, WalletProViewSet),
    (store.document, StoreViewSet),
    (webkul.admin_document, AdminViewSet),
    (webkul.customer_document, CustomerViewSet),
    (cmmp.document, GatewayViewSet),
)
DOCUMENTS = tuple(document for document, _viewset in FAMILIES)
