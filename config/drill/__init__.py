"""Failures, made on purpose on this installation, and what held: `manage.py drill`.

`scratch` sets a second site up beside the real one: the same code, machine, database server and
Redis, but a database, a Redis database number and folders of its own, all gone at the end. `checks`
break it in the ways that `promises` list; `faults`, `visitor` and `training` are their tools.
Nothing of the real site is read or written.
"""
