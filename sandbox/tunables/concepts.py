"""What the names of tunables mean: a table for people to read and to add to; data only.

What a learner reads of a concept is its card, `recipes/concepts/<name>.toml`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.tunables.alternatives import (
    activations,
    among,
    degrees,
    fractions,
    lengths,
    named,
    norms,
    nothing,
    odd_sized,
    optimizers,
    rates,
    scaled,
    shares,
    sized,
    strengths,
    two_or_more,
)


@dataclass(frozen=True)
class Concept:
    """What a name means.

    Attributes:
        patterns: separated by blanks; searched in the name in snake case with `_` around it.
        worth: 0 … 1, of a tunable of this concept in the entry itself.
        suggest: from the present value as text to values worth trying.
        owners: where the name alone does not tell: patterns for the call or class it belongs to,
            and for the field that the whole program shows, see `fields`.
        is_real: any real number makes sense, also where the source has a whole one.
        is_choice: the values are names of things (activations, optimizers).
        may_be_none: None is a value of its own (no limit, no seed).
        has_card: there is something to learn about it.
    """

    name: str
    patterns: str
    worth: float
    suggest: Callable[[str], tuple[str, ...]]
    owners: str = ""
    is_real: bool = False
    is_choice: bool = False
    may_be_none: bool = False
    has_card: bool = True


_BOOSTING = "boost xgb lgbm lightgbm gbm"
_SCHEDULES = "lr_ plateau annealing schedul"
_AGENTS = "reinforcement"
_SUPPORT_VECTORS = "sv[cmr]_ rbf kernel nystroem spectral_ gaussian"

# Order decides: the first that fits names the concept. Patterns are separated by blanks.
CONCEPTS = (
    Concept(
        "stability",
        r"_eps(ilon)?_",
        0.08,
        nothing,
        owners="adam ada rms norm optim log clip",
        is_real=True,
        has_card=False,
    ),
    Concept("stability", r"_gamma_", 0.08, nothing, owners="norm", is_real=True, has_card=False),
    Concept(
        "loss",
        r"_gamma_ _epsilon_",
        0.5,
        scaled("0.5", "2"),
        owners="focal svr huber",
        is_real=True,
    ),
    Concept("tree-limits", r"_gamma_", 0.6, strengths, owners=_BOOSTING, is_real=True),
    Concept(
        "boosting-rate",
        r"learning_rate _eta_ shrinkage",
        0.97,
        rates,
        owners=_BOOSTING,
        is_real=True,
    ),
    Concept(
        "kernel-gamma",
        r"_gamma_",
        0.76,
        lambda value: named("scale", "auto")(value) or scaled("0.1", "10")(value),
        owners=_SUPPORT_VECTORS,
        is_real=True,
        is_choice=True,
    ),
    Concept("warm-up", r"warm_?up", 0.5, sized),
    Concept("early-stopping", r"patience early_?stop n_iter_no_change min_delta", 0.5, sized),
    Concept("schedule", r"_t_max_ _step_size_", 0.5, sized, owners=_SCHEDULES),
    Concept(
        "schedule",
        r"_gamma_ _factor_",
        0.5,
        scaled("0.5", "2"),
        owners=_SCHEDULES,
        is_real=True,
    ),
    Concept("schedule", r"lr_?(decay|step|sched|gamma|drop) decay_steps schedul", 0.5, sized),
    Concept(
        "logging",
        r"_(log|print|eval|save|checkpoint|display)_?(interval|every|freq|steps?|iters?)_ "
        r"_(plot|test|val)_?(interval|every|freq|steps?|iters?)_ _every_ interval frequency",
        0.12,
        sized,
        has_card=False,
    ),
    Concept(
        "noise",
        r"^_(axis|dim|label|title|marker|end|sep|columns|header|copy|loc|bins|shape)_$ "
        r"_(figsize|fontsize|font_size|linewidth|lw|markersize|dpi)_ "
        r"_(color|colour|cmap|edgecolors?|facecolors?|xlabel|ylabel|[xy]_label|verbose)_ "
        r"_(pad_inches|flush|indent|keepdims?|keepdim|softmax_dim|index_col)_ "
        r"_(encoding|inplace|dtype|usecols|bbox_inches|width_ratios|rotation)_ "
        r"_(legend_labels|zorder|cbar|annot|fmt|ascending|exist_ok|weights_only)_ "
        r"_(map_location|non_blocking|pin_memory|drop_last|ncols|nrows)_ "
        r"_(input_shape|size_average|requires_grad|retain_graph|set_to_none)_",
        0.03,
        nothing,
        has_card=False,
    ),
    Concept("image-size", r"_(img|image|crop)_?(size|width|height)_ resolution", 0.35, sized),
    Concept(
        "vocabulary",
        r"max_features n?gram_range _(min|max)_df_ max_(words|tokens|vocab)",
        0.5,
        nothing,
        owners="vectori[sz]er tokeni[sz]er",
    ),
    Concept("vocabulary", r"_num_words_ ngram_range _(min|max)_df_ min_(count|freq)_", 0.4, sized),
    Concept(
        "shape",
        r"(num|n)_?(class|classes|features|actions|outputs?|inputs?)_ "
        r"_(input|output|in|out|x)_?(size|dim|dims|channels?|features|shape|width|height)_ "
        r"_(y|z|image|img)_?(size|dim|dims|channels?|features|shape|width|height)_ _classes_ "
        r"vocab_size",
        0.1,
        nothing,
        has_card=False,
    ),
    Concept(
        "machine",
        r"(num|n)?_?workers_ _device cuda gpu _mps_ n_jobs local_rank world_size backend "
        r"_port_ _host_ dry_run",
        0.08,
        nothing,
        has_card=False,
    ),
    Concept("precision", r"_fp16_ _bf16_ _amp_ mixed_precision half_precision", 0.3, nothing),
    Concept(
        "place",
        r"path "
        r"_(dir|file|folder|root|url|filename|prefix|suffix|ckpt|checkpoint|output|save)_ "
        r"_(load|resume|input)_ _file _dir save_ log_",
        0.06,
        nothing,
        has_card=False,
    ),
    Concept(
        "learning-rate",
        r"_(lr|learning_rate|eta0?|init_lr|base_lr|learn_rate|learning_rate_init|lr0)_ "
        r"learning_rate _lr_ _lr\d_",
        0.97,
        rates,
        is_real=True,
    ),
    Concept(
        "context",
        r"block_size seq(uence)?_?len context window bptt max_len _n_step_ blank_len "
        r"lookback",
        0.66,
        sized,
    ),
    Concept("estimators", r"num_boost_round", 0.87, sized),
    Concept(
        "rollout", r"(num|n)_?envs_ rollout horizon_ update_timestep steps_per_update", 0.6, sized
    ),
    Concept(
        "length",
        r"epochs?_ iters?_ iterations?_ max_steps? "
        r"_n?_?(num_|n_|train_)?(steps?|updates|episodes?|generations?|timesteps)_ "
        r"_n?_?(training_|total_)?(steps?|updates|episodes?|generations?|timesteps)_",
        0.92,
        lengths,
    ),
    Concept("optimizer", r"optimi[sz]er _optim_ _solver_", 0.88, optimizers, is_choice=True),
    Concept(
        "activation", r"activation nonlinearity _act(_fn|_func)?_", 0.8, activations, is_choice=True
    ),
    Concept(
        "dropout",
        r"dropout _drop(_rate|_prob)?_ drop_path _p_drop",
        0.85,
        among("0.0", "0.2", "0.5"),
        is_real=True,
    ),
    Concept("accumulation", r"accum(ulat|_)", 0.4, sized),
    Concept("batch-size", r"batch_?size _bs_ _bsz_ mini_?batch", 0.83, sized),
    Concept("neighbours", r"_(n|k|num)_?neighbors_", 0.87, sized),
    Concept("clusters", r"_(n|num|k)_?clusters_", 0.87, sized),
    Concept("components", r"_(n|num)_?(components|topics)_", 0.87, sized),
    Concept("estimators", r"n_(estimators|trees|clf)_ num_trees _n_?trees_", 0.87, sized),
    Concept("tree-depth", r"max_depth tree_depth", 0.82, sized, may_be_none=True),
    Concept("heads", r"(n|num)_?(attention_?|attn_?)?heads?_", 0.82, sized),
    Concept(
        "depth",
        r"(n|num)_?(hidden_?)?(layers?|blocks?)_ _(levels?|layers?|depth|nlayers)_",
        0.82,
        sized,
        may_be_none=True,
    ),
    Concept("degree", r"degree polynomial", 0.75, degrees),
    Concept("embedding", r"n_?embd\d?_ embed emsize d_model", 0.8, sized),
    Concept(
        "width",
        r"hidden _nhid_ _units_ neurons filters _width_ "
        r"latent _n_?(channels)_ num_channels rank_ _out_features_ hid_",
        0.8,
        sized,
    ),
    Concept("weight-decay", r"weight_decay _wd_", 0.76, strengths, is_real=True),
    Concept(
        "inverse-regularisation",
        r"^_c_$",
        0.76,
        scaled("0.1", "10"),
        owners="sv[cmr] logistic passive ^__$",
        is_real=True,
    ),
    Concept(
        "class-weights", r"class_weight pos_weight sample_weight", 0.45, nothing, may_be_none=True
    ),
    Concept(
        "label-smoothing", r"label_smooth smoothing", 0.5, among("0.0", "0.1", "0.2"), is_real=True
    ),
    Concept(
        "clip-range",
        r"clip_(range|param|ratio|eps|coef) eps_clip",
        0.72,
        scaled("0.5", "2"),
        is_real=True,
    ),
    Concept("advantage", r"gae", 0.66, among("0.9", "0.95", "1.0"), is_real=True),
    Concept("loss", r"cross_entropy", 0.5, nothing),
    Concept("entropy", r"_ent(ropy)?_", 0.7, strengths, is_real=True),
    Concept("regularisation", r"l1_ratio", 0.7, among("0", "0.5", "1"), is_real=True),
    Concept("learning-rate", r"^_alpha_$", 0.9, rates, owners="tabular", is_real=True),
    Concept(
        "regularisation",
        r"regulari[sz] "
        r"_(l1|l2|reg|alpha|lambda|lamda|lambd|lam|penalty)_ l2_reg "
        r"reg_(alpha|lambda|factor) _(coeff?|strength)_",
        0.76,
        strengths,
        is_real=True,
    ),
    Concept(
        "loss",
        r"_loss(_fn|_function|_name|_type)?_ criterion objective",
        0.6,
        nothing,
        is_choice=True,
    ),
    Concept("metric", r"_scoring_ eval_metric", 0.3, nothing),
    Concept("kernel-size", r"kernel_size ksize filter_size", 0.62, odd_sized),
    Concept("kernel-size", r"_stride_", 0.62, sized),
    Concept(
        "kernel",
        r"_kernel_",
        0.72,
        named("rbf", "linear", "poly", "sigmoid"),
        owners=_SUPPORT_VECTORS,
        is_choice=True,
    ),
    Concept("skip-connections", r"skip_connections? _shortcut_ _residual_", 0.5, nothing),
    Concept(
        "model",
        r"_(model|arch|architecture|kernel|estimator|network|cell_type|type|model_type)_ "
        r"_(model_name|rnn_type|mode)_",
        0.72,
        nothing,
    ),
    Concept("pooling", r"_(max_|avg_)?pool(ing)?(_size|_mode)?_", 0.5, sized),
    Concept(
        "discount",
        r"_gamma_ discount",
        0.7,
        among("0.9", "0.99", "0.999"),
        owners=_AGENTS,
        is_real=True,
    ),
    Concept("discount", r"discount", 0.7, among("0.9", "0.99", "0.999"), is_real=True),
    Concept("momentum", r"momentum _beta_?[12s]?_ betas _rho_", 0.55, nothing, is_real=True),
    Concept(
        "target-update",
        r"_tau_ polyak target_(update|network)",
        0.55,
        scaled("0.1", "10"),
        is_real=True,
    ),
    Concept(
        "exploration",
        r"epsilon",
        0.55,
        scaled("0.5", "2"),
        owners=_AGENTS,
        is_real=True,
    ),
    Concept(
        "exploration",
        r"_eps(ilon)?_(start|end|decay)_ exploration",
        0.55,
        scaled("0.5", "2"),
        is_real=True,
    ),
    Concept("temperature", r"temperature _temp_", 0.55, scaled("0.5", "2"), is_real=True),
    Concept("top-k", r"_top_?p_ nucleus", 0.4, among("0.8", "0.9", "1.0"), is_real=True),
    Concept("top-k", r"_top_?k_", 0.4, sized),
    Concept(
        "noise-level",
        r"_noise _std_ _sigma_ variance _scale_ perturb",
        0.55,
        scaled("0.5", "2"),
        is_real=True,
    ),
    Concept("folds", r"_n_splits_ _(n|k|num)_?folds?_ _cv_", 0.4, among("3", "5", "10")),
    Concept("tree-limits", r"min_samples_split", 0.6, two_or_more),
    Concept(
        "tree-limits",
        r"min_(samples|impurity|gain|child) max_(leaf|bins) num_leaves ccp_alpha",
        0.6,
        sized,
        may_be_none=True,
    ),
    Concept(
        "test-size",
        r"test_size val(idation)?_(size|split|frac) train_(size|frac|split) _frac_ _split_",
        0.5,
        among("0.1", "0.3", "0.5"),
    ),
    Concept(
        "max-features",
        r"colsample feature_fraction",
        0.6,
        shares("0.3", "0.6", "1.0"),
        is_real=True,
    ),
    Concept("max-features", r"max_features", 0.6, fractions("0.3", "0.6", "1.0"), may_be_none=True),
    Concept(
        "subsample", r"subsample bagging_fraction", 0.6, shares("0.5", "0.8", "1.0"), is_real=True
    ),
    Concept("subsample", r"max_samples", 0.6, fractions("0.5", "0.8", "1.0"), may_be_none=True),
    Concept("threshold", r"threshold _thresh_", 0.6, fractions("0.3", "0.5", "0.7"), is_real=True),
    Concept(
        "data-size",
        r"n_?_?(samples|train|data|points|examples)_ num_(samples|examples|train) "
        r"_data_size_",
        0.55,
        sized,
    ),
    Concept("clip", r"clip max_norm grad_norm", 0.5, norms, is_real=True, may_be_none=True),
    Concept(
        "normalisation",
        r"_(batch_?norm|layer_?norm|norm|normali[sz]e)_ norm_type",
        0.5,
        nothing,
    ),
    Concept(
        "scaling",
        r"_scaler_ standardi[sz]e with_(mean|std) feature_range",
        0.5,
        nothing,
        is_choice=True,
    ),
    Concept("initialisation", r"_init initiali[sz] _bias_", 0.4, nothing),
    Concept("seed", r"seed random_state _rng_", 0.42, among("0", "1", "2"), may_be_none=True),
    Concept("shuffle", r"shuffle", 0.35, nothing),
    Concept("replay-buffer", r"buffer capacity memory_size replay", 0.6, sized),
    Concept(
        "augmentation",
        r"augment _flip mixup cutmix cutout jitter _degrees_ random_crop erasing",
        0.45,
        nothing,
    ),
    Concept("population", r"population mutation crossover n_particles", 0.6, sized),
)
