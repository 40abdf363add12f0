"""`make chaos`: proof on real servers that every customer is written to exactly once, whatever dies meanwhile.

Not part of the test suite, as it takes minutes: `.ci/run` runs the small one. What it promises and does not:
docs/reliability.md.
"""
