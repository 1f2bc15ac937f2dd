"""Makes the files beside it with the libraries that write such files; not run by the tests.

In an environment of its own: `pip install torch tensorboard keras pytorch-lightning transformers
accelerate dvclive stable-baselines3 wandb mlflow`, then `python make_samples.py .` in this folder.
What tells of the machine is left out: of MLflow all but the metrics, of W&B all but header, history
and summary.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

os.environ |= {"KERAS_BACKEND": "torch", "WANDB_MODE": "offline", "WANDB_SILENT": "true"}
os.environ |= {"CUDA_VISIBLE_DEVICES": "", "MLFLOW_ALLOW_FILE_STORE": "true"}

EPOCHS = 3


def tensorboard(root: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(root / "runs/Nov27_15-04-05_host")) as writer:
        for step in range(EPOCHS):
            writer.add_scalar("Loss/train", 1 / (step + 1), step)
            writer.add_scalar("Accuracy/val", step / 4, step, new_style=True)
        writer.add_text("note", "hello")
    # As Keras' own callback lays its files out, which needs TensorFlow.
    for name, worse in (("train", 0.0), ("validation", 0.5)):
        with SummaryWriter(str(root / "keras_logs" / name)) as writer:
            for step in range(EPOCHS):
                writer.add_scalar("epoch_loss", 1 / (step + 1) + worse, step, new_style=True)
    for at, file in enumerate(sorted(root.rglob("*tfevents*"))):
        file.rename(file.with_name(f"events.out.tfevents.{at}.host"))


def keras(root: Path) -> None:
    import keras
    import torch

    keras.utils.set_random_seed(0)
    layers = [keras.layers.Input((2,)), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    model.compile("sgd", "mse", metrics=["mae"])
    x, y = torch.ones(8, 2), torch.ones(8, 1)
    root.mkdir(parents=True)
    logger = keras.callbacks.CSVLogger(str(root / "training.log"))
    told = model.fit(
        x, y, epochs=EPOCHS, validation_data=(x, y), verbose=0, callbacks=[logger]
    ).history
    (root / "history.json").write_text(json.dumps(told))


def lightning(root: Path) -> None:
    import pytorch_lightning as pl
    import torch
    from pytorch_lightning.loggers import CSVLogger

    class Model(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(2, 1)

        def training_step(self, batch: torch.Tensor, _: int) -> torch.Tensor:
            loss: torch.Tensor = self.layer(batch).pow(2).mean()
            self.log("train_loss", loss, on_step=True, on_epoch=True)
            return loss

        def validation_step(self, batch: torch.Tensor, _: int) -> None:
            self.log("val_loss", self.layer(batch).pow(2).mean())

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), 0.01)

    data = torch.utils.data.DataLoader(torch.ones(4, 2), batch_size=2)
    logger = CSVLogger(str(root))
    silent = {"enable_progress_bar": False, "enable_model_summary": False}
    trainer = pl.Trainer(
        max_epochs=2, logger=logger, log_every_n_steps=1, enable_checkpointing=False, **silent
    )
    trainer.fit(Model(), data, data)


def transformers(root: Path) -> None:
    import torch
    from transformers import PretrainedConfig, PreTrainedModel, Trainer, TrainingArguments

    class Model(PreTrainedModel):
        config_class = PretrainedConfig

        def __init__(self) -> None:
            super().__init__(PretrainedConfig())
            self.layer = torch.nn.Linear(2, 1)
            self.post_init()

        def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
            out = self.layer(x)
            return {"loss": (out - labels).pow(2).mean(), "logits": out}

    data = [{"x": torch.ones(2), "labels": torch.ones(1)} for _ in range(8)]
    often = {"logging_steps": 1, "eval_strategy": "epoch", "save_strategy": "epoch"}
    arguments = TrainingArguments(
        str(root), num_train_epochs=2, per_device_train_batch_size=4, report_to=[], **often
    )
    trainer = Trainer(Model(), arguments, train_dataset=data, eval_dataset=data)
    trainer.save_metrics("train", trainer.train().metrics)
    trainer.save_state()
    trainer.save_metrics("eval", trainer.evaluate())
    keep(root, "trainer_state.json", "*_results.json")


def dvclive(root: Path) -> None:
    from dvclive import Live

    with Live(str(root), save_dvc_exp=False, report=None) as live:
        for step in range(EPOCHS):
            live.log_metric("train/loss", 1 / (step + 1))
            live.next_step()


def stable_baselines(root: Path) -> None:
    from stable_baselines3.common.logger import configure

    logger = configure(str(root), ["csv", "json"])
    for step in range(EPOCHS):
        logger.record("rollout/ep_rew_mean", float(step))
        logger.record("time/total_timesteps", step * 100)
        logger.record("time/fps", 10)
        logger.dump(step * 100)
    logger.close()


def mlflow(root: Path) -> None:
    import mlflow

    mlflow.set_tracking_uri((root / "mlruns").as_uri())
    with mlflow.start_run():
        for step in range(EPOCHS):
            told = {"loss": 1 / (step + 1), "val/accuracy": step / 4}
            mlflow.log_metrics(told, step=step)
    keep(root, "loss", "accuracy")


def wandb(root: Path) -> None:
    import wandb

    root.mkdir(parents=True)
    run = wandb.init(project="p", dir=str(root))
    for step in range(EPOCHS):
        odd = float("nan") if step == 1 else 1.0
        run.log({"loss": 1 / (step + 1), "val": {"accuracy": step / 4}, "odd": odd, "text": "x"})
    run.summary["best"] = 0.5
    run.finish()
    (file,) = root.rglob("*.wandb")
    data = file.read_bytes()
    (root / "run.wandb").write_bytes(data[:7] + b"".join(_reframed(data)))
    shutil.rmtree(root / "wandb")


def _reframed(data: bytes) -> Iterator[bytes]:
    """Records of the kinds that tell nothing of the machine; all of it fits into one block."""
    from wandb.proto.wandb_internal_pb2 import Record

    at = 7
    while at < len(data):
        _, size, kind = struct.unpack_from("<IHB", data, at)
        body = data[at + 7 : at + 7 + size]
        at += 7 + size
        if Record.FromString(body).WhichOneof("record_type") in {"header", "history", "summary"}:
            yield struct.pack("<IHB", zlib.crc32(body, zlib.crc32(bytes([kind]))), size, kind)
            yield body


def keep(root: Path, *patterns: str) -> None:
    wanted = {path for pattern in patterns for path in root.rglob(pattern)}
    for path in [one for one in root.rglob("*") if one.is_file() and one not in wanted]:
        path.unlink()
    for path in sorted((one for one in root.rglob("*") if one.is_dir()), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()


MAKERS = (tensorboard, keras, lightning, transformers, dvclive, stable_baselines, mlflow, wandb)

if __name__ == "__main__":
    target = Path(sys.argv[1]).absolute()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for make in MAKERS:
            shutil.rmtree(target / make.__name__, ignore_errors=True)
            make(target / make.__name__)
            keep(target / make.__name__, "*.*", "loss", "accuracy")
