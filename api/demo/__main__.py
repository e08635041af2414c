"""The server that `lianshen demo --story` starts for itself: `told_time.py`."""

import sys

from .told_time import serve_told

serve_told(int(sys.argv[1]))
