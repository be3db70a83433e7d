"""Unpacking what may be a bomb: step by step, counted, and kept nowhere."""

import zlib

from kyc.files.verdicts import Reason, Unfit

STEP_BYTES = 1024 * 1024


def inflated_bytes(packed: bytes, *, most: int) -> tuple[int, bytes]:
    """How much a zlib stream comes to, and what stands behind it.

    Raises:
        Unfit: it comes to more than `most` bytes.
        zlib.error: it is none.
    """
    inflate, total = zlib.decompressobj(), 0
    while packed and not inflate.eof:
        total += len(inflate.decompress(packed, STEP_BYTES))
        if total > most:
            raise Unfit(Reason.TOO_COMPLEX)
        packed = inflate.unconsumed_tail
    return total, inflate.unused_data
