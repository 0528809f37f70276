"""The yardstick's configuration: Reflex as `reflex init` leaves it, in production on one port."""

import os

import reflex as rx

port = int(os.environ.get("LK_PORT", "3900"))

config = rx.Config(
    app_name="bare",
    telemetry_enabled=False,
    frontend_port=port,
    backend_port=port,
    api_url=f"http://localhost:{port}",
    deploy_url=f"http://localhost:{port}",
    plugins=[rx.plugins.SitemapPlugin(), rx.plugins.TailwindV4Plugin(), rx.plugins.RadixThemesPlugin()],
)
