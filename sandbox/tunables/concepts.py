"""What the names of tunables mean: a table for people to read and to add to; data only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation


@dataclass(frozen=True)
class Concept:
    """What a name means.

    Attributes:
        patterns: separated by blanks; searched in the name in snake case with `_` around it.
        worth: 0 … 1, of a tunable of this concept in the entry itself.
        suggest: from the present value as text to values worth trying.
        is_real: any real number makes sense, also where the source has a whole one.
        is_choice: the values are names of things (activations, optimizers).
        may_be_none: None is a value of its own (no limit, no seed).
    """

    name: str
    patterns: str
    worth: float
    suggest: Callable[[str], tuple[str, ...]]
    is_real: bool = False
    is_choice: bool = False
    may_be_none: bool = False


def _scaled(*factors: str) -> Callable[[str], tuple[str, ...]]:
    def suggest(value: str) -> tuple[str, ...]:
        number = decimal_of(value)
        if number is None or number == 0:
            return ()
        return tuple(_plain(number * Decimal(factor)) for factor in factors)

    return suggest


def _sized(value: str) -> tuple[str, ...]:
    """Half and double, whole numbers kept whole and above zero."""
    number = decimal_of(value)
    if number is None or number <= 0:
        return ()
    if number != int(number):
        return _plain(number / 2), _plain(number * 2)
    sizes = (max(1, int(number) // 2), int(number) * 2)
    return tuple(str(size) for size in sizes if size != number)


def _lengths(value: str) -> tuple[str, ...]:
    """A short and a long run; something finite where the present value means «for ever»."""
    number = decimal_of(value)
    if number is None or number <= 0:
        return ("100", "1000")
    return _sized(value)


def _degrees(value: str) -> tuple[str, ...]:
    return tuple(each for each in ("1", "2", "3", "5") if each != value)


def _rates(value: str) -> tuple[str, ...]:
    """A tenth and ten times, never above 1, where nothing learns any more."""
    return tuple(each for each in _scaled("0.1", "10")(value) if float(each) <= 1)


def _among(*values: str) -> Callable[[str], tuple[str, ...]]:
    def suggest(value: str) -> tuple[str, ...]:
        present = value.strip("'\"")
        if decimal_of(present) is not None:
            return tuple(each for each in values if Decimal(each) != decimal_of(present))
        return tuple(each for each in values if each != present)

    return suggest


def _strengths(value: str) -> tuple[str, ...]:
    number = decimal_of(value)
    if number is None:
        return ()
    return ("0.01", "0.1", "1.0") if number == 0 else ("0", *_scaled("0.1", "10")(value))


def _nothing(_value: str) -> tuple[str, ...]:
    return ()


def _named(*values: str) -> Callable[[str], tuple[str, ...]]:
    """Other names, but only where the present value is one of them."""

    def suggest(value: str) -> tuple[str, ...]:
        present = value.strip("'\"")
        return tuple(each for each in values if each != present) if present in values else ()

    return suggest


def _optimizers(value: str) -> tuple[str, ...]:
    lower = _named("adam", "sgd", "rmsprop", "adamw")(value)
    return lower or _named("Adam", "SGD", "RMSprop", "AdamW")(value)


def _activations(value: str) -> tuple[str, ...]:
    return _named("relu", "tanh", "sigmoid", "leaky_relu")(value)


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


# Order decides: the first that fits names the concept. Patterns are separated by blanks.
CONCEPTS = (
    Concept(
        "schedule",
        r"lr_?(decay|step|sched|gamma|drop) warm_?up patience decay_steps",
        0.5,
        _sized,
    ),
    Concept(
        "logging",
        r"_(log|print|eval|save|checkpoint|display)_?(interval|every|freq|steps?|iters?)_ "
        r"_(plot|test|val)_?(interval|every|freq|steps?|iters?)_ _every_ interval frequency",
        0.12,
        _sized,
    ),
    Concept(
        "noise",
        r"_(figsize|fontsize|font_size|linewidth|lw|markersize|dpi|axis|dim|label|title)_ "
        r"_(color|colour|cmap|marker|edgecolors?|facecolors?|xlabel|ylabel|verbose)_ "
        r"_(pad_inches|end|sep|flush|indent|keepdims?|keepdim|columns|index_col|header)_ "
        r"_(encoding|inplace|copy|dtype|usecols|bbox_inches|width_ratios|rotation|loc)_ "
        r"_(legend_labels|zorder|cbar|annot|fmt|ascending|exist_ok|weights_only)_ "
        r"_(map_location|non_blocking|pin_memory|drop_last|ncols|nrows|bins|shape)_ "
        r"_(input_shape|size_average|requires_grad|retain_graph|set_to_none)_",
        0.03,
        _nothing,
    ),
    Concept(
        "shape",
        r"(num|n)_?(class|classes|features|actions|outputs?|inputs?)_ "
        r"_(input|output|in|out|x)_?(size|dim|dims|channels?|features|shape|width|height)_ "
        r"_(y|z|image|img)_?(size|dim|dims|channels?|features|shape|width|height)_ _classes_ "
        r"vocab_size",
        0.1,
        _nothing,
    ),
    Concept(
        "machine",
        r"(num|n)?_?workers_ _device cuda gpu _mps_ n_jobs local_rank world_size backend "
        r"_port_ _host_ dry_run",
        0.08,
        _nothing,
    ),
    Concept(
        "place",
        r"path "
        r"_(dir|file|folder|root|url|filename|prefix|suffix|ckpt|checkpoint|output|save)_ "
        r"_(load|resume|input)_ _file _dir save_ log_",
        0.06,
        _nothing,
    ),
    Concept(
        "learning-rate",
        r"_(lr|learning_rate|eta0?|init_lr|base_lr|learn_rate|learning_rate_init|lr0)_ "
        r"learning_rate _lr_ _lr\d_",
        0.97,
        _rates,
        is_real=True,
    ),
    Concept(
        "context",
        r"block_size seq(uence)?_?len context window bptt max_len _n_step_ blank_len "
        r"lookback",
        0.66,
        _sized,
    ),
    Concept(
        "length",
        r"epochs?_ iters?_ iterations?_ max_steps? "
        r"_n?_?(num_|n_|train_)?(steps?|updates|episodes?|generations?|timesteps)_ "
        r"_n?_?(training_|total_)?(steps?|updates|episodes?|generations?|timesteps)_ "
        r"num_boost_round",
        0.92,
        _lengths,
    ),
    Concept(
        "optimizer",
        r"optimi[sz]er _optim_ _solver_",
        0.88,
        _optimizers,
        is_choice=True,
    ),
    Concept(
        "activation",
        r"activation nonlinearity _act(_fn|_func)?_",
        0.8,
        _activations,
        is_choice=True,
    ),
    Concept(
        "dropout",
        r"dropout _drop(_rate|_prob)?_ drop_path _p_drop",
        0.85,
        _among("0.0", "0.2", "0.5"),
        is_real=True,
    ),
    Concept(
        "batch-size",
        r"batch_?size _bs_ _bsz_ mini_?batch",
        0.83,
        _sized,
    ),
    Concept(
        "estimators",
        r"n_(estimators|trees|clusters|neighbors|components|clf)_ num_(trees|clusters) "
        r"_n_?(trees|clusters|neighbors)_ _k_neighbors_",
        0.87,
        _sized,
    ),
    Concept(
        "depth",
        r"max_depth (n|num)_?(hidden_?)?(layers?|blocks?|heads?)_ "
        r"_(levels?|layers?|depth|nlayers|nhead)_",
        0.82,
        _sized,
        may_be_none=True,
    ),
    Concept(
        "degree",
        r"degree polynomial",
        0.75,
        _degrees,
    ),
    Concept(
        "width",
        r"hidden _nhid_ n_?embd\d?_ embed emsize d_model _units_ neurons filters _width_ "
        r"latent _n_?(channels)_ num_channels rank_ _out_features_ hid_",
        0.8,
        _sized,
    ),
    Concept(
        "regularisation",
        r"weight_decay _wd_ regulari[sz] "
        r"_(l1|l2|reg|alpha|lambda|lamda|lambd|lam|c|penalty)_ l1_ratio l2_reg "
        r"reg_(alpha|lambda|factor) _(coeff?|strength)_",
        0.76,
        _strengths,
        is_real=True,
    ),
    Concept(
        "loss",
        r"_loss(_fn|_function|_name|_type)?_ criterion objective",
        0.6,
        _nothing,
        is_choice=True,
    ),
    Concept(
        "model",
        r"_(model|arch|architecture|kernel|estimator|network|cell_type|type|model_type)_ "
        r"_(model_name|rnn_type|mode)_",
        0.72,
        _nothing,
    ),
    Concept(
        "kernel-size",
        r"kernel_size ksize filter_size _stride_",
        0.62,
        _sized,
    ),
    Concept(
        "discount",
        r"_gamma_ discount",
        0.7,
        _among("0.9", "0.99", "0.999"),
        is_real=True,
    ),
    Concept(
        "momentum",
        r"momentum _beta_?[12s]?_ betas _rho_",
        0.55,
        _nothing,
        is_real=True,
    ),
    Concept(
        "exploration",
        r"epsilon _eps_(start|end|decay)_ temperature _temp_ exploration _tau_",
        0.55,
        _scaled("0.5", "2"),
        is_real=True,
    ),
    Concept(
        "noise-level",
        r"_noise _std_ _sigma_ variance _scale_ perturb",
        0.55,
        _scaled("0.5", "2"),
        is_real=True,
    ),
    Concept(
        "test-size",
        r"test_size val(idation)?_(size|split|frac) train_(size|frac|split) _frac_ _split_",
        0.5,
        _among("0.1", "0.3", "0.5"),
    ),
    Concept(
        "tree-limits",
        r"min_(samples|impurity|gain|child) max_(features|leaf|bins) subsample colsample "
        r"threshold",
        0.6,
        _sized,
    ),
    Concept(
        "data-size",
        r"n_?_?(samples|train|data|points|examples)_ num_(samples|examples|train) "
        r"_data_size_",
        0.55,
        _sized,
    ),
    Concept(
        "clip",
        r"clip max_norm grad_norm",
        0.5,
        _scaled("0.1", "10"),
        is_real=True,
        may_be_none=True,
    ),
    Concept(
        "normalisation",
        r"_(batch_?norm|layer_?norm|norm|normali[sz]e)_ norm_type",
        0.5,
        _nothing,
    ),
    Concept(
        "initialisation",
        r"_init initiali[sz] _bias_",
        0.4,
        _nothing,
    ),
    Concept(
        "seed",
        r"seed random_state _rng_",
        0.42,
        _among("0", "1", "2"),
        may_be_none=True,
    ),
    Concept(
        "population",
        r"population mutation crossover n_particles buffer capacity memory_size",
        0.6,
        _sized,
    ),
)
