"""The commands that people wait for, and single expressions."""

import json
import os
import shutil

from figures import Figure, median
from workbench import HOME

MAPPINGS = 200


def start(bench):
    command = [bench.crosswalk_binary, "--version"]
    bench.measure(command)  # from the disk once
    samples = [bench.measure(command) for _ in range(5 if bench.options.quick else 20)]
    yield Figure("start.wall", median(samples, "wall") * 1000, "ms", "<= 25")
    yield Figure("start.cpu", median(samples, "cpu") * 1000, "ms")


def lint(bench):
    """A project of 200 mappings: ours, and copies of the one of employees."""
    project = bench.folder / "many"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(HOME / "project", project)
    folder = project / "mappings"
    text = (folder / "employees.yaml").read_text()
    size = sum(len(file.read_bytes()) for file in folder.iterdir())
    for number in range(MAPPINGS - len(list(folder.iterdir()))):
        copy = text.replace("mapping: employees\n", f"mapping: employees-{number}\n", 1)
        (folder / f"employees-{number}.yaml").write_text(copy)
        size += len(copy.encode())
    command = [bench.crosswalk_binary, "lint", "--project", project]
    bench.measure(command)
    samples = [bench.measure(command) for _ in range(3 if bench.options.quick else 10)]
    yield Figure(f"lint.{MAPPINGS}.wall", median(samples, "wall"), "s", "<= 0.3")
    yield Figure(f"lint.{MAPPINGS}.cpu", median(samples, "cpu"), "s")
    yield Figure(f"lint.{MAPPINGS}.rss", median(samples, "rss") / (1 << 20), "MiB")
    yield Figure(f"lint.{MAPPINGS}.size", size / 1000, "kB of YAML")


def expressions(bench):
    """One evaluation each, by a program that has nothing but the module of expressions."""
    program = os.environ.get("BENCH_EXPRESSIONS_BINARY")
    if not program:
        bench.say("expressions: left out, since there is no bench-expressions beside CROSSWALK_BINARY")
        return
    seconds = "0.05" if bench.options.quick else "0.3"
    for line in bench.measure([program, seconds]).output.splitlines():
        found = json.loads(line)
        yield Figure(f"expressions.{found['name']}", found["nanoseconds"], "ns")
