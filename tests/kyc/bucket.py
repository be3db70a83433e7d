"""A small S3 server on the loopback, for one bucket: what our storage asks of one, and what reached it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import Message
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

LISTING = (
    "<ListBucketResult><Name>papers</Name><IsTruncated>false</IsTruncated><Prefix>{prefix}</Prefix>{rows}</ListBucketResult>"
)
ROW = "<Contents><Key>{name}</Key><Size>{size}</Size><LastModified>{at:%Y-%m-%dT%H:%M:%S.000Z}</LastModified></Contents>"


class Bucket:
    """`files` by name, `sent_with` the headers of each upload; nobody gets in without a signature; `is_away` answers 503."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.files: dict[str, bytes] = {}
        self.sent_with: dict[str, Message] = {}
        self.unsigned = 0
        self.is_away = False
        self.changed_at = datetime.now(UTC)

    def listing(self, prefix: str) -> bytes:
        found = {name: body for name, body in self.files.items() if name.startswith(prefix)}
        rows = "".join(ROW.format(name=escape(name), size=len(body), at=self.changed_at) for name, body in found.items())
        return LISTING.format(prefix=escape(prefix), rows=rows).encode()


@contextmanager
def bucket_server() -> Iterator[Bucket]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.bucket = Bucket(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.bucket
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    bucket: Bucket


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_PUT(self) -> None:
        body = self._body()
        if self._is_let_in():
            self.server.bucket.files[self._name], self.server.bucket.sent_with[self._name] = body, self.headers
            self._answer(200)

    def do_GET(self) -> None:
        if not self._is_let_in():
            return
        if not self._name:
            self._answer(200, self.server.bucket.listing(parse_qs(urlsplit(self.path).query).get("prefix", [""])[0]))
        elif (body := self.server.bucket.files.get(self._name)) is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            self._answer(200, body)

    do_HEAD = do_GET

    def do_DELETE(self) -> None:
        if self._is_let_in():
            self.server.bucket.files.pop(self._name, None)
            self._answer(204)

    @property
    def _name(self) -> str:
        """Behind `/papers/`: the bucket is in the path."""
        return urlsplit(self.path).path.removeprefix("/papers").removeprefix("/")

    def _is_let_in(self) -> bool:
        if self.server.bucket.is_away:
            self._answer(503, b"<Error><Code>ServiceUnavailable</Code></Error>")
            return False
        is_signed = self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 Credential=who/")
        if not is_signed:
            self.server.bucket.unsigned += 1
            self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        return is_signed

    def _body(self) -> bytes:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        return _unchunked(sent) if "aws-chunked" in self.headers.get("Content-Encoding", "") else sent

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", format_datetime(self.server.bucket.changed_at, usegmt=True))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Nothing: a test says what it sees."""


def _unchunked(sent: bytes) -> bytes:
    """Out of `aws-chunked`: sizes in hexadecimal, signatures behind them, a checksum at the end."""
    whole = b""
    while sent:
        head, _, sent = sent.partition(b"\r\n")
        if not (size := int(head.split(b";")[0], 16)):
            break
        whole, sent = whole + sent[:size], sent[size + 2 :]
    return whole
