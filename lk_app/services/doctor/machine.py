"""The machine: its disk, and whether the front end was built."""

import shutil
from pathlib import Path

from sqlalchemy.engine import make_url

from lk_app.services.doctor.findings import Finding, Health
from lk_app.services.session import is_sqlite
from lk_app.settings import ROOT, settings

DISK, PAGES = "диск", "страницы"
GIGABYTE = 1024**3
LITTLE = 5 * GIGABYTE
HARDLY_ANY = GIGABYTE


def disk() -> Finding:
    """Look at the space where the database is, or where the portal is if the database is elsewhere."""
    folder = existing(
        Path(make_url(settings().database_url).database or "") if is_sqlite(settings().database_url) else ROOT
    )
    free = shutil.disk_usage(folder).free
    words = f"свободно {free // GIGABYTE} ГБ в {folder}"
    if free < HARDLY_ANY:
        return Finding(DISK, Health.ILL, words, "Освободите место: без него база данных не записывает ничего.")
    if free < LITTLE:
        return Finding(DISK, Health.AT_RISK, words, "Освободите место или увеличьте диск.")
    return Finding(DISK, Health.WELL, words)


def existing(path: Path) -> Path:
    """Return the path, or the nearest folder above it that exists."""
    return next(each for each in (path.resolve(), *path.resolve().parents) if each.exists())


def pages() -> Finding:
    """Look whether the front end was built for this environment."""
    built = ROOT / ".web" / "build" / f"built-for-{settings().env}"
    if built.exists():
        return Finding(PAGES, Health.WELL, "собраны")
    return Finding(
        PAGES, Health.ILL, f"не собраны для LK_ENV={settings().env}", f"Выполните make build LK_ENV={settings().env}."
    )
