"""Ratings under attack: who is trusted how much, why, and what is done about it.

`thresholds` has every number with its reason. `waves` and `signals` are arrays in, arrays out;
`checking` reads the arrays from the database and writes cases; `acts` is what moderators and the
nightly check decide, each of which can be taken back. What counts follows `catalog.private`.
"""
