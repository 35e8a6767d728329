"""Webhooks: other programs are told of what happened here.

`sending.announce()` writes what is to be told, in the transaction of what happened; a Celery task
sends it, signed as Standard Webhooks have it, again and again for a day (`sending`), and only to
addresses of the public internet (`outgoing`).
"""
