"""Claims of a text that the records do not bear out: a wrong cause, or money that has not gone back yet."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

# Closure reasons in which AliExpress or a bank stopped the payments to check them or the account.
CHECK_REASONS = frozenset(
    {"fraud_review", "one_location", "card_check", "account_change", "assistant_network", "travel"}
)
# Those and others that are a matter of payments or of the account; nothing was wrong with the goods.
PAYMENT_REASONS = CHECK_REASONS | {"complaints", "payment_timeout"}
# Codes of the "reason" of a closure whose reason nobody knows: it makes no story true.
NOT_KNOWN = frozenset({"", "unknown"})
# Reasons of a single order that make words about transport true, but none about the goods.
_TRANSPORT_REASONS = frozenset({"address_customs"})
# Reasons that make no story of a check true.
_UNCHECKED_REASONS = frozenset({"complaints", "payment_timeout", "supplier_cancelled", "address_customs"})
_OTHER_CAUSES = {
    "en": {
        "goods": r"manufactur\w*|fabrication|productions?|factor(?:y|ies)|workshops?|(?:out of |in )?stock|inventory"
        r"|sold out|back-?order(?:s|ed)?|warehouses?|shortages?|raw materials?|quality (?:control|check)s?",
        "transport": r"customs|carriers?|couriers?|weather|strikes?",
        "check": r"security checks?|(?:verif(?:y|ied|ying)|check(?:ed|ing)?|review(?:ed|ing)?) (?:of )?our account"
        r"|account (?:was |is )?(?:blocked|verified|checked|reviewed)|verification",
    },
    "es": {
        "goods": r"fabricaci[oó]n|fabricantes?|fabricar|fabricad[oa]s?|f[aá]bricas?|producci[oó]n|producirse|stock"
        r"|existencias|inventario|almac[eé]n(?:es)?|agotad[oa]s?|desabastecimiento|escasez|manufacturas?"
        r"|materias? primas?|talleres|control(?:es)? de calidad",
        "transport": r"aduanas?|transportistas?|mensajer[ií]a|(?:el|un|por|del|al) temporal|huelgas?",
        "check": r"control(?:es)? de seguridad|(?:comprobar|comprob[oó]|verificar|verific[oó]|revisar|revis[oó])"
        r" nuestra cuenta|cuenta (?:bloqueada|verificada|revisada)|verificaci[oó]n",
    },
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """A word that blames something the recorded reasons do not. `line` counts from 1.

    `start` and `end` are where it stands in the text as `composed` gives it.
    """

    word: str
    line: int
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


def composed(text: str) -> str:
    """The text with each accented letter as one character: what `Doubt.start` counts in."""
    return unicodedata.normalize("NFC", text)


def truth_guard(text: str, reasons: Iterable[str], language: str) -> list[Doubt]:
    """Words that blame what the recorded reasons do not: making, stock, transport, or a check of the account.

    `reasons` are the codes of the closures' reasons, "" among them where one is not known yet: what nobody knows makes
    no story true. Empty when none is known, or when one of them (supplier cancelled, a team's own) could make the words
    true. True wordings to offer instead are those of `builtin.wordings_for`.
    """
    recorded = set(reasons) - NOT_KNOWN
    doubted = []
    if recorded & PAYMENT_REASONS:
        # Customs are a true story where a closure's reason is customs; a factory is not.
        if recorded <= PAYMENT_REASONS:
            doubted = ["goods", "transport"]
        elif recorded <= PAYMENT_REASONS | _TRANSPORT_REASONS:
            doubted = ["goods"]
    if recorded and recorded <= _UNCHECKED_REASONS:
        doubted.append("check")
    if not doubted:
        return []
    known = [code for code in _OTHER_CAUSES if language.startswith(code)] or [*_OTHER_CAUSES]
    patterns = [_OTHER_CAUSES[code][kind] for code in known for kind in doubted]
    blaming = re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE)
    whole = composed(text)
    return [
        Doubt(found[0], whole.count("\n", 0, found.start()) + 1, found.start(), found.end())
        for found in blaming.finditer(whole)
    ]


def marked_lines(text: str, doubts: Sequence[Doubt]) -> list[list[tuple[str, bool]]]:
    """The lines that have a doubted word, each as parts in their order: the letters, and whether they are doubted."""
    whole = composed(text)
    lines: dict[int, list[tuple[str, bool]]] = {}
    done: dict[int, int] = {}
    for doubt in sorted(doubts, key=lambda d: d.start):
        begin = whole.rfind("\n", 0, doubt.start) + 1
        parts = lines.setdefault(doubt.line, [])
        parts.append((whole[done.get(doubt.line, begin) : doubt.start], False))
        parts.append((whole[doubt.start : doubt.end], True))
        done[doubt.line] = doubt.end
    for line, parts in lines.items():
        end = whole.find("\n", done[line])
        parts.append((whole[done[line] : end if end >= 0 else len(whole)], False))
    return [[part for part in parts if part[0]] for _line, parts in sorted(lines.items())]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtedText:
    """Subject, reason or body with its doubted words; `lines` as `marked_lines` gives them."""

    part: str
    lines: list[list[tuple[str, bool]]]
    doubts: list[Doubt]


def doubted_words(texts: Iterable[DoubtedText]) -> list[str]:
    """Each doubted word once, in lower case."""
    return list(dict.fromkeys(doubt.word.casefold() for text in texts for doubt in text.doubts))


def find_doubts(
    texts: Mapping[str, str], reasons: Iterable[str], language: str, confirmed: Collection[str] = ()
) -> list[DoubtedText]:
    """The parts of a text that have doubted words; those in `confirmed`, in lower case, are no doubts."""
    recorded = set(reasons)
    found = []
    for part, text in texts.items():
        doubts = [d for d in truth_guard(text, recorded, language) if d.word.casefold() not in confirmed]
        if doubts:
            found.append(DoubtedText(part=part, lines=marked_lines(text, doubts), doubts=doubts))
    return found


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
