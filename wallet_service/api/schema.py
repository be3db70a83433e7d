"""The OpenAPI 3.1 document of a namespace, from the operations beside its routes."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from inspect import getdoc
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from drf_spectacular.drainage import get_override
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema_field, inline_serializer
from rest_framework import exceptions, serializers

import wallet_service.api.ways_in  # noqa: F401  drf-spectacular finds the schemes once they are there
from idempotency.errors import IdempotencyInProgress, IdempotencyKeyReused
from ledger.errors import Busy
from wallet_service.api.arguments import Arguments, InvalidArguments, MissingArguments, TextList
from wallet_service.api.authentication import CallerAddressForbidden, InvalidCredentials, InvalidNonce, TooManyFailedLogins
from wallet_service.api.bodies import InvalidJson
from wallet_service.api.family import Answer, nearest
from wallet_service.api.operations import Operation, operation_of
from wallet_service.api.routes import DIGITS, verbs_of
from wallet_service.api.shapes import ApiError
from wallet_service.api.uploads import UploadTooLarge
from wallet_service.api.wordpress import HttpsRequired, WordPressViewSet

WITH_BODY = {"POST", "PUT", "PATCH"}
PLACEHOLDER = re.compile(r"{(\w+)}")


class FamilySchema(AutoSchema):
    """Describes an action by its `Operation`."""

    @property
    def viewset(self) -> WordPressViewSet:
        assert isinstance(self.view, WordPressViewSet)
        return self.view

    @property
    def declared(self) -> Operation:
        return operation_of(self.viewset)

    def get_operation_id(self) -> str:
        """POST, PUT and PATCH of one action have ids of their own."""
        shared = [self.viewset.action_map[verb.lower()] for verb in verbs_of(self.viewset.action_map)].count(
            self.viewset.action
        ) > 1
        named = self.declared.id or f"{self.viewset.basename}_{self.viewset.action}"
        return named + (f"By{self.method.title()}" if shared and self.method != "POST" else "")

    def get_summary(self) -> str:
        return self.declared.summary

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular has it
        return f"{self.declared.description}\n\nFor {self.declared.access.value}.".strip()

    def get_auth(self) -> list[dict[str, list[Any]]]:
        """The ways in; `{}`, no way at all, beside them where a stranger may call."""
        ways: list[dict[str, list[Any]]] = super().get_auth()
        return [*ways, {}] if self.declared.access.is_open else ways

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix(self.path_prefix.strip("^")).strip("/").split("/")[0]]

    def get_override_parameters(self) -> list[Any]:
        viewset, declared = self.viewset, self.declared
        parameters = [*viewset.response_headers(), *_own_headers(declared), *viewset.request_headers(declared)]
        parameters += [self._in_path(name) for name in PLACEHOLDER.findall(self.path)]
        return parameters if self.method in WITH_BODY else [*parameters, *_query(declared)]

    def _in_path(self, name: str) -> OpenApiParameter:
        """What stands in the path: a number where the route takes digits only."""
        taken = getattr(self.viewset, "lookup_value_regex", "[^/.]+")
        schema = {"type": "integer", "minimum": 1} if taken == DIGITS else {"type": "string", "pattern": f"^{taken}$"}
        noun = str(self.viewset.basename).replace("_", " ")
        return OpenApiParameter(name, schema, OpenApiParameter.PATH, description=f"The {noun}'s {name}.")

    def get_request_serializer(self) -> Any:
        return _arguments_shape(self.declared.id, self.declared.arguments)

    def get_examples(self) -> list[OpenApiExample]:
        """The operation's own request, and what each of its shapes looks like."""
        declared = self.declared
        kind = self.map_parsers()[0]
        sent = OpenApiExample(declared.id, dict(declared.example), request_only=True, media_type=kind)
        examples = [sent] if declared.example else []
        for status, answer in declared.answers.items():
            for shape in getattr(answer, "serializers", [answer]):
                for shown in get_override(shape, "examples", []):
                    examples.append(OpenApiExample(shape.__name__, shown.value, response_only=True, status_codes=[str(status)]))
        return examples

    def _get_request_body(self, direction: Any = "request") -> Any:
        """A body is needed where an argument is."""
        body = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        if body:
            body["required"] = self.declared.arguments.needs_any
        return body

    def map_parsers(self) -> list[str]:
        """A form and the query do as well, which the document says in words: generated clients would send all of them at once."""
        return ["multipart/form-data" if self.declared.upload_bytes else "application/json"]

    def get_response_serializers(self) -> Any:
        answers = {status: OpenApiResponse(shape, _promise(shape)) for status, shape in self.declared.answers.items()}
        files = {(200, media): OpenApiResponse(OpenApiTypes.BINARY) for media in self.declared.files}
        return {**answers, **files, **self._refusals()}

    def _refusals(self) -> dict[int, OpenApiResponse]:
        """Every error the route may end in, by status, with its codes and an example of each."""
        by_status: dict[int, dict[str, Answer]] = defaultdict(dict)
        for refusal in (*stock_refusals(self.declared, self.method), *self.declared.refusals):
            answer = nearest(self.viewset.answers, refusal)
            assert answer is not None, f"{refusal} has no answer"
            by_status[answer.status].setdefault(answer.code, answer)
        return {status: _error_response(list(answers.values())) for status, answers in sorted(by_status.items())}


def stock_refusals(operation: Operation, method: str) -> Iterator[type[BaseException]]:
    """What every route of a family may say before its own work begins."""
    yield from (HttpsRequired, InvalidCredentials, CallerAddressForbidden, InvalidNonce, TooManyFailedLogins)
    yield from (SuspiciousOperation, exceptions.NotFound, exceptions.Throttled, Busy, exceptions.APIException)
    if not operation.access.is_open:
        yield from (exceptions.NotAuthenticated, exceptions.PermissionDenied)
    if method in WITH_BODY:
        yield from (InvalidJson, UploadTooLarge if operation.upload_bytes else RequestDataTooBig)
    if operation.arguments.declared:
        yield InvalidArguments
    if operation.arguments.needs_any:
        yield MissingArguments
    if operation.takes_idempotency_key:
        yield from (IdempotencyKeyReused, IdempotencyInProgress)


def _promise(shape: Any) -> str:
    """What an answer is, in its shapes' own words."""
    shapes = getattr(shape, "serializers", [shape])
    return " Or: ".join(dict.fromkeys(getdoc(one).split("\n")[0] for one in shapes if one is not None)) or "Done."  # type: ignore[union-attr]


def _error_response(answers: list[Answer]) -> OpenApiResponse:
    examples = [OpenApiExample(answer.code, answer.example(), response_only=True) for answer in answers]
    return OpenApiResponse(ApiError, ", ".join(f"`{answer.code}`" for answer in answers), examples)


@lru_cache(maxsize=256)
def _arguments_shape(operation_id: str, arguments: Arguments) -> type[serializers.Serializer] | None:
    """A route's arguments as a serializer, which gives them a name in the document. One class a route, for all its verbs."""
    fields = {
        name: _field(argument.json_schema())(required=arguments.is_required(name))
        for name, argument in arguments.declared.items()
    }
    name = operation_id[0].upper() + operation_id[1:] + "Arguments"
    return type(inline_serializer(name, fields)) if fields else None


def _field(schema: dict[str, Any]) -> type[serializers.Field]:
    return extend_schema_field(schema)(type("ArgumentField", (serializers.Field,), {}))


def _query(operation: Operation) -> Iterator[OpenApiParameter]:
    for name, argument in operation.arguments.declared.items():
        schema = argument.json_schema()
        description = schema.pop("description")
        style: dict[str, Any] = {"style": "form", "explode": False} if isinstance(argument, TextList) else {}
        shown = [OpenApiExample(name, operation.example[name])] if name in operation.example else []
        yield OpenApiParameter(
            name, schema, required=operation.arguments.is_required(name), description=description, examples=shown, **style
        )


def _own_headers(operation: Operation) -> Iterator[OpenApiParameter]:
    if operation.is_list:
        yield header("X-WP-Total", int, [200], "How many rows there are.")
        yield header("X-WP-TotalPages", int, [200], "How many pages they make.")
        yield header("Link", str, [200], "The pages beside this one, rel next and prev.")
    if operation.has_location:
        yield header("Location", str, [201], "Where the new thing is read.")
    if operation.takes_idempotency_key:
        yield header("Idempotent-Replay", bool, [200], "true: nothing was done again.")


def header(name: str, of_type: type, statuses: list[int] | bool, description: str) -> OpenApiParameter:
    """A header of answers with these statuses; True is all of them."""
    return OpenApiParameter(name, of_type, OpenApiParameter.HEADER, response=statuses, description=description)
