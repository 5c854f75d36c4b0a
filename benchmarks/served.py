"""One side behind the server that pyrest has: `python -m benchmarks.served PORT`, with the side and its file in the environment."""

from __future__ import annotations

import os
import sys

from benchmarks import by_hand, with_pyrest
from pyrest.server import serve

SIDES = {"by_hand": by_hand.create_app, "pyrest": with_pyrest.create_app}

app = SIDES[os.environ["BENCHMARK_SIDE"]](os.environ["BENCHMARK_DB"], "full")

if __name__ == "__main__":
    serve("benchmarks.served:app", port=int(sys.argv[1]))
