"""`seqlab sentiment`: from a file of sentences to predictions, and one sentence where something is wrong."""

import sys

import pytest
from click.testing import CliRunner

from seqlab.commands.sentiment import sentiment


def run(*args, text=None):
    """Exit code and output of one command, errors as they are."""
    found = CliRunner().invoke(sentiment, [str(a) for a in args], input=text)
    return found.exit_code, found.output, found.exception


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a set of sentences and a classifier trained on it."""
    folder = tmp_path_factory.mktemp("sentiment")
    rows = [f"it was number {i} and {w},{label}" for i in range(60) for w, label in (("good", "pos"), ("bad", "neg"))]
    (folder / "mine.csv").write_text("text,label\n" + "\n".join(rows) + "\n")
    code, said, error = run(
        "train",
        "--data",
        folder / "mine.csv",
        "--kind",
        "ngrams",
        "--out",
        folder / "m.npz",
        "--picture",
        folder / "m.png",
    )
    assert (code, error) == (0, None)
    assert "accuracy 100.0%" in said
    assert (folder / "m.png").read_bytes().startswith(b"\x89PNG")
    return folder


def test_predict_takes_texts_or_lines(folder):
    code, said, _ = run("predict", folder / "m.npz", "so good", "so bad")
    assert code == 0
    assert [line.split("\t")[1:] for line in said.splitlines()] == [["positive", "so good"], ["negative", "so bad"]]
    assert all(0.5 <= float(line.split("\t")[0]) <= 1 for line in said.splitlines())
    _, said, _ = run("predict", folder / "m.npz", text="good\n\nbad\n")
    assert [line.split("\t")[1] for line in said.splitlines()][::2] == ["positive", "negative"]


def test_predict_draws_a_text_word_by_word(folder):
    code, _, _ = run("predict", folder / "m.npz", "it was not good", "--picture", folder / "trace.svg")
    assert code == 0
    assert (folder / "trace.svg").read_text().lstrip().startswith("<?xml")


def test_evaluate_on_a_set_and_on_a_file(folder):
    code, said, _ = run("evaluate", folder / "m.npz", "--data", "small", "--part", "train")
    assert code == 0
    assert "On small, train part: accuracy" in said
    code, said, _ = run("evaluate", folder / "m.npz", "--data", folder / "mine.csv")
    assert "accuracy 100.0%" in said
    assert "(120 examples)" in said


def test_a_network_trains_with_progress_and_goes_on(folder):
    settings = [
        "train",
        "--data",
        "small",
        "--kind",
        "mean",
        "--out",
        folder / "net.npz",
        "--checkpoint",
        folder / "run.npz",
    ]
    code, said, error = run(*settings, "--epochs", 1)
    assert (code, error) == (0, None)
    assert "Written: " in said
    code, _, error = run(*settings, "--epochs", 2, "--resume")
    assert (code, error) == (0, None)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["train", "--data", "nowhere.csv"], "a set is one of"),
        (["train", "--data", "small", "--kind", "bert"], "a kind of classifier is one of"),
        (["train", "--data", "small", "--out", "no/such/folder/m.npz"], "a folder that there is"),
        (["train", "--data", "small", "--picture", "x.gif"], "ends in .png"),
        (["train", "--data", "small", "--resume"], "--checkpoint"),
        (["predict", "nowhere.npz", "x"], "no file"),
        (["predict", "text.npz", "x"], "damaged or cut off"),
        (["predict", "{m}"], "texts to classify"),
        (["evaluate", "{m}", "--data", "other.csv"], "labels negative or positive; got 'meh' in line 2"),
        (["evaluate", "{m}", "--data", "small", "--picture", "x"], "ends in .png"),
    ],
)
def test_bad_input_is_one_sentence(folder, tmp_path, monkeypatch, args, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.npz").write_text("this is no classifier")
    (tmp_path / "other.csv").write_text("text,label\nso so,meh\n")
    code, _, error = run(*[a.replace("{m}", str(folder / "m.npz")) for a in args], text="")
    assert code
    assert says in str(error)
    assert "\n" not in str(error)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["other.csv", "text.npz"]


def test_help_is_light():
    import subprocess

    heavy = "('tensorflow', 'keras', 'numpy', 'scipy')"
    code = f"import sys, seqlab.cli; sys.exit(any(m in sys.modules for m in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
