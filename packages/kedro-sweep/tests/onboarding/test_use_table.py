"""`kedro sweep use`: the user's table becomes the table of the project, or nothing changes."""

import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner, Result
from kedro.config import OmegaConfigLoader
from kedro_datasets.pandas import CSVDataset

from kedro_sweep import cli, platforms
from kedro_sweep.search import recommended
from kedro_sweep.search.recommended import EXAMPLE, chose_search, take_candidate

REPOSITORY = Path(__file__).parents[4]
SEARCH = "parameters_data_science.yml"
CLASSIFIER = "sklearn.ensemble.HistGradientBoostingClassifier"
REGRESSOR = "sklearn.ensemble.HistGradientBoostingRegressor"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The configuration of the project and its table."""
    project = tmp_path / "project"
    shutil.copytree(REPOSITORY / "conf/base", project / "conf/base")
    (project / "data/01_raw").mkdir(parents=True)
    shutil.copy(REPOSITORY / "data/01_raw/WineQT.csv", project / "data/01_raw")
    return project


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Houses with a price, as a German Excel saves them."""
    path, numbers = tmp_path / "Häuser.csv", np.random.default_rng(0)
    area = numbers.uniform(50, 200, 60).round(1)
    houses = pd.DataFrame(
        {
            "Nr": range(1, 61),
            "Fläche": area,
            "Lage": numbers.choice(["Stadt", "Land"], 60),
            "Land": "DE",
            "owner_id": np.arange(60) // 3 + 100,
            "Preis": (area * 3 + numbers.normal(0, 30, 60)).round(2),
        }
    )
    houses.to_csv(path, sep=";", decimal=",", index=False, encoding="cp1252")
    return path


@pytest.fixture
def use(project: Path) -> Callable[..., Result]:
    def use(path: Path, target: str, *options: str) -> Result:
        return CliRunner().invoke(
            cli.commands,
            ["sweep", "use", str(path), "--target", target, *options],
            obj=SimpleNamespace(project_path=project),
        )

    return use


def load(project: Path, name: str) -> Any:
    return yaml.safe_load((project / "conf/base" / name).read_text())


def test_line_ends_of_windows_stay(project: Path, path: Path, use: Callable[..., Result]) -> None:
    files = {name: project / "conf/base" / name for name in ("catalog.yml", "parameters.yml", SEARCH)}
    shutil.copytree(project, expected := project.with_name("expected"))
    for file in files.values():
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert use(path, "Preis").exit_code == 0
    windows = {name: file.read_bytes() for name, file in files.items()}
    shutil.rmtree(project)
    expected.rename(project)
    assert use(path, "Preis").exit_code == 0
    assert windows == {name: file.read_bytes().replace(b"\n", b"\r\n") for name, file in files.items()}


def snapshot(project: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}


def test_the_table_the_columns_and_the_model_are_set(
    project: Path, path: Path, use: Callable[..., Result]
) -> None:
    result = use(path, "Preis")
    assert result.exit_code == 0, result.output
    raw = load(project, "catalog.yml")["raw"]
    assert raw.pop("metadata")  # other settings stay
    assert raw == {
        "type": "pandas.CSVDataset",
        "filepath": "data/01_raw/Häuser.csv",
        "load_args": {"sep": ";", "encoding": "cp1252", "decimal": ","},
    }
    table = CSVDataset(filepath=str(project / raw["filepath"]), load_args=raw["load_args"]).load()
    assert table["Fläche"].dtype == float
    parameters = load(project, "parameters.yml")["data"]
    assert {name: parameters[name] for name in ("y_label", "features", "drop")} == {
        "y_label": "Preis",
        "features": None,
        "drop": ["Nr", "Land", "owner_id"],
    }
    assert load(project, SEARCH)["sweep"]["model"]["class"] == REGRESSOR


def test_a_delimiter_that_was_told_is_shown_if_it_is_no_comma(
    path: Path, use: Callable[..., Result]
) -> None:
    text = path.read_text(encoding="cp1252")
    for delimiter, shown in ((",", ""), ("^", "; separated by '^'")):
        path.write_text(text.replace(",", ".").replace(";", delimiter), encoding="utf-8")
        result = use(path, "Preis", "--overwrite", "--load-args", json.dumps({"sep": delimiter}))
        assert f"60 rows, 6 columns{shown}\n" in result.output


def test_what_was_found_and_written_is_shown_in_100_columns(
    path: Path, use: Callable[..., Result]
) -> None:
    lines = use(path, "Preis").output.splitlines()
    text = "\n".join(line.rstrip() for line in lines)
    assert max(map(len, lines)) <= 100
    assert "60 rows, 6 columns; separated by semicolons, decimal commas, cp1252" in text
    assert "Preis: regression, 60 different numbers" in text
    assert re.search(r"^Preis +number +60 +← target$", text, re.MULTILINE)
    assert "left out: identifier" in text
    assert "\n  split: {kind: group, column: owner_id}\n" in text
    assert "left out: looks like a group ID" in text
    assert "drop: [Nr, Land, owner_id]" in text
    assert text.rstrip().endswith("Next: kedro run")


