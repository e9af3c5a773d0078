"""Turns requests of people and programs into released, recorded decisions."""

import os

# The matrices of a valuation are small: threads of numpy's BLAS that wait for each other make it three to five times
# slower. It is read when numpy is first imported, hence here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
