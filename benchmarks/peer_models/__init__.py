"""Models of others, tuned and judged by `benchmarks/peers.py`; see benchmarks/README.md.

Each file fits one family. What a fit returns is `ml.evaluate.Answers`. Packages of a family are
imported where it is fitted, so that one that is missing costs its own rows only.
"""
