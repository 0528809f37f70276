"""Reflex's configuration, built from LK's settings."""

import reflex as rx

from lk_app.frontend import DevelopmentProxy, RussianNotice, SameOrigin
from lk_app.settings import settings

values = settings()

config = rx.Config(
    app_name="lk_app",
    app_module_import="lk_app.lk_app",
    frontend_port=values.port,
    backend_port=values.backend_port,
    backend_host=values.host,
    api_url=values.origin,
    deploy_url=values.origin,
    cors_allowed_origins=values.origins,
    trusted_proxy_hops=values.trusted_proxy_hops,
    redis_url=values.redis_url or None,
    state_manager_mode="redis" if values.redis_url else "memory",
    # A page left open keeps its state as long as its session may live.
    redis_token_expiration=values.session_hours * 3600,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    frontend_compression_formats=["gzip", "brotli"],
    plugins=[
        SameOrigin(),
        RussianNotice(),
        DevelopmentProxy(f"http://{values.host}:{values.backend_port}"),
    ],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
