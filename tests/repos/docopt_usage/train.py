"""Usage: train.py [--momentum=<m>]

Options:
  --momentum=<m>  How much of the last step is kept [default: 0.9].
"""

from docopt import docopt

if __name__ == "__main__":
    momentum = float(docopt(__doc__)["--momentum"])
    print(f"accuracy: {1 - momentum / 2}")
