"""Scripts: wording that staff write and approve, one variant per channel and language, filled in for each customer."""
