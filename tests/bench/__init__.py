"""Measurements: `make bench` prints them, docs/bench.md keeps them."""
