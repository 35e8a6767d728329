"""Reporting, hiding, blocking, and what moderators do about it.

`things` finds what is reported; `acts` is the only place that writes reports and blocks, and what
moderators decide; `queue` is what they need to know for it. `pages` is what people see. The queue
is in the admin (`catalog.admin_reports`); programs have all of it in `catalog.api_reports` and
`catalog.api_unseen`.
"""
