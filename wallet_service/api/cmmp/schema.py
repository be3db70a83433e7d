"""How this family's routes are described: what is refused is a 200 as well, in the same two members."""

import re
from collections import defaultdict
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.exceptions import APIException

from ledger.errors import Busy
from wallet_service.api.cmmp.errors import WORDPRESS_OWN, GatewayClosed, KeyMissing, KeyWrong, TooManyWrongKeys, said
from wallet_service.api.cmmp.shapes import GatewayAnswer
from wallet_service.api.family import Answer, nearest
from wallet_service.api.schema import FamilySchema
from wallet_service.api.shapes import ApiError

STOCK = (GatewayClosed, KeyMissing, KeyWrong, TooManyWrongKeys, Busy, APIException)


class GatewaySchema(FamilySchema):
    def get_operation_id(self) -> str:
        """An action is the same by both verbs."""
        return self.declared.id if self.method == "POST" else f"{self.declared.id}By{self.method.title()}"

    def get_auth(self) -> list[dict[str, list[Any]]]:
        """The key is an argument."""
        return []

    def get_examples(self) -> list[OpenApiExample]:
        refused = [answer for answer in self._refused() if answer.status == 200]
        return [
            *super().get_examples(),
            *(OpenApiExample(_name(answer), said(answer), response_only=True, status_codes=["200"]) for answer in refused),
        ]

    def _refusals(self) -> dict[int, OpenApiResponse]:
        by_status: dict[int, list[Answer]] = defaultdict(list)
        for answer in self._refused():
            by_status[answer.status].append(answer)
        own = {status: _response(answers) for status, answers in by_status.items() if status != 200}
        return dict(sorted({**own, **self._wordpress_own()}.items()))

    def _wordpress_own(self) -> dict[int, OpenApiResponse]:
        """What is answered before this family is asked."""
        answers = [answer for refusal in WORDPRESS_OWN if (answer := nearest(self.viewset.answers, refusal))]
        return {
            answer.status: OpenApiResponse(
                ApiError, f"`{answer.code}`", [OpenApiExample(answer.code, answer.example(), response_only=True)]
            )
            for answer in answers
        }

    def _refused(self) -> list[Answer]:
        found = [nearest(self.viewset.answers, refusal) for refusal in (*STOCK, *self.declared.refusals)]
        return list({answer.message: answer for answer in found if answer}.values())


def _response(answers: list[Answer]) -> OpenApiResponse:
    examples = [OpenApiExample(_name(answer), said(answer), response_only=True) for answer in answers]
    return OpenApiResponse(GatewayAnswer, "; ".join(answer.message for answer in answers), examples)


def _name(answer: Answer) -> str:
    """The message as the key of an example: letters, digits and blanks, of which drf-spectacular makes `SecureKeyIsInvalid`."""
    return re.sub(r"[^A-Za-z0-9 ]", "", answer.message)