def test_square_brackets_in_names_are_shown(tmp_path: Path, use: Callable[..., Result]) -> None:
    table = {
        "mass [kg]": np.random.default_rng(0).uniform(size=60),
        "date [/utc]": pd.date_range("2020-01-01", periods=60),
        "kind [red]": ["a [/b]", "c"] * 30,
    }
    pd.DataFrame(table).to_csv(tmp_path / "units.csv", index=False)
    result = use(tmp_path / "units.csv", "kind [red]")
    assert result.exit_code == 0, result.output
    assert {*re.findall(r"\[.*?\]", result.output)} >= {"[kg]", "[/utc]", "[red]", "[/b]"}


def test_comments_stay(project: Path, path: Path, use: Callable[..., Result]) -> None:
    def count() -> int:
        return sum((project / "conf/base" / name).read_text().count("#") for name in names)

    names = ["catalog.yml", "parameters.yml", SEARCH]
    before, anchors = count(), (project / "conf/base/catalog.yml").read_text().count("<<: *table")
    use(path, "Preis")
    assert count() == before
    assert (project / "conf/base/catalog.yml").read_text().count("<<: *table") == anchors


def test_the_wines_again_leave_out_their_id(project: Path, use: Callable[..., Result]) -> None:
    same = [project / "conf/base" / name for name in ("catalog.yml", SEARCH)]
    contents = [file.read_bytes() for file in same]
    result = use(project / "data/01_raw/WineQT.csv", "quality")
    assert result.exit_code == 0, result.output
    assert load(project, "parameters.yml")["data"]["drop"] == ["Id"]
    assert [file.read_bytes() for file in same] == contents
    assert [file.name for file in (project / "data/01_raw").iterdir()] == ["WineQT.csv"]
    before = snapshot(project)
    use(project / "data/01_raw/WineQT.csv", "quality")
    assert snapshot(project) == before


NAMES = ["${size", "${oc.env:HOME}", r"\${a\\${b}", "a: ${b} #", "'${'"]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_read_as_they_are_by_the_configuration_loader(
    name: str, project: Path, use: Callable[..., Result]
) -> None:
    rows = np.arange(40)
    path = project.parent / f"{name.replace('/', '')}.csv"
    pd.DataFrame(
        {"a": rows % 7, name: "x", "${zip}": [f"0{row % 9}" for row in rows], "${t": rows / 3}
    ).to_csv(path, index=False)
    result = use(path, "${t")
    assert result.exit_code == 0, result.output
    (project / "conf/local").mkdir()
    loader = OmegaConfigLoader(str(project / "conf"), base_env="base", default_run_env="local")
    parameters, raw = loader["parameters"]["data"], loader["catalog"]["raw"]
    assert (parameters["y_label"], parameters["drop"]) == ("${t", [name])
    assert raw["filepath"] == f"data/01_raw/{path.name}"
    assert raw["load_args"] == {"dtype": {"${zip}": "str"}}
    before = snapshot(project)
    use(path, "${t")
    assert snapshot(project) == before


