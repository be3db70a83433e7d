"""What a file is: found out from its content, and nothing else is believed."""

import io
import os
import zlib
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PIL import Image

from kyc.files import inspecting
from kyc.files.child import verdict
from kyc.files.foreign import require_nothing_else
from kyc.files.images import PIXELS_MAX
from kyc.files.inspecting import InspectionFailed, inspected
from kyc.files.verdicts import Reason, Unfit
from tests.kyc import disguised, hidden
from tests.kyc.hostile import (
    BOMB,
    FILES,
    huge_png,
    packed_as_of_old,
    packed_by_lzw,
    pdf_with,
    png,
    small_png,
    turning_pages,
    with_bookmarks,
    with_comment,
    with_form,
    with_link,
    with_short_names,
)
from tests.kyc.making import pdf, picture
from tests.kyc.telephones import notes, second_place, with_gain_map, with_gap, with_notes


def as_pdf() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((200, 300), 60).save(file, "PDF")
    return file.getvalue()


def progressive() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((200, 300), 60).save(file, "JPEG", progressive=True, exif=Image.Exif())
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (picture(), "image/jpeg"),
        (progressive(), "image/jpeg"),
        (with_comment(b"taken at <home>"), "image/jpeg"),
        (picture() + b"\0" * 4096, "image/jpeg"),
        (picture() + b"\r\n", "image/jpeg"),
        (with_gain_map(), "image/jpeg"),
        (with_gap(b"\0" * 128), "image/jpeg"),
        (with_gain_map()[: second_place(with_gain_map())], "image/jpeg"),
        (with_notes(b"1640995200000", b"40"), "image/jpeg"),
        (with_gain_map() + b"\0\0" + notes(b"1640995200000") + b"\n", "image/jpeg"),
        (picture("PNG"), "image/png"),
        (small_png(), "image/png"),
        (picture("WEBP"), "image/webp"),
        (pdf(), "application/pdf"),
        (pdf() + b"\r\n", "application/pdf"),
        (as_pdf(), "application/pdf"),
        (with_short_names(), "application/pdf"),
        (with_link("HTTPS://example.test/a"), "application/pdf"),
        (with_link("mailto:ada@example.test"), "application/pdf"),
        (turning_pages(), "application/pdf"),
        (with_bookmarks(), "application/pdf"),
        (with_form("/Sig"), "application/pdf"),
        (packed_as_of_old(), "application/pdf"),
        (packed_by_lzw(), "application/pdf"),
        (hidden.freed_then_packed(hidden.IDLE), "application/pdf"),
        (hidden.with_old_state(hidden.IDLE), "application/pdf"),
        (pdf_with(lambda writer: writer.compress_identical_objects()), "application/pdf"),
    ],
)
def test_a_document_is_what_its_content_is(content: bytes, content_type: str):
    assert verdict(content) == content_type


ALL_FILES = FILES + hidden.FILES + disguised.FILES


@pytest.mark.parametrize(("name", "make", "reason"), ALL_FILES, ids=[name for name, _, _ in ALL_FILES])
def test_refuses(name: str, make: Any, reason: str):
    assert verdict(make()) == reason


@pytest.mark.parametrize("markup", disguised.MARKUP)
def test_refuses_markup_beside_the_pixels_of_every_kind(markup: bytes):
    assert {verdict(content) for content in disguised.noted(markup)} == {"markup_inside"}


def test_what_is_no_markup_may_stand_there():
    for words in (b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>", b"<?xpacket begin=''?>", b"a<b on monday = 3", b"<imgs>", b"1 <? 2"):
        assert "markup_inside" not in {verdict(content) for content in disguised.noted(words)}


def test_noise_is_nothing_else():
    """Five million bytes, of which a photograph has no more: no mark is so short that they have it by chance."""
    noise = Random(7).randbytes(5_000_000)

    require_nothing_else(noise, is_pdf=False)
    require_nothing_else(noise, is_pdf=True)


def test_the_first_block_of_a_picture_is_a_tape_by_no_chance():
    chance = Random(7)

    for _ in range(20_000):
        require_nothing_else(chance.randbytes(512), is_pdf=False)


def test_takes_what_a_telephone_of_fifty_million_pixels_makes():
    """In the other process, whose memory and time are bounded."""
    width, height = 8192, 6144
    pack = zlib.compressobj(1)
    packed = b"".join(pack.compress(b"\0" * (1 + width // 8)) for _ in range(height)) + pack.flush()

    assert width * height <= PIXELS_MAX
    assert inspected(png(width, height, packed)) == "image/png"


def test_another_process_looks_and_says_the_same():
    assert inspected(picture()) == "image/jpeg"
    with pytest.raises(Unfit) as unfit:
        inspected(picture() + b"hello")
    assert unfit.value.reason is Reason.DATA_BEHIND_ITS_END


def test_the_other_process_has_no_key_little_memory_and_little_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("LEDGER_HMAC_KEYS", "1:secret")
    child = """
import os, resource, sys
sys.path.insert(0, os.getcwd())
from kyc.files.child import limit_resources
limit_resources()
assert not os.environ.get("LEDGER_HMAC_KEYS"), "it has the keys"
try:
    bytearray(2 * 1024**3)
except MemoryError:
    pass
else:
    sys.exit("it has the memory")
print(resource.getrlimit(resource.RLIMIT_CPU)[0], resource.getrlimit(resource.RLIMIT_FSIZE)[0], end="")
"""
    script = tmp_path / "child.py"
    script.write_text(child)
    monkeypatch.setattr(inspecting, "COMMAND", [*inspecting.COMMAND[:-2], str(script)])

    assert inspecting._asked(b"") == "8 0"
    assert os.environ["LEDGER_HMAC_KEYS"] == "1:secret"


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("while True: pass", Reason.TOO_COMPLEX),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", Reason.TOO_COMPLEX),
    ],
)
def test_a_file_that_hangs_or_kills_its_reader_is_refused(program: str, reason: Reason, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inspecting, "COMMAND", [*inspecting.COMMAND[:-2], "-c", program])
    monkeypatch.setattr(inspecting, "WAIT_SECONDS", 0.5)

    with pytest.raises(Unfit) as unfit:
        inspected(picture())
    assert unfit.value.reason is reason


@pytest.mark.parametrize("program", ["raise SystemExit(3)", "print('image/gif')", "import nothing_of_the_kind"])
def test_a_reader_that_is_broken_says_nothing_about_the_file(program: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inspecting, "COMMAND", [*inspecting.COMMAND[:-2], "-c", program])

    with pytest.raises(InspectionFailed):
        inspected(picture())


def test_a_bomb_takes_no_memory_to_refuse():
    """The other process may take a gigabyte, and would be killed at it: neither of these comes near."""
    import tracemalloc

    tracemalloc.start()
    try:
        assert [verdict(huge_png()), verdict(png(8, 8, BOMB))] == ["too_many_pixels", "too_complex"]
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()
