"""An exported folder in a new environment answers over HTTP as `kedro sweep predict` does.

These tests install packages, and start processes and servers.
"""

import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.conftest import Project, read_yaml

KEDRO = (sys.executable, "-m", "kedro")
N_TRAINING, N_NEW = 400, 10_000
FORBIDDEN = {"kedro", "kedro-datasets", "kedro-sweep", "optuna", "plotly", "wine-sweep"}
# Two kinds of models that vote, corrected probabilities, and costs.
CLASSIFIER: dict[str, dict[str, Any]] = {
    "data": {"y_label": "left", "drop": ["spend"], "impute": "mean"},
    "sweep": {
        "model": {"class": "sklearn.linear_model.LogisticRegression"},
        "search_space": {"C": {"type": "float", "low": 0.01, "high": 10.0, "log": True}},
        "models": {
            "line": {
                "class": "sklearn.linear_model.LogisticRegression",
                "search_space": {"C": {"type": "float", "low": 0.01, "high": 10.0, "log": True}},
            },
            "forest": {
                "class": "sklearn.ensemble.RandomForestClassifier",
                "search_space": {"n_estimators": {"type": "int", "low": 5, "high": 9}},
            },
        },
        "ensemble": {"size": 6},
        "n_trials": 4,
    },
    "decision": {"calibrate": "sigmoid", "costs": {"fp": 1, "fn": 4}},
}
REGRESSOR: dict[str, dict[str, Any]] = {
    "data": {"y_label": "spend", "drop": ["left"], "impute": "in_model"},
    "sweep": {
        "model": {"class": "sklearn.ensemble.RandomForestRegressor", "params": {"n_estimators": 8}},
        "search_space": {"max_depth": {"type": "int", "low": 2, "high": 8}},
        "n_trials": 2,
    },
}


def make_table(n_rows: int, seed: int) -> pd.DataFrame:
    """Customers with numbers, codes, texts, dates and whether they like it, nearly all with gaps."""
    random = np.random.default_rng(seed)
    age = random.normal(45, 15, n_rows).round()
    words = random.choice(["slow", "great", "refund", "thanks", "broken"], (n_rows, 3))
    table = pd.DataFrame(
        {
            "age": age,
            "visits, last year": random.integers(0, 40, n_rows),
            "plan": random.choice(["basic", "plus", "pro"], n_rows),
            "zip": random.choice(["01067", "10115", "80331"], n_rows),
            "message": [" ".join(row) for row in words],
            "since": [f"20{year:02}-0{month}-11" for year, month in random.integers(1, 10, (n_rows, 2))],
            "seen": pd.Timestamp("2026-01-01") + pd.to_timedelta(random.integers(0, 10**7, n_rows), "s"),
            "newsletter": random.random(n_rows) < 0.5,
        }
    )
    table["left"] = np.where(
        age + 20 * (words[:, 0] == "slow") + random.normal(0, 9, n_rows) > 52, "yes", "no"
    )
    table["spend"] = (age + 0.5 * table["visits, last year"] + random.normal(0, 5, n_rows)).round(2)
    for name in ("age", "plan", "zip", "seen"):
        table.loc[random.random(n_rows) < 0.1, name] = None
    return table


@pytest.fixture
def trained(copy_project: Callable[[], Project]) -> Callable[..., Project]:
    """Train a project with the table of customers."""

    def train(settings: dict[str, dict[str, Any]]) -> Project:
        project = copy_project()
        make_table(N_TRAINING, 0).to_parquet(project.path / "data/01_raw/customers.parquet", index=False)
        file = project.path / "conf/base/catalog.yml"
        catalog = read_yaml(file)
        path = "data/01_raw/customers.parquet"
        catalog["raw"] = {"type": "pandas.ParquetDataset", "filepath": path}
        file.write_text(yaml.safe_dump(catalog, sort_keys=False))
        for file in (project.path / "conf/base").glob("parameters*.yml"):
            groups = read_yaml(file)
            changed = {name: groups[name] | settings.get(name, {}) for name in groups}
            file.write_text(yaml.safe_dump(changed, sort_keys=False))
        project.run_here()
        return project

    return train


def run(*command: str | Path, cwd: Path, code: int = 0) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def export(project: Project, folder: Path, *options: str, code: int = 0) -> str:
    return run(*KEDRO, "sweep", "export", folder, *options, cwd=project.path, code=code)


def install(folder: Path, uv: str) -> Path:
    """Install the requirements of an exported folder into a new environment; return its Python."""
    environment = folder.parent / "environment"
    run(uv, "venv", "--python", sys.executable, environment, cwd=folder)
    python = environment / "bin/python"
    run(uv, "pip", "install", "--python", python, "-r", "requirements.txt", cwd=folder)
    return python


@contextmanager
def serve(folder: Path, python: Path) -> Iterator[Callable[..., tuple[int, Any]]]:
    """Start the application; give a function that asks it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [python, "-m", "uvicorn", "app:app", "--port", str(port)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def ask(path: str, body: Any = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                ask("/health")
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield ask
    finally:
        process.terminate()
        process.wait()


def to_records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Write rows as a client does, with null for what is unknown, and dates as text."""
    records: list[dict[str, Any]] = json.loads(rows.to_json(orient="records", date_format="iso"))
    for record in records:
        record["seen"] = record["seen"] and record["seen"].removesuffix("Z")
    return records


