"""A CSV file of somebody else's, in which single cells change and every other byte stays as it is.

Each cell is kept as it stands in the file, with its quotes, and so is each line's end. Python's csv module would give
the same values, but could not say how they were written.
"""

import re
from dataclasses import dataclass

_BOM = "\ufeff"
DELIMITERS = (",", ";", "\t")


@dataclass
class Line:
    """The cells of one line as they are written, and what ends it: a line break, or nothing at the end of the file."""

    cells: list[str]
    end: str


class Sheet:
    r"""The lines of a CSV text; `str(sheet)` is that text again.

    >>> sheet = Sheet('Student;"Lab 2"\r\n"=Ann";\r\n')
    >>> sheet.put(sheet.lines[1], 1, "8,5")
    >>> str(sheet)
    'Student;"Lab 2"\r\n"=Ann";8,5\r\n'
    """

    def __init__(self, text: str) -> None:
        self._bom = _BOM if text.startswith(_BOM) else ""
        body = text.removeprefix(_BOM)
        # the delimiter is what cuts the headings into most pieces: a semicolon where commas are in numbers
        self.delimiter = max(DELIMITERS, key=lambda d: len(_line(body, 0, d)[0].cells))
        self.lines: list[Line] = []
        place = 0
        while place < len(body):
            line, place = _line(body, place, self.delimiter)
            self.lines.append(line)

    def __str__(self) -> str:
        return self._bom + "".join(self.delimiter.join(line.cells) + line.end for line in self.lines)

    def value(self, line: Line, column: int) -> str:
        """What a cell says; nothing where the line is too short."""
        return _value(line.cells[column]) if column < len(line.cells) else ""

    def values(self, line: Line) -> list[str]:
        """What all cells of a line say."""
        return [_value(cell) for cell in line.cells]

    def put(self, line: Line, column: int, value: str) -> None:
        """Write a cell, in quotes if they are needed or were there; a line that is too short is filled up."""
        line.cells += [""] * (column + 1 - len(line.cells))
        quoted = line.cells[column].startswith('"') or re.search(rf'[{self.delimiter}"\r\n]', value)
        line.cells[column] = '"{}"'.format(value.replace('"', '""')) if quoted else value


def _line(text: str, place: int, delimiter: str) -> tuple[Line, int]:
    """The line that begins at a place, and where the next one does."""
    # a cell in quotes ends at the quote that is not doubled; what follows up to the delimiter still belongs to it
    cell = re.compile(rf'(?:"[^"]*+(?:""[^"]*+)*+(?:"|\Z))?[^{delimiter}\r\n]*+')
    cells = []
    while True:
        found = cell.match(text, place)
        assert found  # it may be empty, but there is always one
        cells.append(found[0])
        place = found.end()
        if text[place : place + 1] != delimiter:
            break
        place += 1
    end = "\r\n" if text.startswith("\r\n", place) else text[place : place + 1]
    return Line(cells, end), place + len(end)


def _value(cell: str) -> str:
    if not cell.startswith('"'):
        return cell
    inside = re.fullmatch(r'"((?:[^"]|"")*+)"?(.*)', cell, re.S)
    assert inside
    return inside[1].replace('""', '"') + inside[2]
