"""What others wrote, run over Binôme: their clients against a running server, their validator over what it emits."""
