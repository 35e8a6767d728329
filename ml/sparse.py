"""SciPy's CSR matrices as three plain arrays of an artifact, and back without a copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


def to_arrays(matrix: sparse.csr_array) -> dict[str, NDArray[Any]]:
    """values, columns and starts of a matrix, in single precision, columns in order."""
    matrix = sparse.csr_array(matrix)
    matrix.sum_duplicates()
    return {
        "values": matrix.data.astype(np.float32),
        "columns": matrix.indices.astype(np.int32),
        "starts": matrix.indptr.astype(np.int64),
    }


def from_arrays(arrays: Mapping[str, NDArray[Any]], *, columns: int) -> sparse.csr_array:
    """The matrix over the same memory. Raises ValueError where the arrays contradict it."""
    starts = arrays["starts"]
    return sparse.csr_array(
        (arrays["values"], arrays["columns"], starts), shape=(len(starts) - 1, columns), copy=False
    )
