import click


@click.command()
@click.option("--momentum", default=0.9, type=float, help="how much of the last step is kept")
def train(momentum):
    print(f"accuracy: {1 - momentum / 2}")


if __name__ == "__main__":
    train()
