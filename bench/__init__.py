"""Benchmarks: each prints a ratio against something named, measured on the same machine."""
