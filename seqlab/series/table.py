"""A table with a time column: monthly CO₂, sea temperatures, hourly air, or a CSV file of the user's.

| name | what | steps | unit | terms |
|--|--|--|--|--|
| co2 | CO₂ at Mauna Loa, 1958 to 2001 | 526 months | ppm | public domain, in the package |
| el_nino | sea surface off Peru (Niño 1+2), 1950 to 2010 | 732 months | °C | public domain, in the package |
| beijing | PM2.5 and weather, 2010 to 2014; a download of 2 MB | 43,800 hours | µg/m³, … | cite Liang et al. 2015 |

A gap is filled with the last value before it, never with what comes after: whoever forecasts does not know that. A series
begins where every column has had a value.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from seqlab import data
from seqlab.errors import SeqlabError
from seqlab.sequences.decoding import bytes_of, decoded

BEIJING = data.Remote(
    "beijing_pm25",
    "pollution.csv",
    "https://raw.githubusercontent.com/jbrownlee/Datasets/d20fcb6402ae34e653d4513b00f39257bb37ed7f/pollution.csv",
    "892e9559205d16d32623135c127a3951c12e46ea1e0b3093e107ce89a9fd60e2",
    packed="ae74d528f52cd98c8781f76ed94be9cf4a086cb5e3f6f7cffd804c50c8d96627",
)
NAMES = ("co2", "el_nino", "beijing")
#: days between steps, from and to -> after how many steps a series of this spacing is likely to repeat itself
PERIODS = {(1 / 24, 1 / 24): 24, (1, 1): 7, (7, 7): 52, (28, 31): 12, (90, 92): 4}


@dataclass(frozen=True)
class Series:
    """Values at even steps of time.

    Attributes:
        name, terms: what it is, and under which terms it may be used.
        times: (N,) datetime64. values: (N, D) float64, no gaps. columns, units: a text for each of the D columns.
        period: steps after which it is likely to repeat itself, such as 12 of months; None if nothing is known.
        filled: how many values were missing, and are the last ones before.
    """

    name: str
    times: np.ndarray
    values: np.ndarray
    columns: tuple[str, ...]
    units: tuple[str, ...]
    period: int | None
    filled: int = 0
    terms: str = ""

    def __len__(self) -> int:
        return len(self.times)

    def __repr__(self) -> str:
        first, last = (str(t)[:10] for t in (self.times[0], self.times[-1]))
        filled = f", {self.filled} gaps filled with the value before" if self.filled else ""
        return f"<{self.name}: {', '.join(self.columns)}; {len(self)} steps from {first} to {last}{filled}>"

    def before(self, time: str) -> int:
        """The number of steps before a time, such as "1990" or "1990-06-01"."""
        return int(np.searchsorted(self.times, np.datetime64(time, "ns")))


def load_series(name: str, *, columns: tuple[str, ...] = (), time: str | None = None, progress: bool = True) -> Series:
    """One of the series above, or a CSV file of yours.

    Args:
        name: see the table, or the path of a CSV file. columns: those that are wanted; all numeric ones if left out.
        time: the column of times; the first one that can be read as such. progress: show a bar during a download.

    Raises:
        SeqlabError: no such series or file; no column of times or of numbers; times that do not rise.

    >>> load_series("co2").before("1990")
    382
    """
    if name == "co2":
        found = _of(_package("co2.csv")[["month", "ppm"]], "CO₂ at Mauna Loa", "month", {"ppm": "ppm"})
    elif name == "el_nino":
        found = _of(_package("el_nino.csv"), "sea surface, Niño 1+2", "month", {"celsius": "°C"})
    elif name == "beijing":
        found = _beijing(progress)
    elif (path := Path(name).expanduser()).is_file():
        table = _users(path)
        found = _of(table, path.stem, time or _time_column(table, path), {})
    else:
        raise SeqlabError(f"a series is one of {', '.join(NAMES)}, or a CSV file", got=repr(name))
    return _only(found, columns) if columns else found


def _package(file: str) -> pd.DataFrame:
    return pd.read_csv(data.small_set("series") / file)


def _beijing(progress: bool) -> Series:
    table = pd.read_csv(data.fetch(BEIJING, progress=progress))
    table["time"] = pd.to_datetime(table[["year", "month", "day", "hour"]])
    units = {"pm2.5": "µg/m³", "DEWP": "°C", "TEMP": "°C", "PRES": "hPa", "Iws": "m/s", "Is": "h", "Ir": "h"}
    return _of(table[["time", *units]], "Beijing", "time", units)


def _users(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(io.StringIO(decoded(bytes_of(path), path).text))
    except ValueError as error:  # of pandas: its own kinds are ValueErrors
        raise SeqlabError("a CSV file with as many cells in each line", got=f"{path}: {error}"[:200]) from None


def _time_column(table: pd.DataFrame, path: Path) -> str:
    for column in table.columns:
        if table[column].dtype.kind in "fbiu":  # a plain number is no time
            continue
        if pd.to_datetime(table[column], errors="coerce", format="mixed").notna().all():
            return str(column)
    raise SeqlabError(f"{path.name} has a column of times, such as 2024-05-01", got=f"columns {list(table.columns)}")


def _of(table: pd.DataFrame, name: str, time: str, units: dict[str, str]) -> Series:
    if time not in table.columns:
        raise SeqlabError(f"a column of times called {time}", got=f"columns {list(table.columns)}")
    times = pd.DatetimeIndex(pd.to_datetime(table[time], errors="coerce", format="mixed"))
    rising = times.notna().all() and times.is_monotonic_increasing and times.is_unique
    if not rising:
        wrong = "dates that cannot be read" if times.isna().any() else "times that do not rise, or come twice"
        raise SeqlabError(f"the times of {name} rise from line to line", got=wrong, fix="sort the file by time")
    numbers = table.drop(columns=time).select_dtypes("number")
    if numbers.empty:
        raise SeqlabError(f"{name} has a column of numbers beside {time}", got="none")
    begun = numbers.notna().cummax().all(axis=1).to_numpy()
    times, numbers, filled = times[begun], numbers[begun], numbers.ffill()[begun]
    if not len(filled):
        raise SeqlabError(f"{name} has a number in every column", got=f"an empty one among {list(numbers.columns)}")
    gaps = int(numbers.isna().to_numpy().sum())
    columns = tuple(map(str, numbers.columns))
    return Series(
        name,
        times.to_numpy("datetime64[ns]"),
        filled.to_numpy("float64"),
        columns,
        tuple(units.get(column, "") for column in columns),
        _period(times),
        gaps,
    )


def _period(times: pd.DatetimeIndex) -> int | None:
    days = float(np.median(np.diff(times.to_numpy("datetime64[s]")).astype(float))) / 86400 if len(times) > 1 else 0.0
    return next((period for (low, high), period in PERIODS.items() if low <= days <= high), None)


def _only(series: Series, columns: tuple[str, ...]) -> Series:
    if unknown := [column for column in columns if column not in series.columns]:
        raise SeqlabError(f"columns of {series.name} are {', '.join(series.columns)}", got=", ".join(unknown))
    at = [series.columns.index(column) for column in columns]
    units = tuple(series.units[i] for i in at)
    return Series(series.name, series.times, series.values[:, at], columns, units, series.period, series.filled)
