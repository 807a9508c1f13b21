"""Tunes: ABC text to notes, data sets, vocabulary, score, piano roll, sound.

Names are imported from their modules when they are first used, so that a light use stays light.
"""

from seqlab.lazy import lazy

# public name -> the module of this folder that holds it
__all__, __getattr__, __dir__ = lazy(
    __name__,
    {
        "ABCError": "abc",
        "Bar": "notes",
        "Note": "notes",
        "Split": "heldout",
        "Tune": "tune",
        "Vocabulary": "vocabulary",
        "Grammar": "grammar",
        "Judgement": "judgement",
        "Memory": "memory",
        "Report": "judgement",
        "augmented": "transposition",
        "batches": "pipeline",
        "bits": "judgement",
        "from_music21": "interchange",
        "from_tokens": "tokeniser",
        "grammatical": "grammar",
        "is_complete": "complete",
        "judge": "judgement",
        "judge_set": "judgement",
        "leakage": "heldout",
        "load_tunes": "corpus",
        "midi_bytes": "midi",
        "parse": "tune",
        "piano_roll": "roll",
        "refused_tunes": "corpus",
        "save": "export",
        "score_svg": "score",
        "sound": "audio",
        "split": "heldout",
        "to_music21": "interchange",
        "tokens": "tokeniser",
        "transpose": "transposition",
        "wav_bytes": "audio",
        "waveform": "audio",
    },
)
