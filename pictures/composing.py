"""Pictures that are composed: windows on a background, as a page of HTML that the browser draws."""

import base64
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from playwright.sync_api import Browser

from pictures.browser import open_page, save_picture

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
)


def save_composed(browser: Browser, name: str, **values: Any) -> None:
    """Fill a template and save what the browser draws of it."""
    page = open_page(browser, 800, 600)
    page.set_content(TEMPLATES.get_template(f"{name}.html").render(values))
    save_picture(page.locator("body").screenshot(), name)


def encode_picture(png: bytes) -> str:
    """Turn a picture into an address that a page can show."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
