"""`seqlab forecast data.csv --horizon 12`: a fan of the next steps, beside what needs no network."""

from pathlib import Path

import click

from seqlab.errors import SeqlabError

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("name", metavar="DATA")
@click.option("--horizon", default=12, show_default=True, type=click.IntRange(1), help="Steps to say ahead.")
@click.option("--history", type=click.IntRange(2), help="Steps to read; three periods, or three horizons, if left out.")
@click.option("--column", help="The column to forecast; the first one with numbers.")
@click.option("--time", help="The column with the times; the first that can be read as such.")
@click.option(
    "--period", type=click.IntRange(1), help="Steps after which it repeats itself; by its spacing, if left out."
)
@click.option("--kind", default="gru", show_default=True, type=click.Choice(["rnn", "lstm", "gru"]))
@click.option("--steps", default=400, show_default=True, type=click.IntRange(1), help="Steps of training.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="The same seed, the same forecast.")
@click.option("--picture", type=_PATH, help="The picture of the fan (.png, .svg or .pdf) to draw.")
@click.option("--save", type=_PATH, help="A file (.keras) for the trained network.")
def forecast(
    name: str,
    horizon: int,
    history: int | None,
    column: str | None,
    time: str | None,
    period: int | None,
    kind: str,
    steps: int,
    seed: int,
    picture: Path | None,
    save: Path | None,
) -> None:
    """Forecast a series: co2, el_nino, beijing, or a CSV file with a column of times.

    The network learns from the first 70 % of the series. The table is measured on the last 20 %; where a simpler forecast is
    better, it says so.
    """
    from seqlab import series
    from seqlab.quiet import import_tensorflow

    loaded = series.load_series(name, time=time)
    one = series.load_series(name, columns=(column or loaded.columns[0],), time=time)
    period, N = period or one.period, len(one)
    n_in = history or 3 * max(period if period and 6 * period < N else horizon, 2)
    if 5 * (n_in + horizon) > N:
        raise SeqlabError(
            f"{one.name} has {5 * (n_in + horizon)} steps or more, for {n_in} to read and {horizon} to say",
            got=str(N),
            fix="lower --horizon or --history",
        )
    import_tensorflow()
    from seqlab.models import compare_forecasts

    found = compare_forecasts(
        one.values,
        n_in,
        horizon,
        train_end=int(0.7 * N),
        test_from=int(0.8 * N),
        period=period,
        kind=kind,
        steps=steps,
        seed=seed,
    )
    click.echo(repr(one))
    click.echo(f"\nMeasured on the last fifth, {horizon} steps ahead from each of {len(found.test)} places:\n")
    unit = f" ({one.units[0]})" if one.units[0] else ""
    click.echo(f"{'':<24}{'RMSE' + unit:>14}{'MASE':>8}")
    errors = found.errors()
    for who, (rmse, mase) in errors.items():
        click.echo(f"{who:<24}{rmse:14.4g}{mase:8.2f}")
    best = min(errors, key=lambda who: errors[who][0])
    if best != kind.upper():
        click.echo(f"\nThe simpler forecast is better here: {best}.")
    last = one.values[None, -n_in:]
    fan, others = found.network.fan(last)[0, :, 0], found.baselines(last)
    click.echo(f"\nThe next {horizon} steps, after {str(one.times[-1])[:16]}:\n")
    click.echo(f"{'step':>4}{'10 %':>11}{kind.upper():>11}{'90 %':>11}" + "".join(f"{who:>23}" for who in others))
    for k in range(horizon):
        row = "".join(f"{q:11.4g}" for q in fan[k]) + "".join(f"{p[0, k, 0]:23.4g}" for p in others.values())
        click.echo(f"{k + 1:>4}{row}")
    if picture:
        _draw(picture, one, n_in, fan, {who: p[0, :, 0] for who, p in others.items() if who != "persistence"})
        click.echo(f"Written: {picture}")
    if save:
        found.network.save(save)
        click.echo(f"Written: {save}")


def _draw(path, one, n_in, fan, others) -> None:  # type: ignore[no-untyped-def]
    import matplotlib

    matplotlib.use("Agg")
    import numpy as np

    from seqlab.plots import forecast_fan
    from seqlab.whole import beside

    spacing = np.median(np.diff(one.times).astype("int64")).astype("int64").astype("timedelta64[ns]")
    times = np.concatenate([one.times[-n_in:], one.times[-1] + spacing * np.arange(1, len(fan) + 1)])
    values = np.concatenate([one.values[-n_in:, 0], np.full(len(fan), np.nan)])
    figure = forecast_fan(times, values, n_in, fan, others, unit=one.units[0] or one.columns[0], title=one.name)
    figure.axes[0].lines[1].remove()  # nothing has come yet
    figure.axes[0].legend(frameon=False, fontsize=8)
    with beside(path) as place:
        figure.savefig(place)
