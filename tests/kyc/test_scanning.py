"""The virus scanner: ClamAV's protocol against a double on this machine, and what happens when nobody looked."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kyc.clamd import Clamd, ClamdFailed
from kyc.errors import DocumentsUnavailable, DocumentUnfit
from kyc.files.verdicts import Reason
from kyc.models import Submission
from kyc.scanning import threat_in
from people.models import User
from tests.kyc.making import picture, submitted

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Double:
    """Speaks INSTREAM as clamd does, and finds the test virus."""

    def __init__(self, answer: bytes | None = None, path: Path | None = None) -> None:
        self.answer, self.heard = answer, b""
        self._door = socket.socket(socket.AF_UNIX if path else socket.AF_INET, socket.SOCK_STREAM)
        self._door.bind(str(path) if path else ("127.0.0.1", 0))
        self._door.listen(1)
        self.address = f"unix:{path}" if path else "127.0.0.1:{1}".format(*self._door.getsockname())
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        line, _ = self._door.accept()
        with line, line.makefile("rb") as file:
            if file.read(10) != b"zINSTREAM\0":
                return
            while length := struct.unpack(">I", file.read(4))[0]:
                self.heard += file.read(length)
            found = b"stream: Win.Test.EICAR_HDB-1 FOUND\0" if EICAR in self.heard else b"stream: OK\0"
            line.sendall(found if self.answer is None else self.answer)

    def close(self) -> None:
        self._thread.join(timeout=10)
        self._door.close()


@pytest.fixture
def clamd(settings: Any) -> Iterator[Callable[..., Double]]:
    doubles: list[Double] = []

    def clamd(answer: bytes | None = None, path: Path | None = None) -> Double:
        doubles.append(Double(answer, path))
        settings.DOCUMENT_SCANNER, settings.CLAMD_ADDRESS = "kyc.clamd.Clamd", doubles[-1].address
        return doubles[-1]

    yield clamd
    for double in doubles:
        double.close()


def test_a_clean_file_goes_there_whole(clamd: Callable[..., Double], tmp_path: Path):
    content = picture("PNG", 300, 300)
    double = clamd(path=tmp_path / "clamd.ctl")

    assert len(content) > 3 * 64 * 1024
    assert Clamd().threat_in(content) == ""
    double.close()
    assert double.heard == content


@pytest.mark.django_db
def test_what_it_finds_is_refused(clamd: Callable[..., Double], alice: User):
    clamd()
    assert threat_in(EICAR) == "Win.Test.EICAR_HDB-1"
    clamd(b"stream: Bad.Thing FOUND\0")
    with pytest.raises(DocumentUnfit) as unfit:
        submitted(alice)
    assert unfit.value.reason is Reason.INFECTED
    assert not Submission.objects.exists()


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"UNKNOWN COMMAND\0", b"stream: OK or so\0"])
def test_anything_else_is_no_word_that_it_is_clean(clamd: Callable[..., Double], answer: bytes):
    clamd(answer)
    with pytest.raises(ClamdFailed):
        Clamd().threat_in(b"x")


@pytest.mark.parametrize(
    ("scanner", "address"),
    [("kyc.clamd.Clamd", "127.0.0.1:1"), ("kyc.clamd.Clamd", "nonsense"), ("kyc.clamd.Nobody", "127.0.0.1:1")],
)
def test_nobody_to_ask_is_no_word_either(settings: Any, scanner: str, address: str):
    settings.DOCUMENT_SCANNER, settings.CLAMD_ADDRESS = scanner, address
    with pytest.raises(DocumentsUnavailable):
        threat_in(b"x")


def test_without_a_scanner_nothing_is_found(settings: Any):
    settings.DOCUMENT_SCANNER = ""
    assert threat_in(EICAR) == ""
