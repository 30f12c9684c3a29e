"""Small charts, drawn on the server."""

from django.template import Context, Template

from core import charts


def test_every_value_has_its_place_between_round_lines() -> None:
    chart = charts.draw("line", [("Mon", 0), ("Tue", 60), ("Wed", 121)], str)

    assert chart.ticks == ["160.0", "120.0", "80.0", "40.0", "0.0"]
    assert chart.lines == [0, 25, 50, 75, 100]
    assert chart.path == "M0,100 L50,62.5 L100,24.38"
    assert chart.baseline == 100


def test_bars_below_zero_hang_from_the_line_of_zero() -> None:
    chart = charts.draw("bar", [("Mon", 10), ("Tue", -10)], str)

    up, down = chart.bars
    assert up.y + up.height == down.y == chart.baseline
    assert (down.height, down.said) == (up.height, "Tue: -10")


def test_many_labels_are_thinned_out_from_the_first_to_the_last() -> None:
    labels = charts.draw("line", [(str(day), day) for day in range(1, 32)], str).labels

    assert (len(labels), labels[0], labels[-1]) == (charts.MOST_LABELS, "1", "31")


def test_a_chart_says_its_numbers_in_words_too() -> None:
    drawn = Template('{% load look %}{% chart "bar" points "Sales" currency="EGP" %}').render(
        Context({"points": [("May", 150000), ("<Jun>", 0)]})
    )

    assert '<th scope="row">May</th><td class="number">EGP\u00a01,500</td>' in drawn
    assert "&lt;Jun&gt;" in drawn


def test_nothing_at_all_makes_an_empty_chart_and_no_error() -> None:
    empty = Template('{% load look %}{% chart "line" nothing "Sales" %}{% sparkline nothing "None" %}')

    assert "There are no numbers yet." in empty.render(Context({"nothing": []}))


def test_values_that_are_all_the_same_are_a_level_line() -> None:
    assert charts.sparkline([5, 5, 5]) == "M0,100 L50,100 L100,100"
