"""Dotted names that are gone, as in `known.REMOVED`."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.environments.checking.known import each

_TENSORFLOW_1 = "tensorflow<2 keras<2.4 @2020-04-30"
_KERAS_2 = "keras<3 tensorflow<2.16"

GONE: Mapping[str, str] = {
    # Python 3.7.16 to 3.13.0
    **each("", "python<3.8", "cgi.escape platform.dist platform.linux_distribution"),
    **each("base64.", "python<3.9", "decodestring encodestring"),
    **each("sys.", "python<3.9", "getcheckinterval setcheckinterval"),
    **each("", "python<3.11", "binascii.b2a_hqx inspect.formatargspec"),
    **each("", "python<3.12", "importlib.find_loader locale.format ssl.wrap_socket"),
    **each("", "python<3.13", "locale.resetlocale typing.io"),
    # NumPy 1.22.4, 1.23.5, 1.26.4, 2.0.2, 2.3.5 and 2.4.6
    "numpy.asscalar": "numpy<1.23",
    **each("numpy.", "numpy<2", "bool8 int0"),
    **each("numpy.", "numpy<2.4", "in1d trapz"),
    # pandas 0.25.3, 1.5.3, 2.3.3 and 3.1.1
    **each("pandas.", "pandas<1", "Panel SparseDataFrame core.common.isnull"),
    "pandas.value_counts": "pandas<3",
    # SciPy 1.7.3, 1.8.1, 1.11.4, 1.12.0, 1.14.1, 1.15.3, 1.16.3 and 1.17.1
    "scipy.stats.itemfreq": "scipy<1.8",
    "scipy.linalg.pinv2": "scipy<1.9",
    **each("scipy.", "scipy<1.12", "misc.derivative misc.face stats.binom_test"),
    **each("scipy.", "scipy<1.15", "integrate.quadrature integrate.romberg"),
    **each("scipy.signal.", "scipy<1.15", "cwt ricker"),
    "scipy.special.sph_harm": "scipy<1.17",
    # scikit-learn 1.2.2 and 1.3.2, scikit-image 0.18.3 and 0.19.3
    "sklearn.metrics.SCORERS": "scikit-learn<1.3",
    **each(
        "skimage.",
        "scikit-image<0.19",
        "draw.circle measure.marching_cubes_lewiner morphology.watershed",
    ),
    # gymnasium 0.29.1 and 1.4.0, plotly 5.24.1 and 7.1.0
    **each("gymnasium.", "gymnasium<1", "vector.make wrappers.FrameStack"),
    **each("plotly.graph_objects.", "plotly<6", "Heatmapgl"),
    **each("plotly.", "plotly<7", "express.scatter_mapbox graph_objects.Scattermapbox"),
    # Matplotlib 2.2.5 and 3.1.3, 3.8.4 and 3.9.4, 3.10.8 and 3.11.2
    **each("matplotlib.", "matplotlib<3.9", "cm.get_cmap pyplot.register_cmap"),
    "matplotlib.pyplot.hold": "matplotlib<3",
    "matplotlib.pyplot.plot_date": "matplotlib<3.11",
    "tensorflow.keras.wrappers": "keras<2.11 tensorflow<2.11",
    # OpenCV 4.6.0 and 4.8.1 with contributed modules
    **each("cv2.aruco.", "opencv-contrib-python<4.7", "DetectorParameters_create Dictionary_get"),
    # OpenCV 4.14.0 and 5.0.0, without display; it stands in for the one with
    **each("cv2.", "opencv-python<5", "CascadeClassifier HOGDescriptor ml"),
    # NetworkX 1.11, 2.4, 2.8.8 and 3.0; seaborn 0.11.2 and 0.12.2
    **each("networkx.", "networkx<2.4", "weakly_connected_component_subgraphs"),
    **each("networkx.", "networkx<2.4", "biconnected_component_subgraphs"),
    **each("networkx.", "networkx<3", "OrderedGraph adj_matrix hub_matrix jit_data write_shp"),
    "seaborn.factorplot": "seaborn<0.12 matplotlib<3.8",
    # Bokeh 2.4.3 and 3.0.3, IPython 8.39.0 and 9.18.1, JAX 0.4.23, 0.4.24, 0.5.3, 0.6.2 and 0.10.2
    "bokeh.models.Panel": "bokeh<3",
    "IPython.display.set_matplotlib_formats": "ipython<9",
    **each("jax.", "jax<0.4.24 jaxlib<0.4.24", "linear_util random.KeyArray"),
    "jax.config": "jax<0.4.25 jaxlib<0.4.25",
    "jax.xla_computation": "jax<0.4.30 jaxlib<0.4.30",
    "jax.tree_map": "jax<0.6 jaxlib<0.6",
    # albumentations 0.5.2 and 2.0.8
    **each(
        "albumentations.",
        "albumentations<1",
        "Cutout IAAAdditiveGaussianNoise JpegCompression RandomBrightness",
    ),
    # TensorFlow 1.15.5, 2.15.1 and 2.21.0, Keras 2.15.0 and 3.15.1
    **each("tensorboard.", _TENSORFLOW_1, "summary._tf.summary"),
    **each("tensorflow", _TENSORFLOW_1, "._api.v2 _estimator.python.estimator.api._v2"),
    **each(
        "tensorflow.",
        _TENSORFLOW_1,
        "AUTO_REUSE ConfigProto GPUOptions InteractiveSession Print div "
        "enable_eager_execution get_default_graph get_variable gfile global_variables_initializer "
        "is_nan layers log py_func random_normal reset_default_graph sparse_tensor_to_dense "
        "to_float trainable_variables truncated_normal variable_scope",
    ),
    **each("keras.", _KERAS_2, "_tf_keras optimizers.experimental"),
    "tensorflow.estimator": _KERAS_2,
}
"""Dotted name of what is gone: the change; as in `known.REMOVED`."""
