"""The SQL that keeps `DisagreementCount`: a variable's disagreements with a source by verdict and, for the
common ones, by pair of values.

A comparison says which pairs are common; of texts, where each pair is another, there would be as many counts
as disagreements.
"""

from annotator.counting import KeptCount, Watch


def _keys(row: str) -> str:
    has_none = f"{row}.confidence < 0"
    return (
        f"{row}.variable_id AS variable_id, {row}.source_id AS source_id, {row}.verdict AS verdict,"
        f" CASE WHEN {row}.common > 1 THEN {row}.pair ELSE '' END AS pair,"
        f" CASE WHEN {has_none} THEN 0 ELSE 1 END AS given,"
        f" CASE WHEN {has_none} THEN 0 ELSE CAST(ROUND({row}.confidence * 1000) AS BIGINT) END AS permille"
    )


DISAGREEMENTS = KeptCount(
    table="disagreements_disagreementcount",
    keys=("variable_id", "source_id", "verdict", "pair"),
    sums=("given", "permille"),
    counted=lambda: f"SELECT {_keys('d')} FROM disagreements_disagreement AS d",  # constants
    watches=(
        Watch(
            table="disagreements_disagreement",
            columns=("variable_id", "source_id", "verdict", "pair", "common", "confidence"),
            keys_of=lambda row: f"SELECT {_keys(row)}",
        ),
    ),
)
