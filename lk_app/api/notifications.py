"""The form of «Настройки» about what a user wants to be told of."""

from starlette.responses import Response

from lk_app.api import forms
from lk_app.api.forms import Form
from lk_app.services.callers import Consumer
from lk_app.services.notifications import choices


@forms.consumer_form
async def save(form: Form, who: Consumer) -> Response:
    """POST /api/profile/notifications with a topic's way under its name: `sms`, `email` or `none`."""
    await forms.carry_out(choices.save, who, choices.read(form.fields))
    return forms.done("Уведомления сохранены.")
