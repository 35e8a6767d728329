"""The site with five more addresses, each of which does a little more of what the API does.

`/constant` is answered before Django; the others stand below `/api/v1/layers/`. `benchmarks.api`
serves it beside the real addresses, from the same processes, so that differences are what each
layer costs.
"""
