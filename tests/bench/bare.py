"""The yardstick for events and pages: a bare Reflex application, built and served as ours is."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from lk_app.cli.serve import PRODUCTION_MODE
from tests.servers import free_port, wait_for_port

SOURCE = Path(__file__).parent / "bare_app"
INCREMENT = "reflex___state____state.bare___bare____state.increment"


@contextmanager
def running_bare_app() -> Iterator[str]:
    """Build the application in a folder of its own and serve it; yields its address."""
    port = free_port()
    commands = Path(sys.executable).parent
    path = f"{commands}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"LK_PORT": str(port), "REFLEX_USE_NPM": "1", "PATH": path}
    with TemporaryDirectory(prefix="lk-bare-") as folder:
        shutil.copytree(SOURCE, folder, dirs_exist_ok=True)
        built = subprocess.run(
            [commands / "reflex", "export", "--frontend-only", "--no-zip"],
            cwd=folder, env=environment, check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert built.returncode == 0, built.stdout + built.stderr
        serve = [
            commands / "granian",
            "--interface",
            "asgi",
            "--factory",
            "--port",
            str(port),
            "--log-level",
            "warning",
        ]
        process = subprocess.Popen(
            [*serve, "bare.bare:app"],
            cwd=folder, env=environment | PRODUCTION_MODE, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            wait_for_port(port)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)
