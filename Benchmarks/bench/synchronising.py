"""W1 to W3: nothing changed, one row in a hundred changed, everything new; and everything there already."""

import functools
import http.client
import json
import shutil
import statistics
import subprocess
import sys
import time

from figures import Figure, median
from workbench import HOME, BenchError, Sink

MIB = 1 << 20
RECORDS = 20_000  # of W3 and of the target that holds them already
PAGE = 100  # as in project/targets/sink.yaml


class Ledgers:
    """Ledgers that crosswalk itself has filled, by creating the objects in the sink."""

    def __init__(self, bench):
        self.bench = bench
        #: Of the first runs that fill them.
        self.figures = []

    def copy(self, ledger, name, url=None):
        """A copy of a ledger, which may go on with the same ids at another sink."""
        place = self.bench.folder / name
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(ledger.parent, place)
        copy = place / ledger.name
        if url:
            self.bench.move_target("sink", copy, BENCH_SINK=url)
        return copy

    @functools.cached_property
    def references(self):
        """Holds departments and jobs, which employees refer to."""
        place = self.bench.folder / "references"
        place.mkdir(exist_ok=True)
        ledger = place / "ledger.sqlite"
        for mapping in ("departments", "jobs"):
            expect(self.bench.crosswalk(mapping, ledger, 0, BENCH_SINK=self.bench.sink.url), "created")
        return ledger

    @functools.cache
    def employees(self, rows):
        """Holds so many employees as well."""
        self.bench.say(f"filling a ledger of {rows:,} employees by a first run")
        ledger = self.copy(self.references, f"employees-{rows}")
        run = self.bench.crosswalk("employees", ledger, rows, BENCH_SINK=self.bench.sink.url)
        expect(run, "created", rows)
        self.figures += [
            Figure(f"first_run.{rows}.speed", rows / run[0].wall, "records/s"),
            Figure(f"first_run.{rows}.rss", run[0].rss / MIB, "MiB"),
        ]
        return ledger


def expect(run, outcome, count=None):
    """All rows, or so many, must have had one outcome: a figure of anything else would mean nothing."""
    _, report = run
    wanted = report["rows"] if count is None else count
    if report[outcome] != wanted or wanted == 0:
        raise BenchError(f"{wanted:,} rows should have been {outcome}: {json.dumps(report)}")


def same_work(bench, ledgers):
    """Crosswalk and the baseline must make the same records of the same rows."""
    rows, bodies = min(5_000, bench.options.rows), bench.folder / "bodies.jsonl"
    with Sink(bench, bodies) as sink:
        ledger = ledgers.copy(ledgers.references, "same-work", sink.url)
        expect(bench.crosswalk("employees", ledger, rows, BENCH_SINK=sink.url), "created")
    printed = bench.measure([bench.native("baseline"), bench.server.dsn, rows, ":memory:", "print"]).output

    def records(text):
        for line in text.splitlines():
            record = json.loads(line)
            # The ids of sites are the sink's own; the baseline has others.
            record["home_site_id"] = record.get("home_site_id") is not None
            yield {name: value for name, value in record.items() if value is not None}

    def number(record):
        return int(record["emp_id"])

    ours = sorted(records(bodies.read_text()), key=number)
    theirs = sorted(records(printed), key=number)
    for one, other in zip(ours, theirs, strict=True):
        if one != other:
            raise BenchError(f"crosswalk and the baseline differ:\n{one}\n{other}")
    bench.say(f"crosswalk and the baseline make the same {rows:,} records")


