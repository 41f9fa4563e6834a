"""The commands that people wait for, and single expressions."""

import json
import os
import pathlib
import shutil
import statistics
import subprocess

from figures import Figure, median
from workbench import HOME, BenchError

MAPPINGS = 200


def start(bench):
    command = [bench.crosswalk_binary, "--version"]
    bench.measure(command)  # from the disk once
    samples = [bench.measure(command) for _ in range(5 if bench.options.quick else 20)]
    yield Figure("start.wall", median(samples, "wall") * 1000, "ms", "<= 25")
    yield Figure("start.cpu", median(samples, "cpu") * 1000, "ms")


def size(bench):
    """The program as the image has it: with the Swift runtime inside, and without symbols."""
    program = os.environ.get("BENCH_STATIC_BINARY")
    if not program:
        bench.say("size: left out, since there is no static program beside CROSSWALK_BINARY")
        return
    stripped = bench.folder / "stripped"
    subprocess.run(["strip", "--strip-unneeded", "-o", stripped, program], check=True)
    yield Figure("size.static", stripped.stat().st_size / 1e6, "MB", "<= 78")


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
    yield Figure(f"lint.{MAPPINGS}.wall", median(samples, "wall"), "s", "<= 0.2")
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
    found = ours(bench, program, seconds)
    for name, figure in found.items():
        yield Figure(f"expressions.{name}", figure["nanoseconds"], "ns")
        if "allocations" in figure:
            limit = "= 0" if name in ("column", "a0_column") else None
            yield Figure(f"expressions.{name}.allocations", figure["allocations"], "an evaluation", limit)
    if bench.options.cel:
        yield from beside_cpp(bench, program, seconds)


def ours(bench, program, seconds):
    lines = bench.measure([program, seconds]).output.splitlines()
    return {figure["name"]: figure for figure in map(json.loads, lines)}


def beside_cpp(bench, program, seconds):
    """Google's C++ in turns with ours: `ratio` to its core's time, and `net` to that less the harness's loop."""
    harness = pathlib.Path(bench.options.cel).resolve()
    python = harness.parent / "venv-cel-expr-python" / "bin" / "python"
    if not (harness / "bench.py").exists() or not python.exists():
        raise BenchError(f"{harness} is no harness: bench.py in it, and {python} beside it, are needed")
    results = bench.folder / "cpp.json"
    command = [python, "-B", harness / "bench.py", "cpp", "--n", "10000", "--repeat", "3", "--out", results]
    turns = []
    for _ in range(bench.options.reps):
        here = ours(bench, program, seconds)
        bench.measure(command)
        turns.append((here, json.loads(results.read_text())["results"]))

    def middle(value):
        return statistics.median(value(here, there) for here, there in turns)

    step = middle(lambda here, there: there["z_const"]["core_ns"])
    for name in turns[0][1]:
        if name == "z_const":
            continue
        core = middle(lambda here, there: there[name]["core_ns"])
        ratio = middle(lambda here, there: here[name]["nanoseconds"] / there[name]["core_ns"])
        net = middle(lambda here, there: here[name]["nanoseconds"]) / (core - step)
        yield Figure(f"expressions.{name}.cpp", core, "ns")
        yield Figure(f"expressions.{name}.ratio", ratio, "of C++", "<= 0.5")
        yield Figure(f"expressions.{name}.net", net, "of C++")
