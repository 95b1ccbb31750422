"""What Klapper costs: measured, never asserted in a test. `make bench` writes RESULTS.md from these scripts.

Each script runs by itself (`python -m benchmarks.reserve`): its Markdown section on standard output, what it is doing
on standard error.
"""
