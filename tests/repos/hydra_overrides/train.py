import hydra


@hydra.main(version_base=None, config_path="conf", config_name="config")
def train(config):
    print(f"accuracy: {1 - config.optimizer.momentum / 2}")


if __name__ == "__main__":
    train()
