"""pyrest compared with the same API written by hand: `python -m benchmarks`."""
