"""From the tokens of a line to what it says: named numbers, and how far the training is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sandbox.metrics import names
from sandbox.metrics.tokens import Kind, Token
from sandbox.metrics.vocabulary import (
    is_inner_step,
    is_metric,
    is_set,
    is_setting,
    is_step,
    is_vetoed,
)

_DETERMINERS = frozenset(
    ("the", "all", "first", "last", "each", "every", "top", "over", "on", "for", "after")
)
_ABBREVIATIONS = frozenset(("val", "avg", "acc", "err", "prec", "rec", "ep", "iter", "max", "min"))
_DEEPEST = 5
_FIELD_ENDS = (Kind.stop, Kind.junk)


@dataclass(frozen=True)
class Named:
    """A number and the words before it.

    Attributes:
        linked: `:`, `=` or the like stood between them.
        alone: nothing else stands in this part of the line.
    """

    words: tuple[str, ...]
    number: Token
    linked: bool = False
    alone: bool = False

    @property
    def value(self) -> float:
        """A fraction of a count is its value."""
        top, bottom = self.number.value, self.number.total
        return top / bottom if self.number.kind is Kind.fraction and bottom else top

    @property
    def is_whole(self) -> bool:
        return self.number.whole and not self.number.percent


@dataclass
class Said:
    """What a line says, while it is read.

    Attributes:
        step: the first number after a word such as epoch.
        inner: batch and the like, where no epoch is told.
        progress: how much of the epoch is done, 0 … 1.
        nameless: numbers without words.
    """

    named: list[Named] = field(default_factory=list)
    nameless: list[Token] = field(default_factory=list)
    step: float | None = None
    inner: float | None = None
    progress: float | None = None


def read(tokens: Sequence[Token]) -> Said:
    """What the tokens of one line say, not yet judged."""
    reading = _Reading()
    reading.read(tokens)
    return reading.said


def is_wanted(named: Named, *, stepped: bool) -> bool:
    """Whether this is a scalar: surely so by its words, or by standing in a line of them.

    Args:
        stepped: the line tells a step, so its further numbers are measurements too.
    """
    words = named.words
    if not words or is_vetoed(words):
        return False
    if is_metric(words):
        return named.linked or stepped or not named.is_whole
    if not stepped or named.is_whole or named.number.kind is Kind.fraction or len(words) > 3:
        return False
    return named.linked or (named.alone and (len(words) == 1 or is_setting(words)))


class _Reading:
    """A walk over tokens; remembers the words since the last number or stop."""

    def __init__(self) -> None:
        self.said = Said()
        self._words: list[str] = []
        self._label: tuple[str, ...] = ()
        self._left: tuple[str, ...] = ()
        self._set: str | None = None
        self._linked = False
        self._starts = True
        self._percent = False

    def read(self, tokens: Sequence[Token], depth: int = 0) -> None:
        for at, token in enumerate(tokens):
            ends = at + 1 == len(tokens) or tokens[at + 1].kind in _FIELD_ENDS
            if token.kind is Kind.word:
                self._add_word(token.text)
            elif token.kind is Kind.link:
                self._link(token.text)
            elif token.kind is Kind.group:
                self._read_group(token, depth)
            elif token.kind in (Kind.number, Kind.fraction):
                self._add_number(token, ends=ends)
            elif token.kind is Kind.numbers:
                self._add_numbers(token, ends=ends)
            else:
                self._stop(token)

    # ------------------------------------------------ words

    def _add_word(self, text: str) -> None:
        if self._linked and self._words:
            self._keep_label()
        self._words.append(text)

    def _keep_label(self) -> None:
        if self._is_set_alone():
            self._set, self._label = self._words[0], ()
        else:
            self._label = tuple(self._words)
        self._clear(starts=True)

    def _link(self, text: str) -> None:
        if not self._words and self._left:
            self._words, self._left = list(self._left), ()
        self._linked = bool(self._words)
        if text == "=" and is_set(self._words[-1] if self._words else ""):
            self._linked = True

    def _stop(self, token: Token) -> None:
        if token.text == "%":
            self._percent = True
            return
        if token.text == "." and self._words and self._words[-1].lower() in _ABBREVIATIONS:
            return
        if self._is_set_alone() and token.text not in (",", "."):
            self._set = self._words[0]
        if token.kind is Kind.junk or token.text in ("|", ";", "!"):
            self._label = ()
        self._left = ()
        self._clear(starts=True)

    def _clear(self, *, starts: bool) -> None:
        self._words, self._linked, self._starts, self._percent = [], False, starts, False

    # ------------------------------------------------ numbers

    def _add_number(self, token: Token, *, ends: bool) -> None:
        if self._left and self._words and not names.phrase(self._words):
            # `the loss for epoch 3 is 0.5`: its name stands before the step
            self._words, self._left, self._linked = list(self._left), (), True
        if not self._words:
            self._add_nameless(token)
        elif self._is_step(token):
            self._add_step(token)
        elif not self._linked and token.whole and self._words[-1].lower() in _DETERMINERS:
            return  # `accuracy on the 10000 test images: 97.5 %`
        else:
            self._add_named(token, ends=ends)
            if token.whole and self._is_set_alone():
                self._set = self._words[0]
            self._clear(starts=False)

    def _add_numbers(self, token: Token, *, ends: bool) -> None:
        """`[5/60]` after a word, `[20.]` as a value, `[25600/60000 (43%)]` as progress."""
        parts = [one for one in token.parts if one.kind is not Kind.stop]
        single = parts[0] if len(parts) == 1 else None
        if single is not None and self._words and self._takes(single):
            self._add_number(single, ends=ends)
            return
        self.said.nameless.append(token)
        if single is not None and single.kind is Kind.fraction:
            self._add_progress(single)
        if self._is_set_alone():
            self._set = self._words[0]
        self._clear(starts=True)

    def _takes(self, token: Token) -> bool:
        return self._is_step(token) or (self._linked and not self._is_set_alone())

    def _is_set_alone(self) -> bool:
        return len(self._words) == 1 and is_set(self._words[0])

    def _add_nameless(self, token: Token) -> None:
        self.said.nameless.append(token)
        if token.kind is Kind.fraction:
            self._add_progress(token)
        self._linked = False

    def _add_progress(self, token: Token) -> None:
        if 0 <= token.value <= token.total and token.total:
            self.said.progress = token.value / token.total

    def _is_step(self, token: Token) -> bool:
        last = self._words[-1]
        countable = token.kind is Kind.fraction or token.whole or token.value >= 0
        is_count = is_step(last) or is_inner_step(last)
        if not is_count or not countable or token.percent:
            return False
        # `Fold 1: 0.93` and `Epoch 0: 0.93` are values, `'epoch': 1.25` is a step.
        return token.kind is Kind.fraction or token.whole or last.lower() == "epoch"

    def _add_step(self, token: Token) -> None:
        if is_inner_step(self._words[-1]):
            self.said.inner = token.value if self.said.inner is None else self.said.inner
            if token.kind is Kind.fraction:
                self._add_progress(token)
        elif self.said.step is None:
            self.said.step = token.value
        elif token.kind is Kind.fraction:
            self._add_progress(token)
        self._left = tuple(self._words[:-1])
        self._clear(starts=True)

    def _add_named(self, token: Token, *, ends: bool) -> None:
        words = self._name()
        if self._percent and not token.percent:
            token = Token(token.kind, token.text, token.value, token.total, percent=True)
        alone = self._starts and ends
        self.said.named.append(Named(words, token, self._linked, alone))

    def _name(self) -> tuple[str, ...]:
        words = names.phrase(self._words)
        if words and not is_metric(words):
            previous = self.said.named[-1].words if self.said.named else ()
            again = names.other_set(previous, words)
            if again:
                return again
            if is_metric(self._label) and not is_vetoed(self._label):
                return names.with_label(self._label, words)
        return names.with_set(self._set, words) if is_metric(words) else words

    # ------------------------------------------------ parentheses

    def _read_group(self, token: Token, depth: int) -> None:
        """A call's arguments tell nothing; `(train)` is a word; `(alpha=0.5)` describes."""
        only = token.parts[0] if len(token.parts) == 1 else None
        if only is not None and only.text == "%":
            self._percent = True
        elif only is not None and only.kind is Kind.word and is_set(only.text):
            self._add_set(only.text)
        elif token.attached and self._words:
            if not is_metric(self._words[-1:]):
                self._clear(starts=False)
        elif depth < _DEEPEST:
            self._read_description(token, depth)

    def _add_set(self, word: str) -> None:
        if self._words:
            self._words.append(word)
        else:
            self._set = word

    def _read_description(self, token: Token, depth: int) -> None:
        inner = _Reading()
        inner.read(token.parts, depth + 1)
        said = inner.said
        self.said.named += [
            named for named in said.named if named.linked and is_metric(named.words)
        ]
        if self.said.step is None:
            self.said.step = said.step
        if said.progress is not None and self.said.progress is None:
            self.said.progress = said.progress


