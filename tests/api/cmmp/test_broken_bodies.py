"""What did not come whole, or cannot be read at all: said in two members, and no other number is moved instead."""

import json
from io import BytesIO

import pytest
from django.test import Client

from ledger.models import Account
from tests.api.cmmp.conftest import OK, ROOT, no, told
from tests.api.conftest import nothing_moves
from tests.api.test_bodies import _connections_stay, through_wsgi
from wallets.models import Wallet

__all__ = ["_connections_stay"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_connections_stay")]
CHARGE = f"{ROOT}/charge_wallet"
FORM = "application/x-www-form-urlencoded"
BROKEN_OFF = no("The body did not arrive whole, please send it with its length")


def told_through_wsgi(query: str, body: bytes, kind: str, *, is_chunked: bool, length: int) -> tuple[int, bytes]:
    stream = BytesIO(body) if is_chunked else None
    # The test client's own stream takes it for a mistake of the test to be read beyond its end.
    announced = {"CONTENT_LENGTH": str(length), "wsgi.input": BytesIO(body)}
    asked = {"QUERY_STRING": query, "CONTENT_TYPE": kind, **({} if is_chunked else announced)}
    status, answer = through_wsgi(Client(), CHARGE, body, stream, **asked)  # type: ignore[arg-type]
    return status, json.dumps(answer, separators=(",", ":")).encode()


def test_a_form_that_may_have_broken_off_moves_no_other_number(key: str, wallet: Wallet):
    """The query says 5, the body 0.01, or the beginning of it."""
    asked = f"key={key}&wallet_id={wallet.pk}&points="
    with nothing_moves():
        for query in (f"{asked}5", ""):
            for is_chunked in (True, False):
                body = f"{asked}0.01".encode()
                assert told_through_wsgi(query, body, FORM, is_chunked=is_chunked, length=len(body) + 1) == BROKEN_OFF


@pytest.mark.parametrize("is_chunked", [True, False])
def test_json_in_chunks_and_whole_forms_are_read(key: str, wallet: Wallet, is_chunked: bool):
    asked = {"key": key, "wallet_id": str(wallet.pk), "points": "0.01"}
    body = json.dumps(asked) if is_chunked else "&".join(f"{name}={value}" for name, value in asked.items())
    kind = "application/json" if is_chunked else FORM

    assert told_through_wsgi("points=5", body.encode(), kind, is_chunked=is_chunked, length=len(body)) == OK
    assert Account.objects.get(pk=wallet.pk).balance == 1


def test_what_django_refuses_to_read_is_said_in_two_members(key: str, wallet: Wallet):
    many = f"key={key}&wallet_id={wallet.pk}&points=5&" + "&".join(f"a{number}=1" for number in range(1000))
    with nothing_moves():
        answers = [
            *(Client().get(f"{CHARGE}?{many}"), Client().post(f"{CHARGE}?{many}", {"points": "1"})),
            Client().get(f"{CHARGE}?key={key}&wallet_id={wallet.pk}&points=5", headers={"Host": "evil.example"}),
        ]
    assert [told(answer) for answer in answers] == [no("The request can't be read")] * 3
    assert {answer["Cache-Control"] for answer in answers} == {"no-store"}