def compare(project: Project, ask: Callable[..., tuple[int, Any]], size: int) -> int:
    """Count the values that the application predicts differently from `kedro sweep predict`."""
    rows = make_table(N_NEW, 1).drop(columns=["left", "spend"])
    rows.loc[5, "plan"] = "never seen"
    rows = rows[rows.columns[::-1]].assign(other=1)
    file = project.path / "new.parquet"
    rows.to_parquet(file, index=False)
    scores = project.path / "scores.parquet"
    run(*KEDRO, "sweep", "predict", file, "--output", scores, cwd=project.path)
    expected = pd.read_parquet(scores).to_dict("records")
    found: list[dict[str, Any]] = []
    for start in range(0, N_NEW, size):
        status, answer = ask("/predict", {"rows": to_records(rows[start : start + size])})
        assert status == 200, answer
        found += answer["predictions"]
    assert len(found) == len(expected)
    assert found[0].keys() == expected[0].keys()
    return sum(
        one[name] != other[name] for one, other in zip(found, expected, strict=True) for name in one
    )


def test_a_fresh_environment_serves_an_ensemble_that_weighs_costs_as_kedro_predicts(
    trained: Callable[..., Project], uv: str, tmp_path: Path
) -> None:
    project = trained(CLASSIFIER)
    folder = tmp_path / "model"
    export(project, folder)
    assert len(read_yaml(project.path / "data/07_model_output/members.json")) > 1
    trusted = export(project, tmp_path / "skops", "--format", "skops")
    assert "- `skrub._table_vectorizer.TableVectorizer`" in trusted
    refused = export(project, tmp_path / "onnx", "--format", "onnx", code=1)
    assert "(skrub._apply_to_cols.ApplyToCols)" in refused
    assert not (tmp_path / "onnx").exists()
    python = install(folder, uv)
    pinned = {line.partition("==")[0] for line in (folder / "requirements.txt").read_text().split()}
    assert {"scikit-learn", "pandas", "skrub", "fastapi", "uvicorn"} <= pinned
    assert not FORBIDDEN & pinned
    assert "all 20 rows" in run(python, "check.py", cwd=folder)

    with serve(folder, python) as ask:
        assert ask("/card") == (200, json.loads((folder / "card.json").read_text()))
        assert compare(project, ask, N_NEW) == 0

        sample = json.loads((folder / "rows.json").read_text())
        assert ask("/predict", sample) == (200, {"predictions": sample["expected"], "warnings": []})
        row = next(row for row in sample["rows"] if row["plan"])
        wrong = row | {"age": "old", "zip": 1067, "since": "11.1.2020", "seen": "2026-01-01T00:00Z"}
        del wrong["message"]
        status, answer = ask("/predict", {"rows": [row, wrong]})
        assert status == 422
        assert {found["column"]: found["value"] for found in answer["detail"]} == {
            **{"age": "old", "zip": 1067, "since": "11.1.2020", "seen": "2026-01-01T00:00Z"},
            "message": None,
        }
        assert {found["row"] for found in answer["detail"]} == {1}
        status, answer = ask("/predict", {"rows": [row | {"plan": "gold"}]})
        assert [(found["column"], found["value"]) for found in answer["warnings"]] == [("plan", "gold")]
        assert ask("/predict", {"rows": float("nan")})[0] == 422
        assert ask("/predict", {"rows": []})[0] == 422

    other = tmp_path / "other"
    project.configure(data={"random_seed": 7})
    project.run_here()
    export(project, other)
    shutil.copy(other / "model.pkl", folder)
    assert "probability_no is" in run(python, "check.py", cwd=folder, code=1)


def test_intervals_are_the_same_over_http_in_several_requests(
    trained: Callable[..., Project], tmp_path: Path
) -> None:
    project = trained(REGRESSOR)
    export(project, tmp_path / "model")
    with serve(tmp_path / "model", Path(sys.executable)) as ask:
        assert compare(project, ask, 1000) == 0


def test_the_files_of_an_export_keep_to_the_rules_of_this_repository(
    finished: Project, root: Path, tmp_path: Path
) -> None:
    settings = root / "packages/kedro-sweep/pyproject.toml"
    for kind in ("pickle", "skops", "onnx"):
        folder = tmp_path / kind
        export(finished, folder, "--format", kind)
        run("ruff", "check", "--config", settings, ".", cwd=folder)
        run("ruff", "format", "--check", "--config", settings, ".", cwd=folder)
        sources = [file.name for file in folder.glob("*.py")]
        options = ("--strict", "--ignore-missing-imports", "--cache-dir", tmp_path / "cache")
        run("mypy", *options, *sources, cwd=folder)


def test_the_commands_of_the_readme_hand_over_a_model_and_check_new_rows(
    finished: Project, root: Path, uv: str
) -> None:
    text = (root / "README.md").read_text().partition("## In a notebook, and into production")[2]
    serving, drift = re.findall(r"```console\n(.*?)```", text, re.DOTALL)[:2]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    for told, here in {
        "uv sync --inexact --no-dev --extra export &&": "",  # the tests have all extras
        "kedro sweep": f"{sys.executable} -m kedro sweep",
        "python -m venv .venv && .venv/bin/pip install": f"{uv} venv && {uv} pip install --compile-bytecode --python .venv",  # faster
        "uvicorn app:app & sleep 9": f"uvicorn app:app --port {port} & sleep 9",
        ":8000": f":{port}",
    }.items():
        assert told in serving, told
        serving = serving.replace(told, here)
    shell = "set -e; trap 'kill $(jobs -p)' EXIT\n"
    printed = run("bash", "-c", shell + serving, cwd=finished.path)
    answer, _ = json.JSONDecoder().raw_decode(printed, printed.index('{"predictions"'))
    assert len(answer["predictions"]) == 20
    for told, here in {"kedro": f"{sys.executable} -m kedro", "power_grid": "WineQT"}.items():
        assert told in drift, told
        drift = drift.replace(told, here)
    assert "Predicted" in run("bash", "-c", drift, cwd=finished.path / "handover")
