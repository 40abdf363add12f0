"""How dates and times are written, one module per language: short, the month as a word, a clock of 24 hours.

Django finds them by `FORMAT_MODULE_PATH`; what they do not name (numbers, what forms accept) stays Django's own.
"""
