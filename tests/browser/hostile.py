"""Writes an export in which every text that a stranger can choose is an attack: `hostile.py FOLDER`."""

import ast
import json
import re
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2] / "src/report/tests.rs"

# Beside those that the Rust tests put into every text of the model: what only a browser would act on.
MORE = [
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<details open ontoggle=alert(1)>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<link rel=stylesheet href=https://evil.example/a.css>",
    "<form action=https://evil.example/><input name=a autofocus onfocus=alert(1)>",
    "<object data=https://evil.example/></object><embed src=https://evil.example/>",
    "</textarea></title></option><script>alert(1)</script>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<video src=https://evil.example/v autoplay></video>",
    "<template><script>alert(1)</script></template>",
    "\"><script>alert(1)</script>",
    "'-alert(1)-'",
    "${alert(1)}",
]


def attacks():
    """The attacks of the Rust tests and ours."""
    source = TESTS.read_text()
    block = source[source.index("const ATTACKS"):]
    block = block[block.index("= &[") + 4:block.index("\n];")]
    texts = []
    for literal in re.findall(r'"((?:[^"\\]|\\.)*)"', block, re.S):
        # Rust writes \u{202E} and \0 where Python writes \U0000202e and \x00.
        literal = re.sub(r"\\u\{([0-9A-Fa-f]+)\}", lambda m: f"\\U{int(m[1], 16):08x}", literal)
        texts.append(ast.literal_eval(f'"""{literal}"""'.replace("\\0", "\\x00")) if not literal.endswith('"') else literal)
    return texts + MORE


def event(n, attack, name, source, **more):
    account = "111122223333"
    return {
        "eventVersion": "1.10", "eventID": f"e{n}-{attack}", "eventTime": f"2026-05-{1 + n % 28:02d}T10:{n % 60:02d}:00Z", "eventSource": source,
        "eventName": name, "awsRegion": "eu-west-1", "sourceIPAddress": attack, "userAgent": attack, "readOnly": False,
        "managementEvent": True, "eventCategory": "Management", "eventType": "AwsApiCall", "recipientAccountId": account,
        "userIdentity": {"type": "IAMUser", "principalId": attack, "arn": f"arn:aws:iam::{account}:user/{attack}", "accountId": account, "userName": attack},
        **more,
    }


def write(folder):
    """CloudTrail events, an AWS Config snapshot, file names and an engagement."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    account, records, items = "111122223333", [], []
    texts = attacks()
    for n, attack in enumerate(texts):
        records += [
            event(n, attack, "StopLogging", "cloudtrail.amazonaws.com", requestParameters={"name": attack}),
            event(n + 100, attack, "PutBucketPolicy", "s3.amazonaws.com", requestParameters={"bucketName": attack, "bucketPolicy": {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": attack, "Resource": "*"}]}}),
            event(n + 200, attack, "CreateUser", "iam.amazonaws.com", errorCode="AccessDenied", errorMessage=attack, requestParameters={"userName": attack}),
            event(n + 300, attack, "DeleteDetector", "guardduty.amazonaws.com", awsRegion=attack, requestParameters={"detectorId": attack}),
            event(n + 400, attack, attack, attack, requestParameters={attack: attack}),
            event(n + 500, attack, "ConsoleLogin", "signin.amazonaws.com", eventType="AwsConsoleSignIn", errorMessage=attack,
                  responseElements={"ConsoleLogin": "Failure"}, additionalEventData={"MFAUsed": "No"}),
            event(n + 600, attack, "PutBucketAcl", "s3.amazonaws.com", requestParameters={"bucketName": attack},
                  userIdentity={"type": "Root", "principalId": account, "arn": f"arn:aws:iam::{account}:root", "accountId": account}),
        ]
        own = {"awsAccountId": account, "awsRegion": "eu-west-1" if n % 3 else attack, "configurationItemStatus": "OK", "configurationItemVersion": "1.3",
               "configurationItemCaptureTime": "2026-06-29T10:00:00.000Z", "tags": {attack: attack, "Owner": attack}, "relationships": [], "supplementaryConfiguration": {}}
        items += [
            own | {"resourceType": "AWS::S3::Bucket", "resourceId": f"{n}{attack}", "resourceName": f"{n}{attack}", "ARN": f"arn:aws:s3:::{attack}",
                   "configuration": {"name": attack}},
            own | {"resourceType": "AWS::EC2::SecurityGroup", "resourceId": f"sg-{n}{attack}", "resourceName": attack, "ARN": f"arn:aws:ec2:eu-west-1:{account}:security-group/{attack}",
                   "configuration": {"groupId": f"sg-{n}{attack}", "groupName": attack, "ipPermissions": [
                       {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "ipv4Ranges": [{"cidrIp": "0.0.0.0/0"}], "ipRanges": ["0.0.0.0/0"]}]}},
        ]
        name = re.sub(r"[/\0]", "_", attack)[:80]
        (folder / f"{n} {name}.json").write_text(json.dumps({"Records": records[-1:]}))
        (folder / f"{n} {name}.txt").write_text(attack)
    (folder / "events.json").write_text(json.dumps({"Records": records}))
    (folder / "snapshot.json").write_text(json.dumps({"fileVersion": "1.0", "configSnapshotId": "0c1f", "configurationItems": items}))
    plain = [attack for attack in texts if attack.isprintable()]
    (folder / "engagement.toml").write_text(
        "".join(f"[engagement]\nclient = {json.dumps(plain[0])}\ntitle = {json.dumps(plain[2])}\nintended_users = {json.dumps(plain[3])}\n\n"
                f"[period]\nfrom = \"2026-04-01\"\nto = \"2026-06-30\"\n\n[[scope.account]]\nid = \"{account}\"\nname = {json.dumps(plain[1])}\nregions = [\"eu-west-1\"]\n"))
    return texts


if __name__ == "__main__":
    print(len(write(sys.argv[1])))
