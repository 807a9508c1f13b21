"""What a cell may do to its output."""

from google.colab import note


def eval_js(script: str, **_) -> None:
    """No page is there to run it."""
    note("output.eval_js", script=script)


def clear(*_, **__) -> None:
    """Remove the output of the cell."""
    from IPython.display import clear_output

    clear_output()


def enable_custom_widget_manager() -> None:
    """Third-party widgets may be shown; seqlab has none."""
    note("output.enable_custom_widget_manager")
