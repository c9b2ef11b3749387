"""The tables of a finished sweep, as plain data, Arrow or pandas."""

from __future__ import annotations

import csv
import difflib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Tuple

if TYPE_CHECKING:
    import pandas
    import pyarrow

Row = Dict[str, Any]

#: Columns of points.csv and paired.csv that are whole numbers, and those that are numbers.
_WHOLE = frozenset(["point", "against_point", "n", "seen_runs", "outstanding"])
_NUMBERS = frozenset(["mean", "half_width_95", "min", "max", "low_95", "high_95"])
_TABLES = ("rows", "points", "paired")


class Sweep:
    """A finished sweep. ``rows`` has one dict per run; ``points`` means and 95 % intervals; ``paired`` differences
    between values under common random numbers. They are the tables that ``rcsim sweep`` writes.
    """

    def __init__(self, *, folder: Optional[Path], manifest: Dict[str, Any], rows: str, points: str, paired: str) -> None:
        #: The folder of the sweep, if it is kept.
        self.folder = folder
        #: The columns that were varied.
        self.keys: Tuple[str, ...] = tuple(key for vary in manifest["vary"] for key in vary.split("=", 1)[0].split(","))
        #: What was swept: the content of ``sweep.json``.
        self.manifest = manifest
        #: The runs, ordered by point and seed.
        self.rows: List[Row] = [json.loads(line) for line in rows.splitlines()]
        values = {row["point"]: row for row in self.rows}
        #: Per point and measure: ``n``, ``mean``, ``low_95``, ``high_95``, ..
        self.points: List[Row] = _table(points, values)
        #: Per point and measure, against the first value of each varied key.
        self.paired: List[Row] = _table(paired, values)

    @classmethod
    def read(cls, folder: Any, *, keep: bool = True) -> "Sweep":
        """The sweep in ``folder``, which ``rcsim sweep`` or ``merge`` finished."""
        path = Path(folder)
        missing = [name for name in ("sweep.json", "runs.jsonl", "points.csv", "paired.csv") if not (path / name).is_file()]
        if missing:
            raise FileNotFoundError(f"{path} holds no finished sweep: there is no {missing[0]}")
        text = {name: (path / name).read_text(encoding="utf-8") for name in ("runs.jsonl", "points.csv", "paired.csv")}
        return cls(
            folder=path if keep else None,
            manifest=json.loads((path / "sweep.json").read_text(encoding="utf-8")),
            rows=text["runs.jsonl"],
            points=text["points.csv"],
            paired=text["paired.csv"],
        )

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __repr__(self) -> str:
        points = len({row["point"] for row in self.rows})
        of = f" of {', '.join(self.keys)}" if self.keys else ""
        return f"<rcsim.Sweep: {len(self.rows)} runs at {points} points{of}>"

    @property
    def measures(self) -> List[str]:
        """Every measure of ``points``, in order."""
        return list(dict.fromkeys(row["measure"] for row in self.points))

    def estimates(self, measure: str) -> List[Row]:
        """The rows of ``points`` of one measure, in the order of points: its mean and interval at each."""
        found = [row for row in self.points if row["measure"] == measure]
        if not found:
            near = difflib.get_close_matches(measure, self.measures, n=3, cutoff=0.4)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise KeyError(f"no measure {measure!r}{hint}")
        return found

    def to_arrow(self, table: str = "rows") -> "pyarrow.Table":
        """A table (``rows``, ``points`` or ``paired``) as Arrow."""
        rows, pyarrow = self._rows(table), _import("pyarrow")
        names = list(dict.fromkeys(name for row in rows for name in row))
        return pyarrow.table({name: _column(pyarrow, [row.get(name) for row in rows]) for name in names})

    def to_pandas(self, table: str = "rows") -> "pandas.DataFrame":
        """A table (``rows``, ``points`` or ``paired``) as a data frame."""
        rows, pandas = self._rows(table), _import("pandas")
        return pandas.DataFrame.from_records(rows)

    def _rows(self, table: str) -> List[Row]:
        if table not in _TABLES:
            raise ValueError(f"table: expected one of {', '.join(_TABLES)}, found {table!r}")
        rows: List[Row] = getattr(self, table)
        return rows


def _table(text: str, values: Dict[int, Row]) -> List[Row]:
    """A table of CSV with numbers as numbers. The values of varied keys are those of the runs of the point."""
    rows: List[Row] = []
    for cells in csv.DictReader(io.StringIO(text)):
        row: Row = {}
        for name, cell in cells.items():
            if name in _WHOLE:
                row[name] = int(cell) if cell else None
            elif name in _NUMBERS:
                row[name] = float(cell) if cell else None
            else:
                row[name] = cell
        of_run = values.get(row["point"], {})
        row.update((name, of_run[name]) for name in row if name in of_run and name != "point")
        rows.append(row)
    return rows


def _column(pyarrow: Any, cells: List[Any]) -> Any:
    known = [cell for cell in cells if cell is not None]
    if any(isinstance(cell, str) for cell in known):
        # A key with words and numbers as values, as `unlimited` and 1000: as they stand in CSV.
        cells = [cell if cell is None or isinstance(cell, str) else json.dumps(cell) for cell in cells]
    elif known and all(isinstance(cell, int) and not isinstance(cell, bool) for cell in known) and max(known) >= 2**63:
        return pyarrow.array(cells, type=pyarrow.uint64())
    elif any(isinstance(cell, float) for cell in known):
        cells = [None if cell is None else float(cell) for cell in cells]
    return pyarrow.array(cells)


def _import(name: str) -> Any:
    try:
        return __import__(name)
    except ImportError:
        extra = {"pyarrow": "arrow", "pandas": "pandas"}[name]
        raise ImportError(f"this needs {name}: pip install {name}, or rcsim[{extra}]") from None
