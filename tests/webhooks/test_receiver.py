"""The receiver that other tests trust: what was sent verifies, what was touched does not, and what it kept is there."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import requests

from tests.journeys.ports import free_port
from tests.webhooks.receiver import (
    Fate,
    NotAuthentic,
    Received,
    Receiver,
    first_arrivals,
    flaky,
    read_log,
    receiving,
    verify,
    verify_standard,
)
from webhooks.endpoint_secrets import new_secret
from webhooks.signing import Message, signed_headers

SECRET, OLD_SECRET = new_secret(), new_secret()
PROJECT = Path(__file__).resolve().parents[2]


def message(number: int = 1, event_id: UUID | None = None) -> Message:
    data = json.dumps({"wallet_id": 7, "amount": str(number), "reason": "Grüße, 'quoted' \"twice\""}, ensure_ascii=False)
    return Message(event_id or uuid4(), number, "wallet.credited", data, datetime.now(UTC))


def signed(event: Message, *secrets: str, at: datetime | None = None) -> tuple[dict[str, str], bytes]:
    return signed_headers(event, event.body, secrets or [SECRET], at or datetime.now(UTC)), event.body.encode()


def send(receiver: Receiver, event: Message, **headers: str) -> requests.Response:
    made, body = signed(event)
    return requests.post(receiver.url, data=body, headers={**made, **headers}, timeout=5)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(SECRET, tmp_path, hang_seconds=0.3) as receiver:
        yield receiver


def test_what_the_service_signs_verifies():
    event = message()
    headers, body = signed(event)

    said = verify(SECRET, headers, body)

    assert (said["id"], said["type"], said["data"]) == (f"evt_{event.event_id.hex}", event.type, json.loads(event.data))


def flipped(text: str) -> Iterator[str]:
    """The text with one character changed, each in turn: to its neighbour, and to one from elsewhere."""
    for place, character in enumerate(text):
        for other in {chr(ord(character) ^ 1), "A" if character != "A" else "B"}:
            yield f"{text[:place]}{other}{text[place + 1 :]}"


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature", "X-WalletPro-Signature"])
def test_no_byte_of_what_signs_it_may_be_another(header: str):
    headers, body = signed(message())
    for value in flipped(headers[header]):
        with pytest.raises(NotAuthentic):
            verify(SECRET, {**headers, header: value}, body)


def test_no_byte_of_the_body_may_be_another():
    headers, body = signed(message())
    for place in range(len(body)):
        for mask in (1, 32, 128):
            touched = bytearray(body)
            touched[place] ^= mask
            with pytest.raises(NotAuthentic):
                verify(SECRET, headers, bytes(touched))
    for touched_body in (body[:-1], body + b" ", b"", body.replace(b'"1"', b'"2"')):
        with pytest.raises(NotAuthentic):
            verify(SECRET, headers, touched_body)


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature", "X-WalletPro-Signature"])
def test_none_of_them_may_be_missing(header: str):
    headers, body = signed(message())
    del headers[header]

    with pytest.raises(NotAuthentic):
        verify(SECRET, headers, body)


def test_another_event_another_secret_and_another_time_do_not_verify():
    event, other = message(1), message(2)
    headers, body = signed(event)
    with pytest.raises(NotAuthentic):
        verify(SECRET, signed(other)[0], body)
    with pytest.raises(NotAuthentic):
        verify(new_secret(), headers, body)
    with pytest.raises(NotAuthentic):
        verify(SECRET, {**headers, "X-WalletPro-Event": "wallet.debited"}, body)
    for minutes in (-6, 6):
        with pytest.raises(NotAuthentic):
            verify(SECRET, *signed(event, at=datetime.now(UTC) + timedelta(minutes=minutes)))


def test_during_a_rotation_either_secret_verifies():
    headers, body = signed(message(), SECRET, OLD_SECRET)

    assert headers["webhook-signature"].count("v1,") == 2
    assert verify(SECRET, headers, body) == verify_standard(OLD_SECRET, headers, body)
    with pytest.raises(NotAuthentic):
        verify_standard(new_secret(), headers, body)


def test_it_keeps_what_comes_and_tells_repetitions_apart(receiver: Receiver):
    first, second = message(1), message(2)
    for event in (first, second, first):
        assert send(receiver, event).status_code == 200

    assert [one.data["amount"] for one in receiver.received] == ["1", "2", "1"]
    assert [one.data["amount"] for one in receiver.events] == ["1", "2"]
    assert receiver.events[0].body == first.body
    assert receiver.received[0].at <= receiver.received[2].at <= time.time()


def test_what_does_not_verify_is_answered_401_and_not_kept(receiver: Receiver):
    response = send(receiver, message(), **{"webhook-signature": "v1,AAAA"})

    assert response.status_code == 401
    assert (receiver.received, len(receiver.refused)) == ([], 1)


@pytest.mark.parametrize("fate", Fate)
def test_each_fate(receiver: Receiver, fate: Fate):
    receiver.plan = lambda event_id, times: fate
    try:
        status: int | None = send(receiver, message()).status_code
    except requests.ConnectionError:
        status = None

    expected = {Fate.FINE: 200, Fate.SLOW: 200, Fate.ERROR: 500, Fate.KEPT_ERROR: 500}
    assert status == expected.get(fate)
    assert [one.fate for one in receiver.received] == [fate.value] * fate.is_kept
    assert fate.is_answered is (status == 200)


def test_a_plan_is_the_same_whoever_comes_first_and_gives_up_none():
    plan, ids = flaky(0.3, 7), [f"evt_{number}" for number in range(2000)]
    fates = [plan(event_id, 0) for event_id in ids]

    assert fates == [flaky(0.3, 7)(event_id, 0) for event_id in ids]
    assert fates != [flaky(0.3, 8)(event_id, 0) for event_id in ids]
    assert 0.25 < sum(fate is not Fate.FINE for fate in fates) / len(fates) < 0.35
    assert set(fates) == set(Fate)
    assert {plan(event_id, 4) for event_id in ids} == {Fate.FINE}


def test_a_line_that_was_cut_off_spoils_no_other(tmp_path: Path):
    log = tmp_path / "received.jsonl"
    with Receiver(SECRET, log=log) as receiver:
        send(receiver, message(1))
    with log.open("ab") as file:
        file.write(b'{"id": "evt_half')
    with Receiver(SECRET, log=log) as receiver:
        send(receiver, message(2))
        assert [one.data["amount"] for one in receiver.received] == ["1", "2"]

    assert [one.data["amount"] for one in read_log(log)] == ["1", "2"]


def test_the_first_arrival_counts():
    came = [Received(id, "wallet.credited", "{}", at, "fine") for at, id in enumerate("abacb")]

    assert [(one.id, one.at) for one in first_arrivals(came)] == [("a", 0), ("b", 1), ("c", 3)]


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Callable[[int], subprocess.Popen[str]]]:
    """`program(port)`: the receiver as a process of its own, with one log."""
    started: list[subprocess.Popen[str]] = []

    def program(port: int) -> subprocess.Popen[str]:
        command = ["-m", "tests.webhooks.receiver", "--port", str(port), "--secret", SECRET, "--log", str(tmp_path / "log")]
        process = subprocess.Popen(
            [sys.executable, *command], cwd=PROJECT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == f"Listening on http://127.0.0.1:{port}/hook\n"
        return process

    yield program
    for process in started:
        process.kill()
        process.communicate()


def test_as_a_program_it_outlives_a_kill(program: Callable[[int], subprocess.Popen[str]], tmp_path: Path):
    port = free_port()
    for number in (1, 2):
        process = program(port)
        headers, body = signed(message(number))
        assert requests.post(f"http://127.0.0.1:{port}/hook", data=body, headers=headers, timeout=5).status_code == 200
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    assert [one.data["amount"] for one in read_log(tmp_path / "log")] == ["1", "2"]
