"""A PostgreSQL server of the tests' own: Debian's programs, its own folder and port, loopback.

PostgreSQL does not run as root: when the tests do, the server runs as the system user `postgres`,
which Debian's package makes.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

USER = "leadger"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "512MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "jit": "off",
    "timezone": "UTC",
}


class NoServerError(Exception):
    """PostgreSQL's programs are not on this machine."""


@dataclass(frozen=True)
class Server:
    """A server that is running."""

    folder: Path
    port: int
    password: str

    def environment(self, database: str) -> dict[str, str]:
        """What a client needs to reach a database of this server."""
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": USER,
            "PGPASSWORD": self.password,
            "PGDATABASE": database,
        }

    def create_database(self, name: str) -> None:
        """An empty database in which text is ordered bytewise."""
        for command in ("drop database if exists", "create database"):
            self.psql(f'{command} "{name}"')

    def psql(self, sql: str, database: str = "postgres") -> str:
        """Run SQL as its superuser; gives what psql prints."""
        found = subprocess.run(
            [str(_program("psql")), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql],
            env={**os.environ, **self.environment(database)},
            check=True,
            capture_output=True,
            text=True,
        )
        return found.stdout


@contextmanager
def running() -> Iterator[Server]:
    """Start a server, and stop and remove it afterwards. Raises `NoServerError`."""
    with tempfile.TemporaryDirectory(prefix="leadger-postgres-") as name:
        folder = Path(name)
        server = Server(folder / "data", _free_port(), secrets.token_hex(16))
        password_file = folder / "password"
        password_file.write_text(server.password, encoding="utf-8")
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            for path in (folder, password_file):
                os.chown(path, account.pw_uid, account.pw_gid)
        _run("initdb", "--pgdata", server.folder, "--username", USER, "--pwfile", password_file,
             "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C",
             "--lc-ctype", "C.UTF-8")  # fmt: skip
        settings = [f"-c {name}={value}" for name, value in SETTINGS.items()]
        options = " ".join([f"-p {server.port}", f"-k {folder}", *settings])
        log = folder / "log"
        _run("pg_ctl", "start", "--wait", "--pgdata", server.folder, "--log", log, "-o", options)
        try:
            yield server
        finally:
            _run("pg_ctl", "stop", "--wait", "--mode", "immediate", "--pgdata", server.folder)


def _program(name: str) -> Path:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    program = installed[-1] if installed else shutil.which(name)
    if program is None:
        raise NoServerError(f"{name} is missing: install PostgreSQL (Debian: postgresql)")
    return Path(program)


def _run(program: str, *arguments: str | Path) -> None:
    command: Sequence[str] = [str(_program(program)), *map(str, arguments)]
    account = {"user": "postgres", "group": "postgres", "extra_groups": []}
    # not a pipe: the server would hold it open, and nobody would see its end
    with tempfile.TemporaryFile("w+") as complaints:
        done = subprocess.run(
            command,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            **(account if os.geteuid() == 0 else {}),  # type: ignore[call-overload]
        )
        complaints.seek(0)
        said = complaints.read()
    if done.returncode:
        raise RuntimeError(f"{program} failed: {said}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
