"""The log's tree: grown by whole subtrees, and taken up again from what is kept of it."""

import random
from hashlib import sha256

import pytest

from ledger.checkpoints.leaf_runs import leaf_runs
from ledger.checkpoints.log import Sealed, append, frontier, grow, is_kept
from ledger.errors import LogNotIntact
from ledger.merkle import Frontier
from ledger.models import Leaf, LogNode

# More than 2^16, so that nodes of two levels are kept, and leaves that neither has.
MANY = 65_536 + 3 * 256 + 5


def hashes(count: int) -> list[bytes]:
    return [sha256(b"%d" % number).digest() for number in range(count)]


@pytest.mark.parametrize("seed", range(5))
def test_comes_to_the_same_as_leaf_by_leaf(seed: int):
    leaves, at = hashes(MANY if seed == 0 else 3000), 0
    by_leaf, by_subtree = Frontier(), Frontier()
    chance = random.Random(seed)
    while at < len(leaves):
        some = leaves[at : at + chance.choice([1, 2, 100, 255, 256, 257, 10_000])]
        at += len(some)
        assert grow(by_subtree, some) == [node for node in by_leaf.extend(some) if is_kept(node)]
        assert (by_subtree.size, by_subtree.peaks) == (by_leaf.size, by_leaf.peaks)


@pytest.mark.django_db
def test_goes_on_from_what_is_kept():
    tree = Frontier()
    for count, number in ((255, 1), (1, 2), (1, 3), (MANY - 257, 4)):
        append(tree, [Sealed(1, 0, tree.size + at + 1, digest) for at, digest in enumerate(hashes(count))], number)
        again = frontier(tree.size)
        assert (again.size, again.peaks) == (tree.size, tree.peaks)

    assert sorted(LogNode.objects.filter(level=16).values_list("index", flat=True)) == [0]
    runs = [(run.first, run.past, run.checkpoint) for run in leaf_runs()]
    assert runs == [(0, 255, 1), (255, 256, 2), (256, 257, 3), (257, 65_536, 4), (65_536, MANY, 4)]


@pytest.mark.django_db
def test_says_which_hash_is_missing():
    tree = Frontier()
    append(tree, [Sealed(1, 0, at + 1, digest) for at, digest in enumerate(hashes(MANY))], 1)

    with pytest.raises(LogNotIntact, match=f"leaf {MANY}"):
        frontier(MANY + 1)
    with pytest.raises(LogNotIntact, match=f"node of level 8, {MANY // 256}"):
        frontier(MANY // 256 * 256 + 256)
    assert Leaf.objects.count() == MANY
