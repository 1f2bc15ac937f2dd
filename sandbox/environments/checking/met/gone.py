"""Dotted names that are gone, as in `known.REMOVED`."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.environments.checking.met.wording import names_of

GONE: Mapping[str, str] = {
    # Python 3.7.16 to 3.13.0
    **names_of("", "python<3.8", "cgi.escape platform.dist platform.linux_distribution"),
    **names_of("base64.", "python<3.9", "decodestring encodestring"),
    **names_of("sys.", "python<3.9", "getcheckinterval setcheckinterval"),
    **names_of("", "python<3.11", "binascii.b2a_hqx inspect.formatargspec"),
    **names_of("", "python<3.12", "importlib.find_loader locale.format ssl.wrap_socket"),
    **names_of("", "python<3.13", "locale.resetlocale typing.io typing.re"),
    # NumPy 1.22.4, 1.23.5, 1.26.4, 2.0.2, 2.3.5 and 2.4.6
    "numpy.asscalar": "numpy<1.23",
    **names_of("numpy.", "numpy<2", "bool8 int0 uint0"),
    **names_of("numpy.", "numpy<2.4", "in1d trapz"),
    # SciPy 1.7.3, 1.8.1, 1.11.4, 1.12.0, 1.14.1, 1.15.3, 1.16.3 and 1.17.1
    "scipy.stats.itemfreq": "scipy<1.8",
    "scipy.linalg.pinv2": "scipy<1.9",
    **names_of("scipy.", "scipy<1.12", "misc.ascent misc.derivative misc.face stats.binom_test"),
    **names_of("scipy.", "scipy<1.15", "integrate.quadrature integrate.romberg"),
    **names_of("scipy.signal.", "scipy<1.15", "cwt morlet2 ricker"),
    "scipy.special.sph_harm": "scipy<1.17",
    # scikit-learn 1.2.2 and 1.3.2, scikit-image 0.18.3 and 0.19.3
    "sklearn.metrics.SCORERS": "scikit-learn<1.3",
    **names_of(
        "skimage.",
        "scikit-image<0.19",
        "draw.circle measure.marching_cubes_lewiner morphology.watershed",
    ),
    # gymnasium 0.29.1 and 1.4.0, plotly 5.24.1 and 7.1.0
    **names_of("gymnasium.", "gymnasium<1", "vector.make wrappers.FrameStack"),
    **names_of("plotly.graph_objects.", "plotly<6", "Heatmapgl"),
    **names_of("plotly.", "plotly<7", "express.scatter_mapbox graph_objects.Scattermapbox"),
}
"""Dotted name of what is gone: the change; as in `known.REMOVED`."""