def leading_step(tokens: Sequence[Token]) -> float | None:
    """`[10]`, `10:` or `10 loss …` in front of a line, as xgboost and many loops print it."""
    if len(tokens) < 2:
        return None
    first, second = tokens[0], tokens[1]
    if first.kind is Kind.numbers:
        return _bracketed_step(first, second)
    if first.kind is Kind.number and first.whole and not first.percent and first.value >= 0:
        return first.value
    return None


def _bracketed_step(first: Token, second: Token) -> float | None:
    parts = [one for one in first.parts if one.kind is not Kind.stop]
    if second.kind is Kind.numbers or not 1 <= len(parts) <= 2:
        return None  # `[1/25][0/391]` does not say which is which
    told = parts[0]
    counts = told.kind is Kind.fraction or (told.whole and not told.percent)
    return told.value if counts else None


def bare_values(tokens: Sequence[Token]) -> Iterator[Token]:
    """Numbers that are a line's only content: `0.93`, `[20.]`, `96 / 100`."""
    if len(tokens) != 1:
        return
    token = tokens[0]
    if token.kind is Kind.numbers and len(token.parts) == 1:
        token = token.parts[0]
    is_result = token.kind is Kind.fraction and token.spaced and bool(token.total)
    if is_result or (token.kind is Kind.number and not token.whole):
        yield token
