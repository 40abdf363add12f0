"""Whether a stored picture still shows what must be hidden. It can show a leak, never that there is none.

`reading.py` reads the words of a picture (OCR) in a limited child, `findings.py` and `mrz.py` judge them, both without
Django; `checking.py` does it for a document, `actions.py` writes what came of it, `wording.py` says it.
"""
