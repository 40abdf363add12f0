"""Check the messages of the commits since the rule began: `python .ci/check_commits.py`, from the repository.

A subject says in at most 72 characters what the commit does, as an order ("Bound the time to parse a cell"), and a
body after a blank line says why. CONTRIBUTING.md, "Commits", has the rule. Exits with 1 and names each commit that
breaks it.
"""

from __future__ import annotations

import re
import subprocess
import sys

LAST_WITHOUT_THE_RULE = "89379ac"
LONGEST_SUBJECT = 72
# "Added …", "Adding …" and "A longer …" tell what was done or what is there, not what the commit does.
_NO_ORDER = re.compile(r"(?:A|An|The|This|No|One|Some|What|When|How|[A-Z]\w*(?:[^e]ed|ing))\b(?!:)")
_ORDERS_ALL_THE_SAME = frozenset({"Bring", "Embed", "Shed"})


def faults(message: str) -> list[str]:
    """What is wrong with a commit's message, in words."""
    subject, _, rest = message.strip("\n").partition("\n")
    found = []
    if len(subject) > LONGEST_SUBJECT:
        found.append(f"the subject has {len(subject)} characters, {LONGEST_SUBJECT} are allowed")
    if not subject[:1].isupper() or subject.endswith("."):
        found.append("the subject begins with a capital letter and ends without a full stop")
    if _NO_ORDER.match(subject) and subject.split()[0] not in _ORDERS_ALL_THE_SAME:
        found.append("the subject begins with an order, such as 'Bound the time to parse a cell'")
    if not rest.startswith("\n") or not rest.strip():
        found.append("a blank line and a body that says why are missing")
    return found


def main() -> int:
    known = subprocess.run(
        ["git", "cat-file", "-e", f"{LAST_WITHOUT_THE_RULE}^{{commit}}"], capture_output=True, check=False
    )
    if known.returncode != 0:
        print("The history does not reach back to where the rule began: no commit message was checked.")
        return 0
    log = subprocess.run(
        ["git", "log", "--no-merges", "--format=%h%n%B%x00", f"{LAST_WITHOUT_THE_RULE}..HEAD"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    wrong = 0
    for entry in filter(None, (part.strip("\n") for part in log.split("\0"))):
        commit, _, message = entry.partition("\n")
        for fault in faults(message):
            wrong += 1
            print(f"{commit} {message.splitlines()[0][:60]!r}: {fault}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
