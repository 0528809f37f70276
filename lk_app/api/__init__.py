"""The HTTP routes of the back end: forms that open access, captchas, health. Pages and their events are Reflex's."""

import time
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from lk_app import logs, metrics, telemetry
from lk_app.api import (
    attachments,
    captcha,
    content,
    email,
    exchange,
    feedback,
    figures,
    health,
    help,
    notifications,
    office_appeals,
    office_audit,
    office_consumers,
    office_members,
    office_payments,
    office_readings,
    payment_documents,
    payments,
    photos,
    profile,
    readings,
    receipts,
    recovery,
    registration,
    sandbox,
    sign_in,
    staff,
    statements,
)
from lk_app.settings import Environment, settings

Endpoint = Callable[[Request], Awaitable[Response]]


def route(path: str, endpoint: Endpoint, *methods: str) -> Route:
    """Return a route whose requests are counted under its path as it stands here, without what was put into it."""

    async def timed(request: Request) -> Response:
        begun, request_id = time.perf_counter(), logs.begin()
        with telemetry.span(f"{request.method} {path}") as traced:
            response = await endpoint(request)
            if traced:
                traced.set_attribute("http.response.status_code", response.status_code)
        seconds = time.perf_counter() - begun
        metrics.REQUESTS.labels(path, response.status_code).observe(seconds)
        logs.answered(request.method, path, response.status_code, seconds)
        response.headers["X-Request-Id"] = request_id
        return response

    return Route(path, timed, methods=list(methods))


def post(path: str, endpoint: Endpoint) -> Route:
    return route(path, endpoint, "POST")


def get(path: str, endpoint: Endpoint) -> Route:
    return route(path, endpoint, "GET")


routes = [
    post("/api/session", sign_in.start),
    post("/api/session/end", sign_in.end),
    post("/api/session/left", sign_in.left),
    post("/api/captcha", captcha.issue),
    get("/api/captcha/{captcha_id}.png", captcha.picture),
    get("/api/captcha/{captcha_id}.wav", captcha.speech),
    post("/api/registration", registration.apply),
    post("/api/registration/check", registration.check),
    post("/api/registration/code", registration.resend),
    post("/api/registration/confirm", registration.confirm),
    post("/api/recovery", recovery.apply),
    post("/api/recovery/check", recovery.check),
    post("/api/recovery/code", recovery.resend),
    post("/api/recovery/confirm", recovery.confirm),
    post("/api/profile/name", profile.rename),
    post("/api/profile/password", profile.change_password),
    post("/api/profile/account", profile.name_account),
    post("/api/profile/attaching", profile.start_attaching),
    post("/api/profile/attaching/confirm", profile.confirm_attaching),
    post("/api/profile/detaching", profile.detach),
    post("/api/profile/removal", profile.start_removal),
    post("/api/profile/removal/confirm", profile.confirm_removal),
    post("/api/profile/code", profile.resend),
    post("/api/profile/code/cancel", profile.give_up),
    post("/api/profile/email", email.start),
    post("/api/profile/email/confirm", email.confirm),
    post("/api/profile/email/code", email.resend),
    post("/api/profile/email/code/cancel", email.give_up),
    post("/api/profile/email/removal", email.remove),
    post("/api/profile/notifications", notifications.save),
    post("/api/profile/session/end", profile.end_session),
    post("/api/profile/sessions/end", profile.end_other_sessions),
    post("/api/profile/deletion", profile.ask_deletion),
    post("/api/profile/deletion/cancel", profile.cancel_deletion),
    post("/api/profile/data", profile.ask_data),
    get("/api/profile/data", profile.data),
    post("/api/payments", payments.pay),
    post("/api/payments/continue", payments.resume),
    post("/api/payments/repeat", payments.repeat),
    route("/api/payments/callback", payments.callback, "GET", "POST"),
    get("/api/payments/{account}/history.xlsx", payment_documents.history_xlsx),
    get("/api/payments/{account}/history.csv", payment_documents.history_csv),
    get("/api/payments/{account}/confirmation", payment_documents.confirmation),
    post("/api/receipts/mail", receipts.mail),
    get("/api/receipts/{account}/{division}", receipts.show),
    get("/api/receipts/{account}/{division}/payment.png", receipts.payment_code),
    get("/api/statements/{account}/balance", statements.balance),
    get("/api/statements/{account}/reconciliation", statements.reconciliation),
    post("/api/feedback", feedback.ask),
    post("/api/feedback/reply", feedback.reply),
    post("/api/feedback/closing", feedback.close),
    post("/api/feedback/attachments", attachments.upload),
    get("/api/feedback/attachments/{attachment}", attachments.show),
    get("/api/office/attachments/{attachment}", attachments.show_to_staff),
    post("/api/readings", readings.send),
    post("/api/readings/preview", readings.preview),
    post("/api/readings/withdrawal", readings.withdraw),
    post("/api/readings/photos", photos.upload),
    get("/api/readings/photos/{photo}", photos.show),
    get("/api/office/photos/{photo}", photos.show_to_staff),
    post("/api/office/readings/refusal", office_readings.refuse),
    post("/api/office/appeals/answer", office_appeals.answer),
    post("/api/office/appeals/note", office_appeals.note),
    post("/api/office/appeals/handover", office_appeals.hand_over),
    post("/api/office/appeals/closing", office_appeals.close),
    post("/api/office/content/{kind}", content.publish),
    post("/api/office/audit/export", office_audit.export),
    post("/api/office/consumers/sessions/end", office_consumers.end_sessions),
    post("/api/office/consumers/detaching", office_consumers.detach),
    post("/api/office/consumers/unlocking", office_consumers.unlock),
    post("/api/office/members", office_members.create),
    post("/api/office/members/role", office_members.set_role),
    post("/api/office/members/password", office_members.set_password),
    post("/api/office/members/second-factor", office_members.set_second_factor),
    post("/api/office/members/sessions/end", office_members.end_sessions),
    post("/api/office/members/disabling", office_members.disable),
    post("/api/office/members/enabling", office_members.enable),
    post("/api/office/payments/refund", office_payments.refund),
    post("/api/office/payments/settlement", office_payments.settle),
    post("/api/office/session", staff.start),
    post("/api/office/session/end", staff.end),
    post("/api/office/session/left", staff.left),
    post("/api/office/password", staff.change_password),
    # Asked every few seconds by whoever watches: neither counted nor logged.
    Route("/healthz", health.alive, methods=["GET"]),
    Route("/readyz", health.ready, methods=["GET"]),
    Route("/metrics", figures.show, methods=["GET"]),
    get("/api/help/faq", help.plain_faq),
    *(route(path, endpoint, *methods) for path, endpoint, methods in exchange.endpoints),
]


def with_routes(app: ASGIApp) -> ASGIApp:
    """Put our routes before everything Reflex serves."""
    backend = Starlette(routes=routes + sandbox_routes())
    backend.mount("", app)
    return backend


def sandbox_routes() -> list[BaseRoute]:
    """Return the pages of the sandbox and its bank; in production there are none."""
    if settings().env is Environment.PRODUCTION:
        return []
    return [*sandbox.routes, *sandbox.bank_routes()]
