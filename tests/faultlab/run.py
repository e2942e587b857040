"""Runs the fault lab: `.venv/bin/python tests/faultlab/run.py --short`, or `--long` for the published figures."""

import os
import sys

from runs import main

if __name__ == "__main__":
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the service starts as an installed one does, with its bytecode
    sys.exit(main())
