"""Serve the Experiment Tracking page, in the environment that `kedro sweep experiments` prepares."""

import json
import sys
import time
import warnings
import webbrowser
from contextlib import closing
from socket import create_connection
from threading import Thread

from kedro_sweep.tracking.kedro_viz.adapter import adapt_kedro_viz


def serve(*, project: str, env: str | None, host: str, port: int, browser: bool) -> None:
    """Serve the page until Ctrl-C."""
    # This release is older than its libraries, which raise warnings.
    warnings.filterwarnings("ignore", module="kedro_viz")
    from kedro_viz.server import run_server  # noqa: PLC0415

    adapt_kedro_viz()
    Thread(target=announce, args=(host, port, browser), daemon=True).start()
    run_server(host, port, project_path=project, env=env)


def announce(host: str, port: int, browser: bool) -> None:
    """Wait until the server is listening, then print the address of the page."""
    while True:
        try:
            with closing(create_connection((host, port))):
                break
        except OSError:
            time.sleep(0.2)
    address = f"http://{host}:{port}/experiment-tracking"
    print(f"The experiments: {address} (Ctrl-C to quit)", flush=True)
    if browser:
        webbrowser.open(address)


if __name__ == "__main__":
    serve(**json.loads(sys.argv[1]))
