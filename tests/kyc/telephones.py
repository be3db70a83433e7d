"""Photographs as telephones write them: with something behind the picture's end."""

import io
import struct
from functools import cache

from PIL import Image

from tests.kyc.making import picture


@cache
def with_gain_map() -> bytes:
    """Two pictures and an index of them, as photographs in HDR have it."""
    file = io.BytesIO()
    photograph = Image.effect_noise((40, 30), 60).convert("RGB")
    photograph.save(file, "MPO", save_all=True, append_images=[Image.effect_noise((20, 15), 60)])
    return file.getvalue()


def second_place(photograph: bytes) -> int:
    return photograph.index(b"\xff\xd8\xff", 2)


def second_is(change: bytes) -> bytes:
    """The second picture is another one, and the index says how long it is."""
    photograph = with_gain_map()
    place = second_place(photograph)
    old = struct.pack("<L", len(photograph) - place)
    assert photograph.count(old) == 1
    return photograph[:place].replace(old, struct.pack("<L", len(change))) + change


def with_gap(gap: bytes) -> bytes:
    """Something between the two."""
    photograph = with_gain_map()
    place = second_place(photograph)
    old, moved = (struct.pack("<L", place - photograph.index(b"MPF\0") - 4 + extra) for extra in (0, len(gap)))
    return photograph[:place].replace(old, moved) + gap + photograph[place:]


def notes(*texts: bytes, kind: int = 0x0A01, name: bytes = b"Image_UTC_Data") -> bytes:
    """As Samsung writes them."""
    blocks = [struct.pack("<HHL", 0, kind, len(name)) + name + text for text in texts]
    distances = [sum(map(len, blocks[number:])) for number in range(len(blocks))]
    rows = b"".join(
        struct.pack("<HHLL", 0, kind, distance, len(block)) for distance, block in zip(distances, blocks, strict=True)
    )
    directory = b"SEFH" + struct.pack("<LL", 106, len(blocks)) + rows
    return b"".join(blocks) + directory + struct.pack("<L", len(directory)) + b"SEFT"


def with_notes(*texts: bytes) -> bytes:
    return picture() + notes(*texts)
