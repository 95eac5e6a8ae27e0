"""Sphinx configuration; `make docs` builds the site in docs/_build/html."""

from importlib.metadata import version as find_version

project = "Wine Sweep"
version = release = find_version("wine-sweep")

extensions = ["myst_parser", "sphinx_copybutton", "sphinx_external_toc"]
copybutton_prompt_text = "$ "  # if a block has prompts, only those lines are copied
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = project
html_show_copyright = False
html_static_path = ["_static"]
html_css_files = ["tables.css"]

myst_heading_anchors = 3
# template: begin

# The site of this repository is about the template and its library, and has pages made from docstrings.
project = html_title = "Kedro Sweep"
version = release = find_version("kedro-sweep")
extensions += ["sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_fence_as_directive = ["math"]

# Docstrings put code between single backticks, as Markdown does.
default_role = "literal"
napoleon_use_ivar = True
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_typehints_format = "short"
strip_signature_backslash = True  # so that names of attributes keep their last underscore
autodoc_default_options = {
    "members": True,
    "special-members": "__init__, __call__",
    "exclude-members": "model_config, model_validate",
}


def drop_root_signature(*event: object) -> tuple[str, object] | None:
    """Hide the signature that Pydantic gives a model with a single value: (root=PydanticUndefined)."""
    *_, signature, returns = event
    return ("", returns) if "PydanticUndefined" in str(signature) else None


def setup(app: object) -> None:
    """Connect with autodoc.

    Args:
        app: The Sphinx application.
    """
    app.connect("autodoc-process-signature", drop_root_signature)


# template: end
