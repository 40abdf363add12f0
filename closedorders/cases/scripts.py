"""What to write to AliExpress's agents in the live chat: polite, short, in English and Spanish, in our own words.

The way to the chat and the order of the steps come from the founding article (contact page, payments, chat now; ask,
insist kindly, thank). Pure: headings are marked for translation; the scripts themselves are sent as they stand.
"""

from __future__ import annotations

from dataclasses import dataclass

from .moves import gettext_noop

PATH_TO_CHAT: tuple[str, ...] = (
    gettext_noop("Sign in to AliExpress with the blocked account and open the help centre."),
    gettext_noop("Choose “Contact us”, then “Payments”."),
    gettext_noop("Pick the question closest to yours: a closed order, or an account under review."),
    gettext_noop("Press “Chat now” and ask for a person if a robot answers."),
)


@dataclass(frozen=True, slots=True)
class Script:
    """One thing to say, and the purpose a talk that says it is logged under."""

    purpose: str
    title: str
    english: str
    spanish: str


SCRIPTS: tuple[Script, ...] = (
    Script(
        purpose="ask",
        title=gettext_noop("Ask about the block"),
        english=(
            "Hello, and thank you for helping me. Several orders on my account were closed and I believe the account "
            "is under review. I run an online shop and order for my customers, which is why the addresses differ. "
            "Could you please tell me which documents you need, and where I should send them? I have them at hand "
            "and would like to settle this today."
        ),
        spanish=(
            "Hola, y gracias de antemano por su ayuda. Se han cerrado varios pedidos de mi cuenta y creo que está en "
            "revisión. Tengo una tienda en línea y compro para mis clientes; por eso las direcciones son distintas. "
            "¿Podría decirme qué documentos necesitan y por qué medio los envío? Los tengo preparados y me gustaría "
            "resolverlo hoy mismo."
        ),
    ),
    Script(
        purpose="submit",
        title=gettext_noop("After sending the documents"),
        english=(
            "Hello. I have just sent every document you asked for. Could you please check that they arrived and can "
            "be read, and whether the block on my account can be lifted now? I am in the chat and can send anything "
            "that is missing right away. Thank you very much."
        ),
        spanish=(
            "Hola. Acabo de enviar todos los documentos que me pidieron. ¿Podría comprobar que han llegado y que se "
            "leen bien, y si ya es posible quitar el bloqueo de mi cuenta? Sigo en el chat y puedo enviar enseguida "
            "lo que falte. Muchas gracias."
        ),
    ),
    Script(
        purpose="insist",
        title=gettext_noop("Ask again after waiting"),
        english=(
            "Hello again. I sent my documents some hours ago and was told to wait for an answer. I know you are busy "
            "and I appreciate your work. My customers are waiting for their parcels, so it would help me a great deal "
            "to know how far the review is and when I may expect a decision. Is there anything I can do to make it "
            "easier for you?"
        ),
        spanish=(
            "Hola de nuevo. Envié mis documentos hace unas horas y me indicaron que esperara una respuesta. Sé que "
            "tienen mucho trabajo y se lo agradezco. Mis clientes esperan sus paquetes, así que me ayudaría mucho "
            "saber cómo va la revisión y para cuándo puedo contar con una decisión. ¿Hay algo que yo pueda hacer para "
            "facilitarla?"
        ),
    ),
    Script(
        purpose="thanks",
        title=gettext_noop("Say thank you"),
        english=(
            "Hello. My account works again and I only wanted to thank you. You were quick and kind, and it meant a "
            "lot to me and to my customers. Have a lovely day."
        ),
        spanish=(
            "Hola. Mi cuenta vuelve a funcionar y solo quería darles las gracias. Me atendieron rápido y con "
            "amabilidad, y ha sido muy importante para mí y para mis clientes. Que tengan un buen día."
        ),
    ),
)
