"""Change single values in the text of a YAML file, and leave every other character unchanged."""

import math
import re
from typing import Any

import yaml

from kedro_sweep.errors import InputError


class _Dumper(yaml.SafeDumper):
    """Quotes texts that do not begin with a letter: OmegaConf takes some for numbers, such as 1e3."""


def _represent(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = None if text[:1].isalpha() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent)


def set_value(text: str, path: tuple[str, ...], value: Any) -> str:
    """Set a value; add its key if it is missing."""
    return _check(_set(text, path, value), path, _with(yaml.safe_load(text) or {}, path, value))


def remove_key(text: str, path: tuple[str, ...]) -> str:
    parent = get_value(yaml.safe_load(text), path[:-1]) or {}
    left = {key: value for key, value in parent.items() if key != path[-1]}
    mapping: Any = yaml.compose(text, yaml.SafeLoader)
    for name in path[:-1]:
        _, mapping = _find_pair(mapping, name) or (None, None)
    pair = _find_pair(mapping, path[-1])
    if mapping.flow_style or pair is None:
        return set_value(text, path[:-1], left)
    start = text.rfind("\n", 0, pair[0].start_mark.index) + 1
    rest = text[_end_of_line(text, _end(text, *pair)) :]
    return _check(text[:start] + rest, path, _with(yaml.safe_load(text), path[:-1], left))


def get_value(data: Any, path: tuple[str, ...], default: Any = None) -> Any:
    for name in path:
        if not isinstance(data, dict) or name not in data:
            return default
        data = data[name]
    return data


def escape(value: Any) -> Any:
    """Keep OmegaConf from replacing `${…}`, which it does in values but not in keys."""
    if isinstance(value, dict):
        return {name: escape(part) for name, part in value.items()}
    if isinstance(value, list):
        return [escape(part) for part in value]
    # Each backslash before it must be doubled.
    return re.sub(r"(\\*)\$\{", r"\1\1\\${", value) if isinstance(value, str) else value


def write_flow(value: Any) -> str:
    style: Any = {"default_flow_style": True, "width": math.inf, "sort_keys": False}
    text: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, **style)
    return text.removesuffix("...\n").strip()


def _set(text: str, path: tuple[str, ...], value: Any) -> str:
    mapping: Any = yaml.compose(text, yaml.SafeLoader)
    if mapping is None:
        return _add_line(text, len(text), 0, path, value)
    for depth, name in enumerate(path):
        if mapping.flow_style or not isinstance(mapping, yaml.MappingNode):
            whole = _with(get_value(yaml.safe_load(text), path[:depth]) or {}, path[depth:], value)
            return _set(text, path[:depth], whole)
        pair = _find_pair(mapping, name)
        if pair is None:
            indent = mapping.value[0][0].start_mark.column
            return _add_line(text, _end(text, *mapping.value[-1]), indent, path[depth:], value)
        key, mapping = pair
    colon = text.index(":", key.end_mark.index) + 1
    start, end = mapping.start_mark.index, _end(text, key, mapping)
    if "\n" not in text[colon:start]:
        return f"{text[:colon]} {write_flow(value)}{text[end:]}"
    # A block below its key: keep the comments behind the key and above the block.
    first_line = text.rfind("\n", 0, start) + 1
    comments, rest = text[colon:first_line], text[_end_of_line(text, end) :]
    if isinstance(value, dict) and value and isinstance(mapping, yaml.MappingNode):
        return text[:colon] + comments + _write_block(value, mapping.start_mark.column) + rest
    return f"{text[:colon]} {write_flow(value)}{comments}{rest}"


def _write_block(mapping: dict[str, Any], indent: int) -> str:
    """Write a mapping with one line per key, the values in the style of the shipped files."""
    lines = []
    for key, value in mapping.items():
        text = write_flow(value)
        text = f"{{ {text[1:-1]} }}" if isinstance(value, dict) and value else text
        lines.append(f"{' ' * indent}{write_flow(key)}: {text}\n")
    return "".join(lines)


def _add_line(text: str, end: int, indent: int, path: tuple[str, ...], value: Any) -> str:
    end = _end_of_line(text, end)
    before = text[:end] if not end or text[end - 1] == "\n" else text[:end] + "\n"
    line = f"{path[0]}: {write_flow(_with({}, path[1:], value))}"
    return f"{before}{' ' * indent}{line}\n{text[end:]}"


def _find_pair(mapping: Any, name: str) -> tuple[Any, Any] | None:
    return next((pair for pair in mapping.value if pair[0].value == name), None)


def _end(text: str, key: Any, value: Any) -> int:
    """Find where a value ends; PyYAML counts what follows a block as part of the block."""
    if value.start_mark.index < key.end_mark.index:  # an alias, on the line of its key
        return int(key.end_mark.index)
    if isinstance(value, yaml.ScalarNode) or value.flow_style or not value.value:
        return max(int(value.start_mark.index), len(text[: value.end_mark.index].rstrip()))
    last = value.value[-1]
    return _end(text, *last) if isinstance(value, yaml.MappingNode) else _end(text, key, last)


def _end_of_line(text: str, position: int) -> int:
    return text.find("\n", position) + 1 or len(text)


def _with(data: Any, path: tuple[str, ...], value: Any) -> Any:
    """Return a copy of nested mappings with one value changed."""
    if not path:
        return value
    mapping = data if isinstance(data, dict) else {}
    return mapping | {path[0]: _with(mapping.get(path[0]), path[1:], value)}


def _check(text: str, path: tuple[str, ...], expected: Any) -> str:
    try:
        if yaml.safe_load(text) == expected:
            return text
    except yaml.YAMLError:
        pass
    raise InputError(
        f"{'.'.join(path)} cannot be changed on its own: write it without anchors and aliases (& and *)."
    )
