"""A backup as it is kept: a folder with the copy of the database and a manifest that says what the copy is."""

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from secrets import token_hex

from sqlalchemy import text

from lk_app.services.backup.databases import COPIES, NoBackup, copy, kind_of, put_back, require_empty
from lk_app.services.backup.restoration import remember
from lk_app.services.backup.sums import Sums
from lk_app.services.backup.unfinished import Dropped, drop_unfinished
from lk_app.services.session import make_engine

MANIFEST = "manifest.json"
VERSION = 1
BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Manifest:
    """What a backup is."""

    version: int
    made_at: str
    database: str
    """`sqlite` or `postgresql`: it comes back as the same."""
    revision: str
    """Of the schema."""
    digest: str
    """SHA-256 of the copy, in hex."""
    sums: Sums

    @property
    def rows(self) -> int:
        return sum(table["rows"] for table in self.sums.values())


@dataclass(frozen=True)
class Restored:
    """What became of a restoration."""

    manifest: Manifest
    dropped: Dropped
    is_remembered: bool
    """Whether the portal knows since when things are lost."""


def back_up(url: str, folder: Path, now: datetime) -> Manifest:
    """Make a backup of the database at `url` in a new folder, readable by its owner only; raises NoBackup.

    The folder appears when all of it is written.
    """
    if os.path.lexists(folder):
        raise NoBackup(f"{folder} уже существует: укажите другое имя.")
    draft = folder.with_name(f".{folder.name}.{token_hex(4)}.part")
    try:
        draft.mkdir(mode=0o700)
        file = draft / COPIES[kind_of(url)]
        file.touch(mode=0o600)
        sums = copy(url, file)
        manifest = Manifest(
            VERSION, now.isoformat(timespec="seconds"), kind_of(url), _revision(url), digest(file), sums
        )
        (draft / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1))
        draft.rename(folder)
    except OSError as error:
        raise NoBackup(f"Копия не записана: проверьте папку, права и место на диске ({error.strerror}).") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def restore(folder: Path, url: str, now: datetime) -> Restored:
    """Make an empty database at `url` what a backup was, see that it is, and drop what must not go on from there.

    The portal remembers what lies between: exchange/lost.py goes by that. Raises NoBackup.
    """
    manifest = read_manifest(folder)
    file = folder / COPIES[manifest.database]
    if manifest.database != kind_of(url):
        raise NoBackup(f"Это копия базы {manifest.database}, а LK_DATABASE_URL указывает на {kind_of(url)}.")
    if not file.is_file() or digest(file) != manifest.digest:
        raise NoBackup("Копия повреждена: её содержимое не то, что записано в manifest.json. Возьмите другую копию.")
    require_empty(url)
    found = put_back(file, url)
    if found != manifest.sums:
        differ = ", ".join(sorted(name for name in manifest.sums if found.get(name) != manifest.sums[name]))
        raise NoBackup(f"Восстановлено не то, что было в копии; отличаются таблицы: {differ}.")
    dropped = drop_unfinished(url, now)
    return Restored(manifest, dropped, remember(url, datetime.fromisoformat(manifest.made_at), now))


def read_manifest(folder: Path) -> Manifest:
    """Return what a backup says of itself; raises NoBackup."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise NoBackup(f"В папке {folder} нет резервной копии: manifest.json не читается.") from error
    if manifest.version != VERSION or manifest.database not in COPIES:
        raise NoBackup("Копия сделана другой версией портала: восстановите её той версией.")
    return manifest


def digest(file: Path) -> str:
    """Return the SHA-256 of a file, in hex, whatever its size."""
    found = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            found.update(block)
    return found.hexdigest()


def _revision(url: str) -> str:
    engine = make_engine(url, pool_size=1)
    try:
        with engine.connect() as connection:
            return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
    finally:
        engine.dispose()
