"""How Sphinx makes the site: `make docs` puts it into docs/_build/html."""

from typing import Any

from kedro_sweep import __version__

project = "Kedro Sweep"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = project
html_show_copyright = False
html_static_path = ["_static"]
html_css_files = ["tables.css"]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

# Docstrings put code between single backticks, as Markdown does.
default_role = "literal"
napoleon_use_ivar = True
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_typehints_format = "short"
autodoc_default_options = {
    "members": True,
    "special-members": "__init__, __call__",
    "exclude-members": "model_config, model_validate",
}


def drop_signature_of_root(*event: Any) -> tuple[str, str | None] | None:
    """Leave out what Pydantic gives a model of one value as its signature: (root=PydanticUndefined)."""
    *_, signature, returns = event
    return ("", returns) if signature and "PydanticUndefined" in signature else None


def setup(app: Any) -> None:
    """Connect with autodoc.

    Args:
        app: Sphinx.
    """
    app.connect("autodoc-process-signature", drop_signature_of_root)
