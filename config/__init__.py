"""Wiring. The Celery application is made with Django, so that any process can send it tasks."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
