"""From a line to words, numbers, links and breaks; each step a pure function, each one linear."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

# Possessive, so that no line of digits makes them try again: linear.
_DIGITS = r"(?:\d{1,3}+(?:,\d{3})++(?:\.\d++)?+|\d++(?:\.\d*+)?+|\.\d++)(?:[eE][+-]?\d++)?+"
_ODD = r"(?:nan|inf|infinity|NaN|Inf|NAN|INF|Infinity)"
_SIGNED = rf"[+-]?(?:{_DIGITS}|{_ODD})"


class Kind(StrEnum):
    word = "word"
    number = "number"
    fraction = "fraction"  # 3/10
    numbers = "numbers"  # a bracket with nothing but numbers in it
    link = "link"  # : = ->
    stop = "stop"  # what ends a phrase: , | ; ! and brackets
    group = "group"  # a parenthesis
    junk = "junk"  # times, dates, versions, sizes: known not to be a value


@dataclass(frozen=True)
class Token:
    """A piece of a line.

    Attributes:
        value: number, or the first number of a fraction.
        total: second number of a fraction.
        whole: the number was printed as an integer.
        percent: a percent sign stood behind it.
        parts: what stands in a group or bracket.
        attached: the parenthesis follows a word without a space, as in a call.
        spaced: a fraction written with spaces, `96 / 100`, which progress bars never do.
    """

    kind: Kind
    text: str = ""
    value: float = math.nan
    total: float = math.nan
    whole: bool = False
    percent: bool = False
    parts: tuple[Token, ...] = ()
    attached: bool = False
    spaced: bool = False


# ---------------------------------------------------------------- before tokens

_FILES = re.compile(
    r"\.(?:ckpt|pth?|h5|hdf5|keras|pkl|pickle|joblib|npy|npz|onnx|bin|safetensors|model|png|jpe?g"
    r"|gif|svg|pdf|csv|tsv|json|jsonl|ya?ml|toml|txt|log|html|py|ipynb|zip|gz|tar|pb|tfevents)\b",
    re.IGNORECASE,
)
_CHUNKS = re.compile(r"\S+")
_WRAPPED = re.compile(
    r"\b(?:(?:np|numpy|torch|jnp|jax|tf|cupy)\.)?"
    r"(?:float(?:16|32|64|128|_)?|u?int(?:8|16|32|64)?|[Tt]ensor|[Aa]rray|Tensor|Decimal|Scalar)"
    rf"\(\s*['\[]?({_SIGNED})['\]]?"
    # device='cuda:0', grad_fn=<NllLossBackward0>, shape=()
    r"(?:\s*,\s*[a-z_]{1,20}=[^()]{0,200}(?:\([^()]{0,50}\)[^()]{0,200})?)?\)"
)
_TENSORS = re.compile(rf"<tf\.Tensor:[^<>]{{0,200}}numpy=({_SIGNED})>")
_BARS = re.compile(
    r"\d{1,3}(?:\.\d+)?%\s?\|[^|]{0,300}\|(?:\s*[\d.]+\w?/[\d.?]+\w?)?"  # tqdm
    r"|(?<!\d)\d+/(?:\d+|Unknown)\s+(?:\[[=>.\s]{3,200}\]|[━╸╺─]{3,200})"  # Keras 2 and 3
    r"|\d{1,3}(?:\.\d+)?%\s*\[[=>#.\-\s]{3,200}\]"  # progressbar
)
_RUNS = re.compile(r"[=_*#~━─█▏▎▍▌▋▊▉-]{3,}>?")
_LEADERS = re.compile(r"\.{3,}")
_GLUED_STEP = re.compile(r"\b(epoch|iter|step|episode)[_#]?(?=\d)", re.IGNORECASE)


def prepare(line: str) -> str:
    """The line without paths and bars, numbers out of their Python wrappers."""
    line = _CHUNKS.sub(_without_path, line)
    line = unwrap(line)
    line = _BARS.sub(" | ", line)
    line = _RUNS.sub(" | ", line)
    return _GLUED_STEP.sub(r"\1 ", _LEADERS.sub(" ", line))


def unwrap(text: str) -> str:
    """`np.float64(0.5)` and `tensor(0.5, device='cuda:0')` become `0.5`."""
    if "(" not in text:
        return text
    return _TENSORS.sub(r"\1", _WRAPPED.sub(r"\1", text))


def _without_path(found: re.Match[str]) -> str:
    chunk = found.group()
    bare = chunk.lstrip("'\"(<[")
    is_path = "://" in chunk or (bare.startswith(("/", "./", "../", "~/")) and len(bare) > 3)
    return "\x00" if is_path or "\\" in chunk or _FILES.search(chunk) else chunk


# ---------------------------------------------------------------- tokens

_UNITS = (
    r"ms|µs|us|ns|s|secs?|seconds?|mins|minutes?|hours?|hrs?|h|[kKMGT]i?B|bytes|Bytes|bits?"
    r"|it/s|s/it|fps|Hz|W|°C"
)
_TOKENS = re.compile(
    rf"""
      (?P<junk>
          \x00                                                    # was a path
        | \d{{4}}[-/]\d\d?[-/]\d\d?(?:T[\d:.,+Z-]*)?              # date
        | \d+:\d\d(?::\d\d)*(?:[.,]\d+)?(?![\d.])                 # time
        | (?<![\w.])[+-]?{_DIGITS}[ ](?:{_UNITS})(?![\w:=/]|\s*[:=])   # 12.3 s
      )
    | (?P<number>
          (?:(?<![\w.)\]])[+-])? {_DIGITS} (?!\w|\.\w|,\d|-[^\W\d])   # not 3ms, 2.1.0, 0,5, 10-fold
        | (?<!\w)[+-]?{_ODD}(?![\w-])
      ) (?P<percent>\s?%)?
    | (?P<word> [^\W\d] (?:\w | [-./@^'+](?=\w))* )
    | (?P<other> \d (?:[\w%] | [-.:/,<](?=\w))* )                 # 3ms/step, 2.13.0, 10-fold
    | (?P<link> [-=]> | → | [:=≈] )
    | (?P<open> [(\[{{] )
    | (?P<close> [)\]}}] )
    | (?P<slash> [ ]?/ )
    | (?P<sign> % )                                               # `Accuracy (%): 91`
    | (?P<stop> [|│┃║,;!?•·\u2013\u2014<>] | \.(?=\s|$) | (?<=\s)-(?=\s) )
    """,
    re.VERBOSE,
)
_BRACKETS = {")": "(", "]": "[", "}": "{"}


def tokenize(line: str) -> tuple[Token, ...]:
    """Tokens of a prepared line, brackets and fractions folded.

    Of a line with more than `_MOST_TOKENS` the rest is not read: it is data, not a report.
    """
    found = list(itertools.islice(_TOKENS.finditer(line), _MOST_TOKENS))
    return _fractions(_folded(found, line))


def number(text: str) -> Token | None:
    """The number that this text is as a whole (`0.93`, `91 %`, `tensor(0.25)`), else None."""
    tokens = tokenize(unwrap(text.strip()))
    return tokens[0] if len(tokens) == 1 and tokens[0].kind is Kind.number else None


def _number(found: re.Match[str]) -> Token:
    text = found.group("number")
    whole = not any(sign in text.lower() for sign in ".enf")
    value = float(text.replace(",", ""))
    return Token(Kind.number, text, value, whole=whole, percent=bool(found.group("percent")))


def _simple(found: re.Match[str]) -> Token:
    if found.group("number"):
        return _number(found)
    kind = _KINDS.get(found.lastgroup or "", Kind.junk)
    text = found.group()
    return Token(kind, text.strip(), spaced=text.startswith(" "))


def _folded(found: Sequence[re.Match[str]], line: str) -> list[Token]:
    """Brackets become one token each, from the inside out, without recursion."""
    stack: list[tuple[str, bool, list[Token]]] = [("", False, [])]
    for match in found:
        text = match.group()
        if match.group("open") and len(stack) < _DEEPEST:
            attached = match.start() > 0 and (line[match.start() - 1]).isalnum()
            stack.append((text, attached, []))
        elif not match.group("close"):
            stack[-1][2].append(_simple(match))
        elif stack[-1][0] == _BRACKETS[text]:
            _close(stack)
    while len(stack) > 1:  # a call that goes on in the next line
        _close(stack)
    return stack[0][2]


def _close(stack: list[tuple[str, bool, list[Token]]]) -> None:
    bracket, attached, inner = stack.pop()
    outer = stack[-1][2]
    if bracket == "(":
        outer.append(Token(Kind.group, parts=tuple(_fractions(inner)), attached=attached))
    elif bracket == "[" and inner and not any(one.kind in _TELLING for one in inner):
        plain = (one for one in _fractions(inner) if one.kind is not Kind.group)
        outer.append(Token(Kind.numbers, parts=tuple(plain), attached=attached))
    else:
        outer.extend((Token(Kind.stop, bracket), *inner, Token(Kind.stop, bracket)))


_DEEPEST = 20
_MOST_TOKENS = 600
_KINDS = {"word": Kind.word, "link": Kind.link, "slash": Kind.stop, "stop": Kind.stop}
_TELLING = frozenset((Kind.word, Kind.link))


def _fractions(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """`3`, `/`, `10` becomes one token."""
    folded: list[Token] = []
    for token in tokens:
        folded.append(token)
        if len(folded) >= 3 and _is_fraction(*folded[-3:]):
            top, slash, bottom = folded[-3:]
            one = Token(Kind.fraction, top.text, top.value, bottom.value, spaced=slash.spaced)
            folded[-3:] = [one]
    return tuple(folded)


def _is_fraction(top: Token, slash: Token, bottom: Token) -> bool:
    return slash.text == "/" and all(
        one.kind is Kind.number and one.whole and not one.percent for one in (top, bottom)
    )
