import fire


class Training:
    def __init__(self, width=4):
        self.width = width

    def fit(self, momentum=0.9):
        print(f"accuracy: {1 - momentum / self.width}")


if __name__ == "__main__":
    fire.Fire(Training)
