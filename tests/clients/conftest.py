"""Models in a folder of each test's own, as in the tests of recommendations."""

from tests.recommendations.conftest import _own_artifacts

__all__ = ["_own_artifacts"]
