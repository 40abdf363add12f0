"""The words a store starts with, in English and Spanish. A merchant rewrites them; nothing in them is a lie.

Two kinds (a short note while nothing is solved, the apology once it is), each in two wordings: "explained" says what
happened in the words of `{reason}`, "brief" says whose matter it was and no more. Neither blames a factory.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from .claims import CHECK_REASONS

Kind = Literal["holding", "resolution"]
Variant = Literal["explained", "brief"]

LANGUAGES = ("en", "es")
KINDS: tuple[Kind, ...] = ("holding", "resolution")
VARIANTS: tuple[Variant, ...] = ("explained", "brief")

REASON_WORDINGS: dict[str, tuple[str, str, str]] = {
    "en": (
        "the marketplace we buy from stopped our payments until it had checked our account",
        "a payment of ours to our supplier was held back for a security check",
        "our supplier asked us to verify our account before letting our orders through",
    ),
    "es": (
        "el portal donde compramos detuvo nuestros pagos hasta comprobar nuestra cuenta",
        "uno de nuestros pagos al proveedor quedó retenido por un control de seguridad",
        "nuestro proveedor nos pidió verificar nuestra cuenta antes de tramitar los pedidos",
    ),
}
"""Three true ways to fill `{reason}` when a check of a payment or of the account closed the orders."""

UNPAID_WORDINGS: dict[str, tuple[str, ...]] = {
    "en": (
        "our payment to the supplier did not go through in time, so the order expired there",
        "we did not pay our supplier in time, so the order expired there",
    ),
    "es": (
        "nuestro pago al proveedor no se completó a tiempo y el pedido caducó allí",
        "no pagamos a tiempo a nuestro proveedor y el pedido caducó allí",
    ),
}
"""When the time to pay ran out."""

NEUTRAL_WORDINGS: dict[str, tuple[str, ...]] = {
    "en": ("the marketplace we buy from closed the order that we had placed for you",),
    "es": ("el portal donde compramos cerró el pedido que habíamos hecho para ti",),
}
"""True whatever closed the orders, and so for several reasons together."""


def wordings_for(reasons: Collection[str], language: str) -> tuple[str, ...]:
    """True ways to fill `{reason}`, the fitting one first, for these codes of closure reasons.

    What is true of all of them: where one of several is not known, only the neutral words are.
    """
    known = set(reasons)
    if known and known <= CHECK_REASONS:
        return REASON_WORDINGS[language] + NEUTRAL_WORDINGS[language]
    if known == {"payment_timeout"}:
        return UNPAID_WORDINGS[language] + NEUTRAL_WORDINGS[language]
    return NEUTRAL_WORDINGS[language]


REFUND_BASE_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "total": "what you paid",
        "subtotal": "what you paid for the products",
        "shipping": "what you paid for shipping",
    },
    "es": {
        "total": "lo que pagaste",
        "subtotal": "lo que pagaste por los productos",
        "shipping": "lo que pagaste por el envío",
    },
}
"""How `{refund_base}` reads after "10% of" for each base of an offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltinTemplate:
    """A subject and a text with placeholders (see `placeholders.PLACEHOLDERS`)."""

    kind: Kind
    language: str
    variant: Variant
    subject: str
    body: str


_SUBJECTS: dict[tuple[str, Kind], str] = {
    ("en", "holding"): "Your purchase at {store} is delayed ({orders})",
    ("en", "resolution"): "Your purchase is moving again, and I owe you an apology ({orders})",
    ("es", "holding"): "Tu compra en {store} va con retraso ({orders})",
    ("es", "resolution"): "Tu compra vuelve a estar en marcha, y te debo una disculpa ({orders})",
}

_OPENING: dict[tuple[str, Kind], str] = {
    ("en", "holding"): (
        "Hi {first_name|there},\n\n"
        "I would rather you heard this from me than had to ask: your purchase at {store} ({orders}) is delayed. "
        "I am sorry."
    ),
    ("en", "resolution"): (
        "Hi {first_name|there},\n\n"
        "I have good news about your purchase at {store} ({orders}): what was holding it up is solved, and we are "
        "getting it to you."
    ),
    ("es", "holding"): (
        "Hola {first_name|de nuevo}:\n\n"
        "Prefiero contártelo yo antes de que tengas que preguntar: tu compra en {store} ({orders}) va con retraso. "
        "Lo siento."
    ),
    ("es", "resolution"): (
        "Hola {first_name|de nuevo}:\n\n"
        "Te traigo buenas noticias sobre tu compra en {store} ({orders}): lo que la tenía parada está resuelto y ya "
        "nos estamos encargando de que te llegue."
    ),
}

