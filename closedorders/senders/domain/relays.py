"""What is known of large mail services: what their customers' SPF record must include. No Django.

Only services that pass on the sender's own address are in `SPF_OF`; those in `OWN_BOUNCE_ADDRESS` put one of their own
in its place, so that the sender's SPF record is not looked at and DKIM has to vouch. Each as the service's own help
pages have it.
"""

from __future__ import annotations

#: The end of a mail server's name -> any of these includes covers it.
SPF_OF = {
    "gmail.com": ("_spf.google.com",),
    "googlemail.com": ("_spf.google.com",),
    "google.com": ("_spf.google.com",),
    "office365.com": ("spf.protection.outlook.com",),
    "outlook.com": ("spf.protection.outlook.com",),
    "zoho.com": ("zoho.com", "zohomail.com", "one.zoho.com"),
    "zoho.eu": ("zoho.eu", "zohomail.eu", "one.zoho.eu"),
    "messagingengine.com": ("spf.messagingengine.com",),
    "fastmail.com": ("spf.messagingengine.com",),
    "hostinger.com": ("_spf.mail.hostinger.com",),
    "privateemail.com": ("spf.privateemail.com",),
    "ovh.net": ("mx.ovh.com",),
    "ionos.com": ("_spf.perfora.net", "_spf-us.ionos.com", "_spf.ionos.com"),
    "ionos.es": ("_spf.kundenserver.de", "_spf-eu.ionos.com"),
    "ionos.de": ("_spf.kundenserver.de", "_spf-eu.ionos.com"),
}
OWN_BOUNCE_ADDRESS = (
    "amazonaws.com",
    "sendgrid.net",
    "postmarkapp.com",
    "mailgun.org",
    "mailjet.com",
    "brevo.com",
    "sendinblue.com",
    "resend.com",
    "sparkpostmail.com",
    "mandrillapp.com",
)


def _is_of(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)


def needed_includes(host: str) -> tuple[str, ...]:
    """Of which domains one must be in the SPF record; () for a server of which nothing is known."""
    host = host.lower().rstrip(".")
    return next((includes for domain, includes in SPF_OF.items() if _is_of(host, domain)), ())


def uses_own_bounce_address(host: str) -> bool:
    """Whether the service names a sender of its own to other servers, so that the shop's SPF does not count."""
    return any(_is_of(host.lower().rstrip("."), domain) for domain in OWN_BOUNCE_ADDRESS)
