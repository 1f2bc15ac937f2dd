import multiprocessing
import pickle


class Point:
    def __init__(self, x):
        self.x = x


def squared(point):
    return Point(point.x ** 2)


def total(method):
    with multiprocessing.get_context(method).Pool(2) as pool:
        return sum(point.x for point in pool.map(squared, [Point(1), Point(2), Point(3)]))


if __name__ == "__main__":
    print("train loss:", pickle.loads(pickle.dumps(Point(3))).x)
    print("val loss:", total("fork"))
    print("test loss:", total("spawn"))
