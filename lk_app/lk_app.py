"""The application: pages, the guard before their events, and the routes beside them."""

import reflex as rx
from reflex.constants import CompileContext
from reflex.utils.exec import get_compile_context

from lk_app import api, logs, metrics, pages, telemetry, worker
from lk_app.api.headers import with_headers
from lk_app.api.outside import heard_out, seen_from_outside
from lk_app.components.document import APP_WRAPS, HEAD
from lk_app.settings import checked_settings
from lk_app.state import live
from lk_app.state.access import Guard
from lk_app.state.locks import give_back_locks

values = checked_settings(building=get_compile_context() is CompileContext.EXPORT)
logs.set_up()

app = rx.App(
    html_lang="ru",
    toaster=None,
    reset_style=False,
    stylesheets=["/tokens.css", "/app.css"],
    head_components=HEAD,
    app_wraps=APP_WRAPS,
    frontend_exception_handler=logs.page_failed,
    backend_exception_handler=logs.failed,
    api_transformer=[api.with_routes, with_headers, seen_from_outside, heard_out],
)
give_back_locks(app)
app.add_middleware(Guard(), index=0)
app.add_middleware(live.Attendance())
app.register_lifespan_task(metrics.started, program="serve")
app.register_lifespan_task(telemetry.set_up, program="serve")
app.register_lifespan_task(live.pump)
if values.embedded_worker:
    app.register_lifespan_task(worker.embedded)
pages.register(app)
