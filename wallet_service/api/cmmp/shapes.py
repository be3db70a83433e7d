"""What this family answers, for its OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, PolymorphicProxySerializer, extend_schema_serializer
from rest_framework import serializers


@extend_schema_serializer(many=False, examples=[OpenApiExample("done", {"success": True, "message": []})])
class GatewayAnswer(serializers.Serializer):
    """Whether it was done; where it was not, `message` says why."""

    success = serializers.BooleanField()
    message = serializers.ListField(child=serializers.CharField(), help_text="Empty, or what is wrong.")


WALLET = {"wallet_id": 123, "user_id": 42, "wallet_name": "b1946ac92492d2347c6235b4d2611184", "points": 1250.00, "status": 1}


class ExternalWallet(serializers.Serializer):
    """A wallet, as a site that mirrors it reads it."""

    wallet_id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    wallet_name = serializers.CharField(help_text="What wallets of two sites are matched by.")
    points = serializers.FloatField(help_text="An exact decimal, with the decimals of the unit.")
    status = serializers.IntegerField(help_text="1 active, 0 inactive.")


@extend_schema_serializer(many=False, examples=[OpenApiExample("wallet", {"success": True, "message": WALLET})])
class WalletAnswer(serializers.Serializer):
    """The wallet; where there is none, `success` is false and `message` a list of what is wrong."""

    success = serializers.BooleanField()
    message = ExternalWallet()


@extend_schema_serializer(
    many=False, examples=[OpenApiExample("wallets", {"success": True, "message": [{**WALLET, "user_email": "ada@example.com"}]})]
)
class WalletsAnswer(serializers.Serializer):
    """The wallets in the order of their numbers, each with its owner's `user_email`; or, where `success` is false, why not."""

    success = serializers.BooleanField()
    message = serializers.ListField(child=serializers.JSONField(), help_text="Wallets, or what is wrong.")


def _or_refused(name: str, shape: type[serializers.Serializer]) -> Any:
    """Both are 200: what was asked for, or why there is none."""
    shapes: Any = [shape, GatewayAnswer]
    return PolymorphicProxySerializer(name, shapes, resource_type_field_name=None, many=False)


WALLET_OR_NOT = _or_refused("WalletOrNot", WalletAnswer)
