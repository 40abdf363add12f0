"""Whether SPF or DKIM can vouch for the very domain that customers see as the sender. No Django."""

from __future__ import annotations

from ..findings import Finding, Part, State


def check_alignment(domain: str, *, spf: Finding, dkim: Finding, selector: str) -> Finding:
    """The line about alignment: one of the two is enough, and it must be of the sender's own domain.

    Mails name the same address in the envelope as in From, so SPF is aligned where the record names the server. With a
    service that puts an address of its own into the envelope only DKIM is left; a key counts under the `selector` that
    the shop has named, for one that was found by trying may be of another service.
    """
    if dkim.state is State.GOOD and selector:
        return _finding(State.GOOD, "aligned_dkim", domain)
    if spf.code == "spf_good":
        return _finding(State.GOOD, "aligned_spf", domain)
    if State.NOT_CHECKED in {spf.state, dkim.state} or spf.code == "spf_relay_unknown" or not selector:
        return _finding(State.NOT_CHECKED, "aligned_unknown", domain)
    return _finding(State.BAD, "not_aligned", domain)


def _finding(state: State, code: str, domain: str) -> Finding:
    return Finding(part=Part.ALIGNMENT, state=state, code=code, values={"domain": domain})
