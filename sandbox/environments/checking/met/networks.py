"""Of TensorFlow and Keras."""

from __future__ import annotations

from sandbox.environments.checking.met.wording import absent, unexpected, unexpected_by

TENSORFLOW_1 = "tensorflow<2 keras<2.4 @2020-04-30"
_KERAS_2_5 = "keras<2.6 tensorflow<2.6"
_KERAS_2_10 = "keras<2.11 tensorflow<2.11"
KERAS_2 = "keras<3 tensorflow<2.16"
_MODEL = "Functional|Model|Sequential"

NETWORKS = (
    # TensorFlow 1.15.5, 2.15.1 and 2.21.0: what the first version did
    (r"KeyError: '(?:val_)?acc'", TENSORFLOW_1),
    (r"when eager execution is enabled|not compatible with eager execution", TENSORFLOW_1),
    (r"The Session graph is empty\. Add operations to the graph", TENSORFLOW_1),
    (r"Got an unexpected keyword argument '(?:dim\w*|keep_\w+|reduction_ind\w+)'", TENSORFLOW_1),
    (absent("make_one_shot_iterator output_shapes", r"\w+Dataset"), TENSORFLOW_1),
    (absent("_make_predict_function _make_train_function total_loss", _MODEL), TENSORFLOW_1),
    (r"shape.*\.value\b.*\nAttributeError: 'int' object has no attribute 'value'", TENSORFLOW_1),
    (r"module 'keras\.\w+\.\S*backend' has no attribute '(?:get|set)_session'", TENSORFLOW_1),
    (
        r"module 'keras\.\w+\.\S*losses' has no attribute '(?:absolute_diff|get_|\w*softmax_|sig)",
        TENSORFLOW_1,
    ),
    # Keras 2.5.0, 2.15.0 and 3.15.1; TensorFlow of the same number, and 2.21.0
    (absent("predict_classes predict_proba", _MODEL), _KERAS_2_5),
    # Keras 2.10.0, 2.15.0 and 3.15.1; those between say of `lr` that it is not used, and go on
    (r"Argument\(s\) not recognized: \{.*'lr'", _KERAS_2_10),
    (
        absent(
            "_create_slots _decayed_lr _get_hyper _hyper _set_hyper get_gradients get_updates "
            "get_weights weights",
            r"\w+",
        ),
        _KERAS_2_10,
    ),
    (r"\bdecay is deprecated in the new Keras optimizer", _KERAS_2_10),
    # Keras 2.15.0 and 3.15.1
    (absent(r"(?:fit|predict|evaluate)_generator reset_states", _MODEL), KERAS_2),
    (r"(?:Invalid filepath extension for saving|`save_format` argument is deprecated)", KERAS_2),
    (r"file(?:name|path)(?: provided)? must end in `\.(?:keras|weights\.h5)`", KERAS_2),
    (unexpected_by("period", "ModelCheckpoint"), KERAS_2),
    (unexpected_by("write_grads", "TensorBoard"), KERAS_2),
    (
        unexpected(
            "max_queue_size reset_metrics sample_weight_mode use_multiprocessing workers",
            r"(?:TensorFlow)?Trainer\.\w+",
        ),
        KERAS_2,
    ),
    (r"Unrecognized keyword arguments passed to \w+: \{'", KERAS_2),
    (r"A KerasTensor cannot be used as input to a TensorFlow function", KERAS_2),
    (absent("get_shape op", "KerasTensor"), KERAS_2),
    (r"\.shape\.as_list\(.*\nAttributeError: 'tuple' object has no attribute 'as_list'", KERAS_2),
    (absent("lr minimize", r"Ada\w+|Nadam|RMSprop|SGD"), KERAS_2),
    (absent("get_input_shape_at get_output_at input_shape output_shape", r"\w+"), KERAS_2),
    (r"`keras\.optimizers\.legacy` is not supported in Keras 3", KERAS_2),
    (r"`name` must be passed as a keyword argument\. Received: add_weight", KERAS_2),
    (r"Expected `metrics` argument to be a list, tuple, or dict", KERAS_2),
    (unexpected("alpha", "relu"), KERAS_2),
    # what is optional for Keras 2.15.0 and 3.15.1
    (r"You must install pydot \(", "+pydot apt:graphviz"),
    (r"requires PIL\.|Could not import PIL\.Image", "+pillow"),
    (r"TensorBoard is not installed, missing implementation", "+tensorboard"),
    (r"name 'scipy' is not defined \[in keras", "+scipy"),
)

LIGHTNING = (
    # PyTorch Lightning 1.9.5 and 2.6.6
    (
        unexpected(
            r"amp_backend auto_\w+ gpus num_processes replace_sampler_ddp resume_from_checkpoint "
            r"tpu_cores track_grad_norm",
            r"Trainer\.__init__|__init__",
        ),
        "pytorch-lightning<2",
    ),
    (r"Support for `\w+` has been removed in v2\.0\.0", "pytorch-lightning<2"),
    (r"Training with multiple optimizers is only supported with manual", "pytorch-lightning<2"),
    (r"'Trainer' (?:object )?has no attribute '(?:\w*argparse_args|tune)'", "pytorch-lightning<2"),
    (r"Neither `tensorboard` nor `tensorboardX` is available", "+tensorboard"),
    (r"`(?:RichProgressBar|RichModelSummary)` requires `rich`", "+rich"),
)