def unchanged(bench, ledgers):
    """W1, beside the same in C."""
    rows = bench.options.rows
    sizes = sorted({min(100_000, rows // 10), min(1_000_000, rows), rows})
    same_work(bench, ledgers)
    seeded = {size: ledgers.employees(size) for size in sizes}
    yield from ledgers.figures
    states = {size: bench.folder / f"baseline-{size}.sqlite" for size in sizes}
    dsn, baseline = bench.server.dsn, bench.native("baseline")
    for size in sizes:
        bench.measure([baseline, dsn, size, states[size], "store"])
    ours, theirs = {size: [] for size in sizes}, {size: [] for size in sizes}
    bench.say(f"w1: {bench.options.reps} turns of each")
    for _ in range(bench.options.reps):
        for size in sizes:
            sample = bench.measure([baseline, dsn, size, states[size], "check"])
            if json.loads(sample.output) != {"rows": size, "changed": 0}:
                raise BenchError(f"the baseline found changes: {sample.output}")
            theirs[size].append(sample)
            before = bench.sink.counts()
            run = bench.crosswalk("employees", seeded[size], size, BENCH_SINK=bench.sink.url)
            expect(run, "unchanged", size)
            if bench.sink.counts() != before:
                raise BenchError("crosswalk made calls although nothing has changed")
            ours[size].append(run[0])
    for size in sizes:
        yield from consumption(f"w1.{size}", ours[size], size, "rows", memory=57)
        yield Figure(f"w1.{size}.baseline.wall", median(theirs[size], "wall"), "s")
        yield Figure(f"w1.{size}.baseline.rss", median(theirs[size], "rss") / MIB, "MiB")
        yield Figure(f"w1.{size}.baseline.cpu", median(theirs[size], "cpu"), "s")
        # The start, a twentieth of a second, is a third of a small run and none of the C program's.
        limit = "<= 1.2" if size >= 1_000_000 else None
        yield Figure(f"w1.{size}.ratio", ratio("wall", ours[size], theirs[size]), "x baseline", limit)
        yield Figure(f"w1.{size}.cpu_ratio", ratio("cpu", ours[size], theirs[size]), "x baseline")
    least, greatest = (median(ours[size], "wall") / size for size in (sizes[0], sizes[-1]))
    yield Figure("w1.time_growth", greatest / least, f"x of {sizes[0]}, a row", "<= 1.15")
    memory = [median(ours[size], "rss") for size in sizes]
    yield Figure("w1.memory_growth", max(memory) / min(memory), f"x from {sizes[0]} on", "<= 1.1")


COLUMNS = """employee first_name middle_name last_name email sex birth_date hire_date term_date address city state zip
             phone department job active""".split()


def files(bench, ledgers):
    """The same unchanged rows out of a CSV file, in turns with PostgreSQL; and out of one that is in no order."""
    rows = bench.options.rows
    project = csv_project(bench)
    listed = ", ".join(f"{name}::text" for name in COLUMNS)
    for order in ("ordered", "shuffled"):
        by = "employee" if order == "ordered" else "md5(employee::text)"
        folder = bench.folder / order
        folder.mkdir(exist_ok=True)
        bench.server.execute(
            "-c", f"\\copy (select {listed} from bench.employee where employee <= {rows} order by {by}) "
            f"to '{folder}/employees.csv' csv header",
        )
    ledger = ledgers.employees(rows)
    table, ordered, shuffled = [], [], []
    bench.say(f"csv: {bench.options.reps} turns of each")
    for _ in range(bench.options.reps):
        for samples, settings in (
            (table, {}),
            (ordered, {"project": project, "BENCH_INBOX": str(bench.folder / "ordered")}),
            (shuffled, {"project": project, "BENCH_INBOX": str(bench.folder / "shuffled")}),
        ):
            run = bench.crosswalk("employees", ledger, rows, BENCH_SINK=bench.sink.url, **settings)
            expect(run, "unchanged", rows)
            samples.append(run[0])
    yield from consumption(f"csv.{rows}", ordered, rows, "rows")
    yield Figure(f"csv.{rows}.postgres.wall", median(table, "wall"), "s")
    yield Figure(f"csv.{rows}.ratio", ratio("wall", ordered, table), "x PostgreSQL", "<= 1.3")
    yield Figure(f"csv.{rows}.cpu_ratio", ratio("cpu", ordered, table), "x PostgreSQL")
    yield Figure(f"csv.{rows}.shuffled.wall", median(shuffled, "wall"), "s")
    yield Figure(f"csv.{rows}.shuffled.rss", median(shuffled, "rss") / MIB, "MiB", "<= 192")
    yield Figure(f"csv.{rows}.shuffled.ratio", ratio("wall", shuffled, table), "x PostgreSQL")


def csv_project(bench):
    """The bench's project, with employees that come out of a file."""
    project = bench.folder / "csv-project"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(HOME / "project", project)
    (project / "sources" / "files.yaml").write_text(
        "source: files\nkind: csv\ncsv: { folder: \"${BENCH_INBOX}\", settle: 0s, empty: quoted }\n"
    )
    mapping = project / "mappings" / "employees.yaml"
    text = mapping.read_text().replace("source: payroll", "source: files")
    begin, end = text.index("query:"), text.index("key:")
    kinds = {"employee": "int", "birth_date": "date", "hire_date": "date", "term_date": "date"}
    columns = "".join(f"    {name}: {kinds.get(name, 'text')}\n" for name in COLUMNS)
    file = "file:\n  name: employees.csv\n  columns:\n" + columns
    mapping.write_text(text[:begin] + file + text[end:])
    return project


def consumption(name, samples, count, what, memory=128):
    wall = median(samples, "wall")
    yield Figure(f"{name}.wall", wall, "s")
    yield Figure(f"{name}.speed", count / wall, f"{what}/s")
    yield Figure(f"{name}.cpu", median(samples, "cpu"), "s")
    yield Figure(f"{name}.rss", median(samples, "rss") / MIB, "MiB", f"<= {memory}")


def ratio(key, ours, theirs):
    """The median of the ratios of each turn: neighbours in time share the machine's mood."""
    return statistics.median(
        getattr(one, key) / getattr(other, key) for one, other in zip(ours, theirs, strict=True)
    )


def few_changed(bench, ledgers):
    """W2: one row in a hundred has another address."""
    rows = bench.options.rows
    changed = rows // 100
    ledger, samples = ledgers.employees(rows), []
    bench.say(f"w2: {bench.options.reps} turns")
    for turn in range(bench.options.reps):
        bench.server.execute(
            "-c", f"update bench.employee set address = 'Turn {turn} St' where employee % 100 = 0",
            "-c", "vacuum bench.employee",
        )
        before = bench.sink.counts()["changes"]
        run = bench.crosswalk("employees", ledger, rows, BENCH_SINK=bench.sink.url)
        expect(run, "updated", changed)
        if bench.sink.counts()["changes"] - before != changed:
            raise BenchError("the sink has not seen one request for each change")
        samples.append(run[0])
    yield from consumption(f"w2.{rows}", samples, rows, "rows")


def all_new(bench, ledgers):
    """W3: the first load."""
    count, samples = min(RECORDS, bench.options.rows), []
    bench.say(f"w3: {bench.options.reps} turns")
    for _ in range(bench.options.reps):
        ledger = ledgers.copy(ledgers.references, "all-new")
        before = bench.sink.counts()["posts"]
        run = bench.crosswalk("employees", ledger, count, BENCH_SINK=bench.sink.url)
        expect(run, "created", count)
        if bench.sink.counts()["posts"] - before != count:
            raise BenchError("the sink has not seen one request for each record")
        samples.append(run[0])
    for figure in consumption(f"w3.{count}", samples, count, "records"):
        if figure.name.endswith(".speed"):
            figure.limit = ">= 8000"
        yield figure


def adopted(bench, ledgers):
    """The first run against a target that holds all objects already: the listing is read, and links are written."""
    count = min(RECORDS, bench.options.rows)
    bodies = bench.folder / "people.jsonl"
    with Sink(bench, bodies) as sink:
        expect(
            bench.crosswalk(
                "employees", ledgers.copy(ledgers.references, "people", sink.url), count, BENCH_SINK=sink.url
            ),
            "created", count,
        )
    bench.say(f"adopt: {bench.options.reps} turns")
    wires, samples = [], []
    for _ in range(bench.options.reps):
        server = subprocess.Popen(
            [sys.executable, HOME / "listing_server.py", bodies], stdout=subprocess.PIPE, text=True
        )
        try:
            port = int(server.stdout.readline())
            wires.append(listing_time(port, count))
            url = f"http://127.0.0.1:{port}"
            ledger = ledgers.copy(ledgers.references, "adopted", url)
            run = bench.crosswalk("employees", ledger, count, BENCH_SINK=url)
        finally:
            server.terminate()
            words, _ = server.communicate()
        expect(run, "adopted", count)
        seen = json.loads(words)
        if seen != {"pages": 2 * (count // PAGE + 1), "others": 0}:
            raise BenchError(f"each of the two should have asked for each page once: {seen}")
        samples.append(run[0])
    yield from consumption(f"adopt.{count}", samples, count, "records")
    yield Figure(f"adopt.{count}.wire", statistics.median(wires), "s")
    ratios = [sample.wall / wire for sample, wire in zip(samples, wires, strict=True)]
    yield Figure(f"adopt.{count}.ratio", statistics.median(ratios), "x wire time of the listing", "<= 2")


def listing_time(port, count):
    """How long a client takes that does nothing but ask for page after page on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    begun = time.monotonic()
    for number in range(count // PAGE + 1):
        connection.request("GET", f"/people?page={number}&size={PAGE}")
        connection.getresponse().read()
    return time.monotonic() - begun
