"""PDFs in which one reader finds what another passes over: of several tables and states each believes a different one."""

import struct
import zlib
from collections.abc import Callable

CATALOG = b"<< /Type /Catalog /Pages 2 0 R /Names 5 0 R >>"
SHOWN = (
    CATALOG,
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
)
IDLE = b"<< /Dests << >> >>"
SCRIPT = b"<< /JavaScript << /Names [(a) << /S /JavaScript /JS (app.alert\\(1\\)) >>] >> >>"
SPELT_OTHERWISE = b"<< /S /J#61vaScript >>"


class Growing:
    """A PDF that is written state by state, each with a table of its own that leads to the one before."""

    def __init__(self) -> None:
        self.content = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
        self.table = 0

    def write(self, number: int, body: bytes) -> int:
        place = len(self.content)
        self.content += b"%d 0 obj\n" % number + body + b"\nendobj\n"
        return place

    def list_plainly(self, first: int, rows: list[bytes], *, root: bytes = b"1 0 R") -> None:
        table = len(self.content)
        before = b"/Prev %d" % self.table if self.table else b""
        self.content += b"xref\n%d %d\n" % (first, len(rows)) + b"".join(rows)
        self.content += b"trailer\n<< /Size 8 /Root %s %s >>\n" % (root, before)
        self._end(table)

    def list_packed(self, rows: list[tuple[int, int, int]]) -> None:
        """A table that is a stream, of objects from 5 on."""
        table = len(self.content)
        data = zlib.compress(b"".join(struct.pack(">BIH", *row) for row in [*rows, (1, table, 0)]))
        head = b"/Type /XRef /Size 8 /Index [5 3] /W [1 4 2] /Root 1 0 R /Prev %d" % self.table
        self.write(7, packed(head, data))
        self._end(table)

    def _end(self, table: int) -> None:
        self.table = table
        self.content += b"startxref\n%d\n%%%%EOF\n" % table


def used(place: int) -> bytes:
    return b"%010d 00000 n \n" % place


def packed(head: bytes, data: bytes) -> bytes:
    return b"<< %s /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (head, len(data), data)


def object_stream(*held: bytes, first: int | None = None) -> bytes:
    """One that holds each of them as object 5."""
    places = [sum(map(len, held[:index])) + index for index in range(len(held))]
    head = b" ".join(b"5 %d" % (place + (0 if first is None else 100 - first)) for place in places) + b" "
    head = head.ljust(100)
    words = b"/Type /ObjStm /N %d /First %d" % (len(held), 100 if first is None else first)
    return packed(words, zlib.compress(head + b"\n".join(held)))


def freed_then_packed(*held: bytes, first: int | None = None) -> bytes:
    """Its oldest table calls object 5 free; a newer one has it in an object stream; the newest changes something else."""
    file = Growing()
    places = [file.write(number, body) for number, body in enumerate(SHOWN, 1)]
    free = [b"0000000004 65535 f \n", *map(used, places), b"0000000005 00000 f \n", b"0000000000 00000 f \n"]
    file.list_plainly(0, free)
    file.list_packed([(2, 6, 0), (1, file.write(6, object_stream(*held, first=first)), 0)])
    file.list_plainly(3, [used(file.write(3, SHOWN[2]))])
    return bytes(file.content)


def with_old_state(old: bytes, *, old_root: bytes = b"1 0 R", listed: bool = True) -> bytes:
    """One object as it was, whether a table listed it or not, and as it is."""
    file = Growing()
    places = [file.write(number, body) for number, body in enumerate((*SHOWN, b"null"), 1)]
    place = file.write(5, old)
    rows = [b"0000000000 65535 f \n", *map(used, places)]
    file.list_plainly(0, [*rows, used(place)] if listed else rows, root=old_root)
    file.list_plainly(5, [used(file.write(5, IDLE))])
    return bytes(file.content)


def of_both_lists() -> bytes:
    """Free in the table itself, and there in the stream that the table names for readers of this century."""
    file = Growing()
    places = [file.write(number, body) for number, body in enumerate((*SHOWN, b"null"), 1)]
    place = file.write(5, SPELT_OTHERWISE)
    stream = len(file.content)
    rows = zlib.compress(struct.pack(">BIH", 1, place, 0))
    file.write(6, packed(b"/Type /XRef /Size 8 /Index [5 1] /W [1 4 2] /Root 1 0 R", rows))
    free = [b"0000000005 65535 f \n", *map(used, places), b"0000000000 00000 f \n"]
    file.list_plainly(0, free, root=b"1 0 R /XRefStm %d" % stream)
    return bytes(file.content)


# What it is, the file, and the reason that refuses it.
FILES: tuple[tuple[str, Callable[[], bytes], str], ...] = (
    ("pdf with a script freed long ago", lambda: freed_then_packed(SCRIPT), "active_content"),
    ("pdf with a file freed long ago", lambda: freed_then_packed(b"<< /EmbeddedFiles << >> >>"), "active_content"),
    ("pdf with a form of xml freed long ago", lambda: freed_then_packed(b"<< /XFA (x) >>"), "active_content"),
    ("pdf with two of one number in a stream", lambda: freed_then_packed(IDLE, SCRIPT), "active_content"),
    ("pdf with a stream that begins in its own head", lambda: freed_then_packed(SCRIPT, first=0), "active_content"),
    ("pdf with a script free in one of two lists", of_both_lists, "active_content"),
    ("pdf with a script in an old state", lambda: with_old_state(SPELT_OTHERWISE), "active_content"),
    ("pdf with a script in no table", lambda: with_old_state(SPELT_OTHERWISE, listed=False), "active_content"),
    (
        "pdf with a script where an old table begins",
        lambda: with_old_state(IDLE, old_root=b"<< /Names %s >>" % SPELT_OTHERWISE),
        "active_content",
    ),
)
