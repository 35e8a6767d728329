"""A person's own pages: what they did, their lists and reviews, what of it is public, export.

`shown` reads an address into a list of items, `pages` shows it, `undo` brings back what was removed
there; `lists` and `reviews` are pages and forms over `catalog.own`, `public` is what others see,
`export` gives a person all of it; `selectors` says what is shown of all that, and `api_lists`,
`api_reviews` and `api_profiles` are the same for programs.
"""
