"""Benchmarks: what the product takes, in seconds, chunks a second and megabytes, each beside its target."""
