"""Whatever is refused, every family has words for it."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import InterfaceError, OperationalError
from rest_framework.exceptions import APIException

from ledger.errors import Refusal
from wallet_service.api import site
from wallet_service.api.cmmp import errors as cmmp
from wallet_service.api.family import Answer, Answers, nearest
from wallet_service.api.walletpro import errors as walletpro
from wallet_service.api.webkul import errors as webkul

OURS = {config.name for config in apps.get_app_configs() if Path(config.path).parent == settings.BASE_DIR}
FAMILIES = {"walletpro": walletpro.ANSWERS, "webkul": webkul.ANSWERS}
ALL_TABLES = {**FAMILIES, "site": site.ANSWERS}


def import_everything() -> None:
    """A refusal that nobody imported would be missed."""
    for config in apps.get_app_configs():
        if config.name in OURS:
            for module in pkgutil.walk_packages([config.path], f"{config.name}."):
                if ".migrations" not in module.name:
                    importlib.import_module(module.name)


def subclasses(cls: type[Exception]) -> Iterator[type[Exception]]:
    for subclass in cls.__subclasses__():
        if subclass.__module__.split(".")[0] in {*OURS, "rest_framework"}:
            yield subclass
        yield from subclasses(subclass)


import_everything()
REFUSALS = sorted(set(subclasses(Refusal)), key=lambda cls: cls.__name__)
OF_DRF = sorted(set(subclasses(APIException)), key=lambda cls: cls.__name__)


def named(cls: type[Exception]) -> str:
    return cls.__name__


def in_words(answers: Answers, refusal: type[BaseException]) -> Answer:
    """The answer made for this class; the catch-alls, which say next to nothing, do not count."""
    answer = nearest({cls: answer for cls, answer in answers.items() if cls not in {Refusal, APIException}}, refusal)
    assert answer is not None, f"nobody has words for {refusal.__name__}"
    return answer


def test_there_is_something_to_ask_for():
    assert {"InsufficientFunds", "IdempotencyKeyReused", "SpendingLimitExceeded", "SealBroken"} <= set(map(named, REFUSALS))
    assert {"Throttled", "NoRoute", "InvalidNonce", "RateLimited"} <= set(map(named, OF_DRF))


@pytest.mark.parametrize("refusal", REFUSALS, ids=named)
@pytest.mark.parametrize("answers", FAMILIES.values(), ids=FAMILIES)
def test_every_refusal_has_an_answer_of_its_own(answers: Answers, refusal: type[Exception]):
    assert in_words(answers, refusal).status in {400, 403, 404, 409, 410, 412, 413, 422, 429, 503}


@pytest.mark.parametrize("exception", OF_DRF, ids=named)
@pytest.mark.parametrize("answers", ALL_TABLES.values(), ids=ALL_TABLES)
def test_every_exception_of_drf_has_an_answer_of_its_own(answers: Answers, exception: type[Exception]):
    assert in_words(answers, exception).status in {400, 401, 403, 404, 429}


@pytest.mark.parametrize("exception", [OperationalError, InterfaceError])
@pytest.mark.parametrize("answers", ALL_TABLES.values(), ids=ALL_TABLES)
def test_a_database_that_is_away_has_an_answer(answers: Answers, exception: type[Exception]):
    answer = in_words(answers, exception)

    assert answer.status == 503
    assert dict(answer.headers) == {"retry_after": "Retry-After"}


@pytest.mark.parametrize("answers", ALL_TABLES.values(), ids=ALL_TABLES)
def test_every_answer_has_an_example_in_the_envelope(answers: Answers):
    for answer in answers.values():
        example = answer.example()
        assert list(example) == ["code", "message", "data"]
        assert example["data"]["status"] == answer.status
        assert "{" not in example["message"]


@pytest.mark.parametrize("answers", ALL_TABLES.values(), ids=ALL_TABLES)
def test_a_code_has_one_status_in_a_family(answers: Answers):
    statuses: dict[str, set[int]] = {}
    for answer in answers.values():
        statuses.setdefault(answer.code, set()).add(answer.status)

    assert {code for code, found in statuses.items() if len(found) > 1} == set()


# What the gateway's documents word, and what its routes run into beside that; all else is the one sentence for what cannot be.
SPELT = {
    *("PointsWalletUnknown", "AccountFrozen", "AccountMirrored", "InsufficientFunds", "BalanceLimitExceeded", "CurrencyMismatch"),
    *("SpendingLimitExceeded", "VelocityCapExceeded", "KycRequired", "AmountOutOfRange", "EventReused", "Busy"),
}


@pytest.mark.parametrize("refusal", [*REFUSALS, *OF_DRF], ids=named)
def test_the_gateway_has_an_answer_in_two_members_to_everything(refusal: type[Exception]):
    answer = nearest(cmmp.ANSWERS, refusal)
    assert answer is not None
    assert answer.status in {200, 400, 403, 404, 429, 500, 503}
    said = cmmp.said(answer)
    assert list(said) == ["success", "message"]
    assert said["success"] is False
    assert len(said["message"]) == 1
    if refusal.__name__ in SPELT:
        assert answer is not cmmp.ANSWERS[Refusal]


@pytest.mark.parametrize("exception", [OperationalError, InterfaceError])
def test_the_gateway_says_that_the_database_is_away(exception: type[Exception]):
    answer = nearest(cmmp.ANSWERS, exception)
    assert answer is not None
    assert (answer.status, dict(answer.headers)) == (503, {"retry_after": "Retry-After"})


def test_a_bug_has_no_answer():
    assert nearest(cmmp.ANSWERS, RuntimeError) is None
    assert nearest(walletpro.ANSWERS, RuntimeError) is None
    assert nearest(webkul.ANSWERS, RuntimeError) is None
    assert nearest(site.ANSWERS, AssertionError) is None
