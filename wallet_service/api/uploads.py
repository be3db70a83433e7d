"""Taking files: only where a route says so, and no more than it takes. Everywhere else a body is what bodies.py reads.

A file is kept in memory, never on the disk unsealed. Nothing of the body is read before login and right.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.datastructures import MultiValueDict
from django.utils.http import parse_header_parameters

from wallet_service.api.arguments import Argument, Schema, not_of_type
from wallet_service.api.bodies import CHUNKED, FORM, BodyIncomplete, from_form, read_arguments

MEBIBYTE = 1024 * 1024
# `files`, or a list of them as PHP's programs write it: `files[]`, `files[0]`.
LISTED = re.compile(r"([^\[\]]+)\[[^\[\]]*\]")
# Behind the last file stand the last delimiter and, if anything, a line's end.
TAIL_BYTES = 512


class UploadTooLarge(RequestDataTooBig):
    """The body is larger than this route takes."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__(f"more than {most_bytes} bytes")
        self.most_mb = most_bytes // MEBIBYTE


@dataclass(frozen=True, kw_only=True)
class Files(Argument):
    """One file or more, by one name. What they are, how many and how large, their service decides."""

    def parse(self, name: str, value: Any) -> list[bytes]:
        if not isinstance(value, list) or not all(isinstance(file, UploadedFile) for file in value):
            raise not_of_type(name, "file")
        return [file.read() for file in value]

    def schema(self) -> Schema:
        return {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1}


def expect_upload(request: HttpRequest) -> None:
    """Leave the body where it is until `read_upload`: who looks for a nonce in the form would read it for a stranger."""
    request.META[FORM] = QueryDict()


def read_upload(request: HttpRequest, most_bytes: int) -> dict[str, Any]:
    """All that came with the request, files too; a body that is no multipart is read as ever, and has none.

    Raises:
        UploadTooLarge: it is said to be larger than `most_bytes`; nothing of it was read.
        BodyIncomplete: it broke off, or its length was not said.
        InvalidJson, RequestDataTooBig: see `read_arguments`.
    """
    if request.content_type != "multipart/form-data" or request.method != "POST":
        return read_arguments(request)
    if request.META.get(CHUNKED):
        raise BodyIncomplete
    length = request.META.get("CONTENT_LENGTH") or "0"
    announced = int(length) if length.isdigit() else 0
    if announced > most_bytes:
        raise UploadTooLarge(most_bytes)
    form, files = _parsed(request, announced)
    request.META[FORM] = form
    given = {**from_form(request.GET), **from_form(form)}
    for name, sent in files.lists():
        match = LISTED.fullmatch(name)
        of_one_name = given.setdefault(match[1] if match else name, [])
        if isinstance(of_one_name, list):
            of_one_name.extend(sent)
    return given


class _InMemory(MemoryFileUploadHandler):
    """The body is bounded already, so that no file is too large for the memory."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self.activated = True


class _Counted:
    """A body on its way in: how much came, and how it ended."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.count = 0
        self.tail = b""

    def read(self, size: int = -1) -> bytes:
        part = self._request.read(size)
        self.count += len(part)
        self.tail = (self.tail + part)[-TAIL_BYTES:]
        return part


def _parsed(request: HttpRequest, announced: int) -> tuple[QueryDict, MultiValueDict[str, UploadedFile]]:
    body = _Counted(request)
    try:
        form, files = MultiPartParser(request.META, body, [_InMemory(request)], "utf-8").parse()  # type: ignore[arg-type]
    except MultiPartParserError:
        return QueryDict(), MultiValueDict()
    _, options = parse_header_parameters(request.META["CONTENT_TYPE"])
    # A proxy that lost half of it may have counted anew: without its last delimiter it is no whole one.
    if body.count < announced or f"--{options['boundary']}--".encode() not in body.tail:
        raise BodyIncomplete
    return form, files