def test_a_split_that_is_suggested_can_be_pasted(project: Path, use: Callable[..., Result]) -> None:
    path, rows = project.parent / "visits.csv", np.arange(60)
    pd.DataFrame({"${user": rows // 3 + 100, "a": rows % 7, "y": rows / 3}).to_csv(path, index=False)
    result = use(path, "y")
    assert "If new rows will have values of ${user that are not in this table, replace" in result.output
    [line] = [line for line in result.output.splitlines() if line.startswith("  split: ")]
    assert yaml.safe_load(line) == {"split": {"kind": "group", "column": r"\${user"}}
    edit(project, "parameters.yml", **yaml.safe_load(line))
    before = snapshot(project)
    assert use(path, "y").exit_code == 0
    assert snapshot(project) == before


@pytest.fixture
def charges(tmp_path: Path) -> Path:
    """Charges, two of which are not numbers."""
    path, rows = tmp_path / "charges.csv", np.arange(60)
    charges = [" ", "?", *map(str, rows[2:] / 4)]
    pd.DataFrame({"charges": charges, "plan": rows % 7, "y": rows / 3}).to_csv(
        path, index=False, sep=";"
    )
    return path


def find_option(result: Result) -> list[str]:
    """Find the option that the command suggests, as a shell would pass it."""
    [line] = [line for line in result.output.splitlines() if line.strip().startswith("--load-args")]
    return shlex.split(line)


def test_the_option_that_repairs_numbers_read_as_text_can_be_pasted(
    project: Path, charges: Path, use: Callable[..., Result]
) -> None:
    result = use(charges, "y")
    assert "charges is read as text: most values are numbers, but ' ' is not." in result.output
    output = use(charges, "y", *find_option(result)).output
    assert re.search(r"^charges +number +58 +2", output, re.MULTILINE)
    assert "read as text" not in output
    args = {"sep": ";", "na_values": {"charges": [" ", "?"]}}
    assert load(project, "catalog.yml")["raw"]["load_args"] == args
    assert re.search(r"^charges +number", use(charges, "y").output, re.MULTILINE)


def test_values_with_a_unit_are_not_called_missing(charges: Path, use: Callable[..., Result]) -> None:
    charges.write_text(charges.read_text().replace("?", "12 dollars"))
    output = use(charges, "y").output
    assert "numbers, but '12 dollars' is not. Correct such values in the file." in " ".join(
        output.split()
    )
    assert "na_values" not in output


@pytest.mark.parametrize("mark", [".", "unknown"])
def test_many_marks_of_missing_values_are_found_in_a_decimal_column(
    mark: str, project: Path, charges: Path, use: Callable[..., Result]
) -> None:
    rows = np.arange(60)
    prices = [mark if row % 7 == 0 else f"{row},5" for row in rows]
    pd.DataFrame({"price": prices, "plan": rows % 7, "y": rows % 2}).to_csv(
        charges, index=False, sep=";"
    )
    output = use(charges, "y", *find_option(use(charges, "y"))).output
    assert re.search(r"^price +number +51 +9", output, re.MULTILINE)
    args = {"sep": ";", "decimal": ",", "na_values": {"price": [mark]}}
    assert load(project, "catalog.yml")["raw"]["load_args"] == args


@pytest.fixture
def towns(tmp_path: Path) -> Path:
    """Numbers of people with thousands separators, which could also be decimal commas."""
    path = tmp_path / "towns.csv"
    people = [f"{row * 97 % 1500 + 700:,}" for row in range(60)]
    pd.DataFrame({"people": people, "kind": ["a", "b", "b"] * 20}).to_csv(path, index=False)
    return path


def test_numbers_that_can_be_read_in_two_ways_change_nothing_until_the_user_says_which(
    project: Path, towns: Path, use: Callable[..., Result]
) -> None:
    before = snapshot(project)
    result = use(towns, "kind")
    assert result.exit_code == 1
    assert snapshot(project) == before
    readings = [line.partition(" with load_args: ")[2] for line in result.output.splitlines()]
    assert list(filter(None, readings)) == ['{"decimal": ","}', '{"thousands": ","}']
    result = use(towns, "kind", "--load-args", readings[2])
    assert "comma between thousands" in result.output
    raw = load(project, "catalog.yml")["raw"]
    assert raw["load_args"] == {"thousands": ","}
    table = CSVDataset(filepath=str(project / raw["filepath"]), load_args=raw["load_args"]).load()
    assert table["people"].between(700, 2200).all()
    assert "comma between thousands" in use(towns, "kind").output


def test_arguments_that_are_no_mapping_are_refused(towns: Path, use: Callable[..., Result]) -> None:
    for text in ("thousands", "{thousands: ','"):
        result = use(towns, "kind", "--load-args", text)
        assert result.exit_code == 2
        assert "is not a mapping of names to values" in result.output


def test_another_sheet_is_used_and_stays(
    project: Path, tmp_path: Path, use: Callable[..., Result]
) -> None:
    path = tmp_path / "births.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame({"note": ["see data"]}).to_excel(book, sheet_name="note", index=False)
        pd.DataFrame({"a": np.arange(60) % 7, "y": np.arange(60) / 3}).to_excel(
            book, sheet_name="2014", index=False
        )
    message = " ".join(use(path, "y").output.split())
    assert "no column 'y', but there are other sheets: 2014. Name one with --sheet" in message
    assert use(path, "y", "--sheet", "2014").exit_code == 0
    assert load(project, "catalog.yml")["raw"]["load_args"] == {"sheet_name": "2014"}
    assert use(path, "y").exit_code == 0


ODD_NAMES = ["1e3", "on", "null", "2024-01-01", "0x1F", "1_000", "~", ".inf", "1:30", "No"]


def test_names_that_look_like_other_values_stay_names(
    project: Path, tmp_path: Path, use: Callable[..., Result]
) -> None:
    rows, path = np.arange(60), tmp_path / "2024.csv"
    same = pd.DataFrame(dict.fromkeys(ODD_NAMES, np.full(60, 5)))
    zips = pd.DataFrame({"1e4": [f"0{row % 9}" for row in rows], "1e5": rows / 3})
    pd.concat([same, zips], axis=1).to_csv(path, index=False)
    assert use(path, "1e5").exit_code == 0
    (project / "conf/local").mkdir()
    loader = OmegaConfigLoader(str(project / "conf"), base_env="base", default_run_env="local")
    parameters = loader["parameters"]["data"]
    assert (parameters["y_label"], parameters["drop"]) == ("1e5", ODD_NAMES)
    assert loader["catalog"]["raw"]["load_args"] == {"dtype": {"1e4": "str"}}


def test_numbers_with_a_currency_are_named_with_the_remedy_and_stay(
    project: Path, tmp_path: Path, use: Callable[..., Result]
) -> None:
    rows, path = np.arange(60), tmp_path / "houses.csv"
    table = {name: [f"${row * 31 + 900:,}" for row in rows] for name in ("price", "rent")}
    pd.DataFrame(table | {"y": rows / 7}).to_csv(path, index=False)
    output = " ".join(use(path, "y").output.split())
    assert "price, rent are read as text: numbers are written with '$', such as '$900'." in output
    assert "Write the bare numbers in the file, without '$'." in output
    assert load(project, "parameters.yml")["data"]["drop"] == []


def test_classes_are_shown_so_that_spaces_and_commas_are_seen(
    tmp_path: Path, use: Callable[..., Result]
) -> None:
    path = tmp_path / "kinds.csv"
    kinds = ["yes", "Yes", "yes ", "no, never"] * 15
    pd.DataFrame({"a ": np.arange(60) % 7, "kind": kinds}).to_csv(path, index=False)
    output = " ".join(use(path, "kind").output.split())
    assert "4 classes: yes (15), Yes (15), 'yes ' (15), 'no, never' (15)" in output
    assert "'a ' number" in output
    assert "Values of kind differ only in case or spaces: 'yes', 'Yes', 'yes '." in output


def test_long_names_stay_different(tmp_path: Path, use: Callable[..., Result]) -> None:
    names = [
        f"mean consumption of electricity in the {kind} of all households" for kind in ("den", "bath")
    ]
    path = tmp_path / "long.csv"
    pd.DataFrame(dict.fromkeys(names, np.arange(60) % 7 / 2) | {"y": np.arange(60) % 2}).to_csv(path)
    shown = re.findall(r"^(mean\S*) +number", use(path, "y").output, re.MULTILINE)
    assert shown == ["mean…den…", "mean…bath…"]


def test_many_columns_take_few_lines(project: Path, tmp_path: Path, use: Callable[..., Result]) -> None:
    rows = np.arange(60)
    same = dict.fromkeys([f"same{number}" for number in range(40)], 1)
    leaks = dict.fromkeys([f"leak{number}" for number in range(40)], (rows % 2) * 0.5)
    odd = {f"odd{number}": [*map(str, rows[1:] % 9), "?"] for number in range(40)}
    path = tmp_path / "wide.csv"
    pd.DataFrame(same | leaks | odd | {"y": rows % 2}).to_csv(path, index=False)
    result = use(path, "y")
    assert result.exit_code == 0
    assert len(load(project, "parameters.yml")["data"]["drop"]) >= 40
    assert len(result.output.splitlines()) < 75
    assert find_option(result) == ["--load-args", '{"na_values": ["?"]}']


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (list(range(5)), "5 rows are too few for 5 folds: .* 4 rows are left for training"),
        (["a", "b"] * 4, "8 rows are too few for 5 folds: .* 3 rows of the most frequent class"),
    ],
)
def test_fewer_rows_than_the_run_needs_change_nothing(
    target: list[Any], message: str, project: Path, tmp_path: Path, use: Callable[..., Result]
) -> None:
    path = tmp_path / "few.csv"
    pd.DataFrame({"a": np.arange(len(target)) % 3 / 2, "y": target}).to_csv(path, index=False)
    before = snapshot(project)
    result = use(path, "y")
    assert result.exit_code == 1
    assert re.search(message, " ".join(result.output.split()))
    assert snapshot(project) == before


