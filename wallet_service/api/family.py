"""What all families share: a table from what was raised to what is answered, and the view class that uses it."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from people.models import User
from wallet_service.api.authentication import Caller

Facts = dict[str, Any]


def no_facts(exc: Any) -> Facts:
    return {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a family says when it says no. `message` may name the facts that `facts` reads off the exception."""

    status: int
    code: str
    message: str
    facts: Callable[[Any], Facts] = no_facts
    # Facts that are told in an HTTP header as well: fact to header.
    headers: Mapping[str, str] = field(default_factory=dict)
    # Facts as they may come out, for the OpenAPI document.
    sample: Mapping[str, Any] = field(default_factory=dict)

    def example(self) -> Facts:
        """The envelope with sample facts."""
        return envelope(self, self.sample)


Answers = dict[type[BaseException], Answer]


# Facts that a message uses and `data` does not show.
WORDS = frozenset({"names", "who", "deed", "most_mb"})


def envelope(answer: Answer, facts: Mapping[str, Any]) -> Facts:
    """WordPress's error envelope: `{"code","message","data":{"status",…}}`."""
    shown = {name: value for name, value in facts.items() if name not in WORDS}
    return {
        "code": answer.code,
        "message": answer.message.format(**facts),
        "data": {"status": answer.status, **shown},
    }


def nearest(answers: Answers, refusal: type[BaseException]) -> Answer | None:
    """The answer of the nearest class; None for what is a bug."""
    return next((answers[cls] for cls in refusal.__mro__ if cls in answers), None)


class FamilyViewSet(GenericViewSet):
    """One DRF viewset class a family carries its whole policy; views below it are translations."""

    answers: ClassVar[Answers]

    @property
    def caller(self) -> User:
        """Who is calling; only where the route is not for strangers."""
        user = self.request.user
        assert isinstance(user, User)
        return user

    @property
    def credential(self) -> Caller:
        """How he proved it, and what he may do."""
        assert isinstance(self.request.auth, Caller)
        return self.request.auth

    def handle_exception(self, exc: Exception) -> Response:
        """Refusals and DRF's own exceptions become answers; everything else is a bug and goes on to Django."""
        answer = nearest(self.answers, type(exc))
        if answer is None:
            raise exc
        return self.answer_exception(answer, exc)

    @abstractmethod
    def answer_exception(self, answer: Answer, exc: Exception) -> Response:
        """The answer in the family's envelope."""
