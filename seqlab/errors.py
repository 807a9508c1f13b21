"""Every error of seqlab, and the one that it raises on purpose: a sentence a user can act on.

A class below another is a kind of it. Of each: who raises it, who catches it, and what the user then sees.

  Exception
  . SeqlabError               seqlab.errors
      raised  wherever a user's argument, file, machine or command is not as it has to be
      caught  by the command line; a notebook's own hook shows it
      seen    the sentence, without frames of the package; the command line exits with status 1 or 2
  . . ABCError                seqlab.music.abc
      raised  by `read` where a text is no tune, with its line and the reason
      caught  by `load_tunes`, which leaves the tune out, and `judge`, which says why it is none
      seen    from `parse` and `from_tokens` as a SeqlabError
  . AnswerError               seqlab.autograder.wire.answer_error
      raised  by `runtime.perform` and, with what crossed, `remote.RemoteRuntime`: the student's code raised
      caught  by `judge`, `grade.Answers`, `labs.Lab`, and checks that expect an error
      seen    in a verdict: the exception's type and the student's own line; of a hidden case, that there was one
  . BadMessage                seqlab.autograder.wire.codec
      raised  by `codec`, `channel` and `remote` for bytes that are no message of the protocol
      caught  by `grade.Answers`; in the child by `answering`, where a result cannot cross
      seen    the exercise's verdict is an error, and the child is replaced
  . . Endless                 seqlab.autograder.judging.remote
      raised  by `remote` where an answer calls the function that it is given without end
      caught  by `grade.Answers`
      seen    the exercise's verdict is a timeout, and the child is replaced
  . Gone                      seqlab.autograder.wire.channel
      raised  by `Channel` where the other side has closed or its process ended
      caught  by `grade.Answers` and `parents`; by `warm`, which then ends
      seen    the exercise's verdict is an error that says how the child ended
  . OutOfTime                 seqlab.autograder.wire.channel
      raised  by `Channel` at the deadline
      caught  by `grade.Answers` and `parents`
      seen    the exercise's verdict is a timeout, and the child is replaced
  . ParentGone                seqlab.autograder.judging.children
      raised  by `parents` where the warm parent has died
      caught  by `unit.Grader`, which starts another and grades the submission again
      seen    nothing; after several times, a row with the reason and no mark
  . Died                      seqlab.autograder.judging.court
      raised  by `Judge.hear` where a judge died, or took too long, over an exercise
      caught  by `Court.judge`, which starts another judge for the rest of the hand-in
      seen    nothing, or where it happens twice: the exercise's verdict is an error, and the row has a flag
  . JudgeGone                 seqlab.autograder.judging.court
      raised  by `Court.judge` where no judge lives long enough to begin
      caught  by `unit.Grader`
      seen    a row with the reason and no mark
  . Failed                    seqlab.autograder.judging.failed
      raised  by a check and the `Trial` that it is given: the answer is wrong
      caught  by `judge`
      seen    in a verdict: the case, what was expected, what came, the likely slip; of a hidden case, fixed words
  . Missing                   seqlab.autograder.judging.failed
      raised  by `Trial` where a name is not defined, or its cell is as it was handed out
      caught  by `judge`
      seen    the exercise's verdict is missing: not written yet
  . SandboxError              seqlab.autograder.child.kernel_calls
      raised  by a step of entering the sandbox that the system refuses
      caught  by the rehearsal of `sandbox.prepare`, and by each fork that enters, which then ends
      seen    one line, in the output and every report, that says what is missing; where a student's code would have
              to run as root, nothing is run, and the reason is told
  . Unreadable                seqlab.autograder.course.reading
      raised  by `reading.read_json` and `contents.read_contents` for a file that is no submission
      caught  by `sorting.sort_out` and `unit.Grader`
      seen    a row with the reason and no mark; in Gradescope, a note
  . NotRerun                  seqlab.autograder.course.rerun
      raised  by `rerun` where a notebook could not be run to its end
      caught  by `unit.Grader`
      seen    the reason in the row's "executed"; the mark stays
  . _NoMark                   seqlab.autograder.exports.container
      raised  where a check is at fault, in Gradescope's container
      caught  by `grade_in_container`
      seen    results.json without a score: the autograder has failed
  . _Recorded                 seqlab.authoring.vetting.examples
      raised  by the runtime that takes down worked examples, at a check's first hidden case
      caught  by what started that check
      seen    nothing
  ValueError
  . TooLarge                  seqlab.autograder.wire.values
      raised  by `plain` for a result larger than any exercise asks for
      caught  by `runtime.perform` and `answering`, which make an AnswerError of it, and `labs.Lab`
      seen    in a verdict, as a failure
  BadZipFile
  . TooMuch                   seqlab.autograder.course.archives
      raised  before an archive is opened that would take all memory, or when it has grown too large
      caught  by what lists its members
      seen    a row with the reason and no mark
  BaseException
  . TakesTooLong              seqlab.autograder.child.patience
      raised  in the midst of an answer, by a signal, when a notebook's time for it is over
      caught  by `labs.Lab`; no Exception, for an answer's own `except Exception` must not swallow it
      seen    the exercise's verdict is a timeout
  . AtHidden                  seqlab.autograder.judging.trial
      raised  by `Trial` where only worked examples are judged, and the check comes to a hidden case
      caught  by `judge_shown`; no Exception, for a check must not swallow it
      seen    nothing: the hidden cases follow later
"""

from typing import Any

__all__ = ["SeqlabError"]


class SeqlabError(Exception):
    """What was expected, what came, and what to do, in one sentence.

    The command line prints the sentence and exits with status 1 or 2; a notebook shows it without the
    frames of the package. A bug in seqlab is never a SeqlabError.

    Attributes:
        expected: what is wanted. got: what came instead, None where that goes without saying.
        fix: what to do about it, None where that follows.

    >>> error = SeqlabError("labs are lab2 and lab5", got="'lab9'", fix="call seqlab.labs.names()")
    >>> str(error)
    "labs are lab2 and lab5; got 'lab9'. To mend it: call seqlab.labs.names()."
    >>> error.got
    "'lab9'"
    """

    def __init__(self, expected: str, *, got: str | None = None, fix: str | None = None) -> None:
        self.expected, self.got, self.fix = expected, got, fix
        text = expected if got is None else f"{expected}; got {got}"
        super().__init__(text if fix is None else f"{text}. To mend it: {fix}.")

    def __reduce__(self) -> tuple[Any, ...]:
        """For pickle and copy: the sentence and the fields as they are, whatever arguments a subclass takes."""
        return type(self).__new__, (type(self), *self.args), self.__dict__

    def _render_traceback_(self) -> list[str]:
        """IPython's hook: a notebook shows the sentence alone."""
        return [f"SeqlabError: {self}"]
