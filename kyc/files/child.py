"""The process that a file is opened in: no key in its environment, and little memory and time.

It reads the file from its standard input and answers with one word: a content type, or why not. Decoders are the
part of such a service that is broken into; one that hangs, grows or dies takes this process with it and nothing else.
"""

import resource
import sys

CPU_SECONDS = 8
# The largest picture that is taken needs 850 MB as WebP, 650 MB as a JPEG of four colours that comes in passes.
MEMORY_BYTES = 1024 * 1024 * 1024


def limit_resources() -> None:
    """For the rest of this process: time, memory, and no file that it could write."""
    for limit, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))


def verdict(content: bytes) -> str:
    """A content type, or one of the reasons."""
    from kyc.files.kinds import kind_of
    from kyc.files.verdicts import Reason, Unfit

    try:
        return kind_of(content)
    except Unfit as unfit:
        return unfit.reason.value
    except (MemoryError, RecursionError):
        return Reason.TOO_COMPLEX.value
    except Exception:
        # Decoders raise whatever they like at what they cannot read.
        return Reason.DAMAGED.value


if __name__ == "__main__":
    limit_resources()
    sys.stdout.write(verdict(sys.stdin.buffer.read()))
