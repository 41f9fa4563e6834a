"""What the measures share: programs, the source, the sink, and running crosswalk under observation."""

import contextlib
import dataclasses
import functools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.request

from database import PrivateServer

HOME = pathlib.Path(__file__).resolve().parent.parent
NATIVE_FLAGS = ["-O2", "-std=gnu11", "-Wall"]


class BenchError(Exception):
    """Something that makes a figure impossible."""


@dataclasses.dataclass
class Sample:
    wall: float
    cpu: float
    #: Peak resident memory in bytes.
    rss: int
    #: What the program wrote to its standard output.
    output: str


class Workbench:
    def __init__(self, options, stack):
        self.options = options
        self.stack = stack
        self.crosswalk_binary = os.environ["CROSSWALK_BINARY"]
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="crosswalk-bench-"))
        self.folder.chmod(0o755)
        stack.callback(shutil.rmtree, self.folder, ignore_errors=True)

    def say(self, text):
        print(f"bench: {text}", file=sys.stderr, flush=True)

    # Programs

    @functools.cache
    def native(self, name):
        """The path of one of our C programs, compiled."""
        flags = []
        if name == "baseline":
            packages = ["libpq", "sqlite3"]
            flags = subprocess.run(
                ["pkg-config", "--cflags", "--libs", *packages], check=True, capture_output=True, text=True
            ).stdout.split()
        program = self.folder / name
        source = HOME / "native" / f"{name}.c"
        compiler = shutil.which("cc") or "clang"  # the latter comes with Swift
        subprocess.run([compiler, *NATIVE_FLAGS, "-o", program, source, *flags], check=True)
        return str(program)

    def measure(self, command, environment=None, accepted=(0,)):
        """Runs a command to its end."""
        report = self.folder / "measured.json"
        done = subprocess.run(
            [self.native("measure"), report, *map(str, command)],
            env=os.environ | (environment or {}), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )
        if done.returncode not in accepted:
            words = (done.stdout + done.stderr)[-2000:]
            raise BenchError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{words}")
        measured = json.loads(report.read_text())
        return Sample(measured["wall"], measured["cpu"], measured["rss"], done.stdout)

    def crosswalk(self, mapping, ledger, rows, project=HOME / "project", **settings):
        """Runs a mapping and returns the sample with its part of the report."""
        command = [self.crosswalk_binary, "run", mapping, "--project", project, "--format", "json"]
        sample = self.measure(command, self.environment(ledger, rows, settings))
        report = json.loads(sample.output)["mappings"][0]
        return sample, report

    def move_target(self, target, ledger, **settings):
        """Says that the objects in a ledger are at another address now."""
        command = [self.crosswalk_binary, "ledger", "move-target", target, "--project", HOME / "project"]
        self.measure(command, self.environment(ledger, 0, settings))

    def environment(self, ledger, rows, settings):
        return {
            "BENCH_LEDGER": str(ledger), "BENCH_ROWS": str(rows), "BENCH_SOCKET": self.server.socket,
            "BENCH_PORT": "5432", "BENCH_SINK": "http://127.0.0.1:9", "BENCH_STRICT": "http://127.0.0.1:9",
        } | settings  # port 9 answers nobody: a target that was not meant fails

    # Source and sink, started when they are first needed

    @functools.cached_property
    def server(self):
        self.say(f"starting PostgreSQL and making {self.options.rows:,} rows")
        server = self.stack.enter_context(PrivateServer(str(self.folder)))
        server.execute("-v", f"rows={self.options.rows}", "-f", str(HOME / "data.sql"))
        return server

    @functools.cached_property
    def sink(self):
        return self.stack.enter_context(Sink(self))


class Sink(contextlib.AbstractContextManager):
    def __init__(self, bench, bodies=None):
        command = [bench.native("sink")] + ([str(bodies)] if bodies else [])
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def counts(self):
        with urllib.request.urlopen(f"{self.url}/counts") as answer:
            return json.load(answer)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
