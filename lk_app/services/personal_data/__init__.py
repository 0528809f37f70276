"""«Скачать мои данные»: everything the portal keeps about a user, for a machine (JSON) and for a person (HTML)."""

import json
import zipfile
from datetime import datetime
from io import BytesIO

from sqlmodel import Session

from lk_app.services.callers import Consumer
from lk_app.services.personal_data import accounts, appeals, readings, user
from lk_app.services.personal_data.sections import Section, moment
from lk_app.settings import settings
from lk_app.templates import template


def archive(session: Session, who: Consumer, now: datetime) -> bytes:
    """Return a ZIP with everything about the caller and their accounts. May take long: not on the event loop."""
    sections = collect(session, who)
    made_at = now.astimezone(settings().zone)
    as_json = {"made_at": made_at.isoformat()} | {section.key: section.as_json() for section in sections}
    page = template("personal_data.html").render(sections=sections, made_at=moment(now))
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as files:
        files.writestr("data.json", json.dumps(as_json, ensure_ascii=False, indent=2))
        files.writestr("data.html", page)
        for name, jpeg in readings.photos(session, who):
            files.writestr(name, jpeg)
    return packed.getvalue()


def collect(session: Session, who: Consumer) -> list[Section]:
    """Return every section of the caller's data."""
    return [section for part in (user, accounts, readings, appeals) for section in part.sections(session, who)]
