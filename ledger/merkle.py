"""The Merkle tree of RFC 6962, section 2.1: how a log of any length comes down to 32 bytes, and what proves it.

Nothing here knows what a leaf is or where hashes are kept. A *subtree* is
complete, `(level, index)`: the leaves from `index << level`, `1 << level` of
them. Trees and paths are put together from those, and whoever keeps the hashes
is asked once for all that are needed (`Subtrees`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

# (level, index) of a complete subtree.
Place = tuple[int, int]
# The hashes of complete subtrees, all asked for at once.
Subtrees = Callable[[Sequence[Place]], Mapping[Place, bytes]]


class Node(NamedTuple):
    """A complete subtree and its hash; level 0 is a leaf."""

    level: int
    index: int  # type: ignore[assignment]  # tuple.index is not missed
    hash: bytes


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 ‖ data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree as far as growing it needs: the hashes of the complete subtrees it consists of, the largest first."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """`peaks` are the hashes of `cover(0, size)`."""
        self.size = size
        self.peaks = list(peaks)
        if size < 0 or len(self.peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves does not consist of {len(self.peaks)} complete subtrees")

    def append(self, leaf: bytes) -> list[Node]:
        """Add a leaf hash; the subtrees that it completes, the leaf itself first."""
        node = Node(0, self.size, leaf)
        completed = [node]
        while node.index & 1:
            node = Node(node.level + 1, node.index >> 1, node_hash(self.peaks.pop(), node.hash))
            completed.append(node)
        self.peaks.append(node.hash)
        self.size += 1
        return completed

    def extend(self, leaves: Iterable[bytes]) -> list[Node]:
        """Add leaf hashes in their order; all subtrees that they complete, each behind its two halves."""
        return [node for leaf in leaves for node in self.append(leaf)]

    def root(self) -> bytes:
        return _joined(self.peaks)


def subtree_root(hashes: Sequence[bytes]) -> bytes:
    """The root over a run of hashes: of leaves, or of equally large complete subtrees side by side."""
    row = list(hashes)
    if not row:
        return EMPTY_ROOT
    while len(row) > 1:
        pairs = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        # The last one without a neighbour moves up as it is: RFC 6962's splits come to the same.
        row = pairs + row[len(row) & ~1 :]
    return row[0]


def cover(start: int, end: int) -> list[Place]:
    """The complete subtrees that leaves `start` up to `end` consist of, from the left.

    `start` is where a subtree of the tree begins, as it is in every path.
    """
    places = []
    while start < end:
        level = (end - start).bit_length() - 1
        places.append((level, start >> level))
        start += 1 << level
    return places


def inclusion_path(index: int, size: int, subtrees: Subtrees) -> list[bytes]:
    """What proves that leaf `index` is in the tree of the first `size`, from the leaf upwards.

    Raises:
        ValueError: there is no such leaf in that tree.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    return _roots(list(_inclusion_ranges(index, size)), subtrees)


def consistency_path(first: int, second: int, subtrees: Subtrees) -> list[bytes]:
    """What proves that the tree of `second` leaves begins with that of `first`.

    Raises:
        ValueError: `first` is empty, or longer than `second`.
    """
    if not 0 < first <= second:
        raise ValueError(f"nothing proves a tree of {first} leaves within one of {second}")
    return _roots(list(_consistency_ranges(first, second)), subtrees)


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` leads from this leaf hash, at `index` in a tree of `size`, to `root`."""
    if not 0 <= index < size:
        return False
    left, right, found = index, size - 1, leaf
    for sibling in path:
        if right == 0:
            return False
        if left & 1 or left == right:
            found = node_hash(sibling, found)
            while left and not left & 1:
                left, right = left >> 1, right >> 1
        else:
            found = node_hash(found, sibling)
        left, right = left >> 1, right >> 1
    return right == 0 and found == root


def verify_consistency(first: int, second: int, path: Sequence[bytes], first_root: bytes, second_root: bytes) -> bool:
    """Whether `path` proves that the tree of `second` leaves begins with that of `first` (RFC 9162, 2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not path and first_root == second_root
    # A complete subtree is its own proof: its hash is left out of the path.
    steps = [first_root, *path] if first & (first - 1) == 0 else list(path)
    if not steps:
        return False
    left, right = first - 1, second - 1
    while left & 1:
        left, right = left >> 1, right >> 1
    old = new = steps[0]
    for sibling in steps[1:]:
        if right == 0:
            return False
        if left & 1 or left == right:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while left and not left & 1:
                left, right = left >> 1, right >> 1
        else:
            new = node_hash(new, sibling)
        left, right = left >> 1, right >> 1
    return right == 0 and old == first_root and new == second_root


def _inclusion_ranges(index: int, size: int) -> Iterator[tuple[int, int]]:
    """The leaves under each hash of the path, from the leaf upwards (RFC 6962, 2.1.1)."""
    start, end, siblings = 0, size, []
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    return reversed(siblings)


def _consistency_ranges(first: int, second: int) -> Iterator[tuple[int, int]]:
    """The leaves under each hash of the proof, from the border of the two trees upwards (RFC 6962, 2.1.2)."""
    start, end, siblings = 0, second, []
    while end > first:
        middle = _split(start, end)
        if first <= middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    # The old tree itself needs no proof; whoever checks has its root.
    return iter([*([(start, end)] if start else []), *reversed(siblings)])


def _split(start: int, end: int) -> int:
    """Where RFC 6962 splits these leaves: behind the largest power of two that is less than all of them."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def _roots(ranges: Sequence[tuple[int, int]], subtrees: Subtrees) -> list[bytes]:
    covers = [cover(start, end) for start, end in ranges]
    found = subtrees([place for places in covers for place in places]) if ranges else {}
    return [_joined([found[place] for place in places]) for places in covers]


def _joined(peaks: Sequence[bytes]) -> bytes:
    """The root over subtrees that lie side by side, each smaller than the one before."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root
