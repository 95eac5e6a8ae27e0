"""What the tests of this repository share, beyond those that every project has."""

import pytest

from tests.conftest import Project


@pytest.fixture
def prepared(project: Project) -> Project:
    """A copy with the training and test tables, but no study."""
    project.run_here("dp")
    return project
