"""What to write to AliExpress's agents in the live chat: polite, short, in English and Spanish, in our own words.

The way to the chat and the order of the steps come from the founding article (contact page, payments, chat now; ask,
insist kindly, thank); what each verification needs from `cases.verification`. Pure: headings are marked for
translation; the scripts themselves are sent as they stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter

from ..moves import gettext_noop

CARD, ACCOUNT, COMPANY_CARD, UNSURE = "card", "account", "company_card", "unsure"

_QUESTIONS: Mapping[str, str] = {
    CARD: gettext_noop("Pick the question about a card or a payment that must be verified."),
    COMPANY_CARD: gettext_noop("Pick the question about a card or a payment that must be verified."),
    ACCOUNT: gettext_noop("Pick the question about an account that is under review or blocked."),
    UNSURE: gettext_noop("Pick the question closest to yours: a closed order, or an account under review."),
}


def path_to_chat(verification: str) -> tuple[str, ...]:
    """The steps to the live chat, with the question that fits."""
    return (
        gettext_noop("Sign in to AliExpress with the blocked account and open the help centre."),
        gettext_noop("Choose “Contact us”, then “Payments”."),
        _QUESTIONS[verification or UNSURE],
        gettext_noop("Press “Chat now” and ask for a person if a robot answers."),
    )


#: Names of what a script takes from the case. A sentence in which one is blank is left out.
#: orders: how many were closed · numbers: some of them · sent_on: when the documents were sent · agent, promise: who
#: promised what in the newest contact that has a promise.
FILLED = ("orders", "numbers", "sent_on", "agent", "promise")


@dataclass(frozen=True, slots=True)
class Script:
    """One thing to say, and the purpose a contact that says it is logged under. Sentences of each language in order."""

    purpose: str
    title: str
    english: tuple[str, ...]
    spanish: tuple[str, ...]


def filled(sentences: tuple[str, ...], values: Mapping[str, str]) -> str:
    """The sentences as one text, without those whose value is not known."""
    return " ".join(
        sentence.format_map(values)
        for sentence in sentences
        if all(values.get(name) for _text, name, _spec, _how in Formatter().parse(sentence) if name)
    )


_ASK_FIRST_EN = (
    "Hello, and thank you for helping me.",
    "It is about closed orders: {orders} in all, for example {numbers}.",
)
_ASK_FIRST_ES = (
    "Hola, y gracias de antemano por su ayuda.",
    "Se trata de pedidos cerrados: {orders} en total, por ejemplo {numbers}.",
)
_ASK_LAST_EN = (
    "Could you please tell me if you need anything else, and where I should send it? I have it at hand and would like "
    "to settle this today.",
)
_ASK_LAST_ES = (
    "¿Podría decirme si necesitan algo más y por qué medio lo envío? Lo tengo preparado y me gustaría resolverlo hoy "
    "mismo.",
)

#: What is asked, by verification.
_ASK: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    CARD: (
        (
            *_ASK_FIRST_EN,
            "I understand that you would like to verify the card I paid with. It is my own card.",
            "I can send both sides of it with only the last four digits visible, my ID, and a statement or a "
            "screenshot of my bank that shows the payments to you.",
            *_ASK_LAST_EN,
        ),
        (
            *_ASK_FIRST_ES,
            "Entiendo que quieren verificar la tarjeta con la que pagué. Es mía.",
            "Puedo enviar las dos caras, con solo los cuatro últimos dígitos visibles, mi documento de identidad y un "
            "extracto o una captura del banco con los pagos.",
            *_ASK_LAST_ES,
        ),
    ),
    COMPANY_CARD: (
        (
            *_ASK_FIRST_EN,
            "I understand that you would like to verify the card I paid with. It belongs to my company.",
            "I can send both sides of it with only the last four digits visible, the registration of the business, and "
            "a statement or a screenshot of the bank that shows the payments to you.",
            *_ASK_LAST_EN,
        ),
        (
            *_ASK_FIRST_ES,
            "Entiendo que quieren verificar la tarjeta con la que pagué. Es de mi empresa.",
            "Puedo enviar las dos caras, con solo los cuatro últimos dígitos visibles, el registro de la empresa y un "
            "extracto o una captura del banco con los pagos.",
            *_ASK_LAST_ES,
        ),
    ),
    ACCOUNT: (
        (
            *_ASK_FIRST_EN,
            "I understand that my account is under review. I run an online shop and order for my customers, which is "
            "why the addresses differ.",
            "I can send my ID, my driving licence, a proof of my business, and both sides of the card with only the "
            "last four digits visible.",
            *_ASK_LAST_EN,
        ),
        (
            *_ASK_FIRST_ES,
            "Entiendo que mi cuenta está en revisión. Tengo una tienda en línea y compro para mis clientes; por eso "
            "las direcciones son distintas.",
            "Puedo enviar mi documento de identidad, mi carné de conducir, un justificante de mi negocio y las dos "
            "caras de la tarjeta, con solo los cuatro últimos dígitos visibles.",
            *_ASK_LAST_ES,
        ),
    ),
    UNSURE: (
        (
            *_ASK_FIRST_EN,
            "I run an online shop and order for my customers, which is why the addresses differ.",
            "Could you please tell me whether you verify the card or the account, which documents you need, and where "
            "I should send them? I have them at hand and would like to settle this today.",
        ),
        (
            *_ASK_FIRST_ES,
            "Tengo una tienda en línea y compro para mis clientes; por eso las direcciones son distintas.",
            "¿Podría decirme si verifican la tarjeta o la cuenta, qué documentos necesitan y por qué medio los envío? "
            "Los tengo preparados y me gustaría resolverlo hoy mismo.",
        ),
    ),
}


def scripts_for(verification: str) -> tuple[Script, ...]:
    """In the order in which they are needed."""
    english, spanish = _ASK[verification or UNSURE]
    return (Script("ask", gettext_noop("Ask about the block"), english, spanish), *_LATER)


_LATER: tuple[Script, ...] = (
    Script(
        purpose="submit",
        title=gettext_noop("After sending the documents"),
        english=(
            "Hello. I have sent every document you asked for.",
            "It was on {sent_on}.",
            "Could you please check that they arrived and can be read, and whether the block can be lifted now?",
            "I am in the chat and can send anything that is missing right away. Thank you very much.",
        ),
        spanish=(
            "Hola. He enviado todos los documentos que me pidieron.",
            "Fue el {sent_on}.",
            "¿Podría comprobar que han llegado y que se leen bien, y si ya es posible quitar el bloqueo?",
            "Sigo en el chat y puedo enviar enseguida lo que falte. Muchas gracias.",
        ),
    ),
    Script(
        purpose="insist",
        title=gettext_noop("Ask again after waiting"),
        english=(
            "Hello again.",
            "I sent my documents on {sent_on}.",
            "{agent} was so kind to help me.",
            "I was told: “{promise}”.",
            "I know you are busy and I appreciate your work. My customers are waiting for their parcels, so it would "
            "help me a great deal to know how far the review is and when I may expect a decision. Is there anything I "
            "can do to make it easier for you?",
        ),
        spanish=(
            "Hola de nuevo.",
            "Envié mis documentos el {sent_on}.",
            "Me atendió muy amablemente {agent}.",
            "Me dijeron: «{promise}».",
            "Sé que tienen mucho trabajo y se lo agradezco. Mis clientes esperan sus paquetes, así que me ayudaría "
            "mucho saber cómo va la revisión y para cuándo puedo contar con una decisión. ¿Hay algo que yo pueda hacer "
            "para facilitarla?",
        ),
    ),
    Script(
        purpose="thanks",
        title=gettext_noop("Say thank you"),
        english=(
            "Hello. My account works again and I only wanted to thank you.",
            "Please thank {agent} too.",
            "You were quick and kind, and it meant a lot to me and to my customers. Have a lovely day.",
        ),
        spanish=(
            "Hola. Mi cuenta vuelve a funcionar y solo quería darles las gracias.",
            "Den las gracias también a {agent}, por favor.",
            "Me atendieron rápido y con amabilidad, y ha sido muy importante para mí y para mis clientes. Que tengan "
            "un buen día.",
        ),
    ),
)