def edit(project: Path, name: str, **values: Any) -> None:
    """Change entries of the catalog, or parameters in the group of a file."""
    file = project / "conf/base" / name
    content = yaml.safe_load(file.read_text())
    groups = {"parameters.yml": "data", SEARCH: "sweep"}
    (content[groups[name]] if name in groups else content).update(values)
    file.write_text(yaml.safe_dump(content))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"kind": "group", "column": "owner_id"}, {"kind": "group", "column": "owner_id"}),
        ({"kind": "group", "column": "vineyard"}, {"kind": "random", "column": None}),
        ({"kind": "group", "column": "Preis"}, {"kind": "random", "column": None}),
    ],
)
def test_the_split_stays_if_its_column_is_there(
    before: Any, after: Any, project: Path, path: Path, use: Callable[..., Result]
) -> None:
    edit(project, "parameters.yml", split=before)
    assert use(path, "Preis").exit_code == 0
    assert load(project, "parameters.yml")["data"]["split"] == after


def test_slices_stay_if_their_columns_are_there(
    project: Path, path: Path, use: Callable[..., Result]
) -> None:
    edit(project, "parameters.yml", slices=["owner_id", "vineyard", "Preis"])
    assert use(path, "Preis").exit_code == 0
    assert load(project, "parameters.yml")["data"]["slices"] == ["owner_id"]


