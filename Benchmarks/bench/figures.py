"""Figures, the limits they are held against, and how both are printed."""

import dataclasses
import json
import operator
import statistics

COMPARISONS = {"<=": operator.le, ">=": operator.ge, "=": operator.eq}


@dataclasses.dataclass
class Figure:
    name: str
    value: float
    unit: str
    #: Such as "<= 57"; None for a figure that nothing is asked of.
    limit: str | None = None

    @property
    def holds(self):
        if self.limit is None:
            return None
        comparison, bound = self.limit.split()
        return COMPARISONS[comparison](self.value, float(bound))

    def json(self):
        value = float(f"{self.value:.6g}")
        return json.dumps(
            {"name": self.name, "value": value, "unit": self.unit, "limit": self.limit, "holds": self.holds}
        )

    def row(self):
        holds = {None: "", True: "yes", False: "NO"}[self.holds]
        return [self.name, shown(self.value), self.unit, self.limit or "", holds]


def shown(value):
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}"


def table(figures):
    rows = [["figure", "value", "unit", "limit", "holds"]] + [figure.row() for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0]), row[1].rjust(widths[1])]
        cells += [row[column].ljust(widths[column]) for column in (2, 3, 4)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def median(samples, key):
    return statistics.median(getattr(sample, key) for sample in samples)
