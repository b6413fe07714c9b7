"""Files as they were at a git revision."""

from __future__ import annotations

import posixpath
import shutil
import subprocess
from pathlib import Path, PurePosixPath
from typing import Final

from kg_access.errors import InvalidInput, quoted

POLICY_FILE: Final = "policy.toml"
USUAL: Final = "policies"


class Repository:
    """
    The git repository of the current folder.

    Args:
        field: What is read, for errors.
        text: What the caller wrote, for errors.

    Raises:
        InvalidInput: There is no git, or no repository here.
    """

    def __init__(self, field: str, text: str) -> None:
        self.field = field
        self.text = text
        git = shutil.which("git")
        if git is None:
            raise self._wrong("and git, which could know a revision of that name, is not installed")
        self.git = git
        top = self._say("rev-parse", "--show-toplevel")
        if not top:
            raise self._wrong("and this folder belongs to no git repository")
        self.top = Path(top)

    def _wrong(self, message: str) -> InvalidInput:
        return InvalidInput(self.field, f"there is no file or folder {quoted(self.text)} here, {message}")

    def _run(self, *arguments: str, given: bytes = b"") -> bytes | None:
        done = subprocess.run([self.git, *arguments], input=given, capture_output=True, check=False)  # noqa: S603 - no shell
        return done.stdout if done.returncode == 0 else None

    def _say(self, *arguments: str) -> str:
        said = self._run(*arguments)
        return "" if said is None else said.decode(errors="replace").strip()

    def extract(self, usual: PurePosixPath | None, folder: Path) -> Path:
        """
        Write the policy of a revision, and the models beside it, into a folder.

        Args:
            usual: The place in the repository that is meant when the revision is named without one.
            folder: An empty folder.

        Returns:
            What the caller named, in that folder.

        Raises:
            InvalidInput: There is no such revision, or no policy in it.
        """
        revision, _, inside = self.text.partition(":")
        tree = self._say("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{tree}}")
        if not tree:
            raise self._wrong(f"and git knows no revision {quoted(revision)}")
        files = self._files(tree)
        place = self._place(inside, usual, files)
        root = _root(place, files)
        if root is None:
            message = f"the revision {quoted(revision)} has no policy at {quoted(place or '.')}"
            raise InvalidInput(self.field, f"{message}; name its folder, such as `{revision}:policies`")
        models = posixpath.join(posixpath.dirname(root), "models")
        self._write(
            {path: blob for path, blob in files.items() if _within(path, root) or _within(path, models)}, folder
        )
        return folder / place

    def _files(self, tree: str) -> dict[str, str]:
        listed = self._run("ls-tree", "-r", "-z", "--full-tree", tree) or b""
        entries = (entry.partition("\t") for entry in listed.decode(errors="surrogateescape").split("\0") if entry)
        return {path: terms.split(" ")[2] for terms, _, path in entries if terms.split(" ")[1] == "blob"}

    def _place(self, inside: str, usual: PurePosixPath | None, files: dict[str, str]) -> str:
        if inside.startswith(("./", "../")) or inside == ".":
            inside = posixpath.join(self._say("rev-parse", "--show-prefix"), inside)
        place = posixpath.normpath(inside or str(usual or (USUAL if f"{USUAL}/{POLICY_FILE}" in files else "."))).strip(
            "/"
        )
        return "" if place == "." or place.startswith("..") else place

    def _write(self, blobs: dict[str, str], folder: Path) -> None:
        given = "".join(f"{blob}\n" for blob in blobs.values()).encode()
        content = self._run("cat-file", "--batch", given=given)
        if content is None:
            raise InvalidInput(self.field, f"git cannot read the files of {quoted(self.text)}")
        for path in blobs:
            head, _, content = content.partition(b"\n")
            size = int(head.split(b" ")[2])
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content[:size])
            content = content[size + 1 :]


def _root(place: str, files: dict[str, str]) -> str | None:
    """Find the folder of the policy that a place is, holds, or lies in; of a model, the policy beside it."""
    candidates = [place, posixpath.join(place, USUAL)]
    above = place
    while above:
        above = posixpath.dirname(above)
        candidates += [above, posixpath.join(above, USUAL)]
    known = place in files or place == "" or any(_within(path, place) for path in files)
    return next((root for root in candidates if known and posixpath.join(root, POLICY_FILE) in files), None)


def _within(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")
