"""The library records what the tables contain."""

from wine_sweep.pipelines import data_processing


def test_the_pipeline_needs_the_raw_table_and_ends_with_its_records() -> None:
    pipeline = data_processing.create_pipeline()
    assert pipeline.inputs() == {"raw", "params:data", "params:sweep"}
    assert pipeline.outputs() == {"raw_schema", "data_summary", "row_groups"}
