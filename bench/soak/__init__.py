"""`make soak`: what the desk promises under trouble, measured and printed, each figure beside its target."""