_CAUSE: dict[tuple[str, Kind, Variant], str] = {
    ("en", "holding", "explained"): (
        "What happened: {reason}. You did nothing wrong, and there is nothing you need to do. We are on it."
    ),
    ("en", "holding", "brief"): (
        "The hold-up is a matter between us and our supplier. You did nothing wrong, and there is nothing you need "
        "to do. We are on it."
    ),
    ("en", "resolution", "explained"): (
        "You deserve to know what happened: {reason}. That was ours to sort out, and you had to wait for it. I know "
        "how it feels to have paid for something and hear nothing, and I am truly sorry."
    ),
    ("en", "resolution", "brief"): (
        "The hold-up was a matter between us and our supplier. It was ours to sort out, and you had to wait for it. "
        "I know how it feels to have paid for something and hear nothing, and I am truly sorry."
    ),
    ("es", "holding", "explained"): (
        "Lo que ha pasado: {reason}. No es culpa tuya y no tienes que hacer nada. Estamos con ello."
    ),
    ("es", "holding", "brief"): (
        "El problema está entre nuestro proveedor y nosotros. No es culpa tuya y no tienes que hacer nada. Estamos "
        "con ello."
    ),
    ("es", "resolution", "explained"): (
        "Mereces saber qué ha pasado: {reason}. Nos tocaba a nosotros arreglarlo y te ha tocado a ti esperar. Sé lo "
        "que es pagar algo y no tener noticias, y de verdad lo siento."
    ),
    ("es", "resolution", "brief"): (
        "El problema estaba entre nuestro proveedor y nosotros. Nos tocaba a nosotros arreglarlo y te ha tocado a "
        "ti esperar. Sé lo que es pagar algo y no tener noticias, y de verdad lo siento."
    ),
}

_NEXT: dict[tuple[str, Kind], str] = {
    ("en", "holding"): (
        "New delivery date: {new_date|I do not know it yet}. I will write to you again as soon as this is solved."
    ),
    ("en", "resolution"): "New delivery date: {new_date|I will write to you when it ships}.",
    ("es", "holding"): (
        "Nueva fecha de entrega: {new_date|todavía no la sé}. Te vuelvo a escribir en cuanto esté resuelto."
    ),
    ("es", "resolution"): "Nueva fecha de entrega: {new_date|te aviso en cuanto salga}.",
}

_OFFER_OPENING = {
    "en": "I cannot give you the wait back, but I would like to make up for some of it:",
    "es": "No puedo devolverte la espera, pero sí compensarte un poco:",
}
_CODE_LINE = {
    "en": (
        "– {code_percent} off your next purchase with a code that is yours alone: {code}\n"
        "  Good until: {code_expires|you use it}"
    ),
    "es": (
        "– Un {code_percent} de descuento en tu próxima compra con un código solo para ti: {code}\n"
        "  Caducidad: {code_expires|no caduca}"
    ),
}
_REFUND_LINE = {
    "en": (
        "– {refund} back, which is {refund_percent} of {refund_base}. The refund is approved and goes to the way you "
        "paid; banks can take some working days to show it, so it may not be there yet."
    ),
    "es": (
        "– Un reembolso de {refund}, el {refund_percent} de {refund_base}. Está aprobado y va al medio con el que "
        "pagaste; los bancos pueden tardar unos días laborables, así que puede que aún no lo veas."
    ),
}
_SHIPPING_LINE = {
    "en": "– Faster shipping at our cost: your parcel goes by {shipping}",
    "es": "– Un envío más rápido a nuestro cargo: tu paquete va por {shipping}",
}
_CREDIT_LINE = {
    "en": "– {store_credit} of store credit. It is on your account already, and there is no code to type",
    "es": "– {store_credit} de saldo en la tienda. Ya está en tu cuenta y no hace falta ningún código",
}
_GIFT_LINE = {
    "en": "– A small gift in your parcel: {gift}",
    "es": "– Un pequeño detalle en tu paquete: {gift}",
}

