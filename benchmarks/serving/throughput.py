"""How fast the API answers, beside other servers and what the processor can do: `… --help`.

Each contender serves the same films with the same compiled network and the same decoder, alone on
the machine, in turns: in every round each is started, warmed up, loaded with wrk over 1, 8 and 32
connections, and stopped. The ceiling is the same work in a bare loop without a server, and once
more with all that our answers take. Prints medians over the rounds with their range, what the
goals come to, and who could not take part.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import requests

from api.registry.store import card_path, compiled_path
from api.samples.open_collection import image_limits
from api.serving.predictor import ImagePredictor, decision_policy
from api.settings import from_environment, usable_cores
from benchmarks.serving.ceiling import WARM_UP_S, default_engine
from benchmarks.serving.goals import goals
from benchmarks.serving.peers import peer_environments
from benchmarks.serving.peers.contenders import CONTENDERS, Contender
from benchmarks.serving.peers.wrk import Body, Load, loaded, require_wrk
from benchmarks.serving.report import BARE, ONE_WORKER, UNCOMPILED, WHOLE, Results, report
from benchmarks.serving.servers import NotMeasured, Setting, roentgen
from benchmarks.support import processes
from benchmarks.support.large_images import LargeImage, large_images

QUIET_S = 1.0
USUAL_CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured: the first film over all connection counts, the others over one."""

    images: Sequence[LargeImage]
    labels: Sequence[str]
    connections: Sequence[int]
    seconds: int
    folder: Path

    def cases(self) -> Iterator[tuple[LargeImage, int]]:
        """Films, each with how many connections send it."""
        for image in self.images:
            few = self.usual if image is not self.images[0] else self.connections
            for connections in few:
                yield image, connections

    @property
    def usual(self) -> tuple[int]:
        """The connections that all films are sent over."""
        return (min(self.connections, key=lambda count: abs(count - USUAL_CONNECTIONS)),)

    def body(self, contender: Contender, image: LargeImage) -> Body:
        """A request to this contender, as a file that wrk reads."""
        packed = contender.pack(image.content)
        file = self.folder / "body"
        file.write_bytes(packed.content)
        return Body(file, packed.content_type, packed.headers)


def main() -> None:
    """Measure in turns and print."""
    arguments = _arguments()
    if arguments.install:
        peer_environments.install(arguments.peers_dir)
        return
    require_wrk()
    images = _images(arguments.film)
    setting, labels = _prepared(arguments.peers_dir, images)
    results = Results()
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(images, labels, arguments.connections, arguments.seconds, Path(folder))
        for number in range(arguments.rounds):
            _round(number, _chosen(arguments.only), plan, setting, results)
    print(report(results, [image.name for image in images], usual=plan.usual[0]))
    print()
    print(goals(results, images[0].name, plan.connections, plan.usual[0]))
    if arguments.json:
        arguments.json.write_text(json.dumps(results.as_dict(), indent=1) + "\n")


def _round(
    number: int, chosen: list[Contender], plan: Plan, setting: Setting, results: Results
) -> None:
    turns: list[Contender | str] = [*chosen, *BARE]
    # Every other round runs backwards, so that a machine that grows warm favours nobody.
    for contender in turns if number % 2 == 0 else reversed(turns):
        name = contender if isinstance(contender, str) else contender.name
        print(f"round {number + 1}: {name}", file=sys.stderr, flush=True)
        results.others.append(psutil.cpu_percent(QUIET_S))
        if isinstance(contender, str):
            _measure_bare(contender, plan, setting, results)
        elif name not in results.absent:
            _measure(contender, plan, setting, results)
    if any(contender.name == ONE_WORKER for contender in chosen):
        began = time.perf_counter()
        with roentgen(1, compiled=False)(setting):
            results.ready[UNCOMPILED].append(time.perf_counter() - began)


def _measure(contender: Contender, plan: Plan, setting: Setting, results: Results) -> None:
    """Start, load, stop. What cannot be measured is noted, and not tried again."""
    try:
        began = time.perf_counter()
        with contender.start(setting) as url:
            results.ready[contender.name].append(time.perf_counter() - began)
            megabytes = [
                _loaded(contender, url + contender.path, image, connections, plan, results)
                for image, connections in plan.cases()
            ]
            results.resident[contender.name].append(max(megabytes))
    except NotMeasured as exc:
        results.absent[contender.name] = str(exc)


