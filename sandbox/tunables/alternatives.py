"""Values worth trying instead of a present one; values are text, as in the source."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation


def scaled(*factors: str) -> Callable[[str], tuple[str, ...]]:
    """The present value times each factor; nothing of zero and of what is no number."""

    def suggest(value: str) -> tuple[str, ...]:
        number = decimal_of(value)
        if number is None or number == 0:
            return ()
        return tuple(_plain(number * Decimal(factor)) for factor in factors)

    return suggest


def norms(value: str) -> tuple[str, ...]:
    """To clip at: usual ones where the present value means at none, else a tenth, ten times."""
    number = decimal_of(value)
    return ("0.25", "1", "5") if number is None or number <= 0 else scaled("0.1", "10")(value)


def sized(value: str) -> tuple[str, ...]:
    """Half and double, whole numbers kept whole and above zero."""
    number = decimal_of(value)
    if number is None or number <= 0:
        return ()
    if number != int(number):
        return _plain(number / 2), _plain(number * 2)
    sizes = (max(1, int(number) // 2), int(number) * 2)
    return tuple(str(size) for size in sizes if size != number)


def lengths(value: str) -> tuple[str, ...]:
    """A short and a long run; something finite where the present value means «for ever»."""
    number = decimal_of(value)
    if number is None or number <= 0:
        return ("100", "1000")
    return sized(value)


def degrees(value: str) -> tuple[str, ...]:
    """Of polynomials."""
    return tuple(each for each in ("1", "2", "3", "5") if each != value)


def rates(value: str) -> tuple[str, ...]:
    """A tenth and ten times, never above 1, where nothing learns any more."""
    return tuple(each for each in scaled("0.1", "10")(value) if float(each) <= 1)


def among(*values: str) -> Callable[[str], tuple[str, ...]]:
    """These, the present one left out."""

    def suggest(value: str) -> tuple[str, ...]:
        present = value.strip("'\"")
        if decimal_of(present) is not None:
            return tuple(each for each in values if Decimal(each) != decimal_of(present))
        return tuple(each for each in values if each != present)

    return suggest


def strengths(value: str) -> tuple[str, ...]:
    """Of a penalty: none at all, a tenth, ten times."""
    number = decimal_of(value)
    if number is None:
        return ()
    return ("0.01", "0.1", "1.0") if number == 0 else ("0", *scaled("0.1", "10")(value))


def nothing(_value: str) -> tuple[str, ...]:
    """What to try depends on more than the value."""
    return ()


def named(*values: str) -> Callable[[str], tuple[str, ...]]:
    """Other names, but only where the present value is one of them."""

    def suggest(value: str) -> tuple[str, ...]:
        present = value.strip("'\"")
        return tuple(each for each in values if each != present) if present in values else ()

    return suggest


def optimizers(value: str) -> tuple[str, ...]:
    """In the spelling of the present one."""
    lower = named("adam", "sgd", "rmsprop", "adamw")(value)
    return lower or named("Adam", "SGD", "RMSprop", "AdamW")(value)


def activations(value: str) -> tuple[str, ...]:
    """By the names that Keras, scikit-learn and PyTorch have in common."""
    return named("relu", "tanh", "sigmoid", "leaky_relu")(value)


def decimal_of(text: str) -> Decimal | None:
    """The number a text is, of a size that can be scaled; None for anything else."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 30 else None


def _plain(number: Decimal) -> str:
    value = float(number)
    return f"{value:.10g}"


def odd_sized(value: str) -> tuple[str, ...]:
    """Of filters: the next odd ones, for even ones change the shape of what comes out."""
    number = decimal_of(value)
    if number is None or number != int(number) or int(number) % 2 == 0:
        return sized(value)
    return tuple(str(size) for size in (int(number) - 2, int(number) + 2) if size > 0)


def two_or_more(value: str) -> tuple[str, ...]:
    """Half and double of what makes no sense below two."""
    return tuple(size for size in sized(value) if size != "1")


def shares(*values: str) -> Callable[[str], tuple[str, ...]]:
    """Other shares of a whole; `1` is all of it."""

    def suggest(value: str) -> tuple[str, ...]:
        number = decimal_of(value)
        return among(*values)(value) if number is not None and 0 <= number <= 1 else ()

    return suggest


def fractions(*values: str) -> Callable[[str], tuple[str, ...]]:
    """Other shares where the present value has a point, else it is a number of things."""

    def suggest(value: str) -> tuple[str, ...]:
        is_share = decimal_of(value) is not None and ("." in value or value == "0")
        return shares(*values)(value) if is_share else sized(value)

    return suggest
