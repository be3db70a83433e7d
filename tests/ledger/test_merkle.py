"""The tree against Certificate Transparency's own vectors, and against RFC 6962's definition written down naively."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import merkle
from ledger.merkle import Frontier, Place, consistency_path, inclusion_path, leaf_hash, verify_consistency, verify_inclusion

# The leaves and roots of certificate-transparency's merkle tree tests.
LEAVES = [
    bytes.fromhex(data)
    for data in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
RIGHT_OF_1, RIGHT_OF_2, RIGHT_OF_4 = (
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
)
SIXTH = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
LAST_PAIR = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
FIFTH_PAIR = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
INCLUSION = {
    (0, 1): [],
    (0, 8): [RIGHT_OF_1, RIGHT_OF_2, RIGHT_OF_4],
    (5, 8): [SIXTH, LAST_PAIR, ROOTS[4]],
    (2, 3): [ROOTS[2]],
    (1, 5): [ROOTS[1], RIGHT_OF_2, SIXTH],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [RIGHT_OF_1, RIGHT_OF_2, RIGHT_OF_4],
    (6, 8): [FIFTH_PAIR, LAST_PAIR, ROOTS[4]],
    (2, 5): [RIGHT_OF_2, SIXTH],
}

SIZES = st.integers(1, 70)


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, word for word, over the data of leaves."""
    if len(leaves) < 2:
        return sha256(b"\x00" + leaves[0]).digest() if leaves else sha256().digest()
    split = largest_power_below(len(leaves))
    return sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


def naive_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of 2.1.1."""
    if len(leaves) == 1:
        return []
    split = largest_power_below(len(leaves))
    if index < split:
        return [*naive_path(index, leaves[:split]), naive_root(leaves[split:])]
    return [*naive_path(index - split, leaves[split:]), naive_root(leaves[:split])]


def naive_proof(first: int, leaves: Sequence[bytes], is_whole: bool = True) -> list[bytes]:
    """SUBPROOF of 2.1.2."""
    if first == len(leaves):
        return [] if is_whole else [naive_root(leaves)]
    split = largest_power_below(len(leaves))
    if first <= split:
        return [*naive_proof(first, leaves[:split], is_whole), naive_root(leaves[split:])]
    return [*naive_proof(first - split, leaves[split:], False), naive_root(leaves[:split])]


def largest_power_below(size: int) -> int:
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def some_leaves(size: int) -> list[bytes]:
    return [f"leaf {number}".encode() for number in range(size)]


class Store:
    """Hashes of complete subtrees, which remembers what it was asked for."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.leaves = leaves
        self.asked: list[Sequence[Place]] = []

    def __call__(self, places: Sequence[Place]) -> Mapping[Place, bytes]:
        self.asked.append(places)
        return {(level, index): naive_root(self.leaves[index << level : (index + 1) << level]) for level, index in places}


def frontier_of(leaves: Sequence[bytes]) -> Frontier:
    frontier = Frontier()
    frontier.extend(map(leaf_hash, leaves))
    return frontier


def one_changed(path: list[bytes], at: int) -> list[bytes]:
    return [*path[:at], bytes([path[at][0] ^ 1]) + path[at][1:], *path[at + 1 :]]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_certificate_transparency(size: int):
    assert frontier_of(LEAVES[:size]).root().hex() == ROOTS[size]
    assert merkle.subtree_root([leaf_hash(leaf) for leaf in LEAVES[:size]]).hex() == ROOTS[size]


@pytest.mark.parametrize("at", INCLUSION)
def test_inclusion_paths_are_those_of_certificate_transparency(at: tuple[int, int]):
    assert [part.hex() for part in inclusion_path(*at, Store(LEAVES))] == INCLUSION[at]


@pytest.mark.parametrize("sizes", CONSISTENCY)
def test_consistency_proofs_are_those_of_certificate_transparency(sizes: tuple[int, int]):
    assert [part.hex() for part in consistency_path(*sizes, Store(LEAVES))] == CONSISTENCY[sizes]


@given(SIZES, st.data())
def test_a_frontier_taken_up_again_goes_on_where_it_stopped(size: int, data: st.DataObject):
    leaves = some_leaves(size)
    before = frontier_of(leaves[: data.draw(st.integers(0, size))])
    again = Frontier(before.size, [merkle_root_of(leaves, place) for place in merkle.cover(0, before.size)])
    assert again.peaks == before.peaks
    again.extend(leaf_hash(leaf) for leaf in leaves[before.size :])

    assert (again.size, again.root()) == (size, naive_root(leaves))


