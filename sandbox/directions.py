"""Which way is better, told from a metric's name alone; knows words, and nothing of any run."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Direction = Literal["min", "max"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


UP = _words(
    """acc accuracy ap auc aucpr auprc auroc bleu correct coverage determination
    dice elbo f1 f2 fbeta fitness
    fmeasure gain hit hits hr iou jaccard kappa likelihood map mcc meteor miou mrr ndcg pearson
    prec precision psnr r2 recall return returns rew reward rewards roc rouge score scores
    sensitivity silhouette spearman specificity ssim success top1 top5 win"""
)
"""Words of metrics of which more is better."""

DOWN = _words(
    """aic bic bpb bpc bpd brier cer cost costs deviance distortion divergence err error errors
    fid inertia kl kld logloss loss losses lpips mae mape misclassification mse msle nll
    objective perplexity ppl regret residual rmse rmsle rrse smape wer"""
)
"""Words of metrics of which less is better."""

_UP_ENDS = ("accuracy", "score", "reward")
_DOWN_ENDS = ("loss", "error", "perplexity", "rmse", "crossentropy")
_NEGATIVE = _words("neg negative minus")
_R_SQUARED = re.compile(r"\br[-_]?squared?\b")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@lru_cache(maxsize=4096)
def parts(word: str) -> tuple[str, ...]:
    """A name's own words, lower case: `valLoss` and `val/loss` are `val`, `loss`."""
    if word.lower() in UP or word.lower() in DOWN:
        return (word.lower(),)  # IoU is one word
    lower = _CAMEL.sub("_", word).lower().replace("^", "").replace("²", "2")
    lower = _R_SQUARED.sub("r2", lower)
    return tuple(part for part in re.split(r"[\W_]+", lower) if part)


def metric_direction(name: str) -> Direction | None:
    """Which way is better, told from the name alone; None = the name does not tell.

    The last telling word counts: `reward_loss` is a loss. `neg_` in front turns it round, as in
    scikit-learn's `neg_mean_squared_error`.
    """
    found = parts(name)
    ways = [way for part in found if (way := _direction(part))]
    if not ways:
        return None
    turned = bool(_NEGATIVE.intersection(found))
    return "max" if (ways[-1] == "max") is not turned else "min"


def _direction(part: str) -> Direction | None:
    base = part if part in UP or part in DOWN else part.rstrip("0123456789")
    if base in UP or base.endswith(_UP_ENDS):
        return "max"
    return "min" if base in DOWN or base.endswith(_DOWN_ENDS) else None
