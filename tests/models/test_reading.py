from google.cloud.datastore import Key
from hypothesis import given
from hypothesis import strategies as st

from models.reading import key_message

KINDS = st.text(min_size=1, max_size=9)
IDS = st.one_of(st.text(min_size=1, max_size=9), st.integers(1, 2**63 - 1))
SPACES = st.sampled_from([None, "", "a-space"])


@given(path=st.lists(st.tuples(KINDS, IDS), min_size=1, max_size=3), namespace=SPACES, database=SPACES)
def test_a_key_is_told_as_googles_client_tells_it(
    path: list[tuple[str, str | int]], namespace: str | None, database: str | None
) -> None:
    flat = [part for step in path for part in step]
    key = Key(*flat, project="quiz", namespace=namespace, database=database)
    assert key_message(key) == key.to_protobuf()._pb
