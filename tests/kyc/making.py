"""Documents for tests, and what is handed in with them."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from unittest.mock import patch

from PIL import Image
from pypdf import PdfWriter

from kyc.files.child import verdict
from kyc.models import Submission
from kyc.submissions import submit
from people.models import User


@cache
def picture(kind: str = "JPEG", width: int = 40, height: int = 30) -> bytes:
    """A photograph of noise."""
    file = io.BytesIO()
    Image.effect_noise((width, height), 60).convert("RGB").save(file, kind)
    return file.getvalue()


@cache
def pdf() -> bytes:
    """An empty page."""
    writer, file = PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.write(file)
    return file.getvalue()


@contextmanager
def looked_at_here() -> Iterator[None]:
    """Files are looked at in this process, which takes no second to start. tests/kyc/test_inspecting.py has the other one."""
    with patch("kyc.files.inspecting._asked", verdict):
        yield


def submitted(user: User, *files: bytes, full_name: str = "Ada Lovelace") -> Submission:
    """What `user` hands in."""
    with looked_at_here():
        return submit(
            user=user,
            full_name=full_name,
            document_type="Passport",
            document_number="P-1234567",
            files=files or [picture()],
            actor=f"user:{user.pk}",
        )
