"""`make bench`: what sending costs beside what it could cost."""

from tests.bench import bench_senders


def test_sending_is_measured_beside_the_bare_transport_and_the_stock_libraries() -> None:
    bench_senders.main()
