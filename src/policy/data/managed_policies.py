"""Write managed_policies.tsv.zst, the AWS managed policies, from moto's data file.

Source: PyPI package moto (Apache-2.0), moto/iam/aws_managed_policies.py, itself a list made with AWS's API.
Use:    python -m pip download --no-deps moto && unzip moto-*.whl 'moto/iam/aws_managed_policies.py'
        python managed_policies.py moto/iam/aws_managed_policies.py 5.2.5 managed_policies.tsv.zst

One line for each policy, sorted by ARN: resource part of the ARN, default version, document in compact JSON.
The first line names the newest update among them, the count and the package's version.
"""

import json
import runpy
import subprocess
import sys


def main() -> None:
    source, version, target = sys.argv[1:]
    data = json.loads(runpy.run_path(source)["aws_managed_policies_data"])
    lines = []
    for name, entry in data.items():
        document = json.dumps(entry["Document"], separators=(",", ":"), sort_keys=True, ensure_ascii=True)
        path = entry.get("Path") or "/"
        lines.append(f"{path[1:]}{name}\t{entry['DefaultVersionId']}\t{document}\n")
    lines.sort()
    newest = max((e.get("UpdateDate") or e["CreateDate"])[:10] for e in data.values())
    text = f"{newest}\t{len(lines)}\tmoto {version}\n" + "".join(lines)
    subprocess.run(["zstd", "-q", "-f", "--ultra", "-22", "-o", target], input=text.encode(), check=True)


main()
