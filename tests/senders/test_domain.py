"""What the records of a domain mean, asked of a real name server on this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from closedorders.senders.domain.alignment import check_alignment
from closedorders.senders.domain.dkim import USUAL_SELECTORS, check_dkim
from closedorders.senders.domain.dmarc import check_dmarc, find_policy
from closedorders.senders.domain.lookup import DnsLookup, NoAnswer
from closedorders.senders.domain.spf import check_spf
from closedorders.senders.findings import Finding, State
from tests.dns_stub import SERVFAIL, SILENT, DnsStub

SHOP = "shop.example"


@pytest.fixture
def dns() -> Iterator[DnsStub]:
    with DnsStub() as stub:
        yield stub


def ask(dns: DnsStub) -> DnsLookup:
    return DnsLookup([dns.address], seconds=0.4)


def spf(dns: DnsStub, record: str | list[str], relay: str = "", **others: str) -> Finding:
    dns.records[f"{SHOP} TXT"] = [record] if isinstance(record, str) else record
    for name, text in others.items():
        dns.records[f"{name.replace('_', '.')} TXT"] = [text]
    return check_spf(SHOP, relay=relay, lookup=ask(dns))


@pytest.mark.parametrize("mood", [SILENT, SERVFAIL])
def test_a_name_server_that_does_not_answer_makes_every_line_grey(dns: DnsStub, mood: str) -> None:
    dns.mood = mood
    lookup = ask(dns)
    found = [
        check_spf(SHOP, relay="", lookup=lookup),
        check_dkim(SHOP, selector="mine", lookup=lookup),
        check_dkim(SHOP, selector="", lookup=DnsLookup([dns.address], seconds=0.1)),
        check_dmarc(SHOP, lookup=lookup),
    ]
    assert {(each.state, each.code) for each in found} == {(State.NOT_CHECKED, "no_dns")}


def test_a_machine_without_a_name_server_makes_lines_grey() -> None:
    with DnsStub() as gone:
        address = gone.address
    assert check_dmarc(SHOP, lookup=DnsLookup([address], seconds=0.3)).state is State.NOT_CHECKED


def test_all_look_ups_of_one_check_together_have_an_end(dns: DnsStub) -> None:
    dns.mood = SILENT
    lookup, begun = DnsLookup([dns.address], seconds=0.2, budget=0.5), time.monotonic()
    for number in range(50):
        with pytest.raises(NoAnswer):
            lookup.texts(f"n{number}.{SHOP}")
    assert time.monotonic() - begun < 2


def test_a_name_is_asked_for_once(dns: DnsStub) -> None:
    lookup = ask(dns)
    assert lookup.texts(SHOP) == lookup.texts(SHOP) == ()
    assert dns.asked == [f"{SHOP} TXT"]


def test_a_domain_with_letters_beyond_ascii_is_asked_for_as_the_dns_knows_it(dns: DnsStub) -> None:
    dns.records["xn--bcher-kva.example TXT"] = ["v=spf1 -all"]
    assert ask(dns).texts("bücher.example") == ("v=spf1 -all",)


@pytest.mark.parametrize("name", ["", ".", "a..b", "x" * 70 + ".example", "a b.example"])
def test_what_is_no_name_has_no_answer_and_no_crash(dns: DnsStub, name: str) -> None:
    with suppress(NoAnswer):
        assert ask(dns).texts(name) == ()


def test_a_domain_without_spf_is_red_also_where_it_has_other_texts(dns: DnsStub) -> None:
    assert spf(dns, ["google-site-verification=1", "v=spf10 -all"]).code == "spf_missing"
    assert check_spf("nowhere.example", relay="", lookup=ask(dns)).code == "spf_missing"


def test_two_spf_records_are_red(dns: DnsStub) -> None:
    assert spf(dns, ["v=spf1 -all", "v=spf1 mx ~all"]).code == "spf_several"


def test_a_record_in_pieces_is_read_whole(dns: DnsStub) -> None:
    many = " ".join(f"ip4:9.9.{number}.0/24" for number in range(40))
    dns.records["relay.example A"] = ["9.9.39.7"]
    assert spf(dns, f"v=spf1 {many} -all", relay="relay.example").code == "spf_good"


@pytest.mark.parametrize(("count", "code"), [(10, "spf_relay_unknown"), (11, "spf_lookups")])
def test_ten_look_ups_are_allowed_and_eleven_are_not(dns: DnsStub, count: int, code: str) -> None:
    record = "v=spf1 " + " ".join(f"exists:e{number}.example" for number in range(count)) + " -all"
    assert spf(dns, record).code == code


def test_look_ups_of_included_records_count_too(dns: DnsStub) -> None:
    inner = "v=spf1 a:one.example a:two.example mx ptr exists:x.example -all"
    found = spf(dns, "v=spf1 include:a.example include:b.example -all", a_example=inner, b_example=inner)
    assert (found.code, found.values["count"]) == ("spf_lookups", 11)


def test_records_that_include_each_other_come_to_an_end(dns: DnsStub) -> None:
    assert spf(dns, f"v=spf1 include:{SHOP} -all").code == "spf_lookups"


def test_an_include_of_nothing_breaks_the_whole_record(dns: DnsStub) -> None:
    found = spf(dns, "v=spf1 include:gone.example -all")
    assert (found.state, found.code, found.values["other"]) == (State.BAD, "spf_broken", "gone.example")


@pytest.mark.parametrize("record", ["v=spf1 +all", "v=spf1 all", "v=spf1 include:open.example -all"])
def test_a_record_that_lets_everyone_send_is_red(dns: DnsStub, record: str) -> None:
    assert spf(dns, record, open_example="v=spf1 +all").code == "spf_everyone"


def test_what_stands_behind_all_is_never_looked_at(dns: DnsStub) -> None:
    assert spf(dns, "v=spf1 -all include:gone.example redirect=gone.example").code == "spf_relay_unknown"


def test_a_redirect_is_followed(dns: DnsStub) -> None:
    found = spf(
        dns,
        "v=spf1 redirect=other.example",
        relay="smtp.gmail.com",
        other_example="v=spf1 include:_spf.google.com ~all",
    )
    assert found.code == "spf_broken"
    dns.records["_spf.google.com TXT"] = ["v=spf1 ip4:9.9.9.0/24 ~all"]
    assert check_spf(SHOP, relay="smtp.gmail.com", lookup=ask(dns)).code == "spf_good"


def test_a_server_that_the_record_must_include_and_does_not_is_red(dns: DnsStub) -> None:
    found = spf(dns, "v=spf1 ip4:9.9.9.9 -all", relay="smtp.gmail.com")
    assert (found.state, found.code) == (State.BAD, "spf_relay_missing")
    assert found.values["include"] == "_spf.google.com"


def test_an_include_that_nobody_answers_for_leaves_the_line_grey(dns: DnsStub) -> None:
    dns.moods["slow.example"] = SERVFAIL
    found = spf(dns, "v=spf1 include:slow.example -all", relay="smtp.gmail.com")
    assert (found.state, found.code) == (State.NOT_CHECKED, "spf_partly")


def test_a_service_with_a_bounce_address_of_its_own_leaves_it_to_dkim(dns: DnsStub) -> None:
    assert spf(dns, "v=spf1 -all", relay="smtp.sendgrid.net").code == "spf_service"
    assert spf(dns, "v=spf1 -all", relay="evilsendgrid.net").code == "spf_relay_unknown"


def test_dkim_is_green_only_for_a_key_that_is_there(dns: DnsStub) -> None:
    dns.records[f"mine._domainkey.{SHOP} TXT"] = ["v=DKIM1; k=rsa; p=MIIB"]
    dns.records[f"old._domainkey.{SHOP} TXT"] = ["v=DKIM1; p="]
    dns.records[f"odd._domainkey.{SHOP} TXT"] = ["hello"]
    codes = {name: check_dkim(SHOP, selector=name, lookup=ask(dns)).code for name in ("mine", "old", "odd")}
    assert codes == {"mine": "dkim_good", "old": "dkim_revoked", "odd": "dkim_missing"}


def test_without_a_selector_the_usual_ones_are_tried_and_nothing_is_concluded_from_none(dns: DnsStub) -> None:
    found = check_dkim(SHOP, selector="", lookup=ask(dns))
    assert (found.state, found.code) == (State.NOT_CHECKED, "dkim_unknown")
    assert len(dns.asked) == len(USUAL_SELECTORS)
    dns.records[f"s1._domainkey.{SHOP} TXT"] = ["p=MIIB"]
    assert check_dkim(SHOP, selector="", lookup=ask(dns)).values["selector"] == "s1"


def dmarc(dns: DnsStub, domain: str, **records: str) -> Finding:
    for name, text in records.items():
        dns.records[f"_dmarc.{name.replace('_', '.')} TXT"] = [text]
    return check_dmarc(domain, lookup=ask(dns))


def test_dmarc_of_the_domain_itself_goes_before_that_of_its_organization(dns: DnsStub) -> None:
    found = dmarc(
        dns,
        "mail.shop.example",
        mail_shop_example="v=DMARC1; p=none",
        shop_example="v=DMARC1; p=reject; sp=quarantine",
    )
    assert found.code == "dmarc_none"


def test_a_domain_without_a_record_has_its_organizations_policy_for_subdomains(dns: DnsStub) -> None:
    found = dmarc(dns, "mail.shop.example", shop_example="v=DMARC1; p=reject; sp=quarantine")
    assert (found.code, found.values["domain"]) == ("dmarc_quarantine", "shop.example")


def test_the_walk_ends_where_a_record_says_which_kind_of_domain_it_is(dns: DnsStub) -> None:
    dns.records["_dmarc.a.b.shop.example TXT"] = ["v=DMARC1; p=none; psd=n"]
    dns.records["_dmarc.shop.example TXT"] = ["v=DMARC1; p=reject"]
    found = find_policy("x.a.b.shop.example", ask(dns))
    assert found is not None
    assert (found.organization, found.policy) == ("a.b.shop.example", "none")
    assert "_dmarc.shop.example TXT" not in dns.asked


def test_below_a_public_suffix_the_organization_is_one_label_longer(dns: DnsStub) -> None:
    dns.records["_dmarc.co.example TXT"] = ["v=DMARC1; p=reject; psd=y"]
    found = find_policy("mail.shop.co.example", ask(dns))
    assert found is not None
    assert (found.organization, found.policy, found.record.domain) == (
        "shop.co.example",
        "reject",
        "co.example",
    )


def test_a_long_name_costs_eight_questions(dns: DnsStub) -> None:
    name = ".".join("abcdefghij") + ".shop.example"
    assert check_dmarc(name, lookup=ask(dns)).code == "dmarc_missing"
    assert len(dns.asked) == 8
    assert dns.asked[0] == f"_dmarc.{name} TXT"
    assert dns.asked[1] == "_dmarc.f.g.h.i.j.shop.example TXT"


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ("v=DMARC1; p=none", "dmarc_none"),
        ("v=DMARC1;p=reject", "dmarc_reject"),
        ("v=DMARC1; p=reject; t=y", "dmarc_test"),
        ("v=DMARC1; rua=mailto:a@shop.example", "dmarc_none"),
        ("v=DMARC1; p=perhaps", "dmarc_unreadable"),
        ("v=DMARC1", "dmarc_unreadable"),
        ("p=none; v=DMARC1", "dmarc_missing"),
        ("v=dmarc1; p=none", "dmarc_missing"),
    ],
)
def test_a_dmarc_record_is_read_as_receivers_read_it(dns: DnsStub, record: str, code: str) -> None:
    assert dmarc(dns, SHOP, shop_example=record).code == code


def test_two_dmarc_records_are_red(dns: DnsStub) -> None:
    dns.records[f"_dmarc.{SHOP} TXT"] = ["v=DMARC1; p=none", "v=DMARC1; p=reject"]
    assert check_dmarc(SHOP, lookup=ask(dns)).code == "dmarc_several"


def test_an_unanswered_step_of_the_walk_is_grey_and_not_missing(dns: DnsStub) -> None:
    dns.moods["_dmarc.example"] = SERVFAIL
    assert check_dmarc(SHOP, lookup=ask(dns)).state is State.NOT_CHECKED


def test_alignment_needs_spf_that_names_the_server_or_a_key_the_shop_has_named(dns: DnsStub) -> None:
    good_spf = spf(dns, "v=spf1 a:relay.example -all", relay="relay.example")
    no_key = check_dkim(SHOP, selector="mine", lookup=ask(dns))
    tried = check_dkim(SHOP, selector="", lookup=ask(dns))
    bad_spf = spf(dns, "v=spf1 -all", relay="smtp.gmail.com")
    dns.records[f"mine._domainkey.{SHOP} TXT"] = dns.records[f"s1._domainkey.{SHOP} TXT"] = ["p=MIIB"]
    key = check_dkim(SHOP, selector="mine", lookup=ask(dns))
    found_key = check_dkim(SHOP, selector="", lookup=ask(dns))

    def state(spf: Finding, dkim: Finding, selector: str) -> State:
        return check_alignment(SHOP, spf=spf, dkim=dkim, selector=selector).state

    assert state(good_spf, no_key, "mine") is State.GOOD
    assert state(bad_spf, key, "mine") is State.GOOD
    assert state(bad_spf, no_key, "mine") is State.BAD
    assert state(bad_spf, tried, "") is State.NOT_CHECKED
    assert state(bad_spf, found_key, "") is State.NOT_CHECKED
