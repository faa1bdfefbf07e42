"""Python's collector of garbage, for processes that handle much in batches."""

import gc


def collect_rarely() -> None:
    """Batches are many small objects without cycles: left as it is, the collector walks all of them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
