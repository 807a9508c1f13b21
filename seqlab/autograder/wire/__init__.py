"""What may cross between the tester and a process with a student's code: values, their bytes, the channel."""
