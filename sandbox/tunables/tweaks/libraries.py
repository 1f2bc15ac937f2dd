"""What libraries give to who imports everything from them: the classes that tweaks look for."""

from __future__ import annotations

from collections.abc import Sequence

_SAME = (
    ("tensorflow.compat.v2.", "tensorflow."),
    ("tensorflow.python.keras.", "keras."),
    ("tensorflow.keras.", "keras."),
    ("keras.api.", "keras."),
    ("torchvision.transforms.v2.", "torchvision.transforms."),
)
"""Names of libraries, and those that people know them by."""
_CLASSES = {
    "keras.layers": (
        "Activation AlphaDropout BatchNormalization Conv1D Conv2D Conv3D Dense Dropout ELU"
        " Embedding GRU LSTM LayerNormalization LeakyReLU MultiHeadAttention PReLU ReLU SimpleRNN"
        " Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D"
    ),
    "keras.models": "Model Sequential",
    "keras.optimizers": "Adadelta Adagrad Adam AdamW Adamax Nadam RMSprop SGD",
    "keras.preprocessing.image": "ImageDataGenerator",
    "sklearn.ensemble": (
        "GradientBoostingClassifier GradientBoostingRegressor RandomForestClassifier"
        " RandomForestRegressor"
    ),
    "sklearn.linear_model": "Lasso LinearRegression LogisticRegression Ridge",
    "sklearn.naive_bayes": "GaussianNB",
    "sklearn.neighbors": "KNeighborsClassifier KNeighborsRegressor",
    "sklearn.neural_network": "MLPClassifier MLPRegressor",
    "sklearn.preprocessing": (
        "FunctionTransformer MaxAbsScaler MinMaxScaler RobustScaler StandardScaler"
    ),
    "sklearn.svm": "SVC SVR",
    "sklearn.tree": "DecisionTreeClassifier DecisionTreeRegressor",
    "torch.nn": (
        "AlphaDropout BCELoss BCEWithLogitsLoss BatchNorm1d BatchNorm2d BatchNorm3d CELU CTCLoss"
        " Conv1d Conv2d Conv3d CosineEmbeddingLoss CrossEntropyLoss Dropout Dropout1d Dropout2d"
        " Dropout3d ELU Embedding FeatureAlphaDropout GELU GRU GroupNorm Hardtanh"
        " HingeEmbeddingLoss HuberLoss Identity InstanceNorm1d InstanceNorm2d InstanceNorm3d"
        " KLDivLoss L1Loss LSTM LayerNorm LeakyReLU Linear MSELoss MarginRankingLoss Mish Module"
        " ModuleList MultiLabelMarginLoss MultiMarginLoss MultiheadAttention NLLLoss PReLU"
        " PoissonNLLLoss RNN ReLU ReLU6 SELU Sequential SiLU Sigmoid SmoothL1Loss SoftMarginLoss"
        " Softmax Softplus Tanh Transformer TransformerDecoder TransformerDecoderLayer"
        " TransformerEncoder TransformerEncoderLayer TripletMarginLoss"
    ),
    "torch.optim": "ASGD Adadelta Adagrad Adam AdamW Adamax LBFGS NAdam RAdam RMSprop Rprop SGD",
    "torch.optim.lr_scheduler": (
        "CosineAnnealingLR CosineAnnealingWarmRestarts CyclicLR ExponentialLR LambdaLR MultiStepLR"
        " OneCycleLR ReduceLROnPlateau StepLR"
    ),
    "torch.utils.data": "DataLoader Dataset Subset TensorDataset",
    "torchvision.transforms": (
        "AugMix AutoAugment CenterCrop ColorJitter Compose GaussianBlur Normalize RandAugment"
        " RandomAffine RandomCrop RandomErasing RandomGrayscale RandomHorizontalFlip"
        " RandomPerspective RandomResizedCrop RandomRotation RandomVerticalFlip Resize ToTensor"
        " TrivialAugmentWide"
    ),
}
_GIVEN = {module: frozenset(names.split()) for module, names in _CLASSES.items()}


def giver(modules: Sequence[str], name: str) -> str | None:
    """Which of the modules that everything is imported from gives a name; None = not known.

    Args:
        modules: in the order of their imports: the last one that has a name gives it. Where there
            is one only, it is the one.
    """
    if len(modules) == 1:
        return modules[0]
    return next((one for one in reversed(modules) if name in _given(one)), None)


def _given(module: str) -> frozenset[str]:
    return _GIVEN.get(usual(f"{module}.").removesuffix("."), frozenset())


def usual(name: str) -> str:
    """A library's name by where people know it from."""
    for one, other in _SAME:
        if name.startswith(one):
            return other + name[len(one) :]
    return name
