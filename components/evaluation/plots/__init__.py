"""The plots of the report as Vega-Lite specifications: plain data, drawn in the page."""
