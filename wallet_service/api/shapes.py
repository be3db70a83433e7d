"""The shape of an error, for the OpenAPI documents."""

from rest_framework import serializers


class ApiErrorData(serializers.Serializer):
    """The HTTP status again; some errors say more."""

    status = serializers.IntegerField()


class ApiError(serializers.Serializer):
    """WordPress's error envelope."""

    code = serializers.CharField()
    message = serializers.CharField()
    data = ApiErrorData()  # type: ignore[assignment]