def test_columns_that_the_owner_chose_stay_for_the_same_target(
    project: Path, path: Path, use: Callable[..., Result]
) -> None:
    use(path, "Preis")
    left_out = load(project, "parameters.yml")["data"]["drop"]
    edit(project, "parameters.yml", drop=[*left_out, "Lage", "gone"], features=["Fläche", "gone"])
    assert use(path, "Preis").exit_code == 0
    data = load(project, "parameters.yml")["data"]
    assert (data["drop"], data["features"]) == ([*left_out, "Lage"], ["Fläche"])
    assert use(path, "Lage").exit_code == 0
    data = load(project, "parameters.yml")["data"]
    assert ("Lage" in data["drop"], data["features"]) == (False, None)


def test_a_model_that_suits_the_task_stays(
    project: Path, path: Path, use: Callable[..., Result]
) -> None:
    model = {"class": "sklearn.linear_model.Ridge", "params": {"alpha": 2.0}}
    edit(project, SEARCH, model=model)
    before = (project / "conf/base" / SEARCH).read_bytes()
    assert use(path, "Preis").exit_code == 0
    assert (project / "conf/base" / SEARCH).read_bytes() == before


def test_the_search_of_a_model_for_another_kind_of_target_is_replaced(
    project: Path, path: Path, use: Callable[..., Result]
) -> None:
    space = {"C": {"type": "float", "low": 0.1, "high": 10.0}}
    edit(project, SEARCH, model={"class": "sklearn.svm.SVC", "params": {"C": 2}}, search_space=space)
    assert use(path, "Preis").exit_code == 0
    search = load(project, SEARCH)["sweep"]
    assert search["model"] == {"class": REGRESSOR, "params": {"early_stopping": False}}
    assert search["search_space"] == take_candidate("hist_gradient_boosting")[2]


def test_a_folder_of_data_may_be_a_link_to_another_disk(
    project: Path, path: Path, tmp_path: Path, use: Callable[..., Result]
) -> None:
    (project / "data").rename(tmp_path / "elsewhere")
    (project / "data").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    for _ in range(2):  # also if the table is there already
        assert use(path, "Preis").exit_code == 0
        entry = load(project, "catalog.yml")["raw"]
        assert entry["filepath"] == f"data/01_raw/{path.name}"
        path = project / "data/01_raw" / path.name


def test_the_search_of_the_example_is_recognized() -> None:
    example = yaml.safe_load((REPOSITORY / "conf/base" / SEARCH).read_text())["sweep"]
    assert example["search_space"] == EXAMPLE
    assert not chose_search(example)
    example["model"]["first_trials"] = [{"max_depth": 5}]  # which no other model could try
    assert chose_search(example)


def test_another_table_gets_the_recommended_search_in_the_style_of_the_file(
    project: Path, path: Path, tmp_path: Path, use: Callable[..., Result]
) -> None:
    file, kinds = project / "conf/base" / SEARCH, tmp_path / "kinds.csv"
    pd.DataFrame({"a": np.arange(60) % 7, "kind": ["x", "y", "z"] * 20}).to_csv(kinds, index=False)
    shipped = file.read_text()
    space = shipped[shipped.index("    n_estimators:") : shipped.index("\n  # Several estimators")]
    expected = (
        shipped.replace("RandomForestClassifier", "ExtraTreesClassifier")
        .replace("n_trials: 100", "n_trials: 30")
        .replace(
            space,
            "    max_features: { type: categorical, choices: [sqrt, log2, 0.5, 0.75, 1.0] }\n"
            "    min_samples_leaf: { type: int, low: 1, high: 40, log: true }\n",
        )
    )
    result = use(kinds, "kind")
    assert file.read_text() == expected
    assert "sweep.model.class: sklearn.ensemble.ExtraTreesClassifier" in result.output
    assert "sweep.search_space: [max_features, min_samples_leaf]" in result.output
    assert "sweep.n_trials: 30" in result.output
    for target, name in (("Lage", CLASSIFIER), ("Preis", REGRESSOR)):
        assert use(path, target).exit_code == 0
        sweep = load(project, SEARCH)["sweep"]
        boosting = take_candidate("hist_gradient_boosting")[2]
        assert (sweep["model"]["class"], sweep["search_space"]) == (name, boosting)
    assert use(kinds, "kind").exit_code == 0
    assert file.read_text() == expected


