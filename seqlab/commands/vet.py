"""`seqlab vet LAB`: what in a lab does not fit together, and which wrong answers its checks would let pass."""

import click

from seqlab.errors import SeqlabError


@click.command()
@click.argument("lab")
@click.option("--mutants", is_flag=True, help="Also judge the bank and every mutant of the reference answers.")
@click.option("--unnamed", is_flag=True, help="With --mutants: list the refused mutants whose message names no slip.")
@click.option("--seed", type=click.IntRange(0), default=20_261_128, show_default=True, help="Draws the hidden cases.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="How many to judge at once.")
def vet(lab: str, mutants: bool, unnamed: bool, seed: int, jobs: int) -> None:
    """Say what does not fit together in a lab: points, headings, hints, signatures, worked examples, edges, banks.

    With --mutants: is every wrong answer refused that a machine makes of the reference answers? (About a minute.)
    """
    from seqlab.authoring.vetting.consistency import inconsistencies
    from seqlab.authoring.vetting.edges import edges_not_in_text
    from seqlab.authoring.vetting.examples import examples_not_in_text
    from seqlab.exercises import find_lab
    from seqlab.quiet import import_tensorflow

    folder = find_lab(lab).path
    refuse(folder.name, inconsistencies(folder) + edges_not_in_text(folder))
    import_tensorflow()
    refuse(folder.name, examples_not_in_text(folder))
    click.echo(f"{folder.name}: points, headings, hints, signatures, worked examples, edges and banks fit together.")
    if mutants:
        from seqlab.authoring.vetting.count import count

        counted = count(folder, seed, jobs)
        for one in counted.unnamed if unnamed else ():
            click.echo(f"No slip named: {one.mutant}\n    {one.verdict.sentence()}")
        click.echo(counted.line())
        refuse(folder.name, counted.wrong)


def refuse(lab: str, sentences: list[str]) -> None:
    """Each sentence on a line of its own, then the error that says how many there are."""
    for sentence in sentences:
        click.echo(f"{lab}: {sentence}", err=True)
    if sentences:
        raise SeqlabError("a lab fits together", got=f"{len(sentences)} things in {lab} that do not", fix="see above")
