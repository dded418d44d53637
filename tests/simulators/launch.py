"""Start a simulator from the command line: `python -m simulators.hubspot --help`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from simulators.messages import Application
from simulators.server import Server, Simulator


def serve(name: str, make: Callable[[str], Application], arguments: Sequence[str]) -> int:
    """Serve until told to stop; the first line printed is the port."""
    parser = argparse.ArgumentParser(prog=f"python -m simulators.{name}", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--state", type=Path, help="file it starts from and is left in")
    parser.add_argument(
        "--token-env",
        default="CRM_SIMULATOR_TOKEN",
        help="environment variable with the token it accepts",
    )
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument(
        "--with-parent", action="store_true", help="stop when the standard input is closed"
    )
    options = parser.parse_args(arguments)
    token = os.environ.get(options.token_env, "")
    if not token:
        parser.error(f"set {options.token_env} to the token that is to be accepted")
    simulator = Simulator(make(token), state=options.state, latency=options.latency)
    server = Server(simulator, options.port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _stop(server))
    if options.with_parent:
        threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
    print(server.port, flush=True)
    server.serve_forever(poll_interval=0.05)
    simulator.save()
    return 0


def _stop_at_end_of_input(server: Server) -> None:
    sys.stdin.read()
    server.shutdown()


def _stop(server: Server) -> None:
    # From another thread: `shutdown` waits for the loop that this signal interrupted.
    threading.Thread(target=server.shutdown, daemon=True).start()
