"""The form by which staff refuse readings: a reason they have written must not be lost."""

from starlette.responses import Response

from lk_app import clock
from lk_app.api import forms
from lk_app.api.forms import Form
from lk_app.models import ReadingState
from lk_app.services.callers import StaffCaller
from lk_app.services.readings import deciding, verdicts
from lk_app.services.session import in_session, in_transaction
from lk_app.services.staff.duties import READINGS


@forms.staff_form(*READINGS)
async def refuse(form: Form, who: StaffCaller) -> Response:
    """POST /api/office/readings/refusal with `ids`, `reason` and, for one's own, `words`."""
    refusal = await in_session(verdicts.read_refusal, form.fields)
    decided = await in_transaction(deciding.refuse, who, refusal.reading_ids, refusal.reason, clock.now())
    return forms.done(verdicts.told(decided, ReadingState.REFUSED))
