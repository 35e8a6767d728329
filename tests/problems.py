"""What an error of the API says, for tests."""

MEDIA_TYPE = "application/problem+json"


def problem(answer, status=None):
    """The members of a problem, which it must have."""
    assert answer["Content-Type"] == MEDIA_TYPE, answer.content
    said = answer.json()
    assert said["status"] == answer.status_code == (status or answer.status_code)
    assert said["type"].startswith("/api/v1/problems/")
    assert said["title"]
    assert len(said["detail"]) > 10
    assert said["instance"] == answer.wsgi_request.path
    return said


def wrong_fields(answer):
    """The names of the fields that are refused, without places inside of them."""
    said = problem(answer, 400)
    return list(dict.fromkeys(error["field"].split(".")[0] for error in said["errors"]))
