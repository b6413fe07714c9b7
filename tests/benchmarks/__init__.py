"""Benchmarks: `python -m tests.benchmarks` measures every theme in one process and prints one table of ratios."""
