"""What a person did elsewhere, brought here: their own archive of another site, or a plain table.

An archive is opened (`archives`), its files are read by `formats` into rows, rows about one thing
are `merging`, `matching` finds the items that they mean, `receiving` keeps a preview, and `taking`
writes what was agreed on, and undoes it; `waiting` looks again when items were added. What somebody
decides is `deciding`, which `pages` and `api` call. `catalog.importing` is something else:
whole data sets, brought by whoever runs the site.
"""
