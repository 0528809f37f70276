"""The forms by which staff edit content: a text they have written must not be lost."""

from urllib.parse import urlencode

from starlette.responses import Response

from lk_app import clock
from lk_app.api import forms
from lk_app.api.forms import Form, Size
from lk_app.services.callers import StaffCaller
from lk_app.services.content import KINDS, editing
from lk_app.services.errors import NotFound
from lk_app.services.session import in_transaction
from lk_app.services.staff.duties import CONTENT

LONG_TEXT = Size(bytes=65_536, fields=64)
"""8,000 letters of an answer take six bytes each; the week of an office has 35 fields."""

PUBLISHED = "Опубликовано. Изменения уже на портале."


@forms.staff_form(*CONTENT, most=LONG_TEXT)
async def publish(form: Form, who: StaffCaller) -> Response:
    """POST /api/office/content/{kind} with `key`, empty for what is new, `sent`, and the fields of the kind."""
    slug = form.request.path_params["kind"]
    if slug not in KINDS:
        raise NotFound
    key = await in_transaction(editing.publish, who, KINDS[slug], form.fields, clock.now())
    if form.fields.get("key"):
        return forms.done(PUBLISHED)
    return forms.go_on(f"/office/content/{slug}?{urlencode({'added': key})}")
