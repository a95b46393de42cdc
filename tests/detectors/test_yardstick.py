import numpy as np
import pytest

from streamgauge.contracts.reference import Reference
from streamgauge.detectors.yardstick import Yardstick

from .frozen import reference, window, yardstick

SEED = 20261202


def made() -> tuple[Reference, Yardstick]:
    random = np.random.default_rng(SEED)
    rows = {
        "amount": random.lognormal(0, 1, 3_200),
        "country": random.choice(["DE", "FR", "US"], 3_200, p=[0.5, 0.3, 0.2]).tolist(),
        "age": random.normal(40, 10, 3_200),
    }
    one = reference(rows)
    return one, yardstick(one)


def test_numbers_come_first_and_both_in_the_order_of_their_names() -> None:
    _, held = made()
    assert held.features == ("age", "amount", "country")
    assert held.cells.counts.tolist() == [[200.0] * 16] * 2
    assert list(held.known["country"]) == ["DE", "FR", "US"]
    assert held.names.counts[0, -2:].tolist() == [0.0, 0.0]


def test_a_window_on_groups_and_one_on_cells_say_the_same() -> None:
    one, held = made()
    rows = {"age": np.random.default_rng(SEED + 1).normal(45, 10, 500)}
    coarse, fine = window(one, held, rows), window(one, held, rows, fine=True)
    assert coarse.cells.shape == (2, 16)
    assert fine.cells.shape == (2, 512)
    assert fine.cells.reshape(2, 16, 32).sum(axis=2).tolist() == coarse.cells.tolist()
    assert coarse.cells[1].sum() == 0
    assert held.sides(coarse)[0].ruler is None
    assert held.sides(fine)[0].ruler is not None


def test_strange_names_are_unseen_or_others_where_the_reference_has_others() -> None:
    _, held = made()
    counts = {"country": {"DE": 5, "XX": 2, "__other__": 1}}
    assert held.window({}, counts).names.tolist() == [[5, 0, 0, 1, 2]]
    random = np.random.default_rng(SEED)
    many = yardstick(reference({"city": [str(name) for name in random.integers(0, 400, 4_000)]}))
    names = many.window({}, {"city": {"nowhere": 3}}).names
    assert names[0, -2:].tolist() == [3, 0]
    assert many.names.counts[0, -2] > 0


def test_the_means_of_the_groups_give_the_mean_of_the_reference() -> None:
    one, held = made()
    for row, name in enumerate(held.fields):
        field = one.schema[name]
        told = float(held.cells.share[row] @ held.means[row])
        assert told == pytest.approx(field.mean, rel=0.01)  # type: ignore[union-attr]  # a number


def test_no_features_constants_and_huge_values_make_one_too() -> None:
    nothing = yardstick(reference({}))
    assert nothing.features == ()
    assert nothing.window({}, {}).cells.shape == (0, 16)
    odd = yardstick(
        reference(
            {
                "constant": np.full(50, 7.0),
                "empty": np.zeros(0),
                "huge": np.array([-1e308, 0.0, 1e308]),
                "none": [],
            }
        )
    )
    assert odd.means[0, 0] == pytest.approx(7.0)
    assert np.isfinite(odd.cells.share).all()
