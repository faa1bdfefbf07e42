"""What was measured, as a table: plain text for the terminal, Markdown for the documentation."""

from collections.abc import Sequence

from msgspec import Struct


class Table(Struct, frozen=True):
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    def text(self) -> str:
        """Aligned columns: the first to the left, figures to the right."""
        widths = [max(len(line[index]) for line in (self.columns, *self.rows)) for index in range(len(self.columns))]
        lines = [self.title, _aligned(self.columns, widths), "  ".join("─" * width for width in widths)]
        lines += [_aligned(row, widths) for row in self.rows]
        return "\n".join([*lines, *self.notes])

    def markdown(self) -> str:
        lines = [f"### {self.title}", "", _cells(self.columns), _cells(["---", *["--:"] * (len(self.columns) - 1)])]
        lines += [_cells(row) for row in self.rows]
        return "\n".join([*lines, "", *self.notes])


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)]
    return "  ".join([f"{cells[0]:<{widths[0]}}", *padded[1:]])


def _cells(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
