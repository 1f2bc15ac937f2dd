"""From one cleaned line, and what the lines before it left open, to readings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from sandbox.metrics import names
from sandbox.metrics.fields import Named, Said, bare_values, is_wanted, leading_step, read
from sandbox.metrics.tables import Box, Header, Row, box_cells, find_header, is_rule
from sandbox.metrics.tokens import Kind, Token, prepare, tokenize, unwrap
from sandbox.metrics.vocabulary import (
    is_inner_step,
    is_metric,
    is_set,
    is_setting,
    is_step,
    is_vetoed,
)

# A number stands apart; the 1 of `f1-score` does not.
_NUMBER = re.compile(r"(?<![\w.@])[+-]?\.?\d|\b(?:nan|inf|infinity)\b", re.IGNORECASE)
# Warnings, tracebacks and raised errors hold numbers that measure nothing.
_SILENT = re.compile(
    r"\s*(?:\[?(?:W|WARN|WARNING|Warning|Traceback|DeprecationWarning)\b(?!\s*[=\d])"
    r"|File \"|\S*:\d+: \w*Warning\b|[\w.]{0,80}(?:Exception|Warning):"
    r"|[^@]{0,80}@\[ IoU="  # COCO's twelve lines differ by what stands in the bracket
    r"|[A-Z][\w.]{0,80}[a-z]Error: (?!\s*[-+\d.]))"
)
# 2026-11-20 10:11:12,345 | INFO | module:function:42 - …
_LOG_PREFIX = re.compile(
    r"\A\s*+(?:\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,\d]*+\]?\s*+[|:-]?\s*+)?"
    r"(?:\[?(?:INFO|DEBUG|NOTICE)\]?\s*+[:|-]?\s*+)?(?:[\w.]++:[\w.<>]++:\d++\s*+[-|]\s)?"
)
_LABEL_WORDS = 6


@dataclass(frozen=True)
class Reading:
    """A named number of a line.

    Attributes:
        step: the line's, or the one that held before it.
        progress: how much of that step was done, 0 … 1; None = not told.
    """

    name: str
    value: float
    step: float | None = None
    progress: float | None = None
    unit: str | None = None
    line: str = ""


@dataclass(frozen=True)
class Open:
    """What lines leave open for the next ones of the same stream.

    Attributes:
        label: words waiting for a value on the next line.
        in_array: inside an array that is printed over several lines.
        count: numerator of the last bare fraction, by which counters are told from results.
    """

    label: tuple[str, ...] = ()
    box: Box | None = None
    header: Header | None = None
    in_array: bool = False
    count: float | None = None


@dataclass(frozen=True)
class Result:
    """What a line says.

    Attributes:
        step: told by this line itself; holds for the lines after it.
        open: what it leaves open.
    """

    readings: tuple[Reading, ...] = ()
    step: float | None = None
    open: Open = field(default_factory=Open)


def read_line(line: str, before: Open, held: float | None = None) -> Result:
    """Readings of one line.

    Args:
        line: cleaned, without its end.
        before: what the stream's last line left open.
        held: the step told by the lines before.
    """
    if not line.strip():
        return Result(open=before)
    if is_rule(line):
        return close_box(before, held)
    cells = box_cells(line)
    if before.header is None and cells is not None and len(cells) == 2:
        return _read_box(line, cells, before)
    closed = close_box(before, held)
    rest = _read_rest(line, closed.open, held if closed.step is None else closed.step)
    step = closed.step if rest.step is None else rest.step
    return replace(rest, readings=closed.readings + rest.readings, step=step)


def close_box(before: Open, held: float | None) -> Result:
    """What a box says, once it is complete; all else stays open."""
    if before.box is None:
        return Result(open=before)
    row = before.box.read()
    readings = _from_row(row, held, "table")
    return Result(readings, row.step, replace(before, box=None))


def _read_box(line: str, cells: Sequence[str], before: Open) -> Result:
    header = find_header(line) if before.box is None else None
    if header is not None:
        return Result(open=Open(header=header))
    return Result(open=Open(box=(before.box or Box()).add(cells)))


def _read_rest(line: str, before: Open, held: float | None) -> Result:
    if _SILENT.match(line):
        return Result()
    row = before.header.read(line) if before.header else None
    if row is not None:
        return Result(_from_row(row, held, line), row.step, before)
    if _NUMBER.search(unwrap(line)):
        return _read_numbers(line, before, held)
    return _read_words(line, before)


def _from_row(row: Row, held: float | None, line: str) -> tuple[Reading, ...]:
    step = held if row.step is None else row.step
    return tuple(_reading(one, step, None, line) for one in row.named)


# ---------------------------------------------------------------- lines without numbers


def _read_words(line: str, before: Open) -> Result:
    """A header, or a label whose value stands on the next line."""
    header = find_header(line)
    if header is not None:
        return Result(open=Open(header=header))
    tokens = tokenize(prepare(line))
    words = tuple(token.text for token in tokens if token.kind is Kind.word)
    linked = bool(tokens) and tokens[-1].kind is Kind.link
    plain = all(token.kind in (Kind.word, Kind.link) for token in tokens)
    if plain and len(words) <= _LABEL_WORDS and (linked or is_metric(words)):
        return Result(open=Open(label=names.phrase(words)))
    return Result(open=Open(in_array=_opens_array(line, before)))


def _opens_array(line: str, before: Open) -> bool:
    depth = line.count("[") - line.count("]")
    return depth > 0 or (before.in_array and depth == 0 and "]" not in line)


# ---------------------------------------------------------------- lines with numbers


def _read_numbers(line: str, before: Open, held: float | None) -> Result:
    tokens = tokenize(prepare(_LOG_PREFIX.sub("", line, count=1)))
    said = read(tokens)
    in_array = _opens_array(line, before) or (before.in_array and line.count("]") < 2)
    if not said.named:
        bare = _read_bare(line, tokens, said, before, held)
        if bare is not None:
            return bare
    own = said.step
    if own is None and any(is_metric(one.words) or one.linked for one in said.named):
        own = _leading(tokens, said)
    step, inner = _step_of(said, own, held)
    wanted = [one for one in said.named if is_wanted(one, stepped=own is not None)]
    if not wanted and said.step is None:
        return Result(open=Open(in_array=in_array))
    readings = tuple(_reading(one, step, inner, line) for one in _apart(wanted))
    return Result(readings, own, Open(in_array=in_array))


def _leading(tokens: Sequence[Token], said: Said) -> float | None:
    step = leading_step(tokens)
    if step is None or tokens[0].kind is not Kind.number:
        return step
    follows = tokens[1].kind
    if follows in (Kind.link, Kind.stop):
        return step
    first = said.named[0].words if said.named else ()
    begins = follows is Kind.word and names.phrase((tokens[1].text,)) == first[:1]
    return step if begins and is_metric(first) else None


def _step_of(
    said: Said, own: float | None, held: float | None
) -> tuple[float | None, float | None]:
    """The step and how much of it is done; a batch counts only where no epoch is known."""
    step = held if own is None else own
    if step is None:
        return said.inner, None
    return step, said.progress


def _apart(wanted: Sequence[Named]) -> Iterator[Named]:
    """`train loss 0.5 acc 0.9 val loss 0.6 acc 0.8`: the second `acc` is another one."""
    bare = [names.join(one.words) for one in wanted]
    counts = Counter(bare)
    last: str | None = None
    for one, name in zip(wanted, bare, strict=True):
        told = [word for word in one.words if is_set(word)]
        last = told[0] if told else last
        repeats = counts[name] > 1 and last is not None
        yield replace(one, words=names.with_set(last, one.words)) if repeats else one


def _reading(one: Named, step: float | None, progress: float | None, line: str) -> Reading:
    unit = "%" if one.number.percent else None
    return Reading(names.join(one.words), one.value, step, progress, unit, line)


# ---------------------------------------------------------------- lines of bare numbers


def _read_bare(
    line: str, tokens: Sequence[Token], said: Said, before: Open, held: float | None
) -> Result | None:
    """A value without a word: named by the line before, or `value`."""
    if before.in_array:
        return None
    if before.label:
        return _labelled(line, tokens, before, held)
    if said.step is not None:
        return _stepped(line, tokens, said)
    pair = _pair(line, tokens)
    if pair is not None:
        return Result((Reading(names.BARE, pair[1], pair[0], line=line),), pair[0])
    return next((_bare(line, token, before, held) for token in bare_values(tokens)), None)


def _bare(line: str, token: Token, before: Open, held: float | None) -> Result:
    open_ = Open(count=token.value if token.kind is Kind.fraction else None)
    if token.percent or _is_counter(token, before):
        return Result(open=open_)
    return Result((_reading(Named((names.BARE,), token), held, None, line),), open=open_)


def _labelled(
    line: str, tokens: Sequence[Token], before: Open, held: float | None
) -> Result | None:
    if len(tokens) != 1:
        return None
    token = tokens[0]
    if token.kind is Kind.numbers and len(token.parts) == 1:
        token = token.parts[0]
    if token.kind not in (Kind.number, Kind.fraction):
        return None
    named = Named(before.label, token, linked=True)
    known = is_metric(named.words) or not (named.is_whole or is_setting(named.words))
    if not known or is_vetoed(named.words):
        return Result()
    if is_step(named.words[-1]) or is_inner_step(named.words[-1]):
        return Result(step=token.value)
    return Result((_reading(named, held, None, line),))


def _stepped(line: str, tokens: Sequence[Token], said: Said) -> Result | None:
    """`Epoch 0: 9096 / 10000`: one number besides the step."""
    values = [token for token in said.nameless if token.kind is not Kind.numbers]
    if len(values) != 1 or tokens[-1] is not values[0] or values[0].percent:
        return None
    value = values[0]
    if value.whole or (value.kind is Kind.fraction and not value.spaced):
        return None
    named = Named((names.BARE,), value)
    return Result((_reading(named, said.step, None, line),), said.step)


def _pair(line: str, tokens: Sequence[Token]) -> tuple[float, float] | None:
    """`499 2.7e-07`: a counter and a number, one space apart (pandas prints more)."""
    if len(tokens) != 2 or line.strip().count(" ") != 1:
        return None
    counter, value = tokens
    if counter.kind is not Kind.number or value.kind is not Kind.number:
        return None
    fits = counter.whole and counter.value >= 0 and not value.whole and not value.percent
    return (counter.value, value.value) if fits else None


def _is_counter(token: Token, before: Open) -> bool:
    """`2 / 100` after `1 / 100` says how far a loop is, not how well it did."""
    if token.kind is not Kind.fraction:
        return False
    return token.value <= 1 or (before.count is not None and token.value == before.count + 1)
