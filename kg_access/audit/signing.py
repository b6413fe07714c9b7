"""Keys that sign checkpoints and check their signatures: Ed25519 (RFC 8032), in PEM files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from kg_access.audit.checkpoint import Checkpoint
from kg_access.audit.failure import AuditFailure, described

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class Signer:
    """
    A private key that signs checkpoints; keep it where the logs are not.

    Args:
        private: The key, as `cryptography` gives it.

    Attributes:
        key: The id of the key: the first half of the SHA-256 of its public part.
    """

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.key = _id(private.public_key())

    def __repr__(self) -> str:
        return f"<Signer {self.key}>"

    @classmethod
    def generate(cls) -> Signer:
        """
        Make a new key.

        Raises:
            ImportError: `cryptography` is not installed.
        """
        return cls(_ed25519().Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, path: str | Path) -> Signer:
        """
        Read a private key.

        Args:
            path: A PEM file, as `save` writes it.

        Raises:
            AuditFailure: There is no such file, or no private Ed25519 key in it.
            ImportError: `cryptography` is not installed.
        """
        private = _read(path, "load_pem_private_key", password=None)
        if not isinstance(private, _ed25519().Ed25519PrivateKey):
            raise AuditFailure(f"there is no private Ed25519 key in {Path(path)}")
        return cls(private)

    def save(self, path: str | Path) -> None:
        """
        Write the private key into a new PEM file that only its owner may read.

        Args:
            path: The file.

        Raises:
            AuditFailure: The file is there already, or cannot be written.
        """
        form = _serialization()
        _create(
            path,
            self._private.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()),
            mode=0o600,
        )

    def save_public(self, path: str | Path) -> None:
        """
        Write the public key into a new PEM file, for those who verify.

        Args:
            path: The file.

        Raises:
            AuditFailure: The file is there already, or cannot be written.
        """
        form = _serialization()
        public = self._private.public_key()
        _create(path, public.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo), mode=0o644)

    def verifier(self) -> Verifier:
        """Give what checks the signatures of this key."""
        return Verifier({self.key: self._private.public_key()})

    def sign(self, checkpoint: Checkpoint) -> Checkpoint:
        """
        Sign a checkpoint.

        Args:
            checkpoint: The checkpoint, without a signature.
        """
        named = attrs.evolve(checkpoint, key=self.key, signature=None)
        return attrs.evolve(named, signature=self._private.sign(named.signed_part()).hex())


class Verifier:
    """
    Public keys that check the signatures of checkpoints.

    Args:
        keys: By its id, each key, as `cryptography` gives it.

    Attributes:
        keys: The ids of the keys.
    """

    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._keys = dict(keys)
        self.keys = frozenset(self._keys)

    def __repr__(self) -> str:
        return f"<Verifier {', '.join(sorted(self.keys))}>"

    @classmethod
    def load(cls, *paths: str | Path) -> Verifier:
        """
        Read public keys.

        Args:
            paths: PEM files, as `Signer.save_public` writes them.

        Raises:
            AuditFailure: There is no such file, or no public Ed25519 key in it.
            ImportError: `cryptography` is not installed.
        """
        return cls({_id(public): public for public in _public_keys(paths)})

    def accepts(self, checkpoint: Checkpoint) -> bool:
        """
        Tell whether a checkpoint bears a right signature of one of these keys.

        Args:
            checkpoint: The checkpoint.
        """
        public = self._keys.get(checkpoint.key or "")
        if public is None or checkpoint.signature is None:
            return False
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - an extra

        try:
            public.verify(bytes.fromhex(checkpoint.signature), checkpoint.signed_part())
        except InvalidSignature:
            return False
        return True


def _public_keys(paths: Iterable[str | Path]) -> Iterable[Ed25519PublicKey]:
    for path in paths:
        public = _read(path, "load_pem_public_key")
        if not isinstance(public, _ed25519().Ed25519PublicKey):
            raise AuditFailure(f"there is no public Ed25519 key in {Path(path)}")
        yield public


def _id(public: Ed25519PublicKey) -> str:
    return sha256(public.public_bytes_raw()).hexdigest()[:32]


def _ed25519() -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - an extra
    except ImportError:
        raise ImportError("signatures need `cryptography`; install `kg-access[signatures]`") from None
    return ed25519


def _serialization() -> Any:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - an extra

    return serialization


def _read(path: str | Path, reader: str, **arguments: Any) -> Any:
    _ed25519()
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - an extra

    try:
        return getattr(_serialization(), reader)(Path(path).read_bytes(), **arguments)
    except OSError as error:
        raise AuditFailure(f"the key {Path(path)} cannot be read: {described(error)}") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise AuditFailure(f"{Path(path)} is no PEM file with a key that can be used here") from None


def _create(path: str | Path, data: bytes, *, mode: int) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except FileExistsError:
        raise AuditFailure(f"{Path(path)} is there already; keys are never overwritten") from None
    except OSError as error:
        raise AuditFailure(f"the key {Path(path)} cannot be written: {described(error)}") from None
