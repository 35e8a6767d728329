"""What people make of items beyond events: lists of their own, and reviews.

`models` are the rows and who may see them, `writing` the only place that writes them, `text` what
becomes of words that people send.
"""
