"""Records as tables: plain text for the terminal, Markdown for the docs; pure functions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .records import Record

_CAUSES: tuple[tuple[str, str], ...] = (
    (r"not finished after", "takes too long"),
    (r"operator torch|load this library|undefined symbol", "compiled for another PyTorch"),
    (r"shared object|library not found|lib\S+\.so|GIT_PYTHON", "system package missing"),
    (r"No module named", "module missing"),
    (
        r"cannot import name|has no attribute|was removed|is not supported",
        "made for another version",
    ),
    (r"no versions fit|no wheel|not found in the package|resol", "does not resolve"),
    (r"no script or notebook|look equally good", "no entry"),
    (r"status -?\d+|Illegal instruction|Segmentation|out of memory", "the import crashes"),
    (r"network|time[d ]*out|connect|\b50\d\b", "index or network"),
    (r"shallow|partial|object|clone|fetch|unpack", "cannot be opened"),
)
_PATH = re.compile(r"(?<![\w.:/])/(?:[\w.+-]+/)+([\w.+-]+)")
_SHOWN = 110
_NUMBERS = ("packages", "given up", "entries", "imports", "s")
_HEAD = ("repository", "of", "declares", "Python", *_NUMBERS, "tried", "code", "result")


@dataclass(frozen=True)
class Share:
    """How many of a class work, against what is promised and what others reached (percent).

    Attributes:
        elsewhere: those that lack nothing but what works on other machines only.
    """

    title: str
    promised: int
    published: int
    works: int
    tried: int
    elsewhere: int = 0

    @property
    def percent(self) -> float:
        return 100 * self.works / self.tried if self.tried else 0.0

    @property
    def percent_here(self) -> float:
        """Of those that could work on this machine."""
        here = self.tried - self.elsewhere
        return 100 * self.works / here if here else 0.0


def shares(records: Iterable[Record]) -> tuple[Share, ...]:
    """Repositories for Python 2 alone are in none of them."""
    counted = [one for one in records if one.status != "python 2"]

    def share(title: str, promised: int, published: int, kinds: Sequence[str]) -> Share:
        chosen = [one for one in counted if one.declares in kinds]
        elsewhere = sum(one.status == "elsewhere" for one in chosen)
        works = sum(one.works for one in chosen)
        return Share(title, promised, published, works, len(chosen), elsewhere)

    return (
        share("with a requirements.txt", 85, 58, ["requirements.txt"]),
        share("that declare anything", 80, 45, ["requirements.txt", "other"]),
        share("that declare nothing", 75, 11, ["nothing"]),
    )


def kind_of_cause(record: Record) -> str:
    """What a failure's one line is about; `other` where no rule knows it."""
    found = (kind for pattern, kind in _CAUSES if re.search(pattern, record.cause, re.IGNORECASE))
    return next(found, "other")


def failures(records: Iterable[Record]) -> list[tuple[str, list[Record]]]:
    """Failures by kind of cause, the most frequent first."""
    failed = [one for one in records if one.status in {"imports", "not built", "time"}]
    counts = Counter(map(kind_of_cause, failed))
    return [
        (kind, [one for one in failed if kind_of_cause(one) == kind])
        for kind, _ in counts.most_common()
    ]


def text_table(records: Sequence[Record]) -> str:
    """A line for each repository, its cause last."""
    rows = [_HEAD, *(_cells(one) for one in records)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def text_shares(records: Sequence[Record]) -> str:
    """The promised figures."""
    lines = [
        f"{one.title:<26} {one.works:>3} of {one.tried:<3} = {one.percent:5.1f} %"
        f"   {one.elsewhere} for other machines, without them {one.percent_here:.1f} %"
        f"   promised {one.promised} %, published {one.published} %"
        for one in shares(records)
    ]
    return "\n".join([*lines, *(f"{k}: {len(group)}" for k, group in failures(records))])


def markdown(records: Sequence[Record], about: str) -> str:
    """What stands in the docs between the two marks."""
    parts = [about, _markdown_shares(records), _markdown_rows(records)]
    python_2 = [f"{one.name} ({one.python_2})" for one in records if one.python_2]
    if python_2:
        told = "Files that are not Python 3; their imports are read line by line, and counted: "
        parts.append(told + ", ".join(python_2) + ".")
    return "\n\n".join(parts)


def _markdown_shares(records: Sequence[Record]) -> str:
    titles = (
        "repositories",
        "tried",
        "work",
        "share",
        "work but for other hardware",
        "share without these",
        "promised",
        "published",
    )
    head = [f"| {' | '.join(titles)} |", f"|---|{'--:|' * (len(titles) - 1)}"]
    rows = [
        f"| {one.title} | {one.tried} | {one.works} | {one.percent:.0f} % | {one.elsewhere} |"
        f" {one.percent_here:.0f} % | {one.promised} % | {one.published} % |"
        for one in shares(records)
    ]
    return "\n".join([*head, *rows])


def _markdown_rows(records: Sequence[Record]) -> str:
    head = (_HEAD[0], "commit", *_HEAD[2:])
    sides = ["--:" if name in _NUMBERS else "---" for name in head]
    rows = [_markdown_row(one) for one in records]
    return "\n".join([f"| {' | '.join(head)} |", f"|{'|'.join(sides)}|", *rows])


def _markdown_row(record: Record) -> str:
    commit = f"{record.commit[:10]}, {record.date[:7]}"
    _, _, declares, *cells = _cells(record)
    cells = [cell.replace("|", "\\|") for cell in cells]
    return f"| {record.name} | {commit} | {declares} | {' | '.join(cells)} |"


def _cells(record: Record) -> tuple[str, ...]:
    failed = len(record.failed or ())
    result = _result(record)
    made = [f"{name} from source" for name in record.from_source]
    if added := [*record.system_packages, *made]:
        result += f" (with {_short(', '.join(added))})"
    built = bool(record.python)
    return (
        record.name,
        record.date[:7],
        record.declares,
        record.python or "-",
        str(record.packages) if built else "-",
        str(len(record.relaxed) + len(record.dropped)) if built else "-",
        f"{record.entries_ok}/{record.entries}" if record.entries else "-",
        f"{record.imported}/{record.imported + failed}" if built else "-",
        f"{record.elapsed_s:.0f}",
        record.tried or "-",
        record.code or "-",
        result,
    )


def _result(record: Record) -> str:
    if record.status == "elsewhere":
        named = (f"{name} ({what})" for name, what in (record.elsewhere or {}).items())
        return f"works but for {_short(', '.join(named))}"
    return record.status if record.works else f"{record.status}: {_short(record.cause)}"


def _short(text: str) -> str:
    """Without the folders of this machine."""
    plain = _PATH.sub(r"…/\1", text)
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 1] + "…"
