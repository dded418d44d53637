import pytest

from engines.postgres_server import Server

pytestmark = pytest.mark.postgres


def test_a_database_orders_text_bytewise(postgres: Server) -> None:
    postgres.create_database("order")
    found = postgres.psql(
        "select x from (values ('b'), ('B'), ('a_'), ('aZ')) v(x) order by x", "order"
    )
    assert found.split() == ["B", "aZ", "a_", "b"]


def test_it_listens_on_loopback_alone(postgres: Server) -> None:
    assert postgres.psql("show listen_addresses").strip() == "127.0.0.1"
