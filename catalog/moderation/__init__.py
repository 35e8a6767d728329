"""Reporting, hiding, blocking, and what moderators do about it.

`things` finds what is reported; `acts` is the only place that writes reports and blocks, and what
moderators decide; `pages` is what people see of it. The queue is in the admin
(`catalog.admin_reports`).
"""
