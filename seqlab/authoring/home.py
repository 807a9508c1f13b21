"""Where the course lives: the one place to change when it moves to another repository."""

OWNER = "seqlab-course"
NAME = "seqlab"
BRANCH = "main"


def archive_url() -> str:
    """The address from which pip installs the newest state of the repository, without git."""
    return f"https://github.com/{OWNER}/{NAME}/archive/refs/heads/{BRANCH}.zip"


def colab_url(notebook: str) -> str:
    """The address at which Colab opens a notebook of the repository's notebooks/ folder.

    >>> colab_url("lab2_rnn.ipynb")
    'https://colab.research.google.com/github/seqlab-course/seqlab/blob/main/notebooks/lab2_rnn.ipynb'
    """
    return f"https://colab.research.google.com/github/{OWNER}/{NAME}/blob/{BRANCH}/notebooks/{notebook}"