_PAGE = {
    "en": "You can see how it stands at any time, and answer me, on your own page: {page}",
    "es": "Puedes ver cómo va en cualquier momento, y contestarme, en tu propia página: {page}",
}

_CLOSING: dict[tuple[str, Kind], str] = {
    ("en", "holding"): (
        "If you would rather not wait, or have a question, just reply to this e-mail. I read every answer.\n\n"
        "Thank you for your patience,\n{sender}"
    ),
    ("en", "resolution"): (
        "If something is still not right, reply to this e-mail: it comes to me, and I will answer you myself.\n\n"
        "Thank you for bearing with us,\n{sender}"
    ),
    ("es", "holding"): (
        "Si prefieres no esperar o tienes cualquier duda, responde a este correo. Leo todas las respuestas.\n\n"
        "Gracias por tu paciencia,\n{sender}"
    ),
    ("es", "resolution"): (
        "Si algo sigue sin estar bien, responde a este correo: me llega a mí y te contesto yo.\n\n"
        "Gracias por esperarnos,\n{sender}"
    ),
}

_CLOSING_IN_PERSON: dict[tuple[str, Kind], str] = {
    ("en", "holding"): (
        "If you would rather not wait, or have a question, just say so here. I read every answer.\n\n"
        "Thank you for your patience,\n{sender}"
    ),
    ("en", "resolution"): (
        "If something is still not right, say so here: it comes to me, and I will answer you myself.\n\n"
        "Thank you for bearing with us,\n{sender}"
    ),
    ("es", "holding"): (
        "Si prefieres no esperar o tienes cualquier duda, dímelo por aquí. Leo todas las respuestas.\n\n"
        "Gracias por tu paciencia,\n{sender}"
    ),
    ("es", "resolution"): (
        "Si algo sigue sin estar bien, dímelo por aquí: me llega a mí y te contesto yo.\n\n"
        "Gracias por esperarnos,\n{sender}"
    ),
}


def builtin_template(
    *,
    kind: Kind,
    language: str,
    variant: Variant = "explained",
    code: bool = True,
    refund: bool = True,
    gift: bool = False,
    credit: bool = False,
    shipping: bool = False,
    by_mail: bool = True,
    page: bool = False,
) -> BuiltinTemplate:
    """The built-in words, naming only what the campaign offers (a holding note offers nothing).

    `by_mail` is False for words that are said in a chat or on the phone: nobody can answer a mail then.
    `page`: whether the customer's own page can be linked.
    `language` is any tag that starts with "es" for Spanish; everything else gets English.
    """
    known = "es" if language.lower().startswith("es") else "en"
    paragraphs = [_OPENING[known, kind], _CAUSE[known, kind, variant], _NEXT[known, kind]]
    if kind == "resolution":
        lines = [
            line[known]
            # Credit and code last: what is about the order comes before what invites to the next one.
            for line, offered in (
                (_REFUND_LINE, refund),
                (_SHIPPING_LINE, shipping),
                (_GIFT_LINE, gift),
                (_CREDIT_LINE, credit),
                (_CODE_LINE, code),
            )
            if offered
        ]
        if lines:
            paragraphs += [_OFFER_OPENING[known], "\n".join(lines)]
    if page and by_mail:
        paragraphs.append(_PAGE[known])
    paragraphs.append((_CLOSING if by_mail else _CLOSING_IN_PERSON)[known, kind])
    return BuiltinTemplate(
        kind=kind,
        language=known,
        variant=variant,
        subject=_SUBJECTS[known, kind],
        body="\n\n".join(paragraphs) + "\n",
    )


BUILTIN_TEMPLATES: tuple[BuiltinTemplate, ...] = tuple(
    builtin_template(kind=kind, language=language, variant=variant)
    for language in LANGUAGES
    for kind in KINDS
    for variant in VARIANTS
)
"""All of them, with the usual offer (a code and a refund)."""
