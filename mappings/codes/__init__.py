"""Code tables as Python literals, each with its source and date; inverses are computed, never typed."""
