from kedro_sweep.report._html import _let_break


def test_a_long_path_may_break_after_its_dots_and_a_number_may_not() -> None:
    text = _let_break("sklearn.ensemble.RandomForestClassifier with 0.1609 or more")
    assert text == "sklearn.<wbr>ensemble.<wbr>RandomForestClassifier with 0.1609 or more"


def test_commands_become_code() -> None:
    assert _let_break("Run `a <b>`.") == "Run <code>a &lt;b&gt;</code>."
