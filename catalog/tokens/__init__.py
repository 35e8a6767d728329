"""Who may what in the API, with a token instead of a session.

`models` are the rows, `scopes` what a token may do and what a view asks for, `making` the only
place that knows a secret, `authentication` how a request is let in, `acting` whom a service acts
for, `api` and `pages` how people get and revoke their own.
"""
