"""The child where it is no fork but an ordinary process (macOS, Windows).

python -P -m seqlab.autograder.child.ordinary        (a port and a password come on its standard input)
"""

import os
import socket
import sys

from seqlab.autograder.child import inert, kernel, privileges
from seqlab.autograder.child.answering import answer_questions
from seqlab.autograder.child.warm import import_libraries
from seqlab.autograder.wire.channel import Channel


def main() -> None:
    """Connect back, import the libraries, take the limits, answer questions."""
    port, password = sys.stdin.readline().split()
    import_libraries()
    connection = socket.create_connection(("127.0.0.1", int(port)))
    connection.sendall(password.encode())
    privileges.limit()
    inert.hide_seqlab()
    kernel.stand_in()
    answer_questions(Channel(connection))


if __name__ == "__main__":
    try:
        main()
    finally:
        os._exit(0)
