"""Which queue each task waits in; whatever is not named here waits in "default".

A training takes an hour, an import minutes: each has workers of its own, so that neither keeps the
short tasks waiting. The readiness page says where nobody works one off.
"""

CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "recommendations.retrain": {"queue": "train"},
    "catalog.take_in_arrival": {"queue": "import"},
    "catalog.check_trust": {"queue": "import"},
    "catalog.look_after_arrivals": {"queue": "import"},
    "catalog.send_webhooks": {"queue": "import"},  # a receiver may take its time
}
