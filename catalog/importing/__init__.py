"""Data sets of other people, read into the catalogue: one file per format, each a stream of rows.

`run.import_dataset` is the recipe: recognise the format, read every file to its end into a
temporary staging file (nothing is written to the catalogue before that), then write items and
events in batches, each its own transaction. Running it again changes nothing.
"""
