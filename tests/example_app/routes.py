"""A route of the operator's own, inside the namespace: written as ours are, and in the index and the document like them."""

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from wallet_service.api.arguments import Arguments, Text
from wallet_service.api.operations import Access, Operation, operation
from wallet_service.api.webkul.base import ADMIN, AdminViewSet

__all__ = ["ADMIN", "GreetingViewSet"]


@extend_schema_serializer(many=False, examples=[OpenApiExample("example", {"greeting": "Hello, Ann"}, response_only=True)])
class Greeting(serializers.Serializer):
    """A greeting."""

    greeting = serializers.CharField()


class GreetingViewSet(AdminViewSet):
    """Greets."""

    @operation(
        Operation(
            "listGreetings",
            "Greet somebody",
            Access.MANAGE,
            Arguments({"name": Text(description="Whom.", required=True, max_length=40)}),
            {200: Greeting},
            example={"name": "Ann"},
        )
    )
    def list(self, request: Request) -> Response:
        return Response({"greeting": f"Hello, {self.arguments()['name']}"})

    @action(detail=False)
    def forgotten(self, request: Request) -> Response:
        """Nobody said who may: nobody may."""
        return Response({"greeting": "Hello"})
