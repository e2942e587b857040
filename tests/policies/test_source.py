"""Bytes become located nodes, or a PolicyError that says where and what to do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.policy import PolicyError
from policies.source import MAX_FILE_BYTES, Fields, Items, Text, read_source


def refusal(content: bytes) -> str:
    with pytest.raises(PolicyError) as refused:
        read_source("pack.yaml", content)
    assert len(refused.value.problems) == 1
    return str(refused.value.problems[0])


@pytest.mark.parametrize("written", ["no", "on", "off", "yes", "~", "null", "12:30", "012", "1e3", "2026-01-01"])
def test_nothing_is_converted_behind_the_admins_back(written: str) -> None:
    fields = read_source("pack.yaml", f"key: {written}\n".encode())

    ((key, value),) = fields.entries
    assert (key.value, isinstance(value, Text) and value.value) == ("key", written)


def test_every_node_knows_its_line_and_column() -> None:
    fields = read_source("pack.yaml", "format: 1\npolicies:\n  - id: \N{SNOWMAN}\n    title: t\n".encode())

    policies = fields.entries[1][1]
    assert isinstance(policies, Items)
    policy = policies.nodes[0]
    assert isinstance(policy, Fields)
    assert str(policy.entries[1][1].place) == "pack.yaml:4:12"


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    fields = read_source("pack.yaml", b"\xef\xbb\xbfformat: 1\n")

    assert fields.entries[0][0].value == "format"


REFUSED = {
    "a: *x": "pack.yaml:1:4: error: aliases (*x) are not read here.",
    "a: &x 1": "pack.yaml:1:4: error: anchors (&x) are not read here.",
    "a: &x [1]": "pack.yaml:1:4: error: anchors (&x) are not read here.",
    "a: !!python/object:os.system x": "pack.yaml:1:4: error: tags (tag:yaml.org,2002:python/object:os.system)",
    "a: ! x": "pack.yaml:1:4: error: tags (!) are not read here.",
    "base: {b: 1}\n<<: {b: 1}": "pack.yaml:2:1: error: merge keys (<<) are not read here.",
    "a: 1\nb: 2\na: 3": "pack.yaml:3:1: error: `a` stands here twice, first at line 1.",
    "a: 1\n---\nb: 2": "pack.yaml:2:1: error: a second document begins here.",
    "? [a]\n: b": "pack.yaml:1:3: error: a key is a plain word.",
    "- a": "pack.yaml:1:1: error: a policy file is a mapping.",
    "": "pack.yaml:1:1: error: a policy file is a mapping.",
    "# nothing": "pack.yaml:1:1: error: a policy file is a mapping.",
    "a: [1, 2": "pack.yaml:2:1: error: this is not YAML:",
    "a: b: c": "pack.yaml:1:5: error: this is not YAML:",
    "a: 1\nb: \x07": "pack.yaml:2:1: error: the file holds a control character.",
    "a: " + "[" * 40 + "]" * 40: "pack.yaml:1:35: error: this is nested deeper than 32 levels.",
}


@pytest.mark.parametrize("written", REFUSED)
def test_what_could_surprise_or_explode_is_refused_at_its_place(written: str) -> None:
    assert refusal(written.encode()).startswith(REFUSED[written])


def test_a_file_that_is_not_utf_8_is_refused_at_the_line_of_its_first_wrong_byte() -> None:
    assert refusal("a: 1\nb: ü\n".encode("latin-1")).startswith("pack.yaml:2:1: error: the file is not UTF-8.")


def test_a_file_of_more_than_one_mebibyte_is_refused_unread() -> None:
    assert "larger than 1 MiB" in refusal(b"#" * (MAX_FILE_BYTES + 1))


def test_a_bomb_of_aliases_is_refused_before_it_grows() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(20)
    )

    assert "anchors (&a)" in refusal(bomb.encode())


@settings(max_examples=200)
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.text("abc:-[]{}&*!?|>'\"#%@,\n \t", max_size=60).map(str.encode)
)
def test_whatever_the_bytes_no_error_but_the_declared_one(content: bytes) -> None:
    try:
        fields = read_source("pack.yaml", content)
    except PolicyError as error:
        places = [problem.place for problem in error.problems]
    else:
        places = [fields.place]
    assert all(place.line >= 1 and place.column >= 1 for place in places)
