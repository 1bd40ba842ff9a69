"""What the proxy and the replica of Ray Serve hold in memory of large uploads:
`python -m benchmarks.cluster.upload_memory`.

Sends so many uploads of training films at once, with their length and in chunks, with and without
what `deploy.ray.serve_proxy` puts into the proxy, and prints by how much each process grew at most.
Needs what is in requirements_ray.txt.
"""

import argparse
import http.client
import itertools
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from api.reports.markdown import table
from benchmarks.cluster.serve_nodes import serve_nodes, settings_of
from tests.deploy.nginx_process import API_NAME

PIECE = bytes(1_000_000)
BOUNDARY = "upload-of-one-archive"
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="films.zip"\r\n'
    "Content-Type: application/zip\r\n\r\n"
).encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()
PROCESSES = {"proxy": ("ray::SERVE_PROXY", "ray::ProxyActor"), "replica": ("ray::ServeReplica",)}


def main() -> None:
    """Send, and print a row each."""
    arguments = _arguments()
    rows = []
    for bounded, chunked in itertools.product((False, True), (False, True)):
        # Processes of their own: memory that was once taken is seldom given back.
        with (
            tempfile.TemporaryDirectory() as name,
            serve_nodes([settings_of(Path(name))], bounded=bounded) as nodes,
        ):
            grown, answers = _sent(nodes.ports[0], arguments, chunked=chunked)
        row = (
            "with a window" if bounded else "as Ray has it",
            "chunks" if chunked else "with length",
            *(f"{grown[name] / 1e6:.0f}" for name in PROCESSES),
            ", ".join(f"{count} × {what}" for what, count in answers.items()),
        )
        rows.append(row)
        print(row, flush=True)
    print(f"{arguments.uploads} uploads of {arguments.mb} MB at once:\n")
    print(table(("proxy", "sent", "proxy grew, MB", "replica grew, MB", "answers"), rows))


def _sent(
    port: int, arguments: argparse.Namespace, *, chunked: bool
) -> tuple[dict[str, int], Counter[str]]:
    """Bytes by which each process grew at most, and what was answered."""
    found = {name: _processes(starts) for name, starts in PROCESSES.items()}
    before = {name: _memory(processes) for name, processes in found.items()}
    most, stop = dict(before), threading.Event()

    def watch() -> None:
        while not stop.wait(0.05):
            for name, processes in found.items():
                most[name] = max(most[name], _memory(processes))

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(arguments.uploads) as pool:
        sizes = [arguments.mb] * arguments.uploads
        answers = Counter(pool.map(lambda mb: _upload(port, mb, chunked=chunked), sizes))
    stop.set()
    watcher.join()
    return {name: most[name] - before[name] for name in most}, answers


def _upload(port: int, mb: int, *, chunked: bool) -> str:
    def body() -> Iterator[bytes]:
        yield HEAD
        for _ in range(mb):
            yield PIECE
        yield TAIL

    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Host": API_NAME}
    if not chunked:
        headers["Content-Length"] = str(len(HEAD) + mb * len(PIECE) + len(TAIL))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    try:
        connection.request(
            "POST", "/upload-data", body=body(), headers=headers, encode_chunked=chunked
        )
        return str(connection.getresponse().status)
    except OSError:
        # Refused without waiting for all of it.
        return "closed"
    finally:
        connection.close()


def _processes(starts: tuple[str, ...]) -> list[psutil.Process]:
    found = psutil.process_iter(["cmdline"])
    return [p for p in found if " ".join(p.info["cmdline"] or []).startswith(starts)]


def _memory(processes: list[psutil.Process]) -> int:
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--uploads", type=int, default=20, help="at once")
    parser.add_argument("--mb", type=int, default=100, help="of each")
    return parser.parse_args()


if __name__ == "__main__":
    main()
