"""
The two sides of a comparison: folders, files of a policy, or git revisions.

A file stands for a whole policy with that file in its place: the policy of the other side, or when both sides are
files, the one in which the new file lies, and failing that the old one.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final

import attrs

from kg_access._shipped import shipped
from kg_access.difference.revision import POLICY_FILE, USUAL, Repository
from kg_access.errors import Finding, InvalidInput, PolicyError, quoted
from kg_access.policy.written import Written

NAMES: Final = ("OLD", "NEW")
_MODELS: Final = "models"


@attrs.frozen
class Side:
    """
    What one side names, as it lies on disk.

    Attributes:
        name: OLD or NEW.
        folder: The folder of the policy; `None` for a file that lies in none.
        file: The file, when it is one.
    """

    name: str
    folder: Path | None
    file: Path | None = None

    @property
    def place(self) -> PurePosixPath | None:
        """Where the file belongs, seen from the folder that holds policy and models; `None` when nothing says it."""
        if self.folder is None or self.file is None:
            return None
        if self.file.is_relative_to(self.folder):
            return PurePosixPath(USUAL, self.file.relative_to(self.folder).as_posix())
        return PurePosixPath(_MODELS, self.file.name)


def read_sides(old: str, new: str, models: str | None = None) -> tuple[Written, Written]:
    """
    Read the policies of both sides.

    Args:
        old: A folder, a file of a policy, or a git revision such as `HEAD~1` or `v1.0:policies`.
        new: The same for the other side.
        models: The folder of the Casbin models of both; those beside each policy when left out, and failing these the
            ones that come with the library.

    Raises:
        InvalidInput: A side is none of these, or it is not clear where a file belongs.
        PolicyError: Something in the files of a side is wrong; it lists every finding of both.
    """
    with TemporaryDirectory(prefix="kg-access-") as scratch:
        texts = {"OLD": old, "NEW": new}
        sides = [_find(name, texts, Path(scratch, "found", name)) for name in NAMES]
        policies: list[Written] = []
        findings: list[Finding] = []
        for side, other in (sides, reversed(sides)):
            try:
                policies.append(_read(side, other, models, Path(scratch, "read", side.name)))
            except PolicyError as error:
                findings += [attrs.evolve(entry, path=f"{side.name} {entry.path}") for entry in error.findings]
        if findings:
            raise PolicyError(findings)
        first, second = policies
        return first, second


def _find(name: str, texts: dict[str, str], scratch: Path) -> Side:
    path = Path(texts[name])
    if not path.exists():
        repository = Repository(name, texts[name])
        other = Path(next(text for side, text in texts.items() if side != name)).resolve()
        beside = other.exists() and other.is_relative_to(repository.top.resolve())
        usual = PurePosixPath(other.relative_to(repository.top.resolve()).as_posix()) if beside else None
        path = repository.extract(usual, scratch)
    if path.is_dir():
        nested = path / USUAL
        return Side(name, nested if (nested / POLICY_FILE).is_file() and not (path / POLICY_FILE).is_file() else path)
    return Side(name, next(_above(path.resolve()), None), path.resolve())


def _above(file: Path) -> Iterator[Path]:
    """Find the policy in which a file lies, or beside whose models it does."""
    for folder in file.parents:
        if (folder / POLICY_FILE).is_file():
            yield folder
        if folder.name == _MODELS and (folder.parent / USUAL / POLICY_FILE).is_file():
            yield folder.parent / USUAL


def _read(side: Side, other: Side, models: str | None, scratch: Path) -> Written:
    if side.file is None:
        assert side.folder is not None  # noqa: S101 - what is no file is a folder
        return _written(side.folder, _models(side.folder, models))
    host = _host(side, other)
    place, elsewhere = side.place or other.place, other.place
    if host is None or place is None:
        message = f"{quoted(side.file.name)} lies in no folder of a policy, so it is unknown where it belongs"
        raise InvalidInput(side.name, message)
    if elsewhere is not None and elsewhere != place:
        raise InvalidInput(side.name, f"{quoted(place)} and {quoted(elsewhere)} are two files, not one at two times")
    if place.parts[0] == _MODELS and models is not None:
        raise InvalidInput(side.name, "a model cannot be compared when `--models` names the models of both sides")
    shutil.copytree(host, scratch / USUAL)
    _copy(_models(host, models), scratch / _MODELS)
    (scratch / place).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(side.file, scratch / place)
    return _written(scratch / USUAL, scratch / _MODELS)


def _written(policies: Path, models: Path) -> Written:
    from kg_access.policy.load import load_written  # noqa: PLC0415 - see `_shipped`

    return load_written(policies, models)


def _host(side: Side, other: Side) -> Path | None:
    if other.file is None:
        return other.folder
    newer, older = (side, other) if side.name == NAMES[1] else (other, side)
    return newer.folder or older.folder


def _models(folder: Path, models: str | None) -> Path:
    if models is not None:
        return Path(models)
    beside = folder.resolve().parent / _MODELS
    return beside if beside.is_dir() else Path(str(shipped("models")))


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
