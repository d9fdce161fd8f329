"""The matrix of SDKs and backends: its cases, how a cell is run and judged, and its table."""
