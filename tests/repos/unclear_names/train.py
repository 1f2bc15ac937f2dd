import argparse


def grow():
    size = 3
    return size


def shrink():
    size = 4
    return size


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--learning-rate", type=float, default=0.1)
    print("loss:", parser.parse_args().learning_rate / grow() / shrink())
