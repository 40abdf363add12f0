"""Finds the DMARC policy that applies to a domain: RFC 9989's walk up the DNS tree, without a public suffix list.

No Django.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..findings import Finding, Part, State
from .lookup import Lookup, NoAnswer

MOST_QUERIES = 8
"""RFC 9989, 4.10: a longer name is cut to its last seven labels after the first query."""
POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True)
class Record:
    """One DMARC record: at which domain, and its tags."""

    domain: str
    tags: dict[str, str]

    @property
    def psd(self) -> str:
        return self.tags.get("psd", "u").lower()


@dataclass(frozen=True, slots=True)
class Policy:
    """What applies to mails of a domain. `is_test`: the owner asks receivers not to act by it yet (`t=y`)."""

    record: Record
    policy: str
    is_test: bool
    organization: str


class Several(Exception):
    """A domain has more than one record: receivers disregard them all."""


def check_dmarc(domain: str, *, lookup: Lookup) -> Finding:
    """The line about DMARC of the sender's domain."""
    try:
        found = find_policy(domain, lookup)
    except NoAnswer:
        return _finding(State.NOT_CHECKED, "no_dns", domain=domain)
    except Several as error:
        return _finding(State.BAD, "dmarc_several", domain=str(error))
    if found is None:
        return _finding(State.BAD, "dmarc_missing", domain=domain)
    values: dict[str, str | int] = {"domain": found.record.domain, "policy": found.policy}
    if found.policy not in POLICIES:
        return _finding(State.BAD, "dmarc_unreadable", **values)
    code = "dmarc_test" if found.is_test and found.policy != "none" else f"dmarc_{found.policy}"
    return _finding(State.GOOD, code, **values)


def find_policy(domain: str, lookup: Lookup) -> Policy | None:
    """The policy of the domain itself, else that of its organization, else that of the suffix above it; or None.

    Raises `NoAnswer`, and `Several` where the domain itself has more than one record.
    """
    records = _walk(domain, lookup)
    if not records:
        return None
    organization = _organization(domain, records)
    by_domain = {record.domain: record for record in records}
    own = by_domain.get(domain)
    record = own or by_domain.get(organization) or next((each for each in records if each.psd == "y"), None)
    if record is None:
        return None
    policy = record.tags.get("p", "").lower()
    if not policy and "rua" in record.tags:
        policy = "none"
    if own is None:
        policy = record.tags.get("sp", policy).lower()
    return Policy(record, policy, record.tags.get("t", "n").lower() == "y", organization)


def _walk(domain: str, lookup: Lookup) -> list[Record]:
    """The records from the domain upwards. The walk ends at one that says which kind of domain it is (`psd`)."""
    found: list[Record] = []
    for name in _names(domain):
        records = _records(name, lookup)
        if len(records) > 1 and name == domain:
            raise Several(name)
        if len(records) == 1:
            found.append(records[0])
            if records[0].psd in {"y", "n"}:
                break
    return found


def _names(domain: str) -> list[str]:
    labels = domain.split(".")
    shorter = labels[1:] if len(labels) < MOST_QUERIES else labels[-(MOST_QUERIES - 1) :]
    return [domain, *(".".join(shorter[start:]) for start in range(len(shorter)))]


def _organization(domain: str, records: list[Record]) -> str:
    """The organizational domain (RFC 9989, 4.10.2)."""
    for record in records:
        if record.psd == "n":
            return record.domain
        if record.psd == "y" and record.domain != domain:
            below = len(record.domain.split(".")) + 1
            return ".".join(domain.split(".")[-below:])
    return min((record.domain for record in records), key=lambda name: name.count("."))


def _records(name: str, lookup: Lookup) -> list[Record]:
    found = []
    for text in lookup.texts(f"_dmarc.{name}"):
        parts = [part.partition("=") for part in text.split(";") if part.strip()]
        tags = {tag.strip().lower(): value.strip() for tag, _, value in parts}
        # The version comes first, and its value is in capitals.
        if parts and parts[0][0].strip().lower() == "v" and tags.get("v") == "DMARC1":
            found.append(Record(name, tags))
    return found


def _finding(state: State, code: str, **values: str | int) -> Finding:
    return Finding(part=Part.DMARC, state=state, code=code, values=values)
