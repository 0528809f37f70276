"""The cluster of `make run-cluster`, for tests: started in a folder of its own, and its processes to be killed."""

import os
import pickle
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import redis
from dotenv import dotenv_values

from tests.servers import ROOT, free_port

START_TIMEOUT_S = 300
APPS = ("app1", "app2")


@dataclass(frozen=True)
class Cluster:
    """A running cluster: its one address, and what stands behind it."""

    address: str
    process: subprocess.Popen[bytes]
    folder: Path

    def client(self) -> httpx.Client:
        """Return a client that believes the cluster's own certificate authority."""
        authority = dotenv_values(self.folder / "cluster.env")["SSL_CERT_FILE"]
        return httpx.Client(base_url=self.address, verify=ssl.create_default_context(cafile=authority), timeout=30)

    def setting(self, program: str, name: str) -> str:
        """Return a variable as one of the programs was given it."""
        return self.running(program).environ()[name]

    def port(self, app: str) -> int:
        return int(self.setting(app, "LK_PORT"))

    @property
    def database_url(self) -> str:
        return self.setting("worker", "LK_DATABASE_URL")

    def processes_with_pages(self) -> set[str]:
        """Return which processes hold the sockets of the pages that are open."""
        with redis.from_url(self.setting("worker", "LK_REDIS_URL")) as store:
            found = store.mget(store.keys("token_manager_socket_record_*"))
        return {pickle.loads(record).instance_id for record in found if record}

    def running(self, program: str) -> psutil.Process:
        """Return the living process of a program, waiting until there is one."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            for child in psutil.Process(self.process.pid).children(recursive=True):
                try:
                    if child.environ().get("SUPERVISOR_PROCESS_NAME") == program and is_leader(child):
                        return child
                except psutil.Error:
                    continue
            time.sleep(0.1)
        raise AssertionError(f"{program} does not run: {self.log()}")

    def kill(self, program: str) -> None:
        """Kill a program with all its processes, without a word of warning."""
        leader = self.running(program)
        for process in (*leader.children(recursive=True), leader):
            process.send_signal(signal.SIGKILL)

    def wait_until_ready(self, app: str) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"http://127.0.0.1:{self.port(app)}/readyz").status_code == 200:
                    return
            except (httpx.TransportError, psutil.Error):
                pass
            time.sleep(0.2)
        raise AssertionError(f"{app} is not ready: {self.log()}")

    def wait_until_open(self) -> None:
        """Wait until the proxy has found the processes."""
        deadline = time.monotonic() + START_TIMEOUT_S
        with self.client() as client:
            while client.get("/login/").status_code != 200:
                assert time.monotonic() < deadline, self.log()
                time.sleep(0.2)

    def log(self) -> str:
        return "\n".join(file.read_text()[-2_000:] for file in sorted(self.folder.glob("*.log")))


def is_leader(process: psutil.Process) -> bool:
    """Say whether a process is what the supervisor started, and not a child of that."""
    parent = process.parent()
    return parent is not None and "supervisord" in " ".join(parent.cmdline())


@contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    """Start a cluster with the demo company; at the end it is ended by its own pid."""
    port = free_port()
    environment = os.environ | {"LK_ENV": "demo", "LK_CLUSTER_PORT": str(port), "LK_CAPTCHA_ANSWER": "42"}
    command = [sys.executable, "tools/run_cluster.py", str(folder)]
    with (folder / "cluster.log").open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        cluster = Cluster(f"https://localhost:{port}", process, folder)
        try:
            for app in APPS:
                cluster.wait_until_ready(app)
            cluster.wait_until_open()
            yield cluster
        finally:
            process.terminate()
            process.wait(timeout=60)