def test_what_the_owner_chose_stays_and_is_named(
    project: Path, path: Path, use: Callable[..., Result]
) -> None:
    space = EXAMPLE | {"max_depth": {"type": "int", "low": 1, "high": 5}}
    edit(project, SEARCH, search_space=space)
    before = (project / "conf/base" / SEARCH).read_bytes()
    assert "sweep.search_space stays" in use(path, "Lage").output
    assert (project / "conf/base" / SEARCH).read_bytes() == before
    assert use(path, "Preis").exit_code == 0
    search = load(project, SEARCH)["sweep"]
    assert search["model"]["class"] == "sklearn.ensemble.RandomForestRegressor"
    assert (search["search_space"], search["n_trials"]) == (space, 100)


def test_a_number_of_trials_that_the_owner_chose_stays(
    project: Path, path: Path, use: Callable[..., Result]
) -> None:
    edit(project, SEARCH, n_trials=80)
    assert use(path, "Lage").exit_code == 0
    search = load(project, SEARCH)["sweep"]
    assert (search["model"]["class"], search["n_trials"]) == (CLASSIFIER, 80)


@pytest.mark.parametrize(
    ("scoring", "after"),
    [
        ("accuracy", None),
        (["r2", "accuracy"], None),
        ("neg_mean_absolute_error", "neg_mean_absolute_error"),
    ],
)
def test_a_score_that_does_not_suit_the_task_becomes_the_default(
    scoring: str | list[str], after: str | None, project: Path, path: Path, use: Callable[..., Result]
) -> None:
    sweep = load(project, SEARCH)["sweep"] | {"scoring": scoring, "direction": "minimize"}
    edit(project, SEARCH, **sweep)
    result = use(path, "Preis")
    replaced = {name: sweep[name] for name in ("model", "search_space", "n_trials")}
    after_use = load(project, SEARCH)["sweep"] | replaced
    assert after_use == sweep | {"scoring": after}
    assert ("direction is still minimize" in result.output) == (after is None)


def test_an_entry_keeps_nothing_of_another_file(
    project: Path, path: Path, use: Callable[..., Result]
) -> None:
    raw = {"type": "pandas.ExcelDataset", "filepath": "x.xlsx", "versioned": True, "metadata": {"a": 1}}
    edit(project, "catalog.yml", raw=raw)
    use(path, "Preis")
    assert set(load(project, "catalog.yml")["raw"]) == {"type", "filepath", "load_args", "metadata"}


def test_types_of_other_columns_stay_if_the_same_file_is_read_again(
    project: Path, path: Path, use: Callable[..., Result]
) -> None:
    houses = pd.read_csv(path, sep=";", encoding="cp1252", dtype="str")
    houses["owner_id"] = houses["owner_id"].str.zfill(9)
    houses.to_csv(path, sep=";", index=False, encoding="cp1252")
    assert use(path, "Preis").exit_code == 0
    found = load(project, "catalog.yml")["raw"]["load_args"]["dtype"]
    assert found == {"owner_id": "str"}
    assert use(path, "Preis", "--load-args", '{"dtype": {"Nr": "str"}}').exit_code == 0
    assert load(project, "catalog.yml")["raw"]["load_args"]["dtype"] == found | {"Nr": "str"}


def test_words_for_gaps_that_are_known_stay_in_the_option(
    path: Path, use: Callable[..., Result]
) -> None:
    words = ["?" if row == 3 else "unknown" if row == 4 else row % 7 for row in range(60)]
    table = pd.DataFrame({"age": words, "kind": ["a", "b"] * 30, "size": [*range(30)] * 2})
    table.to_csv(path, index=False)
    for known, option in (
        ({"age": "?"}, {"age": ["?", "unknown"]}),
        ({"size": -999}, {"age": ["?", "unknown"]}),
        (["?"], ["?", "unknown"]),
    ):
        output = use(path, "kind", "--overwrite", "--load-args", json.dumps({"na_values": known})).output
        assert f"--load-args '{json.dumps({'na_values': option})}'" in " ".join(output.split())


def test_a_word_for_a_gap_may_be_a_class(path: Path, use: Callable[..., Result]) -> None:
    table = pd.DataFrame({"age": [*range(30)] * 2, "disorder": ["None", "Apnea", "Insomnia"] * 20})
    table.to_csv(path, index=False)
    shown = " ".join(use(path, "disorder").output.split())
    assert "Missing values in disorder: 20." in shown
    option = '{"keep_default_na": false, "na_values": [""]}'
    assert f"with --load-args '{option}'" in shown
    assert "3 classes: None (20), Apnea (20), Insomnia (20)" in " ".join(
        use(path, "disorder", "--load-args", option).output.split()
    )


def test_the_same_file_is_read_as_its_owner_says(
    project: Path, path: Path, use: Callable[..., Result]
) -> None:
    use(path, "Preis")
    raw = load(project, "catalog.yml")["raw"]
    raw["load_args"] |= {"dtype": {"owner_id": "str"}}
    edit(project, "catalog.yml", raw=raw)
    before = snapshot(project)
    assert re.search(r"^owner_id +category", use(path, "Preis").output, re.MULTILINE)
    assert snapshot(project) == before


