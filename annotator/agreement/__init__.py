"""How far several people's values agree: measures by type, intervals, and when two values agree. No database.

`rules` and `texts` are light; `measures`, `intervals` and `alpha` load NumPy.
"""
