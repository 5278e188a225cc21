"""Variables as people and programs might write them, sensible or not, and values of every kind."""

import math

from hypothesis import strategies as st

from tests.variables.strategies import FLOATS, INTEGERS, JSON, STRINGS

# What has been taken for something else by some program or other.
ODD = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        -1,
        0.0,
        -0.0,
        1.0,
        10.0,
        0.1 + 0.2,
        0.3,
        1.7,
        8.7,
        1e16,
        1e17,
        1e23,
        1.2345678901234568e17,
        5e-324,
        1e300,
        math.nan,
        math.inf,
        2**53 + 1,
        2**63 - 1,
        2**63,
        10**23,
        10**300,
        10**400,
        "",
        "  ",
        "\u2003",
        "1",
        "true",
        "NaN",
        "a",
        " a ",
        "b",
        "e\u0301",
        "é",
        "a\r\nb",
        "a\0",
        "\ud800",
        "x" * 20,
        [],
        [True],
        [1],
        [1.0],
        [1e17, 1e300, -0.0],
        [10**300],
        ["e\u0301", None],
        {},
        {"value": 1},
        {"value": {"value": 1}},
        {"e\u0301": 1, "é": 2},
        {"a": [[[]]]},
    ]
)
VALUES = st.one_of(ODD, INTEGERS, FLOATS, STRINGS, JSON)
LIMITS = st.one_of(
    st.none(), st.integers(-5, 20), st.sampled_from([0.1, 0.5, 2.5, -0.25, 1e17, -1e300])
)
LENGTHS = st.one_of(st.none(), st.integers(0, 4))
CHOICES = st.one_of(st.none(), st.just("a,b,10"), st.just(["a", "é", "true"]), st.just("e\u0301,1"))
STEP = st.one_of(st.none(), st.sampled_from([0.1, 0.25, 0.5, 1, 3, 0.01]))


@st.composite
def configs(draw):
    """The wire shape of a variable, with some of the limits of its type; not all of them make sense."""
    kind = draw(st.sampled_from(["string", "integer", "float", "boolean", "array", "object"]))
    config = {"name": "it", "type": kind, "required": draw(st.booleans())}
    if kind in {"integer", "float"}:
        config |= {"min_value": draw(LIMITS), "max_value": draw(LIMITS)}
    if kind == "float":
        config["step_size"] = draw(STEP)
    if kind in {"string", "array"}:
        config |= {"min_length": draw(LENGTHS), "max_length": draw(LENGTHS)}
    if kind == "string":
        config["choices"] = draw(CHOICES)
    config["default_value"] = draw(st.one_of(st.none(), ODD))
    return {key: value for key, value in config.items() if value is not None}
