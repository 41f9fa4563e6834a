"""The part of script/bench that measures; see there for what the arguments mean."""

import argparse
import contextlib
import signal
import sys

import commands
import rates
import synchronising
from database import DatabaseError
from figures import table
from workbench import BenchError, Workbench

MEASURES = ["start", "size", "lint", "expressions", "w1", "w2", "w3", "adopt", "csv", "rate"]


def arguments():
    parser = argparse.ArgumentParser(prog="script/bench", add_help=False)
    parser.add_argument("measures", nargs="*", metavar="MEASURE")  # checked by script/bench
    parser.add_argument("--rows", type=int)
    parser.add_argument("--reps", type=int)
    parser.add_argument("--cel")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    options.rows = options.rows or (100_000 if options.quick else 1_000_000)
    options.reps = options.reps or (1 if options.quick else 5)
    if options.rows < 1_000 or options.reps < 1:
        parser.error("--rows must be at least 1000, and --reps at least 1")
    if not options.measures or "all" in options.measures:
        options.measures = MEASURES
    return options


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    figures, complete = [], True
    with contextlib.ExitStack() as stack:
        bench = Workbench(options, stack)
        ledgers = synchronising.Ledgers(bench)
        functions = {
            "start": lambda: commands.start(bench),
            "size": lambda: commands.size(bench),
            "lint": lambda: commands.lint(bench),
            "expressions": lambda: commands.expressions(bench),
            "w1": lambda: synchronising.unchanged(bench, ledgers),
            "w2": lambda: synchronising.few_changed(bench, ledgers),
            "w3": lambda: synchronising.all_new(bench, ledgers),
            "adopt": lambda: synchronising.adopted(bench, ledgers),
            "csv": lambda: synchronising.files(bench, ledgers),
            "rate": lambda: rates.windows(bench),
        }
        for name in options.measures:
            try:
                for figure in functions[name]():
                    figures.append(figure)
                    if options.json:
                        print(figure.json(), flush=True)
            except (BenchError, DatabaseError) as error:
                complete = False
                bench.say(f"{name} could not be measured: {error}")
    if not options.json and figures:
        print(table(figures))
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
