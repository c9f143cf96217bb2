"""Writes an export of very many exceptions: `large.py FOLDER [EVENTS]`. Every event is the root user's, in one of ten accounts and ten Regions."""

import gzip
import json
import sys
from pathlib import Path


def write(folder, events=121_117):
    """CloudTrail log files of a thousand records."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for start in range(0, events, 1000):
        records = [{
            "eventVersion": "1.10", "eventID": f"00000000-0000-4000-8000-{n:012d}", "eventTime": f"2026-05-{1 + n % 28:02d}T{n // 60 % 24:02d}:{n % 60:02d}:00Z",
            "eventSource": "s3.amazonaws.com", "eventName": ["PutBucketPolicy", "DeleteBucketPolicy", "PutBucketAcl"][n % 3], "awsRegion": f"eu-west-{1 + n % 10}",
            "sourceIPAddress": "203.0.113.9", "userAgent": "aws-cli", "readOnly": False, "managementEvent": True, "eventCategory": "Management",
            "eventType": "AwsApiCall", "recipientAccountId": f"{111122223333 + n // 10 % 10}", "requestParameters": {"bucketName": f"bucket-{n % 5000}"},
            "userIdentity": {"type": "Root", "principalId": f"{111122223333 + n // 10 % 10}", "arn": f"arn:aws:iam::{111122223333 + n // 10 % 10}:root",
                             "accountId": f"{111122223333 + n // 10 % 10}"},
        } for n in range(start, min(start + 1000, events))]
        with gzip.GzipFile(folder / f"events-{start // 1000:04d}.json.gz", "wb", mtime=0) as file:
            file.write(json.dumps({"Records": records}).encode())


if __name__ == "__main__":
    write(sys.argv[1], *map(int, sys.argv[2:3]))
