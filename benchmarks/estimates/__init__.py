"""Are the reported numbers the ones that new rows will give (`make bench-estimates`)?"""
