"""The names and sizes that the measurements, the page and the chart share."""

FEW, MANY = 100, 1000
TUTORIAL = "tutorial, all cores"
ONE, TWO = "Kedro Sweep, 1 core", "Kedro Sweep, 2 cores"
