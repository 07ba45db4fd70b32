"""Uploads from four processes while the object store, the database and the processes themselves are broken.

    faults.py WORKER FOLDER [--kills N] [--stop SECONDS]

WORKER is the example storage_worker. Each engine in turn is killed and started again, stopped, and cut off by a proxy
that refuses, stalls, delays or cuts answers short; then N times one of the processes is killed at a random moment.
After it every answered upload must be there byte for byte, no id twice, nothing visible by halves, and no object and
no pending row left without an image.
"""

import argparse
import json
import random
import re
import signal
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

from engines import Postgres, SeaweedFS
from proxy import Proxy

PROCESSES = 4


class Workers:
    """The processes that upload. Each start has seeds of its own."""

    def __init__(self, program, config, folder):
        self.program, self.config, self.folder = program, config, folder
        self.starts = 0
        self.running = [self.start() for _ in range(PROCESSES)]

    def start(self):
        self.starts += 1
        log = open(self.folder / f"worker-{self.starts}.log", "wb")
        errors = open(self.folder / f"worker-{self.starts}.err", "wb")
        seed = str(self.starts * 1_000_000)
        process = subprocess.Popen([self.program, "upload", self.config, seed], stdout=log, stderr=errors)
        process.number = self.starts
        return process

    def kill(self, at):
        self.running[at].kill()
        self.running[at].wait()

    def restart_ended(self):
        """A process that ends by itself cannot open its storage while an engine is away, as after a kill of it."""
        for at, process in enumerate(self.running):
            if process.poll() is not None:
                self.running[at] = self.start()

    def lines(self):
        for number in range(1, self.starts + 1):
            for line in (self.folder / f"worker-{number}.log").read_text().splitlines():
                yield line

    def count(self, kind):
        return sum(line.startswith(kind) for line in self.lines())


def goes_on(workers, what, seconds=90):
    """Waits until each process has had an answer to an upload that it began just now."""
    def answers():
        logs = {p.number: (workers.folder / f"worker-{p.number}.log").read_text() for p in workers.running}
        return {number: log.count("stored ") for number, log in logs.items()}

    began = time.monotonic()
    before = answers()
    while not all(now > before.get(number, 0) for number, now in answers().items()):
        if time.monotonic() - began > seconds:
            raise SystemExit(f"after {what}, uploads do not go on: {before} {answers()}")
        workers.restart_ended()
        time.sleep(0.1)
    return time.monotonic() - began


def objects(s3, prefix):
    """The keys of the bucket, without their prefix."""
    keys, token = set(), ""
    while True:
        query = {"list-type": "2", "prefix": f"{prefix}/"} | ({"continuation-token": token} if token else {})
        text = s3.read("/images", query)
        keys |= {key.removeprefix(f"{prefix}/") for key in re.findall(r"<Key>([^<]+)</Key>", text)}
        token = re.search(r"<NextContinuationToken>([^<]+)<", text)
        if "<IsTruncated>true" not in text:
            return keys
        token = token.group(1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("worker")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=40, help="of the processes that upload")
    parser.add_argument("--stop", type=float, default=5, help="for how long an engine is stopped or cut off")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    random.seed(options.seed)
    with ExitStack() as stack:
        run(options, stack)


def run(options, stack):
    s3 = stack.enter_context(SeaweedFS(options.folder / "seaweedfs"))
    postgres = stack.enter_context(Postgres(options.folder / "postgres"))
    proxies = {"SeaweedFS": Proxy(s3.port), "PostgreSQL": Proxy(postgres.port)}
    engines = {"SeaweedFS": s3, "PostgreSQL": postgres}

    def config(name, s3_port, postgres_port):
        path = options.folder / name
        blobs = s3.blobs("faults", s3_port) | {"request_timeout_seconds": 5, "retry_timeout_seconds": 60}
        catalog = {
            "url": postgres.url(postgres_port), "connect_timeout_seconds": 5, "statement_timeout_seconds": 5,
            "retry_timeout_seconds": 60, "max_connections": 4,
        }
        cloud = {"blobs": blobs, "catalog": catalog, "base_url": "https://img.example/"}
        path.write_text(json.dumps({"storage": {"cloud": cloud}, "authentication": "already_checked"}))
        return path

    through = config("through.json", proxies["SeaweedFS"].port, proxies["PostgreSQL"].port)
    direct = config("direct.json", s3.port, postgres.port)
    workers = Workers(options.worker, through, options.folder)
    stack.callback(lambda: [workers.kill(at) for at in range(PROCESSES)])
    goes_on(workers, "the start")

    for name, engine in engines.items():
        proxy = proxies[name]

        def killed():
            engine.kill()
            time.sleep(2)
            engine.start()

        def stopped():
            engine.signal(signal.SIGSTOP)
            time.sleep(options.stop)
            engine.signal(signal.SIGCONT)

        def cut_off(mode):
            def fault():
                proxy.set(mode)
                time.sleep(options.stop)
                proxy.set("pass")
            return fault

        faults = {"killed": killed, f"stopped for {options.stop:g} s": stopped}
        faults |= {f"cut off ({mode})": cut_off(mode) for mode in ("refuse", "stall", "delay", "cut")}
        for what, fault in faults.items():
            failed = workers.count("failed")
            fault()
            workers.restart_ended()
            took = goes_on(workers, f"{name} {what}")
            print(f"{name} {what}: each process stores again after {took:.1f} s, "
                  f"{workers.count('failed') - failed} operations failed", flush=True)

    began = time.monotonic()
    for _ in range(options.kills):
        time.sleep(random.uniform(0.0, 0.4))
        at = random.randrange(PROCESSES)
        workers.kill(at)
        workers.restart_ended()
    print(f"{options.kills} processes killed in {time.monotonic() - began:.0f} s", flush=True)
    goes_on(workers, "kills")
    for at in range(PROCESSES):
        workers.kill(at)
    # Nothing that was sent is still under way.
    for proxy in proxies.values():
        proxy.end_all()
    time.sleep(2)

    def worker(*arguments, text=None):
        done = subprocess.run([options.worker, *arguments], input=text, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(done.stderr[-3000:])
        return done.stdout.strip()

    swept = [worker("sweep", direct, "0").split() for _ in range(2)]
    print(f"swept {swept[0][0]} rows and {swept[0][1]} objects; then {swept[1][0]} and {swept[1][1]}")
    print(worker("check", direct, text="\n".join(workers.lines())))
    pending = int(postgres.query("SELECT count(*) FROM userimage.pending"))
    # The worker stores one further rendition with each image.
    images = postgres.query(
        "SELECT 'original/' || unique_name, 'standard/' || stem || '.jpg', rendition->>'name' || '/' || stem || '.jpg'"
        " FROM userimage.images CROSS JOIN jsonb_array_elements(renditions::jsonb) AS rendition")
    expected = {key for line in images.splitlines() for key in line.split("|")}
    found = objects(s3, "faults")
    print(f"{len(found)} objects, {len(expected)} in records, {pending} pending rows; {workers.starts} processes, "
          f"{workers.count('failed')} operations failed")
    if found != expected or pending != 0 or swept[1] != ["0", "0"]:
        raise SystemExit(f"left behind: {sorted(found - expected)[:5]}; missing: {sorted(expected - found)[:5]}")
    print("nothing is lost, nothing is left")


if __name__ == "__main__":
    main()