def merkle_root_of(leaves: Sequence[bytes], place: Place) -> bytes:
    return Store(leaves)([place])[place]


@given(SIZES)
def test_a_frontier_tells_each_subtree_that_is_complete_once(size: int):
    leaves = some_leaves(size)
    nodes = Frontier().extend(map(leaf_hash, leaves))

    assert {node[:2] for node in nodes} == {(level, index) for level in range(8) for index in range(size >> level)}
    assert len({node[:2] for node in nodes}) == len(nodes)
    assert all(merkle_root_of(leaves, (level, index)) == found for level, index, found in nodes)


@given(SIZES, st.data())
def test_every_leaf_has_the_path_of_the_definition_and_no_other_position_takes_it(size: int, data: st.DataObject):
    index = data.draw(st.integers(0, size - 1))
    leaves, store = some_leaves(size), Store(some_leaves(size))
    path, root, leaf = inclusion_path(index, size, store), naive_root(leaves), leaf_hash(leaves[index])

    assert path == naive_path(index, leaves)
    assert len(store.asked) <= 1, "hashes are asked for once"
    assert verify_inclusion(leaf, index, size, path, root)
    assert not any(verify_inclusion(leaf, other, size, path, root) for other in range(-1, size + 2) if other != index)
    assert not verify_inclusion(leaf_hash(b"another"), index, size, path, root)
    assert not verify_inclusion(leaf, index, size, [*path, root], root)
    assert not any(verify_inclusion(leaf, index, size, one_changed(path, at), root) for at in range(len(path)))
    assert not path or not verify_inclusion(leaf, index, size, path[:-1], root)


@given(SIZES, st.data())
def test_every_earlier_tree_has_the_proof_of_the_definition_and_no_other_tree_takes_it(size: int, data: st.DataObject):
    first = data.draw(st.integers(1, size))
    leaves, store = some_leaves(size), Store(some_leaves(size))
    path, old, new = consistency_path(first, size, store), naive_root(leaves[:first]), naive_root(leaves)

    assert path == naive_proof(first, leaves)
    assert len(store.asked) <= 1
    assert verify_consistency(first, size, path, old, new)
    assert not verify_consistency(first, size, path, leaf_hash(b"another"), new)
    assert not verify_consistency(first, size, path, old, leaf_hash(b"another"))
    assert not verify_consistency(first, size, [*path, new], old, new)
    assert not any(verify_consistency(first, size, one_changed(path, at), old, new) for at in range(len(path)))
    assert not path or not verify_consistency(first, size, path[:-1], old, new)


def test_a_rewritten_past_has_no_proof():
    leaves = some_leaves(20)
    rewritten = [b"rewritten", *leaves[1:]]
    path = consistency_path(13, 20, Store(rewritten))

    assert not verify_consistency(13, 20, path, naive_root(leaves[:13]), naive_root(rewritten))


@given(st.integers(1, 2**40), st.data())
def test_a_path_asks_for_a_few_hashes_whatever_the_length_of_the_log(size: int, data: st.DataObject):
    index = data.draw(st.integers(0, size - 1))
    asked: list[Place] = []

    def subtrees(places: Sequence[Place]) -> Mapping[Place, bytes]:
        asked.extend(places)
        return dict.fromkeys(places, b"")

    path = inclusion_path(index, size, subtrees)

    assert len(path) <= size.bit_length()
    assert len(asked) <= 2 * size.bit_length()


@pytest.mark.parametrize("at", [(0, 0), (3, 3), (-1, 3)])
def test_a_leaf_that_is_not_there_has_no_path(at: tuple[int, int]):
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_path(*at, Store(LEAVES))


@pytest.mark.parametrize("sizes", [(0, 3), (4, 3)])
def test_what_is_no_beginning_has_no_proof(sizes: tuple[int, int]):
    assert not verify_consistency(*sizes, [], merkle.EMPTY_ROOT, naive_root(LEAVES[:3]))
    with pytest.raises(ValueError, match="nothing proves"):
        consistency_path(*sizes, Store(LEAVES))


def test_a_frontier_needs_the_hashes_of_its_size():
    with pytest.raises(ValueError, match="5 leaves"):
        Frontier(5, [b""])