def test_another_file_is_not_read_as_the_owner_of_the_first_says(
    project: Path, path: Path, use: Callable[..., Result]
) -> None:
    use(path, "Preis")
    path.write_text("a,y\n" + "".join(f"{row % 7},{row / 3}\n" for row in range(60)))
    result = use(path, "y", "--overwrite")
    assert "raw.load_args removed" in result.output
    assert "load_args" not in load(project, "catalog.yml")["raw"]


def test_arguments_that_do_not_suit_the_file_are_named(
    project: Path, path: Path, use: Callable[..., Result]
) -> None:
    use(path, "Preis")
    raw = load(project, "catalog.yml")["raw"] | {"load_args": {"encoding": "utf-8"}}
    edit(project, "catalog.yml", raw=raw)
    message = " ".join(use(path, "Preis").output.split())
    assert "that raw.load_args in conf/base/catalog.yml suit it: {'encoding': 'utf-8'}" in message


def test_another_file_of_the_name_is_replaced_only_when_asked(
    project: Path, path: Path, use: Callable[..., Result]
) -> None:
    place = project / "data/01_raw" / path.name
    place.write_text("another")
    before = snapshot(project)
    result = use(path, "Preis")
    assert result.exit_code == 1
    assert "already exists and differs" in result.output
    assert snapshot(project) == before
    assert use(path, "Preis", "--overwrite").exit_code == 0
    assert place.read_bytes() == path.read_bytes()


@pytest.mark.usefixtures("_yaml_of_users")
@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("catalog.yml", "raw: [", "catalog.yml is not valid YAML"),
        ("parameters.yml", "- a", "is not a mapping"),
        (SEARCH, None, "cannot be read"),
        ("parameters.yml", "frac: 0.2", "frac is now data.frac"),
        (
            "parameters.yml",
            "data:\n  features: &f [a]\n  others: *f",
            "data.features cannot be changed on its own",
        ),
    ],
)
def test_nothing_changes_if_the_configuration_cannot_be_changed(
    name: str, text: str | None, message: str, project: Path, path: Path, use: Callable[..., Result]
) -> None:
    file = project / "conf/base" / name
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    before = snapshot(project)
    result = use(path, "Preis")
    assert result.exit_code == 1
    assert message in result.output
    assert snapshot(project) == before


def test_nothing_changes_if_a_file_cannot_be_written(
    project: Path, path: Path, use: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(project)
    write = Path.write_bytes

    def fail(self: Path, data: bytes) -> int:
        if b"HistGradientBoostingRegressor" in data:
            raise OSError(28, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", fail)
    assert use(path, "Preis").exit_code == 1
    assert snapshot(project) == before


def test_nothing_changes_if_another_program_has_the_table_open(
    project: Path, path: Path, use: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, replace = snapshot(project), platforms.replace

    def refuse_table(part: Path, file: Path) -> None:
        if file.name == path.name:
            raise PermissionError("in use")
        replace(part, file)

    monkeypatch.setattr(platforms, "replace", refuse_table)
    assert use(path, "Preis").exit_code == 1
    assert snapshot(project) == before


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["inf", *range(59)], "'a' holds infinite values"),
        (["9" * 401, *range(59)], "The column 'a' must hold"),
    ],
)
def test_a_table_that_the_run_would_refuse_changes_nothing(
    values: list[Any],
    message: str,
    project: Path,
    use: Callable[..., Result],
) -> None:
    path = project.parent / "new.csv"
    rows = pd.DataFrame({"a": values, "b": np.arange(60) % 7, "y": np.arange(60) / 3})
    rows.to_csv(path, index=False)
    before = snapshot(project)
    result = use(path, "y")
    assert result.exit_code == 1, result.output
    assert message in result.output
    assert snapshot(project) == before


def test_a_split_that_the_run_would_refuse_changes_nothing(
    project: Path, path: Path, use: Callable[..., Result]
) -> None:
    edit(project, "parameters.yml", split={"kind": "groups"})
    before = snapshot(project)
    assert "data.split in conf/base/parameters.yml cannot be used" in use(path, "Preis").output
    assert snapshot(project) == before


def test_rows_without_a_target_are_told_once(
    project: Path, path: Path, use: Callable[..., Result], caplog: pytest.LogCaptureFixture
) -> None:
    text = path.read_text(encoding="cp1252").splitlines()
    text[5] = text[5].rpartition(";")[0] + ";"
    path.write_text("\n".join(text), encoding="cp1252")
    assert "Missing values in Preis: 1. Those rows are left out." in use(path, "Preis").output
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        ("Prei", [], "Did you mean 'Preis'"),
        ("Preis", ["--task", "classification"], "use --task regression"),
        ("Lage", ["--task", "regression"], "use --task classification"),
    ],
)
def test_a_target_that_cannot_be_used_changes_nothing(
    target: str,
    options: list[str],
    message: str,
    project: Path,
    path: Path,
    use: Callable[..., Result],
) -> None:
    before = snapshot(project)
    result = use(path, target, *options)
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert message in result.output
    assert snapshot(project) == before


