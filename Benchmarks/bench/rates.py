"""How much of a target's window a run makes use of, and whether it is ever refused."""

import json
import subprocess
import sys

from figures import Figure
from workbench import HOME, BenchError

#: Calls, seconds, and the least share of a perfect client's speed.
WINDOWS = [(25, 1.0, 97), (60, 6.1, 99)]
SECONDS = 45
QUICK_SECONDS = 10


def windows(bench):
    for calls, seconds, least in WINDOWS:
        yield from window(bench, calls, seconds, least)


def window(bench, calls, seconds, least):
    length = QUICK_SECONDS if bench.options.quick else SECONDS
    turns = round(length / seconds)
    # With the listing before them, one call more than fits into so many windows: a perfect client's last call leaves
    # when `turns` of them are over.
    rows = turns * calls
    bench.say(f"rate: {rows + 1} calls at {calls} in {seconds:g} s, for about {turns * seconds:.0f} s")
    _ = bench.server
    server = subprocess.Popen(
        [sys.executable, HOME / "strict_server.py", str(calls), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    try:
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        ledger = bench.folder / f"rate-{calls}.sqlite"
        sample, report = bench.crosswalk(f"rate-{calls}", ledger, rows, BENCH_STRICT=url)
    finally:
        server.terminate()
        words, _ = server.communicate()
    seen = json.loads(words)
    if report["created"] != rows or seen["accepted"] != rows + 1:
        raise BenchError(f"{rows} objects should be there: {report}, {seen}")
    name = f"rate.{calls}_in_{seconds:g}s"
    # Of the whole run, its start included.
    yield Figure(f"{name}.utilisation", 100 * seen["ideal"] / sample.wall, "%", f">= {least}")
    yield Figure(f"{name}.utilisation_while_sending", 100 * seen["ideal"] / seen["busy"], "%")
    yield Figure(f"{name}.refused", seen["refused"], "answers 429", "= 0")
    yield Figure(f"{name}.most_in_a_window", seen["most_in_a_window"], "calls", f"<= {calls}")
