"""Starts the kernel as Colab does: google.colab is imported before the first cell."""

if __name__ == "__main__":
    import google.colab  # noqa: F401
    from ipykernel import kernelapp

    kernelapp.launch_new_instance()
