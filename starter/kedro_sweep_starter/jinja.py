"""What the starter's templates need of Jinja."""

from pathlib import Path

from cookiecutter.utils import simple_filter  # type: ignore[import-untyped]


@simple_filter  # type: ignore[untyped-decorator]
def absolute(path: str) -> str:
    """Make a path absolute where the template is rendered.

    Cookiecutter renders hooks in the starter's folder and runs them in the new project's, where the
    starter's path, if the user gave a relative one, would lead nowhere.

    Args:
        path: A path relative to the working directory.

    Returns:
        The absolute path.
    """
    return str(Path(path).resolve())