REPEATED = "cv: {class: sklearn.model_selection.RepeatedStratifiedKFold, params: {n_splits: 3}}"


def test_a_splitter_stays_if_it_takes_the_target(
    project: Path, tmp_path: Path, use: Callable[..., Result]
) -> None:
    file = project / "conf/base" / SEARCH
    file.write_text(file.read_text().replace("cv: 5", REPEATED))
    table = pd.DataFrame({"a": np.arange(12) % 5, "kind": ["x", "y", "y"] * 4})
    table.to_csv(tmp_path / "kinds.csv", index=False)
    assert use(tmp_path / "kinds.csv", "kind").exit_code == 0
    assert REPEATED in file.read_text()


def test_a_splitter_that_stratifies_makes_way_for_a_number_to_predict(
    project: Path, path: Path, use: Callable[..., Result]
) -> None:
    file = project / "conf/base" / SEARCH
    file.write_text(file.read_text().replace("cv: 5", REPEATED))
    assert use(path, "Preis").exit_code == 0
    assert load(project, SEARCH)["sweep"]["cv"] == 5


def test_a_class_of_one_row_is_refused_before_anything_changes(
    project: Path, tmp_path: Path, use: Callable[..., Result]
) -> None:
    table = pd.DataFrame({"a": np.arange(9) % 4, "kind": ["x"] * 5 + ["y"] * 3 + ["Y"]})
    table.to_csv(tmp_path / "kinds.csv", index=False)
    before = snapshot(project)
    result = use(tmp_path / "kinds.csv", "kind")
    assert result.exit_code == 1
    assert "Classes of 'kind' with only one row cannot be split into train and test: Y." in result.output
    assert snapshot(project) == before


def test_a_large_table_gets_boosting_for_any_number_of_classes_and_a_limit_of_time(
    project: Path, monkeypatch: pytest.MonkeyPatch, use: Callable[..., Result]
) -> None:
    monkeypatch.setattr(recommended, "MAX_ROWS_OF_FOREST", 100)
    monkeypatch.setattr(recommended, "MANY_ROWS", 100)
    random = np.random.default_rng(0)
    table = pd.DataFrame({"a": random.normal(size=120), "kind": random.choice(["x", "y", "z"], 120)})
    table.to_csv(project / "many.csv", index=False)
    assert use(project / "many.csv", "kind").exit_code == 0
    sweep = load(project, SEARCH)["sweep"]
    assert sweep["model"]["class"] == CLASSIFIER
    assert (sweep["n_trials"], sweep["timeout"]) == (30, 300)


@pytest.mark.parametrize(
    ("shares", "suggested"),
    [
        ({"no": 90, "yes": 10}, {"scoring: roc_auc", "threshold: auto", "costs: { fp: 1, fn: 5 }"}),
        ({"no": 70, "yes": 30}, set()),
        ({"a": 45, "b": 45, "c": 10}, {"scoring: neg_log_loss"}),
    ],
)
def test_decisions_are_suggested_but_not_written_if_a_class_is_rare(
    project: Path,
    tmp_path: Path,
    use: Callable[..., Result],
    shares: dict[str, int],
    suggested: set[str],
) -> None:
    path, labels = tmp_path / "rare.csv", np.repeat([*shares], [*shares.values()])
    pd.DataFrame({"x": np.random.default_rng(0).normal(size=len(labels)), "y": labels}).to_csv(path)
    before = yaml.safe_load((project / "conf/base/parameters.yml").read_text())["decision"]
    lines = {line.strip() for line in use(path, "y").output.splitlines()}
    assert suggested == lines & {
        "scoring: roc_auc",
        "scoring: neg_log_loss",
        "threshold: auto",
        "costs: { fp: 1, fn: 5 }",
    }
    assert yaml.safe_load((project / "conf/base/parameters.yml").read_text())["decision"] == before


@pytest.mark.parametrize(("column", "kept"), [("owner_id", "owner_id"), ("Preis", None), ("heft", None)])
def test_the_column_of_weights_stays_if_the_new_table_has_it(
    column: str, kept: str | None, project: Path, path: Path, use: Callable[..., Result]
) -> None:
    file = project / "conf/base/parameters.yml"
    file.write_text(file.read_text().replace("weights: null", f"weights: {column}"))
    assert use(path, "Preis").exit_code == 0
    assert load(project, "parameters.yml")["data"]["weights"] == kept
