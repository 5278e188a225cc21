"""Variables with limits, and values that are legal for them."""

from hypothesis import strategies as st

from annotator.variables import read_config

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
NASTY = st.sampled_from(
    ['"', "'", "\\", "\n", "\r\n", "\t", "{{a}}", "{%", "]]>", "<", "&amp;", "\x85", "\u2028"]
)
STRINGS = st.one_of(TEXTS, st.lists(st.one_of(TEXTS, NASTY), max_size=4).map("".join)).filter(
    lambda text: text.strip()
)
INTEGERS = st.integers(-(10**12), 10**12)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.one_of(STRINGS, INTEGERS, FLOATS, st.booleans())
JSON = st.recursive(
    st.one_of(st.none(), SCALARS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.from_regex("[a-z]{1,3}", fullmatch=True), inner),
    ),
    max_leaves=6,
)
STEPS = st.sampled_from([0.1, 0.5, 0.25, 1, 3, 0.01])
WORDS = st.lists(
    st.from_regex("[a-z][a-z ]{0,5}[a-z]", fullmatch=True), min_size=1, max_size=12, unique=True
)


def spec_of(type_name, name="it", **config):
    """A variable from the wire shape."""
    return read_config({"name": name, "type": type_name, **config})


@st.composite
def stepped(draw):
    """A float variable with steps, and a value on one of them."""
    step, low = draw(STEPS), draw(st.integers(-5, 5))
    value = low + draw(st.integers(0, 1000)) * step
    return spec_of("float", min_value=low, step_size=step), value


@st.composite
def chosen(draw):
    """A choice variable and one of its choices."""
    choices = draw(WORDS)
    return spec_of("string", choices=choices), draw(st.sampled_from(choices))


ROW = [
    {"name": "what", "type": "string", "max_length": 20},
    {"name": "kind", "type": "string", "choices": "a,b"},
    {"name": "count", "type": "integer"},
    {"name": "price", "type": "float"},
    {"name": "sold", "type": "boolean"},
]
ROWS = st.fixed_dictionaries(
    {},
    optional={
        "what": STRINGS.filter(lambda text: len(text) <= 10),
        "kind": st.sampled_from("ab"),
        "count": INTEGERS,
        "price": FLOATS,
        "sold": st.booleans(),
    },
)
NESTED = [
    *ROW,
    {"name": "tags", "type": "array"},
    {"name": "rows", "type": "array", "item_schema": ROW},
]


def legal_pairs():
    """A variable of any type with a value that it takes."""
    return st.one_of(
        st.tuples(st.just(spec_of("string")), STRINGS),
        st.tuples(st.just(spec_of("string", max_length=60)), STRINGS.filter(lambda s: len(s) < 20)),
        st.tuples(st.just(spec_of("integer")), INTEGERS),
        st.tuples(st.just(spec_of("float")), FLOATS),
        st.tuples(st.just(spec_of("boolean")), st.booleans()),
        stepped(),
        chosen(),
        st.tuples(st.just(spec_of("array")), st.lists(JSON, max_size=4)),
        st.tuples(st.just(spec_of("array")), st.lists(STRINGS, max_size=4)),
        st.tuples(
            st.just(spec_of("array", item_schema={"type": "string"})), st.lists(STRINGS, max_size=4)
        ),
        st.tuples(
            st.just(spec_of("array", item_schema={"type": "float"})), st.lists(FLOATS, max_size=4)
        ),
        st.tuples(st.just(spec_of("array", item_schema=ROW)), st.lists(ROWS, max_size=3)),
        st.tuples(st.just(spec_of("object")), st.dictionaries(STRINGS, JSON, max_size=3)),
        st.tuples(st.just(spec_of("object", item_schema=ROW)), ROWS),
        st.tuples(
            st.just(spec_of("object", item_schema=NESTED)),
            st.fixed_dictionaries(
                {},
                optional={
                    "what": STRINGS.filter(lambda text: len(text) <= 10),
                    "tags": st.lists(STRINGS, max_size=3),
                    "rows": st.lists(ROWS, max_size=2),
                },
            ),
        ),
    )
