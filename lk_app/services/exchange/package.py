"""A package as it lies on disk: a folder or a ZIP with a manifest and the files it names."""

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from lk_app.services.exchange.files import BY_NAME
from lk_app.services.exchange.issues import Issue, Issues, PackageRefused
from lk_app.settings import settings

MANIFEST = "manifest.json"
FORMAT = 1
LONGEST_MANIFEST = 64 * 1024
"""Bytes; a manifest names eleven files at most."""
MOST_FILES = 100
"""In an archive: far more than a package has, and few enough to be named one by one."""
UNPACKS_TO = 20
"""How many times larger than what may be sent the files of an archive may be together; figures pack ten times."""
SENT = "package.zip"
"""What a ZIP is called that has no name, because it was sent."""

NO_RIGHTS = "нет прав на чтение: дайте их пользователю, от имени которого работает портал"

Source = Path | IO[bytes]
"""A folder, a ZIP, or an open ZIP."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class FileEntry(Strict):
    """What the manifest promises of one file: its rows without the header, and SHA-256 in hex."""

    rows: int = Field(ge=0, le=2_000_000_000)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(Strict):
    """`manifest.json`."""

    format: int
    package: str = Field(min_length=1, max_length=80)
    made_at: AwareDatetime
    files: dict[str, FileEntry]


@dataclass(frozen=True)
class Package:
    """An open package whose manifest is well-formed and names exactly the files that are there."""

    root: Path | zipfile.Path
    manifest: Manifest
    digest: str
    """SHA-256 of the manifest, in hex."""

    @property
    def rows(self) -> int:
        """Rows of all files, by the manifest."""
        return sum(entry.rows for entry in self.manifest.files.values())

    def open(self, name: str) -> IO[bytes]:
        """Open one of the files the manifest names; raises `PackageRefused` when the archive is damaged there."""
        try:
            return _open(self.root, name)
        except (OSError, *BROKEN_ARCHIVE):
            raise refused(name, "файл не читается: архив или диск повреждён") from None


@contextmanager
def open_package(source: Source) -> Iterator[Package]:
    """Open a folder or a ZIP; raises `PackageRefused` when it is no package or its files are not those it names."""
    name = str(source) if isinstance(source, Path) else SENT
    try:
        is_folder = isinstance(source, Path) and source.is_dir()
        archive = None if is_folder else zipfile.ZipFile(source)
    except FileNotFoundError:
        raise refused(name, "файл или папка не найдены") from None
    except PermissionError:
        raise refused(name, NO_RIGHTS) from None
    except (OSError, *BROKEN_ARCHIVE):
        raise refused(name, "не читается: ожидается папка или архив ZIP") from None
    if archive is None:
        assert isinstance(source, Path)
        yield _checked(source)
        return
    with archive:
        # What an archive says of its files' sizes is also the most that is ever read of them.
        unpacked, most = sum(each.file_size for each in archive.infolist()), settings().exchange_upload_mb * UNPACKS_TO
        if len(archive.infolist()) > MOST_FILES or unpacked > most * 1_000_000:
            raise refused(Path(name).name, f"в архиве больше {MOST_FILES} файлов или больше {most} МБ данных")
        names = archive.namelist()
        if len(set(names)) != len(names) or not all(each.strip("/") for each in names):
            raise refused(Path(name).name, "в архиве есть файлы с одинаковыми именами или без имени")
        yield _checked(zipfile.Path(archive))


def expected_rows(path: Source) -> int:
    """Return how many rows a package promises, for a progress bar; raises `PackageRefused`."""
    with open_package(path) as package:
        return package.rows


def package_name(path: Source) -> str:
    """Return a package's own name; nothing where even that can't be read."""
    try:
        with open_package(path) as package:
            return package.manifest.package
    except PackageRefused:
        return ""


def refused(file: str, reason: str) -> PackageRefused:
    """Return the refusal of a package for one fault of a whole file."""
    return PackageRefused([Issue(file, 0, "", reason)], 1)


def _checked(root: Path | zipfile.Path) -> Package:
    try:
        names = {entry.name for entry in root.iterdir()}
    except PermissionError:
        raise refused(root.name, NO_RIGHTS) from None
    if MANIFEST not in names:
        raise refused(MANIFEST, "файла нет в пакете")
    try:
        with _open(root, MANIFEST) as stream:
            content = stream.read(LONGEST_MANIFEST + 1)
    except (OSError, *BROKEN_ARCHIVE):
        raise refused(MANIFEST, "файл не читается") from None
    manifest = _read_manifest(content)
    _check_names(names - {MANIFEST}, manifest)
    return Package(root, manifest, hashlib.sha256(content).hexdigest())


def _read_manifest(content: bytes) -> Manifest:
    if len(content) > LONGEST_MANIFEST:
        raise refused(MANIFEST, f"файл длиннее {LONGEST_MANIFEST} байт")
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        places = [".".join(map(str, fault["loc"])) for fault in error.errors(include_input=False, include_url=False)]
        issues = Issues()
        for place in places:
            issues.add(MANIFEST, 0, place, "значение не соответствует формату, см. docs/exchange.md")
        raise PackageRefused(issues.kept, issues.total) from None
    if manifest.format != FORMAT:
        raise refused(MANIFEST, f"формат {manifest.format} не поддерживается, ожидается {FORMAT}")
    return manifest


def _check_names(present: set[str], manifest: Manifest) -> None:
    issues = Issues()
    for name in sorted(manifest.files.keys() - BY_NAME.keys()):
        issues.add(MANIFEST, 0, "files", f"файл {name!r} не предусмотрен форматом")
    for name in sorted(manifest.files.keys() & BY_NAME.keys() - present):
        issues.add(name, 0, "", "файл указан в manifest.json, но его нет в пакете")
    for name in sorted(present - manifest.files.keys()):
        issues.add(name, 0, "", "файл есть в пакете, но не указан в manifest.json")
    if issues:
        raise PackageRefused(issues.kept, issues.total)


def _open(root: Path | zipfile.Path, name: str) -> IO[bytes]:
    return (root / name).open("rb")


BROKEN_ARCHIVE = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError)
"""What reading a damaged, encrypted or exotic archive raises."""
