"""Problems: a text leads to one however it is typed, and mistakes in their file are named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import RecipeError
from sandbox.recipes import (
    PROBLEMS,
    Problem,
    bundled_folder,
    find_recipe,
    known_recipe,
    list_recipes,
    load_problem_file,
    load_problems,
    problem_of,
)

BUNDLED = load_problems([bundled_folder("recipes")])
ONE = """
['juggling']
also = 'throw three balls'
task = 'ball control'
models = 'jugglenet'
topics = 'juggling'
"""


def written(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / PROBLEMS
    path.write_text(text, encoding="utf-8")
    return path


def named(words: str) -> str | None:
    found = problem_of(words, BUNDLED)
    return found.name if found else None


# ---------------------------------------------------------------- the bundled file


def test_the_bundled_problems_say_enough_to_search_by() -> None:
    assert len(BUNDLED) >= 70
    for one in BUNDLED:
        assert len(one.also) >= 2, one.name
        assert 3 <= len(one.models) <= 6, one.name
        assert 1 <= len(one.topics) <= 4, one.name
        for words in (one.also, one.models, one.topics, one.papers, one.data):
            assert len({word.casefold() for word in words}) == len(words), one.name


def test_each_name_and_synonym_leads_to_its_own_problem() -> None:
    """So no two problems share one, however it is spelt."""
    for one in BUNDLED:
        for words in (one.name, *one.also):
            assert problem_of(words, BUNDLED) is one, f"{words} of {one.name}"
    said = [words.casefold() for one in BUNDLED for words in (one.name, *one.also)]
    assert sorted(said) == sorted(set(said))


def test_a_task_or_a_model_alone_leads_to_some_problem() -> None:
    for one in BUNDLED:
        for words in (one.task, *one.models):
            assert problem_of(words, BUNDLED) is not None, words


# ---------------------------------------------------------------- as people type


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("image segmentation", "image segmentation"),
        ("Segmentation of images with a U-Net", "image segmentation"),
        ("semantic-segmentation in PyTorch", "image segmentation"),
        ("u net", "image segmentation"),
        ("mask r-cnn", "instance segmentation"),
        ("brain tumor segmentation with unet", "medical image segmentation"),
        ("medical images", "medical imaging"),
        ("segmenting customers", "customer segmentation"),
        ("yolo", "object detection"),
        ("detecting objects with YOLO v3", "object detection"),
        ("yolo tracking", "object tracking"),
        ("classify cats or dogs with keras", "cats and dogs"),
        ("CIFAR-10", "image classification"),
        ("resnet", "image classification"),
        ("ViT", "vision transformer"),
        ("handwritten digit recognition using cnn", "handwritten digits"),
        ("mnist", "handwritten digits"),
        ("gan mnist", "generative adversarial network"),
        ("captcha", "reading text in images"),
        ("text-to-image", "text to image"),
        ("txt2img", "text to image"),
        ("image to text", "image captioning"),
        ("image2image", "image-to-image translation"),
        ("neural style transfer", "style transfer"),
        ("Variational Auto-Encoders", "variational autoencoder"),
        ("diffusion models for beginners", "diffusion model"),
        ("super-resolution", "super resolution"),
        ("SMS spam classifier with naive bayes", "spam filter"),
        ("sentiment analysis with BERT", "sentiment analysis"),
        ("NER", "named entity recognition"),
        ("translate english to french", "machine translation"),
        ("summarize news articles", "text summarization"),
        ("train a small GPT", "language model from scratch"),
        ("nanoGPT", "language model from scratch"),
        ("bpe tokenizer", "tokenizer"),
        ("lora fine-tuning", "fine-tuning a language model"),
        ("RAG", "retrieval-augmented generation"),
        ("chat bot", "chatbot"),
        ("generate baby names", "text generation"),
        ("speech to text", "speech recognition"),
        ("text to speech", "text to speech"),
        ("emotion detection from voice", "speech emotion recognition"),
        ("predicting house prices with xgboost", "house price prediction"),
        ("titanic random forest", "titanic"),
        ("iris decision tree", "iris flowers"),
        ("xgboost", "gradient boosting"),
        ("k-means", "clustering"),
        ("t-SNE", "dimension reduction"),
        ("stock price lstm", "stock price prediction"),
        ("timeseries forecasting with a transformer", "time series forecasting"),
        ("log anomaly detection", "anomalies in logs"),
        ("anomaly detection in time series", "time series anomaly detection"),
        ("movie recommendations", "recommender system"),
        ("learning to rank", "learning to rank"),
        ("CartPole DQN", "cart pole"),
        ("alpha zero chess", "chess and Go"),
        ("A2C PPO", "policy gradients"),
        ("td3", "robot control"),
        ("gcn cora", "graph neural network"),
        ("attention is all you need", "transformer"),
        ("few shot learning", "few-shot learning"),
        ("fgsm", "adversarial examples"),
        ("a/b testing", "A/B test"),
        ("shap", "explainability"),
        ("image segmentaton", "image segmentation"),
        ("recomender sytem", "recommender system"),
        ("ségmentation of imâges", "image segmentation"),
        ("quantum basket weaving", None),
        ("machine learning", None),
        ("how to bake bread", None),
        ("react app", None),
        ("to", None),
        ("", None),
        ("🙂 --- !!", None),
    ],
)
def test_a_text_names_a_problem(words: str, name: str | None) -> None:
    assert named(words) == name


@given(
    st.text() | st.lists(st.sampled_from([*"a2- é", "to", "image", "GAN", "u-net"])).map("".join)
)
def test_any_text_can_be_asked_about(words: str) -> None:
    assert problem_of(words, BUNDLED[:40]) in {*BUNDLED[:40], None}


@given(st.sampled_from(BUNDLED), st.randoms(use_true_random=False))
def test_case_order_and_small_words_do_not_matter(one: Problem, chance: object) -> None:
    words = one.name.replace("-", " ").split()
    if "to" not in words:
        chance.shuffle(words)  # type: ignore[attr-defined]
    assert problem_of(f"The {' '.join(words).upper()} for beginners", BUNDLED) is one


# ---------------------------------------------------------------- files


def test_a_learner_s_own_problems_add_to_the_bundled_ones_and_come_first(tmp_path: Path) -> None:
    mine = ONE + ONE.replace("['juggling']", "['Image Segmentation']")
    written(tmp_path, mine)
    found = load_problems([tmp_path, bundled_folder("recipes"), tmp_path / "absent"])
    assert len(found) == len(BUNDLED) + 1
    assert problem_of("juggling with three balls", found) == found[0]
    told = problem_of("image segmentation", found)
    assert told is not None
    assert told.models == ("jugglenet",)


def test_lists_of_toml_are_read_as_well(tmp_path: Path) -> None:
    text = ONE.replace("'throw three balls'", '["throw three balls", "cascade"]')
    (one,) = load_problems([written(tmp_path, f"{text}papers = ' 1505.04597 ,1301.3781'").parent])
    assert one == Problem(
        "juggling",
        also=("throw three balls", "cascade"),
        task="ball control",
        models=("jugglenet",),
        topics=("juggling",),
        papers=("1505.04597", "1301.3781"),
    )


@pytest.mark.parametrize(
    ("now", "then", "said", "hint"),
    [
        ("topics", "topcis", "unknown key 'juggling.topcis'", "did you mean 'topics'?"),
        ("topics", "colour", "unknown key 'juggling.colour'", "keys: also, task"),
        ("task = 'ball control'", "", "'juggling.task' is missing", "add a line: task = …"),
        ("'jugglenet'", "3", "juggling.models is 3: expected names", "change models"),
        ("'jugglenet'", "[]", "juggling.models is []", "change models"),
        ("'jugglenet'", "[1]", "juggling.models is [1]", "change models"),
        ("'jugglenet'", "'a,,b'", "juggling.models is 'a,,b'", "change models"),
        ("topics = 'juggling'", "topics = 'Two words'", "expected topics of GitHub", "topics"),
        ("'ball control'", "' '", "juggling.task is ' '", "change task"),
        ("['juggling']", "['--']", "'--' names no problem", "use words"),
        ("['juggling']", "juggling = 3\n['x']", "juggling is 3: expected a table", "a table"),
        ("topics = 'juggling'", "topics = 'a'\npapers = 'U-Net'", "numbers at arXiv", "papers"),
        ("['juggling']", "['juggling'", "cannot read", "TOML"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_key(
    tmp_path: Path, now: str, then: str, said: str, hint: str
) -> None:
    path = written(tmp_path, ONE.replace(now, then, 1))
    with pytest.raises(RecipeError, match=re.escape(said)) as caught:
        load_problems([tmp_path])
    assert str(path) in caught.value.message
    assert hint in str(caught.value.hint)


def test_a_file_that_is_asked_for_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no such file"):
        load_problem_file(tmp_path / PROBLEMS)
    assert load_problems([tmp_path]) == ()


def test_problems_are_no_recipe(tmp_path: Path) -> None:
    folders = [written(tmp_path, ONE).parent, bundled_folder("recipes")]
    listing = list_recipes(folders)
    assert listing.errors == ()
    assert "problems" not in {recipe.name for recipe in listing.recipes}
    assert known_recipe("problems", folders) is None
    with pytest.raises(RecipeError, match="no recipe called 'problems'"):
        find_recipe("problems", folders)
