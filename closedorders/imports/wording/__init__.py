"""The sentences and names by which people read of imports, for the codes that reading and saving give.

A sentence says what is wrong and what to do. Placeholders are the params that the code's own table names.
"""
