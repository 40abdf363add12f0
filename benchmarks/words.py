"""Names, countries and products that made data is drawn from, and the seed it is drawn by."""

from __future__ import annotations

SEED = 2026
FIRST_NAMES = (
    "Maria Jonas Ana Lukas Sofia Mateo Emma Hugo Lucia Noah Elena Pablo Clara Leon Julia Diego Laura Felix Marta Oscar "
    "Irene Bruno Alba Simon Nora Ivan Vera Martin Olga Daniel"
).split()
LAST_NAMES = (
    "Garcia Müller Rossi Martin Silva Schmidt López Dubois Novak Jensen Fischer Moreau Romero Weber "
    "Bianchi Costa Keller Navarro Laurent Svensson Peeters Ruiz Wagner Conti Duarte Nielsen Vidal Hofmann Marino Pires"
).split()
COUNTRIES = ["ES", "DE", "FR", "IT", "PT", "NL", "BE", "AT", "US", "GB"]
PRODUCTS = [
    "Moon lamp",
    "Desk fan",
    "Yoga mat",
    "Cat tree",
    "Phone stand",
    "Hair clip",
    "Dog bed",
    "Wall clock",
]
