"""Concept cards: each concept has one, names lead to them, and mistakes in them are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.errors import RecipeError
from sandbox.recipes import bundled_folder, find_card, list_cards, load_card
from sandbox.tunables import concept_name
from sandbox.tunables.concepts import CONCEPTS

RECIPES = [bundled_folder("recipes")]
CARD = """
title = "Learning rate"
group = "optimisation"
what = "a"
too_little = "b"
too_much = "c"
usual = "d"
try = ["e", "f", "g"]
read_on = [{ text = "h", url = "https://example.org/" }]
"""


def test_every_concept_has_a_card_and_cards_name_cards_that_are_there() -> None:
    cards = {card.name: card for card in list_cards(RECIPES)[0]}
    assert len(cards) >= 40
    assert {one.name for one in CONCEPTS if one.has_card} <= set(cards)
    for card in cards.values():
        assert card.see
        assert set(card.see) <= set(cards) - {card.name}, card.name


def test_every_card_can_be_read_at_one_sitting_and_says_something_of_its_own() -> None:
    cards, errors = list_cards(RECIPES)
    assert errors == ()
    for card in cards:
        assert 40 < len(card.what) < 700, card.name
        assert all(10 < len(text) < 600 for text in (card.too_little, card.too_much)), card.name
        assert len(set(card.to_try)) == 3
    assert len({card.title for card in cards}) == len(cards)
    assert len({card.what for card in cards}) == len(cards)
    assert len({card.group for card in cards}) == 7


@pytest.mark.parametrize(
    ("name", "concept"),
    [
        ("lr", "learning-rate"),
        ("--batch-size", "batch-size"),
        ("train.py:Adam.lr", "learning-rate"),
        ("cell 7: n_estimators", "estimators"),
        ("SVC.C", "inverse-regularisation"),
        ("SVC.gamma", "kernel-gamma"),
        ("StepLR.gamma", "schedule"),
        ("gamma", "discount"),
        ("XGBClassifier.learning_rate", "boosting-rate"),
        ("Adam.eps", None),
        ("epsilon", "exploration"),
        ("PPO.clip_range", "clip-range"),
        ("clip_grad_norm_.max_norm", "clip"),
        ("KMeans.n_clusters", "clusters"),
        ("SVC.gamma#2", "kernel-gamma"),
        ("CrossEntropyLoss.label_smoothing", "label-smoothing"),
        ("hidden_dim", "width"),
        ("embed_dim", "embedding"),
        ("eps_end", "exploration"),
        ("FocalLoss.gamma", "loss"),
        ("XGBClassifier.gamma", "tree-limits"),
        ("SVR.epsilon", "loss"),
        ("BatchNorm.gamma", None),
        ("conv.c", None),
        ("ent_coef", "entropy"),
        ("cross_entropy_weight", "loss"),
        ("print.end", None),
        ("figsize", None),
        ("quux", None),
    ],
)
def test_a_tunable_s_name_leads_to_its_concept(name: str, concept: str | None) -> None:
    assert concept_name(name) == concept


def test_a_learner_s_own_card_comes_before_the_bundled_one(tmp_path: Path) -> None:
    folder = tmp_path / "concepts"
    folder.mkdir()
    (folder / "learning-rate.toml").write_text(CARD)
    assert find_card("learning-rate", [tmp_path, *RECIPES]).what == "a"
    assert find_card("dropout", [tmp_path, *RECIPES]).title == "Dropout"


@pytest.mark.parametrize(
    ("now", "then", "told"),
    [
        ('"optimisation"', '"magic"', "group"),
        ('["e", "f", "g"]', '["e"]', "try"),
        ("https://example.org/", "javascript:alert(1)", "url"),
        ('usual = "d"', "", "'usual' is missing"),
        ("usual", "ususal", "unknown key 'ususal'"),
        ("try", "to_try", "unknown key 'to_try'"),
    ],
)
def test_a_mistake_in_a_card_is_named(tmp_path: Path, now: str, then: str, told: str) -> None:
    (tmp_path / "concepts").mkdir()
    path = tmp_path / "concepts" / "mine.toml"
    path.write_text(CARD.replace(now, then))
    with pytest.raises(RecipeError, match=told) as caught:
        load_card(path)
    assert "to_try" not in str(caught.value.hint)
    cards, errors = list_cards([tmp_path, *RECIPES])
    assert len(errors) == 1
    assert len(cards) >= 40


def test_a_name_that_nobody_knows_is_told_with_one_that_was_meant() -> None:
    with pytest.raises(RecipeError) as caught:
        find_card("droput", RECIPES)
    assert caught.value.hint == "did you mean 'dropout'?"
