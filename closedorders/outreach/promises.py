"""Sentences that say money has gone back: true only once it has."""

from __future__ import annotations

import re
import unicodedata

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
