"""Claims of a text that the records do not bear out: a wrong cause, or money that has not gone back yet."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

# Closure reasons in which AliExpress or a bank stopped the money or the account; nothing was wrong with the goods.
PAYMENT_REASONS = frozenset(
    {
        "fraud_review",
        "one_location",
        "card_check",
        "account_change",
        "assistant_network",
        "travel",
        "complaints",
        "payment_timeout",
    }
)
_OTHER_CAUSES = {
    "en": r"manufactur\w*|production|factor(?:y|ies)|(?:out of |in )?stock|inventory|sold out|raw materials?"
    r"|customs|carriers?|couriers?|weather|strikes?",
    "es": r"fabricaci[oó]n|fabricantes?|f[aá]bricas?|producci[oó]n|stock|existencias|inventario|agotad[oa]s?"
    r"|materias? primas?|aduanas?|transportistas?|mensajer[ií]a|temporal|huelgas?",
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """A word that blames something the recorded reasons do not. `line` counts from 1."""

    word: str
    line: int


def truth_guard(text: str, reasons: Iterable[str], language: str) -> list[Doubt]:
    """Words that blame making, stock or transport although every recorded reason is a payment or account matter.

    `reasons` are the codes of the closures' reasons. Empty when none is recorded, or when one of them
    (supplier cancelled, customs, a team's own) could make the words true. True wordings to offer instead are in
    `builtin.REASON_WORDINGS`.
    """
    recorded = set(reasons)
    if not recorded or not recorded <= PAYMENT_REASONS:
        return []
    patterns = [_OTHER_CAUSES[known] for known in _OTHER_CAUSES if language.startswith(known)] or [
        *_OTHER_CAUSES.values()
    ]
    blaming = re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE)
    composed = unicodedata.normalize("NFC", text)
    return [
        Doubt(found[0], composed.count("\n", 0, found.start()) + 1) for found in blaming.finditer(composed)
    ]


_SAYS_REFUNDED = {
    "en": (
        r"(?:have|has|had|'ve|’ve|was|were|been|already|just) (?:\w+ )?(?:refunded|reimbursed)"
        r"|(?:we|i) (?:already )?(?:refunded|reimbursed)"
        r"|refund (?:\w+ )?(?:has|have) (?:already )?(?:been (?:issued|made|paid|sent|processed|completed)|gone out)"
        r"|refund (?:was|is) (?:already )?(?:issued|paid|sent|done|complete[d]?|processed)"
        r"|money is back"
    ),
    "es": (
        r"(?:he|hemos|ha sido|han sido|está|esta|fue|quedó) (?:ya )?(?:reembolsad[oa]s?|devuelt[oa]s?|reintegrad[oa]s?)"
        r"|(?:te|le|os|les) (?:he|hemos) (?:ya )?(?:reembolsado|devuelto|reintegrado)"
        r"|ya (?:te |le )?(?:reembolsamos|devolvimos|reembolsé|devolví)"
        r"|reembolso (?:ya )?(?:ha sido|está|esta|fue) (?:ya )?(?:hecho|emitido|realizado|pagado|enviado|completado)"
    ),
}


def says_refunded(text: str, language: str) -> str:
    """The words in `text` that say the refund has been paid, or "".

    Knows the usual wordings of English and Spanish; a text in another language is read as both.
    """
    composed = " ".join(unicodedata.normalize("NFC", text).split())
    patterns = [words for code, words in _SAYS_REFUNDED.items() if language.startswith(code)]
    for words in patterns or _SAYS_REFUNDED.values():
        found = re.search(rf"\b(?:{words})\b", composed, re.IGNORECASE)
        if found:
            return found[0]
    return ""


_SAYS_SOLVED = {
    "en": (
        r"(?:\b(?:is|are|was|were|been|being|now)|['’]s) (?:(?!not|never)\w+ )?"
        r"(?:solved|resolved|fixed|sorted(?: out)?|settled)"
        r"|\b(?:we|i)(?: have|'ve|’ve)? (?:(?!not|never)\w+ )?(?:solved|resolved|fixed|sorted)"
    ),
    "es": (
        r"\b(?:está|esta|están|estan|quedó|quedado|sido|fue) (?:ya )?(?:resuelt[oa]s?|solucionad[oa]s?|arreglad[oa]s?)"
        r"|\b(?:he|hemos) (?:ya )?(?:resuelto|solucionado|arreglado)"
        r"|\b(?:ya )?(?:se )?(?:resolvió|solucionó|resolvimos|solucionamos)"
    ),
}
# In the same sentence before it: that it is so one day, or not.
_NOT_YET = re.compile(
    r"\b(?:as soon as|once|when|until|till|before|if|whether|not|n['’]t|will|to be"
    r"|cuando|en cuanto|hasta|antes|si|no|aún|todavía)\b[^.!?]*$",
    re.IGNORECASE,
)


def says_solved(text: str, language: str) -> str:
    """The words in `text` that say the trouble is over, or "". What will be so, or may, does not count.

    Knows the usual wordings of English and Spanish; a text in another language is read as both.
    """
    composed = " ".join(unicodedata.normalize("NFC", text).split())
    patterns = [words for code, words in _SAYS_SOLVED.items() if language.startswith(code)]
    for words in patterns or _SAYS_SOLVED.values():
        for found in re.finditer(rf"(?:{words})\b", composed, re.IGNORECASE):
            if not _NOT_YET.search(composed[: found.start()]):
                return found[0]
    return ""
