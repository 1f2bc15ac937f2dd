"""Train a support vector machine to read handwritten digits.

python train.py --C 10 --gamma 0.001
"""

import argparse

from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--C", type=float, default=1.0, help="penalty for a digit misread in training"
    )
    parser.add_argument(
        "--gamma", type=float, default=0.001, help="how near two digits must be to count as alike"
    )
    parser.add_argument(
        "--kernel",
        default="rbf",
        choices=["rbf", "poly", "linear", "sigmoid"],
        help="measure of likeness",
    )
    parser.add_argument(
        "--test-size", type=float, default=0.5, help="share of the digits kept for testing"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the split")
    return parser.parse_args()


def main():
    args = parse_args()
    digits = load_digits()
    x_train, x_test, y_train, y_test = train_test_split(
        digits.data, digits.target, test_size=args.test_size, random_state=args.seed
    )
    print(f"{len(x_train)} digits to learn from, {len(x_test)} to test on")

    model = SVC(C=args.C, gamma=args.gamma, kernel=args.kernel)
    model.fit(x_train, y_train)

    train_accuracy = accuracy_score(y_train, model.predict(x_train))
    guesses = model.predict(x_test)
    print(f"train accuracy: {train_accuracy:.4f}")
    print(f"accuracy: {accuracy_score(y_test, guesses):.4f}")
    print(f"f1: {f1_score(y_test, guesses, average='macro'):.4f}")
    print(f"support vectors: {model.n_support_.sum()}")


if __name__ == "__main__":
    main()
