"""DRF's default permission: nobody. A view that forgets its family is useless rather than open."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission

if TYPE_CHECKING:
    # At run time it would be a circle: DRF's views import the settings, which import this.
    from rest_framework.request import Request
    from rest_framework.views import APIView


class Nobody(BasePermission):
    def has_permission(self, request: "Request", view: "APIView") -> bool:
        return False
