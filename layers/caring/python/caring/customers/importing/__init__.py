"""Customer files: what a file and each of its rows mean, and how accepted rows become customers."""
