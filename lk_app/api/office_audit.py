"""The audit log as a file to save. What is filtered by is posted: an account number must not stand in an address."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from tempfile import TemporaryFile
from typing import IO
from urllib.parse import quote

from sqlmodel import Session
from starlette.responses import RedirectResponse, Response, StreamingResponse

from lk_app import clock
from lk_app.api import forms
from lk_app.api.documents import message
from lk_app.api.forms import Form
from lk_app.services import rates
from lk_app.services.callers import StaffCaller
from lk_app.services.errors import NotFound, ServiceError
from lk_app.services.identity import SignedOut
from lk_app.services.office import audit_files, audit_log
from lk_app.services.office.audit_log import Bounds, Filter
from lk_app.services.office.audit_typed import read_filter
from lk_app.services.rates import Limit, Pace
from lk_app.services.session import in_reading_thread, in_transaction
from lk_app.services.staff.duties import AUDIT

CHUNK = 64 * 1024
PACE = Pace(burst=10, interval=timedelta(minutes=1))
WAYS_BACK = (("/office/audit", "Вернуться в журнал"),)


@forms.form
async def export(form: Form) -> Response:
    """POST /api/office/audit/export with `kind` (csv or xlsx), `member`, `action`, `subject`, `from` and `to`.

    The browser itself sends it, into a tab of its own: what goes wrong is said by a page.
    """
    try:
        who = await forms.require_staff(form, *AUDIT)
        return await exported(form.fields, who)
    except SignedOut:
        return RedirectResponse("/office/login", status_code=303)
    except ServiceError as refusal:
        status = forms.refused(refusal).status_code
        return message("Журнал не выгружен", refusal.message, status, ways=WAYS_BACK)


async def exported(fields: Mapping[str, str], who: StaffCaller) -> Response:
    """Return the file that is asked for."""
    kind, wanted = fields.get("kind", ""), read_filter(fields)
    if kind not in audit_files.WRITERS:
        raise NotFound
    bounds = await in_transaction(admitted, who, wanted, kind)
    file = TemporaryFile()  # noqa: SIM115 - closed once it has been sent
    await in_reading_thread(written, who, wanted, bounds, kind, file)
    name = quote(audit_files.file_name(kind, clock.today()))
    headers = {"Content-Disposition": f"attachment; filename=\"audit.{kind}\"; filename*=UTF-8''{name}"}
    return StreamingResponse(chunks(file), media_type=audit_files.MEDIA_TYPES[kind], headers=headers)


def admitted(session: Session, who: StaffCaller, wanted: Filter, kind: str) -> Bounds:
    now = clock.now()
    rates.take(session, [Limit("audit files", str(who.staff_id), PACE)], now)
    return audit_log.admit_export(session, who, wanted, kind, now)


def written(session: Session, who: StaffCaller, wanted: Filter, bounds: Bounds, kind: str, file: IO[bytes]) -> None:
    audit_files.WRITERS[kind](audit_log.exported(session, who, wanted, bounds), file)


def chunks(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a file from its beginning, and let go of it."""
    with file:
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk
