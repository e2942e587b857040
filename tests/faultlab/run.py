"""Runs the fault lab: `.venv/bin/python tests/faultlab/run.py --short`, or `--long` for the published figures."""

import sys

from runs import main

if __name__ == "__main__":
    sys.exit(main())
