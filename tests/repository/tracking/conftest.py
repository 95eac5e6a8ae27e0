"""Runs that start in a folder that is not the project's."""

from contextlib import chdir
from pathlib import Path

from kedro.framework.project import configure_project
from kedro.framework.session import KedroSession

from tests.conftest import PACKAGE, Project


def run_from(folder: Path, project: Project, *pipelines: str, env: str | None = None) -> None:
    """Run pipelines in this process, as `kedro run` would in this folder."""
    configure_project(PACKAGE, preserve_logging=True)
    session = KedroSession.create(project.path, env=env)
    with chdir(folder), session:
        session.run(pipeline_names=list(pipelines) or None)
