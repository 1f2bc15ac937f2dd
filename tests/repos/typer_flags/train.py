import typer


def train(momentum: float = typer.Option(0.9, help="how much of the last step is kept")):
    print(f"accuracy: {1 - momentum / 2}")


if __name__ == "__main__":
    typer.run(train)
