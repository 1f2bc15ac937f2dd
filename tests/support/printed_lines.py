# ruff: noqa: E501 - printed lines are as long as they are
"""Printed lines in the shapes of popular libraries, and the scalars in them.

Each case: source, text, expected `name=value`, with `@step` where one is told and `%` as unit.
"""

from __future__ import annotations

ESC = "\x1b"

CASES: list[tuple[str, str, str]] = [
    # ---------------------------------------------------------------- one line, name and value
    ("plain", "Accuracy: 0.93", "accuracy=0.93"),
    ("plain", "accuracy = 0.93", "accuracy=0.93"),
    ("plain", "Accuracy 0.93", "accuracy=0.93"),
    ("plain", "accuracy=0.93 f1=0.91", "accuracy=0.93 f1=0.91"),
    ("plain", "acc.: 50.00%", "acc=50%"),
    ("plain", "Accuracy: 91.2 %", "accuracy=91.2%"),
    ("plain", "Accuracy (%): 91.2", "accuracy=91.2%"),
    ("plain", "R^2: 0.87 | R² 0.88", "r2=0.87 r2=0.88"),
    ("plain", "Mean Squared Error (MSE): 25.5", "mean_squared_error=25.5"),
    ("plain", "The accuracy of the model is 0.93.", "accuracy=0.93"),
    ("plain", "Model achieved an accuracy of 93.5%!", "accuracy=93.5%"),
    ("plain", "Validation loss is nan", "validation_loss=nan"),
    ("plain", "loss: inf", "loss=inf"),
    ("plain", "Cost: 1,234.56", "cost=1234.56"),
    ("plain", "loss -> 1.5e-03", "loss=0.0015"),
    ("plain", "- **Accuracy**: 0.93", "accuracy=0.93"),
    ("plain", "Accuracy......: 0.93", "accuracy=0.93"),
    (
        "plain",
        "Train accuracy: 0.99, Test accuracy: 0.95",
        "train_accuracy=0.99 test_accuracy=0.95",
    ),
    ("plain", "Test loss: 0.3 / Test accuracy: 0.98", "test_loss=0.3 test_accuracy=0.98"),
    ("plain", "Accuracy on test set: 0.93", "test_accuracy=0.93"),
    ("plain", "Accuracy: 0.93 (+/- 0.02)", "accuracy=0.93"),
    ("plain", "Reward: -200", "reward=-200"),
    ("plain", "RMSE train: 0.5 test: 0.6", "rmse_train=0.5 rmse_test=0.6"),
    ("plain", "Loss: train 0.5, val 0.6", "train_loss=0.5 val_loss=0.6"),
    (
        "plain",
        "train: loss=0.5, acc=0.9 | val: loss=0.6, acc=0.8",
        "train_loss=0.5 train_acc=0.9 val_loss=0.6 val_acc=0.8",
    ),
    ("plain", "[Train] loss 0.5 acc 0.9", "train_loss=0.5 train_acc=0.9"),
    ("plain", "accuracy_score(y_test, y_pred) = 0.93", "accuracy_score=0.93"),
    ("plain", "2026-11-20 10:11:12,345 - INFO - Epoch 3 - loss: 0.25", "loss=0.25@3"),
    ("plain", "INFO:root:Epoch 3 loss 0.25", "loss=0.25@3"),
    ("plain", "[INFO] val_loss: 0.25", "val_loss=0.25"),
    ("plain", "Epoch 3 done (loss: 0.25)", "loss=0.25@3"),
    ("plain", "Accuracy (epoch 5): 0.9", "accuracy=0.9@5"),
    (
        "plain",
        "Epoch 2 train loss 0.5 acc 0.9 val loss 0.6 acc 0.8",
        "train_loss=0.5@2 train_acc=0.9@2 val_loss=0.6@2 val_acc=0.8@2",
    ),
    # ---------------------------------------------------------------- Python's wrappers
    ("numpy", "Accuracy: np.float64(0.93)", "accuracy=0.93"),
    ("numpy", "loss: [20.]", "loss=20"),
    ("numpy", "mse: array(0.25, dtype=float32)", "mse=0.25"),
    ("torch", "loss tensor(0.25, grad_fn=<NllLossBackward0>)", "loss=0.25"),
    ("torch", "Epoch 1 loss: tensor(0.2500, device='cuda:0')", "loss=0.25@1"),
    ("tensorflow", "loss: tf.Tensor(0.25, shape=(), dtype=float32)", "loss=0.25"),
    ("tensorflow", "loss: <tf.Tensor: shape=(), dtype=float32, numpy=0.25>", "loss=0.25"),
    ("dict", "{'accuracy': np.float64(0.93), 'f1': np.float64(0.9)}", "accuracy=0.93 f1=0.9"),
    ("json", '{"epoch": 3, "train_loss": 0.5, "lr": 0.001}', "train_loss=0.5@3 lr=0.001@3"),
    # ---------------------------------------------------------------- bare, and over two lines
    ("bare", "0.9298245614035088", "value=0.9298245614035088"),
    ("bare", "499 2.7e-07", "value=2.7e-07@499"),
    ("bare", "[20.]", "value=20"),
    ("bare", "96 / 100", "value=0.96"),
    ("bare", "Epoch 0: 9096 / 10000", "value=0.9096@0"),
    ("two lines", "Accuracy:\n0.93", "accuracy=0.93"),
    ("two lines", "Test accuracy\n\ntensor(0.93)", "test_accuracy=0.93"),
    ("two lines", "Prediction:\n[20.]", "prediction=20"),
    ("two lines", "Mean absolute error is\n2.5", "mean_absolute_error=2.5"),
    # ---------------------------------------------------------------- PyTorch
    (
        "pytorch quickstart",
        (
            "Epoch 1\n-------------------------------\nloss: 2.303494  [   64/60000]\n"
            "loss: 2.294637  [ 6464/60000]\nTest Error: \n Accuracy: 44.7%, Avg loss: 2.150"
        ),
        "loss=2.303494@1 loss=2.294637@1.10773 accuracy=44.7%@1 avg_loss=2.15@1",
    ),
    ("pytorch cifar10", "[1,  2000] loss: 2.173", "loss=2.173@1"),
    (
        "pytorch cifar10",
        "Accuracy of the network on the 10000 test images: 54 %",
        "test_accuracy=54%",
    ),
    (
        "pytorch-tutorial",
        "Test Accuracy of the model on the 10000 test images: 97.5 %",
        "test_accuracy=97.5%",
    ),
    ("pytorch-tutorial", "Epoch [1/5], Step [100/600], Loss: 2.1841", "loss=2.1841@1"),
    (
        "pytorch mnist",
        (
            "Train Epoch: 1 [0/60000 (0%)]\tLoss: 2.3\nTrain Epoch: 1 [30000/60000 (50%)]\tLoss: 1.3\n"
            "Train Epoch: 2 [0/60000 (0%)]\tLoss: 0.9"
        ),
        "loss=2.3@1 loss=1.3@1.5 loss=0.9@2",
    ),
    (
        "pytorch imagenet",
        "Epoch: [0][ 10/5005]\tTime  0.507 ( 1.2)\tData  0.003 ( 0.4)\tLoss 6.9 (7.0)\tAcc@1   0.78 (  0.10)",
        "loss=6.9@0 acc@1=0.78@0",
    ),
    ("pytorch imagenet", " * Acc@1 69.758 Acc@5 89.078", "acc@1=69.758 acc@5=89.078"),
    ("pytorch vae", "====> Epoch: 1 Average loss: 164.5", "average_loss=164.5@1"),
    (
        "word language model",
        "| epoch   1 |   200/ 2928 batches | lr 20.00 | ms/batch 30.52 | loss  7.70 | ppl  2205.45",
        "lr=20@1 loss=7.7@1 ppl=2205.45@1",
    ),
    (
        "word language model",
        "| end of epoch   1 | time:  5.32s | valid loss  6.72 | valid ppl   827.94",
        "valid_loss=6.72@1 valid_ppl=827.94@1",
    ),
    (
        "bentrevett",
        "Epoch: 01 | Epoch Time: 0m 5s\n\tTrain Loss: 0.5 | Train Acc: 80.00%\n\t Val. Loss: 0.6 |  Val. Acc: 70.00%",
        "train_loss=0.5@1 train_acc=80%@1 val_loss=0.6@1 val_acc=70%@1",
    ),
    (
        "pytorch-gan",
        "[Epoch 1/200] [Batch 0/938] [D loss: 0.693] [G loss: 0.721]",
        "d_loss=0.693@1 g_loss=0.721@1",
    ),
    (
        "detr",
        "Test:  [  0/196]  eta: 0:01:00  loss: 0.6 (0.6)  acc1: 85.9 (85.9)  time: 4.1  data: 3.8  max mem: 5123",
        "test_loss=0.6 test_acc1=85.9",
    ),
    (
        "timm",
        "Train: 0 [  50/1251 (  4%)]  Loss: 6.95 (6.95)  LR: 1.000e-06  Data: 0.012",
        "train_loss=6.95",
    ),
    (
        "transfer learning",
        "Epoch 0/24\n----------\ntrain Loss: 0.5 Acc: 0.75\nval Loss: 0.2 Acc: 0.93",
        "train_loss=0.5@0 acc=0.75@0 val_loss=0.2@0 acc=0.93@0",
    ),
    (
        "nanogpt",
        "step 250/5000 | loss 3.2 | lr 6.00e-04 | norm: 0.31 | dt: 338.2ms | tok/sec: 1500.5",
        "loss=3.2@250 lr=0.0006@250 norm=0.31@250",
    ),
    ("nanogpt", "step 250: train loss 1.9, val loss 2.0", "train_loss=1.9@250 val_loss=2@250"),
    ("dqn", "episode: 5/500, score: 23, e: 0.95", "score=23@5 e=0.95@5"),
    ("coursera", "Cost after iteration 100: 0.4839", "cost=0.4839@100"),
    ("coursera", "Iteration 100 | Cost: 4.8e+01", "cost=48@100"),
    # ---------------------------------------------------------------- Keras and bars
    (
        "keras",
        "Epoch 1/2\n32/32 - 1s - loss: 0.6 - val_loss: 0.5 - 1s/epoch - 30ms/step",
        "loss=0.6@1 val_loss=0.5@1",
    ),
    ("keras", "Test loss: 0.026 \nTest accuracy: 0.9915", "test_loss=0.026 test_accuracy=0.9915"),
    (
        "keras callbacks",
        "Epoch 1: val_loss improved from inf to 0.43, saving model to best.keras",
        "",
    ),
    (
        "keras-gan",
        "100 [D loss: 0.69, acc.: 50.00%] [G loss: 0.71]",
        "d_loss=0.69@100 acc=50%@100 g_loss=0.71@100",
    ),
    (
        "keras old",
        " 1/10 [==>.......] - ETA: 3s - loss: 0.9"
        + "\b" * 40
        + "10/10 [==========] - 1s - loss: 0.5000\n",
        "loss=0.5",
    ),
    (
        "tqdm",
        (
            "\rEpoch 1:  50%|█████     | 5/10 [00:01<00:01,  5.0it/s, loss=0.9]"
            "\rEpoch 1: 100%|██████████| 10/10 [00:02<00:00,  5.0it/s, loss=0.5]\n"
            "\rEpoch 2: 100%|██████████| 10/10 [00:02<00:00,  5.0it/s, loss=0.4]\n"
        ),
        "loss=0.5@1 loss=0.4@2",
    ),
    (
        "tqdm without newlines",
        (
            "\rEpoch 1: 100%|███| 10/10 [00:02<00:00, loss=0.5]\r          "
            "\rEpoch 2: 100%|███| 10/10 [00:02<00:00, loss=0.4]"
        ),
        "loss=0.5@1 loss=0.4@2",
    ),
    ("tqdm ascii", "loss 0.532: 100%|##########| 10/10 [00:00<00:00, 31.28it/s]", "loss=0.532"),
    ("tqdm", " 45%|████▌     | 45/100 [00:12<00:14,  3.81it/s]", ""),
    ("tqdm", "Training:  45%|####5     | 45/100 [00:12<00:14,  3.81it/s]", ""),
    ("tqdm", "Accuracy:  45%|####5     | 45/100 [00:12<00:14,  3.81it/s]", ""),
    ("progressbar", "Training: 100% [-----------------------] Time: 0:00:08", ""),
    (
        "counter redrawn",
        "\rstep 1 loss 0.9\rstep 2 loss 0.8\rstep 3 loss 0.7",
        "loss=0.9@1 loss=0.8@2 loss=0.7@3",
    ),
    # ---------------------------------------------------------------- Lightning and transformers
    (
        "lightning test table",
        (
            "┏━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓\n┃  Test metric  ┃ DataLoader 0  ┃\n┡━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩\n"
            "│   test_acc    │    0.9805     │\n│   test_loss   │    0.0621     │\n└───────────────┴───────────────┘"
        ),
        "test_acc=0.9805 test_loss=0.0621",
    ),
    (
        "lightning",
        "Epoch 1, global step 100: 'val_loss' reached 0.43 (best 0.43), saving model",
        "val_loss=0.43@1",
    ),
    (
        "transformers",
        "{'eval_loss': 0.3, 'eval_accuracy': 0.9, 'eval_runtime': 3.2, 'eval_samples_per_second': 100.5, 'epoch': 1.0}",
        "eval_loss=0.3@1 eval_accuracy=0.9@1",
    ),
    (
        "transformers",
        "{'train_runtime': 12.3, 'train_steps_per_second': 2.5, 'train_loss': 0.31, 'epoch': 3.0}",
        "train_loss=0.31@3",
    ),
    (
        "transformers metrics",
        "***** eval metrics *****\n  epoch                   =        3.0\n  eval_accuracy           =     0.8627\n  eval_runtime            = 0:00:03.20",
        "eval_accuracy=0.8627@3",
    ),
    # ---------------------------------------------------------------- boosting
    (
        "xgboost",
        "[0]\ttrain-rmse:0.51\teval-rmse:0.62\n[1]\ttrain-rmse:0.41\teval-rmse:0.52",
        "train-rmse=0.51@0 eval-rmse=0.62@0 train-rmse=0.41@1 eval-rmse=0.52@1",
    ),
    ("xgboost", "[10]\tvalidation_0-logloss:0.25", "validation_0-logloss=0.25@10"),
    (
        "lightgbm",
        "[10]\ttraining's l2: 0.21\tvalid_1's l2: 0.32",
        "training_l2=0.21@10 valid_1_l2=0.32@10",
    ),
    (
        "lightgbm",
        "[50]\tvalid_0's binary_logloss: 0.25\tvalid_0's auc: 0.97",
        "valid_0_binary_logloss=0.25@50 valid_0_auc=0.97@50",
    ),
    (
        "catboost",
        "0:\tlearn: 0.6931\ttest: 0.6941\tbest: 0.6941 (0)\ttotal: 47ms\tremaining: 4.7s",
        "learn=0.6931@0 test=0.6941@0 best=0.6941@0",
    ),
    # ---------------------------------------------------------------- tables
    (
        "fastai",
        "epoch     train_loss  valid_loss  accuracy  time    \n0         0.512       0.321       0.91      00:12\n1         0.312       0.221       0.95      00:12",
        "train_loss=0.512@0 valid_loss=0.321@0 accuracy=0.91@0 train_loss=0.312@1 valid_loss=0.221@1 accuracy=0.95@1",
    ),
    (
        "skorch",
        "  epoch    train_loss    valid_acc    valid_loss     dur\n-------  ------------  -----------  ------------  ------\n      1        0.9078       0.5463        0.6793  0.0345",
        "train_loss=0.9078@1 valid_acc=0.5463@1 valid_loss=0.6793@1",
    ),
    (
        "csv",
        "epoch,loss,val_loss\n0,0.5,0.6\n1,0.4,0.5",
        "loss=0.5@0 val_loss=0.6@0 loss=0.4@1 val_loss=0.5@1",
    ),
    (
        "pandas",
        "       loss       acc\n0  0.500000  0.900000\n1  0.400000  0.950000",
        "loss=0.5@0 acc=0.9@0 loss=0.4@1 acc=0.95@1",
    ),
    (
        "markdown",
        "| Model | Accuracy | F1 |\n|---|---|---|\n| SVM | 0.93 | 0.92 |\n| Tree | 0.9 | 0.89 |",
        "svm_accuracy=0.93 svm_f1=0.92 tree_accuracy=0.9 tree_f1=0.89",
    ),
    (
        "plain table",
        "epoch loss acc\n1 0.5 0.9\n2 0.4 0.95",
        "loss=0.5@1 acc=0.9@1 loss=0.4@2 acc=0.95@2",
    ),
    (
        "spinning up",
        "---------------------------\n|    Epoch |             3 |\n| AverageEpRet |     20.9 |\n| LossPi |  -0.0042 |\n| Time |  3.2 |\n---------------------------",
        "averageepret=20.9@3 losspi=-0.0042@3",
    ),
    (
        "stable-baselines3",
        (
            "-----------------------------------------\n| rollout/                |             |\n|    ep_rew_mean          | 41.2        |\n"
            "| time/                   |             |\n|    fps                  | 980         |\n|    total_timesteps      | 4096        |\n"
            "| train/                  |             |\n|    approx_kl            | 0.0089      |\n|    value_loss           | 36.1        |\n|    n_updates            | 10          |\n-----------------------------------------\n"
        ),
        "rollout/ep_rew_mean=41.2@4096 train/approx_kl=0.0089@4096 train/value_loss=36.1@4096",
    ),
    ("ansi table", f"{ESC}[1m epoch {ESC}[0m| loss\n{ESC}[32m 1 {ESC}[0m| 0.5", "loss=0.5@1"),
    (
        "sklearn report",
        (
            "              precision    recall  f1-score   support\n\n      setosa       1.00      1.00      1.00        10\n"
            "  versicolor       1.00      0.90      0.95        10\n\n    accuracy                           0.97        30\n"
            "   macro avg       0.97      0.97      0.96        30\nweighted avg       0.97      0.97      0.95        30\n"
        ),
        "accuracy=0.97 macro_avg_f1-score=0.96 weighted_avg_f1-score=0.95",
    ),
    (
        "grid search",
        "[CV 1/5] END ...................C=0.1;, score=0.934 total time=   0.0s",
        "score=0.934",
    ),
    # ---------------------------------------------------------------- gym
    ("gym", "Episode 3: reward = 22.0, steps = 22", "reward=22@3"),
    (
        "gym",
        "Episode: 10 Total reward: -110.5 Training loss: 0.0312 Explore P: 0.95",
        "total_reward=-110.5@10 training_loss=0.0312@10 explore_p=0.95@10",
    ),
    ("gym", "Episode finished after 23 timesteps", ""),
    # ---------------------------------------------------------------- must stay silent
    ("silent", "Namespace(lr=0.01, batch_size=64, accuracy=0.5, epochs=10)", ""),
    ("silent", "LogisticRegression(C=1.0, tol=0.0001)", ""),
    ("silent", "batch_size=32, lr=0.001, dropout=0.5", ""),
    ("silent", "Learning rate: 0.001", ""),
    ("silent", "{'lr': 0.001, 'batch_size': 32, 'epochs': 10}", ""),
    ("silent", "Best parameters: {'C': 1.0, 'gamma': 0.1}", ""),
    ("silent", "Seed: 42", ""),
    ("silent", "Epoch 1/10", ""),
    ("silent", "Epoch 3 took 12.5s", ""),
    ("silent", "Time elapsed: 12.5", ""),
    ("silent", "Total params: 1,199,882 (4.58 MB)", ""),
    ("silent", "Memory usage: 1.5 GB", ""),
    ("silent", "RAM used: 45.2%", ""),
    ("silent", "GPU memory: 10.5 / 16.0 GB", ""),
    ("silent", "Train size: 0.8", ""),
    ("silent", "Train: 48000, Val: 12000", ""),
    ("silent", "X_train shape: (60000, 28, 28, 1)", ""),
    ("silent", "Saved checkpoint to checkpoints/epoch=3-val_loss=0.25.ckpt", ""),
    ("silent", "Saving /tmp/run/loss_0.5/model.pt", ""),
    ("silent", "UserWarning: loss is 0.5 but should be 0.3", ""),
    ("silent", "/usr/lib/x.py:12: RuntimeWarning: overflow, loss 0.5", ""),
    (
        "silent",
        'Traceback (most recent call last):\n  File "train.py", line 3, in <module>\nValueError: loss is 3.0',
        "",
    ),
    ("silent", "W tensorflow/core 1234 loss 0.3", ""),
    ("silent", "CUDA version: 11.8, cudnn 8.6", ""),
    ("silent", "scikit-learn 1.5.2", ""),
    (
        "silent",
        "Generating train split: 100%|██████████| 60000/60000 [00:01<00:00, 45000 examples/s]",
        "",
    ),
    ("silent", "Downloading: 100%|██████████| 1.2M/1.2M [00:00<00:00, 3.5MB/s]", ""),
    ("silent", "[[0.91 0.02]\n [0.05 0.95]]", ""),
    ("silent", "[[0.1]\n [0.2]\n [0.3]]", ""),
    ("silent", "Cross-validation scores: [0.91 0.93 0.95]", ""),
    ("silent", "0    5.1\n1    4.9\ndtype: float64", ""),
    ("silent", "1 / 100\n2 / 100\n3 / 100", ""),
    ("silent", "Score threshold: 0.5", ""),
    ("silent", "Loss function: CrossEntropyLoss()", ""),
    ("silent", "Adam (\nParameter Group 0\n    lr: 0.001\n    weight_decay: 0\n)", ""),
    (
        "silent",
        "  | Name  | Type   | Params\n---------------------------\n0 | model | Linear | 7.9 K",
        "",
    ),
    (
        "silent",
        "+---------------+-------+\n| Parameter     | Value |\n+===============+=======+\n| Learning rate | 0.001 |\n+---------------+-------+\n| Dropout       | 0.500 |\n+---------------+-------+",
        "",
    ),
    ("silent", "     age  bmi\n0  0.038  0.061\n1 -0.001 -0.051", ""),
    ("silent", "a3f5c2e9d1b47f60 1e5 deadbeef", ""),
    ("silent", "[10:11:12] step", ""),
    ("silent", "conv1.weight torch.Size([32, 1, 3, 3])", ""),
    ("silent", "192.168.0.1:6006", ""),
    # ---------------------------------------------------------------- further shapes
    ("plain", "Mean IoU: 0.75, Dice: 0.85", "mean_iou=0.75 dice=0.85"),
    ("plain", "R-squared: 0.74", "r-squared=0.74"),
    ("plain", "Coefficient of determination: 0.47", "coefficient_of_determination=0.47"),
    ("plain", "PSNR: 28.3 dB SSIM: 0.89", "psnr=28.3 ssim=0.89"),
    ("plain", "mAP@0.5: 0.612", "map@0.5=0.612"),
    ("plain", "Hits@10: 0.52 MRR: 0.31", "hits@10=0.52 mrr=0.31"),
    ("plain", "WER: 12.3%", "wer=12.3%"),
    ("plain", "The loss for epoch 3 is 0.23", "loss=0.23@3"),
    ("plain", "Total reward for episode 1 is 12.0", "total_reward=12@1"),
    ("plain", "Average loss at step 2000: 4.56", "average_loss=4.56@2000"),
    ("plain", "Best val acc: 0.9231 (epoch 12)", "best_val_acc=0.9231@12"),
    ("plain", "step=100, loss=0.123", "loss=0.123@100"),
    ("plain", "Accuracy for fold 3: 0.91", "accuracy=0.91@3"),
    ("plain", "Mean reward: 250.3 +/- 12.1", "mean_reward=250.3"),
    ("plain", "[0.25, 0.91]", ""),
    ("plain", "0.25%", ""),
    (
        "scikit-learn grid",
        "Best: 0.957333 using {'C': 1}\n0.957333 (0.012345) with: {'C': 1}",
        "best=0.957333",
    ),
    ("cs231n", "Got 137 / 500 correct => accuracy: 0.274000", "accuracy=0.274"),
    (
        "cs231n",
        "lr 1.0e-07 reg 2.5e+04 train accuracy: 0.36 val accuracy: 0.37",
        "train_accuracy=0.36 val_accuracy=0.37",
    ),
    (
        "cs231n",
        "linear SVM on raw pixels final test set accuracy: 0.36",
        "final_test_set_accuracy=0.36",
    ),
    (
        "cs231n",
        "best validation accuracy achieved during cross-validation: 0.37",
        "best_validation_accuracy=0.37",
    ),
    ("cs231n", "Two loop version took 32.12 seconds", ""),
    (
        "fairseq",
        "| epoch 001:    100 / 1000 loss=5.123, nll_loss=4.5, ppl=22.6, wps=3000, lr=0.0001",
        "loss=5.123@1 nll_loss=4.5@1 ppl=22.6@1 lr=0.0001@1",
    ),
    ("tensorflow 1", "INFO:tensorflow:loss = 0.5, step = 101 (0.5 sec)", "loss=0.5@101"),
    (
        "tensorflow 1",
        "Step 100, Minibatch Loss= 0.5432, Training Accuracy= 0.812",
        "minibatch_loss=0.5432@100 training_accuracy=0.812@100",
    ),
    ("tensorflow 1", "global_step/sec: 123.4", ""),
    ("keras 1", "10000/1 - 0s - loss: 0.36 - acc: 0.87", "loss=0.36 acc=0.87"),
    (
        "caffe",
        "I0501 10:00:00.123456 1234 solver.cpp:228] Iteration 100, loss = 0.5",
        "loss=0.5@100",
    ),
    (
        "loguru",
        "2026-11-20 10:00:00.123 | INFO     | train:main:42 - Epoch 3 | Loss 0.5",
        "loss=0.5@3",
    ),
    (
        "coco",
        " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.412",
        "",
    ),
]
