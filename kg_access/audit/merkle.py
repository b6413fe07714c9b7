"""The Merkle tree of RFC 9162, section 2.1: one hash for a whole log, and short proofs about it."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

LEAF: Final = b"\x00"
NODE: Final = b"\x01"
EMPTY: Final = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """
    Give the hash of a leaf.

    Args:
        data: What the leaf holds.
    """
    return sha256(LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """
    Give the hash of a node.

    Args:
        left: The hash of what stands left below it.
        right: The hash of what stands right below it.
    """
    return sha256(NODE + left + right).digest()


class Tree:
    """
    A tree that grows at its right side, of which only the roots of its complete parts are kept.

    Attributes:
        size: The number of leaves.
    """

    __slots__ = ("_parts", "size")

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[bytes] = []

    def __repr__(self) -> str:
        return f"<Tree of {self.size}>"

    def copy(self) -> Tree:
        """Give a tree that grows on its own from here."""
        tree = Tree()
        tree.size, tree._parts = self.size, self._parts.copy()
        return tree

    def append(self, leaf: bytes) -> None:
        """
        Add a leaf.

        Args:
            leaf: Its hash, as `leaf_hash` gives it.
        """
        part, size = leaf, self.size
        while size & 1:
            part = node_hash(self._parts.pop(), part)
            size >>= 1
        self._parts.append(part)
        self.size += 1

    def root(self) -> bytes:
        """Give the hash of the whole."""
        if not self._parts:
            return EMPTY
        whole = self._parts[-1]
        for part in reversed(self._parts[:-1]):
            whole = node_hash(part, whole)
        return whole


def root_of(leaves: Sequence[bytes]) -> bytes:
    """
    Give the hash of a tree with these leaves.

    Args:
        leaves: Their hashes.
    """
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """
    Give what proves that a leaf is in a tree (RFC 9162, section 2.1.3.1).

    Args:
        leaves: The hashes of all leaves.
        index: The number of the leaf, from 0.

    Raises:
        IndexError: There is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError("there is no leaf of that number")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    left, right = leaves[:split], leaves[split:]
    if index < split:
        return [*inclusion_proof(left, index), root_of(right)]
    return [*inclusion_proof(right, index - split), root_of(left)]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """
    Tell whether a proof shows that a leaf is in a tree (RFC 9162, section 2.1.3.2).

    Args:
        leaf: The hash of the leaf.
        index: Its number, from 0.
        size: The number of leaves of the tree.
        proof: What `inclusion_proof` gave.
        root: The hash of the tree.
    """
    if not 0 <= index < size:
        return False
    here, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_hash(step, found)
            here, last = _to_left_turn(here, last)
        else:
            found = node_hash(found, step)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def consistency_proof(leaves: Sequence[bytes], size: int) -> list[bytes]:
    """
    Give what proves that a tree has only grown since it had fewer leaves (RFC 9162, section 2.1.4.1).

    Args:
        leaves: The hashes of all leaves.
        size: How many there were, from 1.

    Raises:
        IndexError: There never were that many.
    """
    if not 1 <= size <= len(leaves):
        raise IndexError("the tree never had that size")
    return _consistency(leaves, size, whole=True)


def is_consistent(first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes) -> bool:
    """
    Tell whether a proof shows that a tree has only grown (RFC 9162, section 2.1.4.2).

    Args:
        first: The number of leaves that there were, from 1.
        second: The number of leaves that there are.
        proof: What `consistency_proof` gave.
        first_root: The hash of the tree then.
        second_root: The hash of the tree now.
    """
    if first == second:
        return first > 0 and not proof and first_root == second_root
    if not 0 < first < second:
        return False
    steps = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    here, last = first - 1, second - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    if not steps:
        return False
    then = now = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            then, now = node_hash(step, then), node_hash(step, now)
            here, last = _to_left_turn(here, last)
        else:
            now = node_hash(now, step)
        here, last = here >> 1, last >> 1
    return last == 0 and then == first_root and now == second_root


def _to_left_turn(here: int, last: int) -> tuple[int, int]:
    """Climb past the levels at which a node has nothing at its right."""
    while here and not here & 1:
        here, last = here >> 1, last >> 1
    return here, last


def _consistency(leaves: Sequence[bytes], size: int, *, whole: bool) -> list[bytes]:
    if size == len(leaves):
        return [] if whole else [root_of(leaves)]
    split = _split(len(leaves))
    left, right = leaves[:split], leaves[split:]
    if size <= split:
        return [*_consistency(left, size, whole=whole), root_of(right)]
    return [*_consistency(right, size - split, whole=False), root_of(left)]


def _split(size: int) -> int:
    """Give the largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1
