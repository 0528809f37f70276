"""What the forms of registration and of recovery share: the cookie that joins their steps, and how step 2 goes on."""

from starlette.responses import Response

from lk_app.api import forms
from lk_app.api.forms import Form
from lk_app.cookie import delete_cookie, request_cookie_name, request_token, set_cookie
from lk_app.services.verification import Progress


def token_of(form: Form) -> str:
    """Return the token of the request that waits in the sender's browser, or nothing."""
    return request_token(form.request.headers.get("cookie", ""))


def wait_for_code(token: str, step_2: str) -> Response:
    """Lead on to step 2, which the browser's cookie will open."""
    response = forms.go_on(step_2)
    set_cookie(response, request_cookie_name(), token)
    return response


def after_step_2(progress: Progress, step_2: str, end: str) -> Response:
    """Say what is wrong, ask what is still to be asked, or lead on to the `end`, where the cookie has served."""
    if progress.errors:
        return forms.refused_fields(progress.errors)
    if not progress.done:
        return forms.go_on(step_2)
    response = forms.go_on(end)
    delete_cookie(response, request_cookie_name())
    return response