def _loaded(
    contender: Contender,
    url: str,
    image: LargeImage,
    connections: int,
    plan: Plan,
    results: Results,
) -> float:
    """Measure one case; returns the MB resident of the whole server right after it."""
    body = plan.body(contender, image)
    label = plan.labels[plan.images.index(image)]
    if label not in _asked(url, body):
        results.remarks[contender.name] = f"does not answer {label} for {image.name}"
    try:
        loaded(url, body, connections=connections, seconds=round(WARM_UP_S))
        worked = processes.worked_s()
        load = loaded(url, body, connections=connections, seconds=plan.seconds)
        worked = processes.worked_s() - worked
    except subprocess.CalledProcessError as exc:
        raise NotMeasured(f"wrk gave up: {exc.stderr.strip() or exc.stdout.strip()}") from exc
    answers = load.per_second * plan.seconds
    load = replace(load, cpu_ms=1e3 * worked / answers if answers else None)
    results.loads[contender.name, image.name, connections].append(load)
    return processes.memory_mb()


def _asked(url: str, body: Body) -> str:
    headers = {"Content-Type": body.content_type, **body.headers}
    try:
        response = requests.post(url, data=body.file.read_bytes(), headers=headers, timeout=60)
    except requests.RequestException as exc:
        raise NotMeasured(f"no answer: {exc}") from exc
    if not response.ok:
        raise NotMeasured(f"answered {response.status_code}: {response.text[:200]}")
    return response.text


def _measure_bare(name: str, plan: Plan, setting: Setting, results: Results) -> None:
    for image, connections in plan.cases():
        file = plan.folder / "film"
        file.write_bytes(image.content)
        # One connection keeps one core busy; more cannot keep more busy than there are.
        threads = min(connections, setting.cores)
        command = [
            *(sys.executable, "-m", "benchmarks.serving.ceiling", "--film", str(file)),
            *("--seconds", str(plan.seconds), "--threads", str(threads)),
            *(["--whole"] if name == WHOLE else []),
        ]
        done = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        load = Load(**json.loads(done.stdout.splitlines()[-1]))
        results.loads[name, image.name, connections].append(load)


def _images(file: Path | None) -> tuple[LargeImage, ...]:
    return large_images() if file is None else (LargeImage(file.name, file.read_bytes()),)


def _prepared(peers_dir: Path | None, images: Sequence[LargeImage]) -> tuple[Setting, list[str]]:
    """The compiled network, and the label that each film gets from it."""
    settings = from_environment()
    engine = default_engine(settings, interpreters=1)
    predictor = ImagePredictor(engine, image_limits(settings), decision_policy(settings))
    labels = [predictor.predict(image.content).decision.label for image in images]
    weights = settings.default_model
    network = compiled_path(settings.compiled_dir, engine.card.weights_sha256)
    setting = Setting(
        weights=weights.resolve(),
        card=card_path(weights).resolve(),
        network=network.resolve(),
        peers_dir=peers_dir.resolve() if peers_dir else None,
        cores=usable_cores(),
    )
    return setting, labels


def _chosen(only: Sequence[str]) -> list[Contender]:
    """Those whose name begins with one of the words, in any case; all if there are none."""
    words = tuple(word.lower() for word in only)
    found = [c for c in CONTENDERS if not words or c.name.lower().startswith(words)]
    if not found:
        names = ", ".join(contender.name for contender in CONTENDERS)
        raise SystemExit(f"Error: nobody is called {' or '.join(only)}; there are {names}.")
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=8, help="of each measurement")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8, 32], metavar="N")
    parser.add_argument("--film", type=Path, help="your own; default: three generated ones")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="who takes part")
    parser.add_argument("--peers-dir", type=Path, help="folder of the peers' environments")
    parser.add_argument("--install", action="store_true", help="make them there, and stop")
    parser.add_argument("--json", type=Path, help="file for every single measurement")
    arguments = parser.parse_args()
    if arguments.install and not arguments.peers_dir:
        parser.error("--install needs --peers-dir DIR, where the environments are made")
    return arguments


if __name__ == "__main__":
    main()
