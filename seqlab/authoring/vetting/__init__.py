"""Is a lab ready? Its files agree (`consistency`), its text shows the worked examples of its checks (`examples`), and
its checks refuse every wrong answer that a machine makes of the reference (`mutants`, `survivors`, `count`).

A build needs the first alone, so each is imported from its own module.
"""
